// The rules of a paper market's symbols: what the exchange asked of well-known symbols in September 2024, and sensible ones
// for all others. Thread rule: free functions over immutable tables. Invariant: every rule set is one the exchange could have:
// the tick divides the smallest price, the step the smallest quantity.
#pragma once

#include <string>
#include <string_view>

#include "core/symbol.hpp"
#include "host/market/candle_source.hpp"

namespace stratdock {

// A symbol of a paper market. `reference_price` (quote asset) sets tick and step where the symbol is not a known one;
// `smallest_digit` is the finest digit that recorded prices use, zero when unknown.
MarketSymbol paper_market_symbol(const std::string& name, double reference_price, int64_t interval_ms, Decimal smallest_digit = {});

// "BTCUSDT" -> {"BTC", "USDT"} by the quote assets of the exchange; a name that ends in none of them has an empty quote.
std::pair<std::string, std::string> split_symbol(std::string_view name);

// What a coin may cost in a made-up market when nobody says; in the quote asset.
Decimal default_price(std::string_view symbol);

}  // namespace stratdock
