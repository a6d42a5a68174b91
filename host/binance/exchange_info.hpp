// What the exchange says about itself: its rate limits, its symbols and their filters.
// Thread rule: plain values. Invariant: a symbol that cannot be read is named in `unreadable` and leaves the others alone;
// filters that are not known are named, not used. Source: Binance Spot "Exchange information", "Filters".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/symbol.hpp"

namespace stratdock::binance {

struct RateLimit {
  std::string type;      // "REQUEST_WEIGHT", "ORDERS", "RAW_REQUESTS" or one to come
  std::string interval;  // "SECOND", "MINUTE", "HOUR", "DAY"
  int64_t interval_count = 1;
  int64_t limit = 0;
  int64_t count = -1;    // used so far; -1 where the message does not say
  // 60'000 for one MINUTE; 0 for an interval that is not known.
  int64_t window_ms() const;
  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

struct TrailingDeltas {
  int64_t min_above = 0, max_above = 0, min_below = 0, max_below = 0;  // hundredths of a percent; all 0: no such orders
  friend bool operator==(const TrailingDeltas&, const TrailingDeltas&) = default;
};

struct ListedSymbol {
  Symbol symbol;            // filters that are absent keep core's defaults; MIN_NOTIONAL is in `notional` too
  std::string status_text;  // the exchange's word, also when it is one to come
  bool spot_trading_allowed = true;
  bool iceberg_allowed = false, trailing_stop_allowed = false, cancel_replace_allowed = false, amend_allowed = false;
  std::vector<std::vector<std::string>> permission_sets;  // one of each set is needed; of old answers the one set `permissions`
  std::string self_trade_prevention;                      // the default mode
  std::vector<std::string> self_trade_preventions;        // the modes that may be asked for
  int64_t iceberg_parts = 0, max_iceberg_orders = 0, max_order_amends = 0;  // 0: the exchange named none
  TrailingDeltas trailing;
  std::vector<std::string> unknown_filters;
};

struct UnreadableSymbol {
  std::string name;    // empty where even that could not be read
  std::string reason;  // which field of which filter, and what was found
};

// Limits over all symbols of an account; 0: the exchange named none.
struct ExchangeLimits {
  int64_t max_orders = 0, max_algo_orders = 0, max_iceberg_orders = 0, max_order_lists = 0;
};

struct ExchangeInfo {
  int64_t server_time_ms = 0;
  std::vector<RateLimit> rate_limits;
  ExchangeLimits limits;
  std::vector<ListedSymbol> symbols;  // in the exchange's order
  std::vector<UnreadableSymbol> unreadable;
  std::vector<std::string> unknown_filters;  // of the exchange as a whole

  const ListedSymbol* find(std::string_view name) const;  // null where it is not listed
};

// The answer of exchangeInfo (REST body, or the WebSocket API's result). All listed symbols in about 30 ms.
Result<ExchangeInfo> parse_exchange_info(std::string_view text);
// The answer of rateLimit/order, and `rateLimits` of a WebSocket API answer.
Result<std::vector<RateLimit>> parse_rate_limits(std::string_view text);

}  // namespace stratdock::binance
