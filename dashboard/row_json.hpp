// API.md's objects made from single rows of the store.
// Thread rule: pure functions. Invariant: every key of the object is present; unknown is null.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/decimal.hpp"
#include "dashboard/world.hpp"

namespace stratdock::dashboard {

nlohmann::json money_json(const std::optional<Decimal>& value);  // exact text or null
nlohmann::json number_json(const std::optional<double>& value);  // null when absent or not finite
nlohmann::json time_json(int64_t ms);                            // null for 0
nlohmann::json text_json(const std::string& text);               // null for ""
std::string dump(const nlohmann::json& value);                   // invalid UTF-8 is replaced, never thrown at

// "CODE: text" or plain text into a stable code and words.
struct CodedText { std::string code, text; };
CodedText split_code(const std::string& text, const std::string& otherwise);
std::vector<std::string> split_reasons(const std::string& text);

nlohmann::json decision_json(const store::DecisionRow& row, int64_t interval_ms);
nlohmann::json trade_json(const store::TradeRow& row, const World& world, const std::string& entry_reason);
nlohmann::json open_trade_json(const BotCard& card, const World& world, const std::string& entry_reason);
// An intent with the order made of it; either may be missing.
nlohmann::json order_json(const store::IntentRow* intent, const store::OrderRow* order, const World& world);
nlohmann::json alarm_json(const store::AlarmRow& row, const World& world);
nlohmann::json log_json(const store::LogRow& row);
nlohmann::json strategy_json(const store::StrategyRow& row, const World& world);
nlohmann::json plugin_json(const store::PluginRow& row, const World& world);
// "2025-10-24T10:30:00.000+00:00"
std::string iso_time(int64_t ms);
// Digits after the point of a tick or step: "0.01000000" -> 2; 8 for zero.
int decimals_of(Decimal step);

}  // namespace stratdock::dashboard
