// What several read handlers need.
// Thread rule: free functions, any thread; a JournalReader is its caller's.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dashboard/app.hpp"
#include "dashboard/row_json.hpp"

namespace stratdock::dashboard {

// Of tables that are read page by page.
constexpr int page_rows = 5'000;

struct BotHandle {
  store::BotRow row;
  int price_decimals = 8;
};
std::optional<BotHandle> find_bot(App& app, const std::string& id);

// By symbol: of the followed ones, and of all others where the exchange told them lately. Tells the engine that somebody looks.
std::map<std::string, Decimal> known_prices(App& app, store::LiveReader& live);

// A query parameter as a whole number; `otherwise` when absent, nullopt when it is none or out of range.
std::optional<int64_t> number_in(const Request& request, const std::string& name, int64_t otherwise, int64_t least, int64_t most);

using OrderWithIntent = std::pair<std::optional<store::IntentRow>, std::optional<store::OrderRow>>;
bool is_open_order(const std::string& status);
OrderWithIntent with_intent(store::JournalReader& journal, store::OrderRow order);
// The words of the decision behind a trade's BUY.
std::string entry_reason_of(store::JournalReader& journal, int64_t bot_id, int64_t entry_ms);

struct EquityPoint {
  int64_t at_ms = 0;
  Decimal equity, net_pnl;
  std::optional<double> drawdown;
};
// Oldest first; a bound of 0 is none.
std::vector<EquityPoint> equity_rows(store::JournalReader& journal, int64_t bot_id, int64_t from_ms, int64_t to_ms);
// (time, sum allotted until then), oldest first.
std::vector<std::pair<int64_t, Decimal>> allotments(store::JournalReader& journal, int64_t bot_id);

Response csv_response(std::string text, const std::string& name);
// A Bot with its additions, and its open orders (as arrays and objects of API.md).
nlohmann::json bot_with_additions(App& app, int64_t id);
nlohmann::json open_orders(App& app, int64_t bot_id);

}  // namespace stratdock::dashboard
