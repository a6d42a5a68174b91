#include "dashboard/row_json.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>

namespace stratdock::dashboard {

using nlohmann::json;

json money_json(const std::optional<Decimal>& value) { return value ? json(value->text()) : json(); }
json number_json(const std::optional<double>& value) { return value && std::isfinite(*value) ? json(*value) : json(); }
json time_json(int64_t ms) { return ms == 0 ? json() : json(ms); }
json text_json(const std::string& text) { return text.empty() ? json() : json(text); }
std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

CodedText split_code(const std::string& text, const std::string& otherwise) {
  const size_t colon = text.find(": ");
  const bool coded = colon != std::string::npos && colon > 1 && std::all_of(text.begin(), text.begin() + static_cast<long>(colon), [](unsigned char c) {
                       return std::isupper(c) || std::isdigit(c) || c == '_';
                     });
  if (coded) return {text.substr(0, colon), text.substr(colon + 2)};
  return {otherwise, text};
}

std::vector<std::string> split_reasons(const std::string& text) {
  std::vector<std::string> parts;
  const std::string separator = text.find('\n') != std::string::npos ? "\n" : "; ";
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find(separator, at), text.size());
    if (end > at) parts.push_back(text.substr(at, end - at));
    at = end + separator.size();
  }
  return parts;
}

json decision_json(const store::DecisionRow& row, int64_t interval_ms) {
  static const std::map<std::string, std::string> outcomes{{"hold", "held"}, {"intent", "order"}, {"blocked", "blocked"}, {"failed", "error"}};
  const auto outcome = outcomes.find(row.outcome);
  json blocked;
  if (row.outcome == "blocked" || row.outcome == "failed") {
    const auto coded = split_code(row.blocked_reason, row.outcome == "failed" ? "FAILED" : "BLOCKED");
    blocked = {{"code", coded.code}, {"text", coded.text}};
  }
  // Whether the close is given as the candle's last millisecond or the one after it, the open is the same.
  const int64_t candle_ms = interval_ms > 0 && row.last_ms > 0 ? (row.last_ms - 1) / interval_ms * interval_ms : row.last_ms;
  return {{"id", row.id}, {"bot_id", row.bot_id}, {"first_ms", row.first_ms}, {"last_ms", row.last_ms}, {"count", row.count},
          {"candle_ms", candle_ms}, {"symbol", row.symbol}, {"close", row.price.is_zero() ? json() : json(row.price.text())},
          {"action", row.action}, {"confidence", number_json(std::round(row.confidence * 1e4) / 100)}, {"size_fraction", number_json(row.size_fraction)},
          {"stop_loss_fraction", number_json(row.stop_loss)}, {"take_profit_fraction", number_json(row.take_profit)},
          {"reasons", split_reasons(row.reasons)}, {"outcome", outcome == outcomes.end() ? row.outcome : outcome->second},
          {"blocked", blocked}, {"intent_id", row.intent_id == 0 ? json() : json(row.intent_id)}};
}

namespace {

struct BotWords { std::string name, quote; };
BotWords words_of(const World& world, int64_t bot_id, const std::string& symbol) {
  const auto bot = world.bots.find(bot_id);
  const auto* row = world.symbol(symbol);
  return {bot == world.bots.end() ? "" : bot->second.row.settings.name, row ? row->quote : ""};
}

}  // namespace

json trade_json(const store::TradeRow& row, const World& world, const std::string& entry_reason) {
  const auto words = words_of(world, row.bot_id, row.symbol);
  return {{"id", row.id}, {"bot_id", row.bot_id}, {"bot", text_json(words.name)}, {"symbol", row.symbol}, {"mode", world.mode},
          {"quote_asset", text_json(words.quote)}, {"entry_ms", row.entry_ms}, {"exit_ms", row.exit_ms}, {"duration_ms", row.exit_ms - row.entry_ms},
          {"quantity", row.quantity.text()}, {"entry_price", row.entry_price.text()}, {"exit_price", row.exit_price.text()},
          {"cost", row.cost.text()}, {"proceeds", row.proceeds.text()}, {"fees", row.fees.text()}, {"profit", row.profit.text()},
          {"profit_fraction", number_json(row.profit_fraction)}, {"exit_reason", row.exit_reason}, {"entry_reason", text_json(entry_reason)}};
}

json open_trade_json(const BotCard& card, const World& world, const std::string& entry_reason) {
  const auto& row = card.row;
  const auto words = words_of(world, row.id, row.symbol);
  return {{"id", 0}, {"bot_id", row.id}, {"bot", row.settings.name}, {"symbol", row.symbol}, {"mode", world.mode}, {"quote_asset", text_json(words.quote)},
          {"entry_ms", row.entry_ms}, {"exit_ms", nullptr}, {"duration_ms", nullptr}, {"quantity", row.quantity.text()},
          {"entry_price", row.entry_price.text()}, {"exit_price", nullptr}, {"cost", row.cost.text()}, {"proceeds", nullptr},
          {"fees", money_json(card.open_fees)}, {"profit", nullptr}, {"profit_fraction", nullptr}, {"exit_reason", nullptr},
          {"entry_reason", text_json(entry_reason)}};
}

