// Recorded candle files as a market. Owns: the candles of all symbols, in memory (72 bytes each).
// Thread rule and invariant: those of CandleSource.
#pragma once

#include "host/market/candle_source.hpp"

namespace stratdock {

class FileSource : public CandleSource {
public:
  // Loads every file. Without market.start the market begins with the first row, after `warmup` candles of history.
  static Result<std::unique_ptr<CandleSource>> open(const MarketSettings& settings);

  const std::vector<MarketSymbol>& symbols() const override { return symbols_; }
  int64_t start_ms() const override { return start_ms_; }
  Result<bool> next(MarketStep& step) override;
  int64_t position_ms() const override { return position_ms_; }
  Status seek(int64_t position_ms) override;
  Result<CandleSeries> candles(size_t symbol, int64_t from_ms, int64_t to_ms) const override;

private:
  FileSource() = default;

  std::vector<MarketSymbol> symbols_;
  std::vector<CandleSeries> candles_;  // by symbol
  std::vector<size_t> next_row_;       // by symbol
  int64_t start_ms_ = 0, position_ms_ = 0;
};

}  // namespace stratdock
