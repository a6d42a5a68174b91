#include "core/symbol.hpp"

#include <algorithm>
#include <numeric>

namespace stratdock {

std::string_view text(SymbolStatus status) {
  constexpr std::string_view words[] = {"TRADING", "HALT", "BREAK", "CANCEL_ONLY", "END_OF_DAY", "UNKNOWN"};
  return words[static_cast<size_t>(status)];
}
namespace {

// A zero min, max or step switches that part off; the live MARKET_LOT_SIZE carries such zeros.
bool holds(Decimal value, Decimal min, Decimal max, Decimal step) {
  if (min.is_positive() && value < min) return false;
  if (max.is_positive() && value > max) return false;
  return value.is_multiple_of(step);
}

Decimal smaller_limit(Decimal a, Decimal b) {
  if (!a.is_positive()) return b;
  if (!b.is_positive()) return a;
  return std::min(a, b);
}

// The step that satisfies both; steps are powers of ten in practice, where it is simply the larger.
Decimal common_step(Decimal a, Decimal b) {
  if (!a.is_positive()) return b;
  if (!b.is_positive()) return a;
  int128 x = a.units(), y = b.units();
  while (y != 0) {
    const int128 rest = x % y;
    x = y;
    y = rest;
  }
  return Decimal::from_units(a.units() / x * b.units());
}

} // namespace

std::string broken_price_filter(const Symbol& symbol, Decimal price) {
  return holds(price, symbol.price.min, symbol.price.max, symbol.price.tick) ? "" : "PRICE_FILTER";
}

std::string broken_lot_filter(const Symbol& symbol, Decimal quantity, bool market_order) {
  if (!holds(quantity, symbol.lot.min, symbol.lot.max, symbol.lot.step)) return "LOT_SIZE";
  if (market_order && !holds(quantity, symbol.market_lot.min, symbol.market_lot.max, symbol.market_lot.step))
    return "MARKET_LOT_SIZE";
  return {};
}

std::string broken_notional_filter(const Symbol& symbol, Decimal price, Decimal quantity, bool market_order) {
  // Limits lie on the grid of eight digits, so comparing them with the product rounded to it is exact.
  const Decimal minimum = minimum_notional(symbol, market_order);
  if (minimum.is_positive() && multiply(price, quantity, Rounding::down) < minimum) return "NOTIONAL";
  const bool has_maximum =
      symbol.notional.max.is_positive() && (!market_order || symbol.notional.max_applies_to_market);
  if (has_maximum && multiply(price, quantity, Rounding::up) > symbol.notional.max) return "NOTIONAL";
  return {};
}

std::string broken_percent_price_filter(const Symbol& symbol, Decimal price, Decimal average_price, bool is_buy) {
  const PercentPriceFilter& filter = symbol.percent_price;
  if (!filter.present || !average_price.is_positive()) return {};
  const Decimal lowest = multiply(average_price, is_buy ? filter.bid_down : filter.ask_down, Rounding::up);
  const Decimal highest = multiply(average_price, is_buy ? filter.bid_up : filter.ask_up, Rounding::down);
  return price < lowest || price > highest ? "PERCENT_PRICE_BY_SIDE" : "";
}

Decimal sellable_quantity(const Symbol& symbol, Decimal quantity, bool market_order) {
  Decimal step = symbol.lot.step, min = symbol.lot.min, max = symbol.lot.max;
  if (market_order) {
    step = common_step(step, symbol.market_lot.step);
    min = std::max(min, symbol.market_lot.min);
    max = smaller_limit(max, symbol.market_lot.max);
  }
  const Decimal most = (max.is_positive() ? std::min(quantity, max) : quantity).floor_to(step);
  return most.is_positive() && most >= min ? most : Decimal();
}

Decimal minimum_notional(const Symbol& symbol, bool market_order) {
  if (market_order && !symbol.notional.min_applies_to_market) return {};
  return symbol.notional.min;
}

} // namespace stratdock
