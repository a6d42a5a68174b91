// The changes. Each is a command; the engine checks it again and decides.
#include <nlohmann/json.hpp>

#include "dashboard/changes.hpp"
#include "dashboard/routes.hpp"
#include "dashboard/row_json.hpp"

namespace stratdock::dashboard {

using nlohmann::json;

namespace {

bool is_dry_run(const Request& request) { return request.parameter("dry_run") == "1"; }

// A change of one bot whose body has only the keys named.
Response bot_change(App& app, const Request& request, const std::string& kind, const std::vector<std::string>& keys,
                    std::map<std::string, std::string> (*check)(const json&) = nullptr) {
  auto change = change_of_bot(app, request, kind);
  if (!change) return change.error();
  const auto body = body_object(request);
  if (!body) return body.error();
  std::map<std::string, std::string> faults = check ? check(*body) : std::map<std::string, std::string>();
  for (const auto& [key, value] : body->items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) faults.emplace(key, "is not known here");
  if (!faults.empty()) return invalid_form(faults);
  change->arguments = dump(*body);
  return submit(app, request, *change);
}

std::map<std::string, std::string> check_quantity(const json& body) {
  const auto quantity = body.contains("quantity") && body["quantity"].is_string() ? Decimal::parse(body["quantity"].get<std::string>()) : failure("");
  if (!quantity || !quantity->is_positive()) return {{"quantity", "must be the quantity that the preview named, as text"}};
  return {};
}

std::map<std::string, std::string> check_funds(const json& body) {
  std::map<std::string, std::string> faults;
  const auto amount = body.contains("amount") && body["amount"].is_string() ? Decimal::parse(body["amount"].get<std::string>()) : failure("");
  if (!amount || !amount->is_positive()) faults.emplace("amount", "must be a positive decimal number as text");
  const std::string action = body.contains("action") && body["action"].is_string() ? body["action"].get<std::string>() : "";
  if (action != "allot" && action != "release") faults.emplace("action", "must be allot or release");
  return faults;
}

std::map<std::string, std::string> check_adopt(const json& body) {
  std::map<std::string, std::string> faults;
  for (const auto& [key, needed] : {std::pair{"quantity", true}, std::pair{"entry_price", true}, std::pair{"stop_loss", false}, std::pair{"take_profit", false}}) {
    if (!needed && (!body.contains(key) || body[key].is_null())) continue;
    const auto amount = body.contains(key) && body[key].is_string() ? Decimal::parse(body[key].get<std::string>()) : failure("");
    if (!amount || !amount->is_positive()) faults.emplace(key, "must be a positive decimal number as text");
  }
  return faults;
}

std::map<std::string, std::string> check_delete(const json& body) {
  if (body.contains("release_holding") && !body["release_holding"].is_boolean()) return {{"release_holding", "must be true or false"}};
  return {};
}

}  // namespace

Response change_create(App& app, const Request& request) {
  auto body = body_object(request);
  if (!body) return body.error();
  std::map<std::string, std::string> faults;
  app.board.with_world([&](const World& world) { faults = check_bot_form(*body, true, world); });
  if (!faults.empty()) return invalid_form(faults);
  if (is_dry_run(request)) (*body)["dry_run"] = true;
  return submit(app, request, {"create", (*body)["name"], 0, dump(*body)});
}

Response change_update(App& app, const Request& request) {
  auto change = change_of_bot(app, request, "update");
  if (!change) return change.error();
  auto body = body_object(request);
  if (!body) return body.error();
  if (auto declared = refuse_declared(app, change->bot_id)) return *declared;
  std::map<std::string, std::string> faults;
  app.board.with_world([&](const World& world) { faults = check_bot_form(*body, false, world); });
  if (!faults.empty()) return invalid_form(faults);
  if (is_dry_run(request)) (*body)["dry_run"] = true;
  change->arguments = dump(*body);
  return submit(app, request, *change);
}

Response change_start(App& app, const Request& request) { return bot_change(app, request, "start", {}); }
Response change_pause(App& app, const Request& request) { return bot_change(app, request, "pause", {}); }
Response change_stop(App& app, const Request& request) { return bot_change(app, request, "stop", {}); }
Response change_evaluate(App& app, const Request& request) { return bot_change(app, request, "evaluate", {}); }
Response change_close(App& app, const Request& request) { return bot_change(app, request, "close", {"quantity"}, check_quantity); }
Response change_funds(App& app, const Request& request) { return bot_change(app, request, "funds", {"action", "amount"}, check_funds); }
Response change_adopt(App& app, const Request& request) { return bot_change(app, request, "adopt", {"quantity", "entry_price", "stop_loss", "take_profit"}, check_adopt); }
Response change_delete(App& app, const Request& request) { return bot_change(app, request, "delete", {"release_holding"}, check_delete); }

Response change_acknowledge(App& app, const Request& request) {
  const auto id = parse_id(request.path_parts[0]);
  if (!id) return error_response(404, "NOT_FOUND", "There is no alarm " + request.path_parts[0] + ".");
  return submit(app, request, {"acknowledge", "", 0, dump({{"id", *id}})});
}

Response change_rescan(App& app, const Request& request) { return submit(app, request, {"rescan", "", 0, "{}"}); }

Response read_command(App& app, const Request& request) {
  const auto id = parse_id(request.path_parts[0]);
  const auto command = id ? app.pool.find_command(*id) : std::nullopt;
  if (!command) return error_response(404, "NOT_FOUND", "There is no command " + request.path_parts[0] + ".");
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  int64_t bot_id = 0;
  app.board.with_world([&](const World& world) {
    for (const auto& [known, card] : world.bots)
      if (card.row.settings.name == command->bot) bot_id = known;
  });
  Response response = command_response(*id, lease->journal().command_result(*id), bot_id, false);
  // Reading about a refusal is no failure of the reading.
  response.status = 200;
  return response;
}

}  // namespace stratdock::dashboard
