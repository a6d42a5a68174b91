#include "host/exchange_server/control_door.hpp"

#include <nlohmann/json.hpp>

#include "host/exchange_server/client_json.hpp"
#include "host/exchange_server/order_json.hpp"

namespace stratdock::exchange_server {

namespace {

constexpr int64_t most_candles = 1'000'000;

Error bad_request(const std::string& what) {
  return {"reading a request to the control port: " + what, "host/exchange_server/control_door.hpp lists the requests", 0};
}

} // namespace

std::string ControlDoor::status() const {
  Json symbols = Json::object();
  for (const auto& tape : exchange_.venue.tapes())
    symbols[tape->symbol().name] = {{"price", tape->price().text()}};
  const Json json = {{"server_ms", exchange_.venue.now_ms()},
                     {"market_ms", driver_.market_ms()},
                     {"candles_played", driver_.played()},
                     {"is_paused", driver_.is_paused()},
                     {"is_over", driver_.is_over()},
                     {"log_lines", exchange_.log.line_count()},
                     {"symbols", std::move(symbols)}};
  return json.dump();
}

Result<std::string> ControlDoor::serve(const HttpRequest& request) {
  const size_t question = request.target.find('?');
  const std::string path = request.target.substr(0, question);
  const std::string what = request.method + " " + path;
  if (what == "GET /status") return status();
  if (what == "GET /log") {
    const Parameters parameters = parse_request(question == std::string::npos ? "" : request.target.substr(question + 1), "").parameters;
    try {
      return exchange_.log.lines(static_cast<uint64_t>(parameters.integer_or("from", 1)));
    } catch (const Refusal& refusal) {
      return tl::unexpected(bad_request(refusal.message));
    }
  }
  if (what == "POST /pause") return driver_.pause(), status();
  if (what == "POST /resume") return driver_.resume(), status();
  const Json body = is_too_deep(request.body) ? Json() : Json::parse(request.body.empty() ? "{}" : request.body, nullptr, false);
  if (!body.is_object()) return tl::unexpected(bad_request("the body is no JSON object"));
  if (what == "POST /step") {
    const auto count = body.value("candles", Json(1));
    if (!count.is_number_integer() || count.get<int64_t>() < 1 || count.get<int64_t>() > most_candles)
      return tl::unexpected(bad_request("`candles` is not between 1 and " + std::to_string(most_candles)));
    const Result<int64_t> played = driver_.step(count.get<int64_t>());
    if (!played) return tl::unexpected(played.error());
    return status();
  }
  if (what == "POST /deposit") {
    const auto account = body.value("account", Json("demo")), asset = body.value("asset", Json()), amount = body.value("amount", Json());
    if (!account.is_string() || !asset.is_string() || !amount.is_string())
      return tl::unexpected(bad_request("`asset` and `amount` have to be texts"));
    Account* owner = exchange_.venue.find_account(account.get<std::string>());
    if (!owner) return tl::unexpected(bad_request("there is no account " + account.get<std::string>()));
    const Result<Decimal> value = Decimal::parse(amount.get<std::string>());
    if (!value) return tl::unexpected(value.error());
    if (Status done = owner->deposit(asset.get<std::string>(), *value, exchange_.venue.now_ms()); !done)
      return tl::unexpected(done.error());
    return status();
  }
  return tl::unexpected(bad_request("there is no " + what));
}

void ControlDoor::on_request(HttpRequest request, std::function<void(HttpAnswer)> answer) {
  const Result<std::string> served = serve(request);
  HttpAnswer made;
  made.status = served ? 200 : 400;
  const Json json = served ? Json() : Json{{"error", served.error().message}, {"hint", served.error().hint}};
  made.body = served ? *served : json.dump();
  answer(std::move(made));
}

HttpAnswer ControlDoor::on_upgrade(const HttpRequest&) {
  HttpAnswer answer;
  answer.status = 404;
  answer.body = "{\"error\":\"the control port has no WebSockets\"}";
  return answer;
}

} // namespace stratdock::exchange_server
