#include "host/market/candle_source.hpp"

#include <algorithm>

namespace stratdock {

size_t CandleSource::find_symbol(std::string_view name) const {
  const auto& all = symbols();
  const auto found = std::find_if(all.begin(), all.end(), [&](const MarketSymbol& s) { return s.rules.name == name; });
  return static_cast<size_t>(found - all.begin());
}

}  // namespace stratdock
