// What the exchange says about a symbol: its assets, status and filters, and the arithmetic of those filters.
// Thread rule: plain values, immutable once read. Source: Binance Spot "Filters" and "Exchange information".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/decimal.hpp"

namespace stratdock {

enum class SymbolStatus { trading, halt, break_, cancel_only, end_of_day, unknown };

std::string_view text(SymbolStatus status);  // the exchange's word, "TRADING"; "UNKNOWN" for one to come

// A limit of zero switches that rule off, as at the exchange.
struct QuantityFilter { Decimal min, max, step; };
struct PriceFilter { Decimal min, max, tick; };
struct PercentPriceFilter {
  bool present = false;
  Decimal bid_up, bid_down, ask_up, ask_down;  // factors on the average price; PERCENT_PRICE has equal pairs
  int average_minutes = 5;
};
struct NotionalFilter {
  Decimal min, max;
  bool min_applies_to_market = false, max_applies_to_market = false;
};

struct Symbol {
  std::string name;         // "BTCUSDT"
  std::string base_asset;   // "BTC"
  std::string quote_asset;  // "USDT"
  SymbolStatus status = SymbolStatus::trading;
  int base_precision = 8, quote_precision = 8;  // digits after the point that the exchange accepts
  PriceFilter price;
  QuantityFilter lot;
  QuantityFilter market_lot;
  PercentPriceFilter percent_price;
  NotionalFilter notional;
  int max_orders = 200, max_algo_orders = 5, max_order_lists = 20;
  int max_iceberg_parts = 100;
  int trailing_delta_min_bips = 10, trailing_delta_max_bips = 2000;
  Decimal max_position;  // zero: no limit
  std::vector<std::string> order_types;
  bool oco_allowed = true, oto_allowed = true, opo_allowed = true;
  bool quote_order_quantity_allowed = true;
};

// An empty result: the filter holds. Else the exchange's own name of the first one that does not, e.g. "LOT_SIZE".
std::string broken_price_filter(const Symbol& symbol, Decimal price);
std::string broken_lot_filter(const Symbol& symbol, Decimal quantity, bool market_order);
// `price` is the order's price, or the average price for a MARKET order.
std::string broken_notional_filter(const Symbol& symbol, Decimal price, Decimal quantity, bool market_order);
// The exchange's filter name ("PERCENT_PRICE_BY_SIDE") or empty. `is_buy` picks the pair of factors.
std::string broken_percent_price_filter(const Symbol& symbol, Decimal price, Decimal average_price, bool is_buy);

// The largest quantity not above `quantity` that LOT_SIZE (and MARKET_LOT_SIZE for a market order) accepts; zero if none.
Decimal sellable_quantity(const Symbol& symbol, Decimal quantity, bool market_order);
// The smallest notional (in the quote asset) an order must have; zero when there is no rule.
Decimal minimum_notional(const Symbol& symbol, bool market_order);

}  // namespace stratdock
