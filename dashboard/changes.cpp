#include "dashboard/changes.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/candle.hpp"
#include "dashboard/row_json.hpp"
#include "dashboard/secret_text.hpp"

namespace stratdock::dashboard {

using nlohmann::json;

namespace {

bool is_bot_name(const std::string& name) {
  if (name.empty() || name.size() > 32 || name[0] == '-' || name[0] == '_') return false;
  for (const char c : name)
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_') return false;
  return true;
}

int status_of_refusal(const std::string& code) {
  if (code == "INVALID") return 422;
  if (code == "BOT_NOT_FOUND" || code == "STRATEGY_NOT_FOUND" || code == "NOT_FOUND") return 404;
  if (code == "NO_CHANNEL" || code == "ENGINE_AWAY") return 503;
  return 409;
}

std::string check_amount(const json& value) {
  if (!value.is_string()) return "must be a decimal number as text, like \"100\"";
  const auto amount = Decimal::parse(value.get<std::string>());
  if (!amount) return amount.error().message;
  return amount->is_positive() ? "" : "must be more than 0";
}

std::string check_fraction(const json& value, double most) {
  if (value.is_null()) return {};
  if (!value.is_number() || !std::isfinite(value.get<double>())) return "must be a fraction, like 0.02 for 2 %";
  return value.get<double>() > 0 && value.get<double>() < most ? "" : "must be above 0 and below " + json(most).dump();
}

}  // namespace

std::map<std::string, std::string> check_bot_form(const json& form, bool whole, const World& world) {
  std::map<std::string, std::string> faults;
  const auto fault = [&](const std::string& key, const std::string& text) {
    if (!text.empty()) faults.emplace(key, text);
  };
  if (whole)
    for (const char* key : {"name", "symbol", "strategy", "trade_amount"})
      if (!form.contains(key) || form[key].is_null()) fault(key, "is missing");
  for (const auto& [key, value] : form.items()) {
    if (faults.contains(key)) continue;
    if (key == "name") fault(key, value.is_string() && is_bot_name(value) ? "" : "must have 1 to 32 of a-z, 0-9, - and _, and start with a letter or digit");
    else if (key == "symbol") fault(key, value.is_string() && !value.get<std::string>().empty() ? "" : "must be a symbol, like BTCUSDT");
    else if (key == "strategy") fault(key, !value.is_string() ? "must be a strategy's name" : world.strategies.empty() || world.strategy(value) ? "" : "there is no such strategy; see /api/v1/strategies");
    else if (key == "trade_amount") fault(key, check_amount(value));
    else if (key == "stop_loss") fault(key, check_fraction(value, 1));
    else if (key == "take_profit") fault(key, check_fraction(value, 1000));
    else if (key == "mode") fault(key, value.is_null() || value == world.mode ? "" : "this program runs in mode " + world.mode);
    else if (key == "interval") fault(key, value.is_null() || (value.is_string() && parse_interval(value.get<std::string>())) ? "" : "must be an interval, like 5m");
    else if (key == "evaluate_every_ms") fault(key, value.is_null() || (value.is_number_integer() && value.get<int64_t>() > 0) ? "" : "must be a positive number of milliseconds");
    else if (key == "parameters") fault(key, value.is_object() || value.is_null() ? "" : "must be an object");
    else if (key == "title") fault(key, value.is_string() || value.is_null() ? "" : "must be text");
    else if (key == "symbols") fault(key, value.is_array() ? "" : "must be a list of symbols");
    else if (key != "dry_run") fault(key, "is not a setting of a bot");
  }
  if (form.contains("parameters") && form["parameters"].is_object())
    for (const auto& [key, value] : form["parameters"].items())
      if (value.is_structured()) fault("parameters." + key, "must be a single value");
  return faults;
}

Response invalid_form(const std::map<std::string, std::string>& fields) {
  std::string first = fields.begin()->first + " " + fields.begin()->second;
  if (fields.size() > 1) first += ", and " + std::to_string(fields.size() - 1) + " more";
  return error_response(422, "INVALID", "The form has faults: " + first + ".", "", dump({{"fields", fields}}));
}

Response command_response(int64_t id, const std::optional<store::CommandResultRow>& result, int64_t bot_id, bool dry_run) {
  json answer = {{"command_id", std::to_string(id)}, {"status", "pending"}, {"message", "The engine has not answered yet."},
                 {"bot_id", bot_id == 0 ? json() : json(bot_id)}};
  if (!result) {
    // A check that cannot be made is no "maybe": the form asks again.
    if (dry_run) return error_response(503, "ENGINE_AWAY", "The engine did not answer, so the settings could not be checked.", "Try again in a moment; `stratdock status` says how it is.");
    return json_response(202, dump(answer));
  }
  json data = json::parse(result->data.empty() ? "{}" : result->data, nullptr, false);
  if (!data.is_object()) data = json::object();
  if (result->status == "done") {
    answer.update(data);
    answer["status"] = "done";
    answer["message"] = result->message;
    return json_response(200, dump(answer));
  }
  const std::string code = result->code.empty() ? "REFUSED" : result->code;
  json error = data;
  error["code"] = code;
  error["message"] = result->message;
  if (!error.contains("hint")) error["hint"] = "";
  answer["status"] = "refused";
  answer["message"] = result->message;
  answer["error"] = error;
  return json_response(status_of_refusal(code), dump(answer));
}

Response submit(App& app, const Request& request, const Change& change, std::function<Response(Response)> shape) {
  store::CommandRow row;
  row.at_ms = wall_clock_ms();
  row.origin = request.caller == Caller::token ? "token" : "dashboard";
  row.kind = change.kind;
  row.bot = change.bot;
  row.arguments = change.arguments;
  row.idempotency_key = request.header("idempotency-key");
  const auto id = app.pool.add_command(row);
  if (!id) return store_away(id.error().text());
  if (!row.idempotency_key.empty()) {
    const auto first = app.pool.find_command(*id);
    if (first && (first->kind != row.kind || first->bot != row.bot || first->arguments != row.arguments))
      return error_response(409, "IDEMPOTENCY_REUSED", "This Idempotency-Key was used for another change.", "Use a new key for each change.");
  }
  app.announce_command(*id);
  const auto arguments = json::parse(change.arguments, nullptr, false);
  const bool dry_run = arguments.is_object() && arguments.value("dry_run", false);
  Response response;
  response.wait = CommandWait{*id, command_wait_ms, [id = *id, bot_id = change.bot_id, dry_run, shape = std::move(shape)](const auto& result) {
                                Response answer = command_response(id, result, bot_id, dry_run);
                                return shape ? shape(std::move(answer)) : answer;
                              }};
  return response;
}

tl::expected<Change, Response> change_of_bot(App& app, const Request& request, const std::string& kind) {
  Change change{kind, "", 0, "{}"};
  const auto id = parse_id(request.path_parts[0]);
  app.board.with_world([&](const World& world) {
    const auto card = id ? world.bots.find(*id) : world.bots.end();
    if (card == world.bots.end()) return;
    change.bot = card->second.row.settings.name;
    change.bot_id = *id;
  });
  if (change.bot_id == 0) return tl::unexpected(app.board.ready() ? bot_not_found(request.path_parts[0]) : store_away("the engine has not made it yet"));
  return change;
}

tl::expected<json, Response> body_object(const Request& request) {
  if (request.body.find_first_not_of(" \t\r\n") == std::string::npos) return json::object();
  json body = json::parse(request.body, nullptr, false);
  if (!body.is_object()) return tl::unexpected(error_response(400, "BAD_REQUEST", "The body must be one JSON object."));
  return body;
}

std::optional<Response> refuse_declared(App& app, int64_t bot_id) {
  std::string name, place;
  app.board.with_world([&](const World& world) {
    const auto card = world.bots.find(bot_id);
    if (card == world.bots.end() || card->second.row.origin != "yaml") return;
    name = card->second.row.settings.name;
    place = card->second.row.declared_at;
  });
  if (name.empty()) return std::nullopt;
  const size_t colon = place.rfind(':');
  const std::string file = place.substr(0, colon);
  const int line = colon == std::string::npos ? 0 : std::atoi(place.c_str() + colon + 1);
  return error_response(409, "DECLARED", "The configuration owns the settings of " + name + ".", "Change them in " + file + ", line " + std::to_string(line) + "; they are picked up while running.",
                        dump({{"file", file}, {"line", line}}));
}

}  // namespace stratdock::dashboard
