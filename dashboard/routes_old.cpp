// The routes of the system that Stratdock replaces, with the names and kinds they had: money as JSON numbers, a text for
// the time, a "success" flag.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "dashboard/changes.hpp"
#include "dashboard/read_helpers.hpp"
#include "dashboard/routes.hpp"
#include "dashboard/secret_text.hpp"

namespace stratdock::dashboard {

using nlohmann::json;

namespace {

constexpr int rows_of_details = 50, log_lines_of_details = 100;

json number_of(const json& money) {
  if (!money.is_string()) return {};
  const auto value = Decimal::parse(money.get<std::string>());
  return value ? json(value->to_double()) : json();
}

json old_bot(json bot) {
  for (const char* key : {"trade_amount", "profit", "entry_price", "stop_loss", "take_profit", "initial_investment"}) bot[key] = number_of(bot[key]);
  if (bot["timestamp"].is_number_integer()) bot["timestamp"] = iso_time(bot["timestamp"].get<int64_t>());
  return bot;
}

// "BTC Bot" -> "btc-bot"
std::string slug(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') || (lower == '_' && !name.empty())) name += lower;
    else if (!name.empty() && name.back() != '-') name += '-';
  }
  name.resize(std::min<size_t>(name.size(), 32));
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name;
}

// The old forms sent numbers.
void amounts_to_text(json& body) {
  if (!body.contains("trade_amount") || !body["trade_amount"].is_number()) return;
  const double amount = body["trade_amount"].get<double>();
  if (amount > 0 && amount < 1e15) body["trade_amount"] = Decimal::from_double(amount).text();
}

std::function<Response(Response)> old_shape(App& app, bool with_bot) {
  return [&app, with_bot](Response response) {
    json body = json::parse(response.body, nullptr, false);
    if (!body.is_object()) return response;
    if (response.status == 202) response.status = 200;
    body["success"] = response.status < 300;
    if (with_bot && body.contains("bot_id") && body["bot_id"].is_number_integer()) {
      // The board may not have seen it yet: then the caller finds it in the overview.
      const auto text = app.board.bot_text(body["bot_id"].get<int64_t>());
      body["bot"] = text ? old_bot(json::parse(*text)) : json();
    }
    response.body = dump(body);
    return response;
  };
}

}  // namespace

Response old_overview(App& app, const Request&) {
  const int64_t now = wall_clock_ms();
  const auto overview = app.board.overview([&] { return app.hub.rev(); }, now);
  if (!overview) return store_away("the engine has not made it yet");
  json body = json::parse("{" + Board::head_json(overview->clock, now) + overview->rest);
  for (auto& bot : body["bots"]) bot = old_bot(std::move(bot));
  body["balance"] = nullptr;
  if (!body["totals"].empty()) {
    const auto& total = body["totals"][0];
    const json equity = number_of(total["equity"]), unallocated = number_of(total["unallocated"]);
    if (equity.is_number()) body["balance"] = equity.get<double>() + (unallocated.is_number() ? unallocated.get<double>() : 0);
  }
  for (const char* key : {"alarms", "open_alarms", "asset_version"}) body.erase(key);
  return json_response(200, dump(body));
}

Response old_details(App& app, const Request& request) {
  const auto id = parse_id(request.path_parts[0]);
  json bot = id ? bot_with_additions(app, *id) : json();
  if (bot.is_null()) return app.board.ready() ? bot_not_found(request.path_parts[0]) : store_away("the engine has not made it yet");
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  store::JournalReader& journal = lease->journal();
  store::Range range;
  range.limit = rows_of_details;
  json trades = json::array(), decisions = json::array(), logs = json::array();
  const auto trade_rows = journal.trades(*id, range);
  std::vector<std::string> reasons;
  for (const auto& row : trade_rows) reasons.push_back(entry_reason_of(journal, *id, row.entry_ms));
  const auto decision_rows = journal.decisions(*id, range);
  app.board.with_world([&](const World& world) {
    for (size_t i = 0; i < trade_rows.size(); ++i) trades.push_back(trade_json(trade_rows[i], world, reasons[i]));
    for (const auto& row : decision_rows) decisions.push_back(decision_json(row, bot.value("interval_ms", int64_t{0})));
  });
  range.limit = log_lines_of_details;
  for (const auto& row : journal.logs(*id, range)) logs.push_back(row.text);
  std::reverse(logs.begin(), logs.end());
  return json_response(200, dump({{"bot", old_bot(std::move(bot))}, {"trades", trades}, {"decisions", decisions}, {"logs", logs}, {"open_orders", open_orders(app, *id)}}));
}

namespace {

Response old_change_of(App& app, const Request& request, const std::string& kind) {
  const auto change = change_of_bot(app, request, kind);
  if (!change) return change.error();
  const auto body = body_object(request);
  if (!body) return body.error();
  return submit(app, request, *change, old_shape(app, false));
}

}  // namespace

Response old_start(App& app, const Request& request) { return old_change_of(app, request, "start"); }
Response old_stop(App& app, const Request& request) { return old_change_of(app, request, "stop"); }

Response old_update(App& app, const Request& request) {
  auto change = change_of_bot(app, request, "update");
  if (!change) return change.error();
  auto body = body_object(request);
  if (!body) return body.error();
  if (auto declared = refuse_declared(app, change->bot_id)) return *declared;
  amounts_to_text(*body);
  if (body->contains("name") && (*body)["name"].is_string()) (*body)["name"] = slug((*body)["name"]);
  std::map<std::string, std::string> faults;
  app.board.with_world([&](const World& world) { faults = check_bot_form(*body, false, world); });
  if (!faults.empty()) return invalid_form(faults);
  change->arguments = dump(*body);
  return submit(app, request, *change, old_shape(app, false));
}

Response old_create(App& app, const Request& request) {
  auto body = body_object(request);
  if (!body) return body.error();
  amounts_to_text(*body);
  if (body->contains("name") && (*body)["name"].is_string()) {
    const std::string title = (*body)["name"];
    (*body)["name"] = slug(title);
    if ((*body)["name"] != title) (*body)["title"] = title;
  }
  std::map<std::string, std::string> faults;
  app.board.with_world([&](const World& world) { faults = check_bot_form(*body, true, world); });
  if (!faults.empty()) return invalid_form(faults);
  return submit(app, request, {"create", (*body)["name"], 0, dump(*body)}, old_shape(app, true));
}

Response old_search(App& app, const Request& request) {
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  json coins = json::array();
  if (lease->live()) {
    const auto prices = known_prices(app, *lease->live());
    for (const auto& row : lease->live()->symbols(request.parameter("q"), 20)) {
      const auto price = prices.find(row.symbol);
      coins.push_back({{"symbol", row.symbol}, {"base_asset", row.base}, {"quote_asset", row.quote},
                       {"price", price == prices.end() ? json() : json(price->second.to_double())}});
    }
  }
  return json_response(200, dump({{"coins", coins}}));
}

Response old_alert(App& app, const Request& request) {
  const auto body = body_object(request);
  if (!body) return body.error();
  std::string message;
  if (body->contains("message")) {
    if (!(*body)["message"].is_string() || (*body)["message"].get<std::string>().size() > 1'000)
      return invalid_form({{"message", "must be a text of at most 1000 bytes"}});
    message = (*body)["message"];
  }
  return submit(app, request, {"send_alert", "", 0, dump({{"message", message}})}, old_shape(app, false));
}

}  // namespace stratdock::dashboard