json order_json(const store::IntentRow* intent, const store::OrderRow* order, const World& world) {
  const int64_t bot_id = order ? order->bot_id : intent->bot_id;
  const std::string& symbol = order ? order->symbol : intent->symbol;
  const auto words = words_of(world, bot_id, symbol);
  const auto known = [](Decimal value) { return value.is_zero() ? json() : json(value.text()); };
  std::string purpose = order && !order->purpose.empty() ? order->purpose : intent ? intent->purpose : "";
  const std::string type = order ? order->type : "";
  if (purpose == "protect") purpose = type.rfind("STOP", 0) == 0 ? "stop_loss" : type.empty() ? "stop_loss" : "take_profit";
  const int64_t intent_id = intent ? intent->id : order->intent_id;
  const int leg = intent_id == 0 ? 2 : purpose == "take_profit" ? 1 : 0;
  const json request = intent ? json::parse(intent->request, nullptr, false) : json();
  const auto asked = [&](const char* key) {
    if (!request.is_object() || !request.contains(key)) return json();
    return request[key].is_string() ? request[key] : json(request[key].dump());
  };
  std::string state = intent ? intent->state : order->status;
  std::transform(state.begin(), state.end(), state.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  json row = {{"id", (intent_id == 0 ? order->order_id : intent_id) * 4 + leg}, {"bot_id", bot_id}, {"bot", text_json(words.name)},
              {"symbol", symbol}, {"mode", world.mode}, {"purpose", purpose}, {"state", state}, {"fees", json::array()},
              {"client_id", order ? order->client_id : intent->client_id}, {"reason", intent ? text_json(intent->answer) : json()},
              {"why", intent ? text_json(intent->reason) : json()}};
  if (order) {
    row.update({{"side", order->side}, {"type", type}, {"status", text_json(order->status)}, {"exchange_order_id", order->order_id},
                {"list_id", order->list_id < 0 ? json() : json(order->list_id)}, {"quantity", known(order->quantity)}, {"quote_quantity", asked("quoteOrderQty")},
                {"price", known(order->price)}, {"stop_price", known(order->stop_price)}, {"executed_quantity", order->executed_quantity.text()},
                {"executed_quote", order->executed_quote_quantity.text()},
                {"average_price", order->executed_quantity.is_zero() ? json() : json(divide(order->executed_quote_quantity, order->executed_quantity, Rounding::half_even).text())},
                {"created_ms", time_json(order->time_ms)}, {"updated_ms", time_json(order->update_ms)}});
  } else {
    row.update({{"side", asked("side")}, {"type", asked("type")}, {"status", nullptr}, {"exchange_order_id", nullptr}, {"list_id", nullptr},
                {"quantity", asked("quantity")}, {"quote_quantity", asked("quoteOrderQty")}, {"price", asked("price")}, {"stop_price", asked("stopPrice")},
                {"executed_quantity", "0"}, {"executed_quote", "0"}, {"average_price", nullptr}, {"created_ms", intent->at_ms}, {"updated_ms", intent->at_ms}});
  }
  return row;
}

json alarm_json(const store::AlarmRow& row, const World& world) {
  const auto bot = world.bots.find(row.bot_id);
  // The code is the title's source: "PLUGIN_CRASHED" reads "Plugin crashed".
  std::string title = row.code;
  for (size_t i = 0; i < title.size(); ++i)
    title[i] = title[i] == '_' ? ' ' : i == 0 ? title[i] : static_cast<char>(std::tolower(static_cast<unsigned char>(title[i])));
  const bool known = bot != world.bots.end();
  const auto* symbol = known ? world.symbol(bot->second.row.symbol) : nullptr;
  // Not by the words of then, but by what protects the position now.
  const bool held = known && bot->second.figures.open;
  const std::string now = known ? bot->second.row.protection : "";
  const json protection = held ? json(now == "resting" || now == "placing" || now == "watched") : json();
  return {{"id", row.id}, {"code", row.code}, {"severity", row.severity == "error" ? "danger" : row.severity},
          {"bot_id", row.bot_id == 0 ? json() : json(row.bot_id)}, {"bot", known ? json(bot->second.row.settings.name) : json()}, {"title", title},
          {"text", row.cause}, {"cause", row.cause}, {"money_at_risk", row.money_at_risk.text()}, {"currency", symbol ? json(symbol->quote) : json()},
          {"protected", protection}, {"protection", row.protection}, {"next_step", row.next_command}, {"since_ms", row.at_ms}, {"last_ms", row.at_ms},
          {"count", 1}, {"acknowledged_ms", nullptr}, {"resolved_ms", time_json(row.cleared_ms)}};
}

json log_json(const store::LogRow& row) {
  std::string level = row.level;
  std::transform(level.begin(), level.end(), level.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return {{"seq", row.id}, {"ms", row.at_ms}, {"bot_id", row.bot_id == 0 ? json() : json(row.bot_id)}, {"level", level}, {"text", row.text}};
}

std::string iso_time(int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  char fraction_text[32];
  std::snprintf(fraction_text, sizeof fraction_text, ".%03d+00:00", static_cast<int>(ms % 1000));
  return std::string(text, size) + fraction_text;
}

int decimals_of(Decimal step) {
  if (!step.is_positive()) return Decimal::digits;
  const std::string text = step.text();
  const size_t point = text.find('.');
  return point == std::string::npos ? 0 : static_cast<int>(text.size() - point - 1);
}

}  // namespace stratdock::dashboard
