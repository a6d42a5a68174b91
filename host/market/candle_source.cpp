#include "host/market/candle_source.hpp"

#include <algorithm>

#include "host/market/file_source.hpp"
#include "host/market/synthetic_source.hpp"

namespace stratdock {

Result<size_t> CandleSource::add_symbol(const std::string& name, int64_t interval_ms) {
  const size_t index = find_symbol(name);
  if (index == symbols().size()) return failure("this market has no symbol " + name);
  if (symbols()[index].interval_ms != interval_ms)
    return failure("this market's candles of " + name + " are of " + interval_text(symbols()[index].interval_ms) + ", not of " + interval_text(interval_ms));
  return index;
}

size_t CandleSource::find_symbol(std::string_view name) const {
  const auto& all = symbols();
  const auto found = std::find_if(all.begin(), all.end(), [&](const MarketSymbol& s) { return s.rules.name == name; });
  return static_cast<size_t>(found - all.begin());
}

Result<CandleSeries> CandleSource::history(size_t symbol, int64_t count) const {
  const int64_t interval_ms = symbols().at(symbol).interval_ms;
  const int64_t to_ms = position_ms() - interval_ms + 1;  // opens of candles that had closed lie before this
  // Gaps make a stretch of `count` intervals hold fewer candles: look back further until there are enough.
  for (int64_t stretch = count + 1;; stretch *= 4) {
    const int64_t from_ms = stretch > to_ms / interval_ms ? 0 : to_ms - stretch * interval_ms;
    auto found = candles(symbol, from_ms, to_ms);
    if (!found || from_ms == 0 || static_cast<int64_t>(found->size()) >= count || stretch > count * 1024) {
      if (found) found->keep_last(static_cast<size_t>(count));
      return found;
    }
  }
}

Result<std::unique_ptr<CandleSource>> make_candle_source(const MarketSettings& settings) {
  switch (settings.source) {
  case MarketSource::synthetic: return SyntheticSource::open(settings);
  case MarketSource::replay: return FileSource::open(settings);
  case MarketSource::exchange: break;
  }
  return failure("opening a paper market: its source is the exchange", "use market.source: synthetic or replay");
}

}  // namespace stratdock
