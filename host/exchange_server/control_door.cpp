#include "host/exchange_server/control_door.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/exchange_server/client_json.hpp"
#include "host/exchange_server/order_json.hpp"

namespace stratdock::exchange_server {

namespace {

constexpr int64_t most_candles = 1'000'000;

tl::unexpected<Error> bad_request(const std::string& what) {
  return failure("reading a request to the control port: " + what, "host/exchange_server/control_door.hpp lists the requests");
}

Result<std::string> text_in(const Json& body, const char* name, const char* fallback = nullptr) {
  const auto found = body.find(name);
  if (found == body.end() && fallback) return std::string(fallback);
  if (found == body.end() || !found->is_string()) return bad_request("`" + std::string(name) + "` has to be a text");
  return found->get<std::string>();
}

Result<Decimal> decimal_in(const Json& body, const char* name, const char* fallback = nullptr) {
  const Result<std::string> text = text_in(body, name, fallback);
  if (!text) return tl::unexpected(text.error());
  const Result<Decimal> value = Decimal::parse(*text);
  if (!value) return bad_request("`" + std::string(name) + "` is '" + *text + "', no decimal");
  return value;
}

} // namespace

Result<Account*> ControlDoor::account_of(const Json& body) {
  const Result<std::string> name = text_in(body, "account", exchange_.venue.accounts().front()->name().c_str());
  if (!name) return tl::unexpected(name.error());
  Account* account = exchange_.venue.find_account(*name);
  if (!account) return bad_request("there is no account " + *name);
  return account;
}

std::string ControlDoor::status() const {
  Json symbols = Json::object();
  for (const auto& tape : exchange_.venue.tapes())
    symbols[tape->symbol().name] = {{"price", tape->price().text()}};
  Json open_orders = Json::array();
  for (const auto& account : exchange_.venue.accounts())
    for (const Order& order : account->exchange().open_orders()) open_orders.push_back(order.order_id);
  const Json json = {{"server_ms", exchange_.venue.now_ms()},
                     {"open_orders", std::move(open_orders)},
                     {"told_ms", exchange_.venue.clock().told_ms()},
                     {"market_ms", driver_.market_ms()},
                     {"candles_played", driver_.played()},
                     {"is_paused", driver_.is_paused()},
                     {"is_over", driver_.is_over()},
                     {"log_lines", exchange_.log.line_count()},
                     {"symbols", std::move(symbols)}};
  return json.dump();
}

std::string ControlDoor::keys() const {
  Json rows = Json::array();
  for (const auto& account : exchange_.venue.accounts())
    for (const ApiKey& key : account->keys())
      rows.push_back({{"account", account->name()}, {"id", key.id}, {"may_read", key.may_read}, {"may_trade", key.may_trade}, {"is_revoked", key.is_revoked}});
  return rows.dump();
}

ControlDoor::Answer ControlDoor::step(const Json& body) {
  if (body.contains("to")) {
    const Json to = body["to"];
    if (to != "open" && to != "close") return bad_request("`to` is neither open nor close");
    if (Status moved = to == "open" ? driver_.open_candle() : driver_.close_candle(); !moved) return tl::unexpected(moved.error());
    return status();
  }
  const Json count = body.value("candles", Json(1));
  if (!count.is_number_integer() || count.get<int64_t>() < 1 || count.get<int64_t>() > most_candles)
    return bad_request("`candles` is not between 1 and " + std::to_string(most_candles));
  const Result<int64_t> played = driver_.step(count.get<int64_t>());
  if (!played) return tl::unexpected(played.error());
  return status();
}

ControlDoor::Answer ControlDoor::deposit(const Json& body) {
  const Result<Account*> account = account_of(body);
  const Result<std::string> asset = text_in(body, "asset");
  const Result<Decimal> amount = decimal_in(body, "amount");
  if (!account) return tl::unexpected(account.error());
  if (!asset) return tl::unexpected(asset.error());
  if (!amount) return tl::unexpected(amount.error());
  if (Status done = (*account)->deposit(*asset, *amount, exchange_.venue.now_ms()); !done) return tl::unexpected(done.error());
  return status();
}

ControlDoor::Answer ControlDoor::fill(const Json& body) {
  const Result<Account*> account = account_of(body);
  const Result<std::string> symbol = text_in(body, "symbol");
  const Result<Decimal> quantity = decimal_in(body, "quantity", "0");
  const Json id = body.value("order_id", Json());
  if (!account) return tl::unexpected(account.error());
  if (!symbol) return tl::unexpected(symbol.error());
  if (!quantity) return tl::unexpected(quantity.error());
  if (!id.is_number_integer()) return bad_request("`order_id` has to be a number");
  const Result<Order> order = (*account)->execute_resting(*symbol, id.get<int64_t>(), *quantity, exchange_.venue.now_ms());
  if (!order) return tl::unexpected(order.error());
  return Json{{"status", std::string(text(order->status))}, {"executed", order->executed_quantity.text()}}.dump();
}

ControlDoor::Answer ControlDoor::add_key(const Json& body) {
  const Result<Account*> account = account_of(body);
  const Result<std::string> id = text_in(body, "id");
  const bool is_public = body.contains("public_key");
  const Result<std::string> secret = text_in(body, is_public ? "public_key" : "secret");
  if (!account) return tl::unexpected(account.error());
  if (!id) return tl::unexpected(id.error());
  if (!secret) return tl::unexpected(secret.error());
  if (exchange_.venue.find_key(*id).key) return bad_request("there is a key of this id already");
  ApiKey key;
  key.id = *id;
  key.secret = *secret;
  for (const auto& [name, target] : {std::pair{"may_read", &key.may_read}, std::pair{"may_trade", &key.may_trade}}) {
    const Json value = body.value(name, Json(true));
    if (!value.is_boolean()) return bad_request("`" + std::string(name) + "` has to be true or false");
    *target = value.get<bool>();
  }
  if (is_public) {
    const Result<KeyKind> kind = public_key_kind(*secret);
    if (!kind) return tl::unexpected(kind.error());
    key.kind = *kind;
  }
  (*account)->keys().push_back(key);
  exchange_.log.note("key_made", "\"account\":" + Json((*account)->name()).dump());
  return keys();
}

ControlDoor::Answer ControlDoor::set_limits(const Json& body) {
  LimitSettings limits = exchange_.limits.settings();
  const std::map<std::string_view, int*> known = {{"weight_per_minute", &limits.weight_per_minute},
                                                  {"raw_per_5_minutes", &limits.raw_per_5_minutes},
                                                  {"orders_per_10_seconds", &limits.orders_per_10_seconds},
                                                  {"orders_per_day", &limits.orders_per_day},
                                                  {"connections_per_5_minutes", &limits.connections_per_5_minutes},
                                                  {"ban_after", &limits.ban_after}};
  for (const auto& [name, value] : body.items()) {
    const auto target = known.find(name);
    if (target == known.end()) return bad_request("there is no limit `" + name + "`");
    if (!value.is_number_integer() || value.get<int64_t>() < 0 || value.get<int64_t>() > 1'000'000'000)
      return bad_request("`" + name + "` is no number from 0 to 1000000000");
    *target->second = value.get<int>();
  }
  exchange_.limits.set_settings(limits);
  return status();
}

ControlDoor::Answer ControlDoor::add_faults(const Json& body) {
  const Json list = body.is_array() ? body : Json::array({body});
  for (const Json& one : list) // all or nothing
    if (const Result<Fault> fault = Fault::parse(one, 0); !fault) return tl::unexpected(fault.error());
  Json ids = Json::array();
  for (const Json& one : list) {
    const Result<int64_t> id = faults_.add(one);
    if (!id) return tl::unexpected(id.error());
    ids.push_back(*id);
  }
  return Json{{"ids", std::move(ids)}}.dump();
}

ControlDoor::Answer ControlDoor::read(const std::string& path, int64_t from) {
  if (path == "/status") return status();
  if (path == "/log") return exchange_.log.lines(static_cast<uint64_t>(std::max<int64_t>(1, from)));
  if (path == "/keys") return keys();
  if (path == "/faults") return faults_.json().dump();
  if (path != "/faults/kinds") return bad_request("there is no GET " + path);
  Json rows = Json::array();
  for (const FaultKind& kind : fault_kinds())
    rows.push_back({{"fault", std::string(kind.name)},
                    {"seam", std::string(text(kind.seam))},
                    {"settings", std::string(kind.settings)},
                    {"effect", std::string(kind.effect)}});
  return rows.dump();
}

ControlDoor::Answer ControlDoor::change(const std::string& path, const Json& body) {
  if (path == "/faults") return add_faults(body);
  if (!body.is_object()) return bad_request("the body is no JSON object");
  if (path == "/pause") return driver_.pause(), status();
  if (path == "/resume") return driver_.resume(), status();
  if (path == "/step") return step(body);
  if (path == "/deposit") return deposit(body);
  if (path == "/fill") return fill(body);
  if (path == "/keys") return add_key(body);
  if (path == "/limits") return set_limits(body);
  if (path != "/act") return bad_request("there is no POST " + path);
  const Result<std::string> done = faults_.act(body);
  if (!done) return tl::unexpected(done.error());
  return Json{{"done", *done}}.dump();
}

ControlDoor::Answer ControlDoor::serve(const HttpRequest& request) {
  const size_t question = request.target.find('?');
  const std::string path = request.target.substr(0, question);
  const Parameters parameters = parse_request(question == std::string::npos ? "" : request.target.substr(question + 1), "").parameters;
  try {
    if (request.method == "GET") return read(path, parameters.integer_or("from", 1));
    if (request.method == "DELETE" && path == "/faults") {
      if (const std::optional<int64_t> id = parameters.maybe_integer("id"); !id) faults_.clear();
      else if (!faults_.remove(*id)) return bad_request("there is no fault " + std::to_string(*id));
      return faults_.json().dump();
    }
  } catch (const Refusal& refusal) {
    return bad_request(refusal.message);
  }
  if (request.method != "POST") return bad_request("there is no " + request.method + " " + path);
  const Json body = is_too_deep(request.body) ? Json() : Json::parse(request.body.empty() ? "{}" : request.body, nullptr, false);
  return change(path, body);
}

void ControlDoor::on_request(HttpRequest request, std::function<void(HttpAnswer)> answer) {
  const Answer served = serve(request);
  HttpAnswer made;
  made.status = served ? 200 : 400;
  const Json json = served ? Json() : Json{{"error", served.error().message}, {"hint", served.error().hint}};
  made.body = served ? *served : json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  answer(std::move(made));
}

HttpAnswer ControlDoor::on_upgrade(const HttpRequest&) {
  HttpAnswer answer;
  answer.status = 404;
  answer.body = "{\"error\":\"the control port has no WebSockets\"}";
  return answer;
}

} // namespace stratdock::exchange_server
