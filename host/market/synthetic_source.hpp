// A market that a seed makes up: a random walk whose regime changes, with wicks, bursts of volume and common moves.
//
// The model, per symbol and candle: the log return is drift + noise. A regime (rise, fall, range, burst) lasts 40 to 240
// candles and sets the drift and a factor on the noise; the noise is 6 parts the market's, which all symbols share, and 8
// parts the symbol's own; one candle in 300 jumps. A weak pull towards the first price keeps decades of candles in a
// plausible range. Volume grows with the size of the move. Prices lie on the symbol's tick, volumes on its step.
//
// Owns: the state of each symbol's walk and a checkpoint of it every 4,096 candles, so that any candle is near.
// Thread rule: that of CandleSource. Invariant: candle k is a function of seed, symbol, its settings and k alone, with
// nothing but + - * / and square roots, which IEEE 754 rounds in one way only: the same bits on every machine.
#pragma once

#include "host/market/candle_source.hpp"

namespace stratdock {

class SyntheticSource : public CandleSource {
public:
  // The walk begins `warmup` candles before market.start; its first price is the symbol's.
  static Result<std::unique_ptr<CandleSource>> open(const MarketSettings& settings);
  ~SyntheticSource() override;

  const std::vector<MarketSymbol>& symbols() const override { return symbols_; }
  int64_t start_ms() const override { return start_ms_; }
  Result<bool> next(MarketStep& step) override;
  int64_t position_ms() const override { return position_ms_; }
  Status seek(int64_t position_ms) override;
  Result<CandleSeries> candles(size_t symbol, int64_t from_ms, int64_t to_ms) const override;

private:
  class Walk;
  SyntheticSource();

  std::vector<MarketSymbol> symbols_;
  std::vector<std::unique_ptr<Walk>> walks_;  // by symbol
  int64_t interval_ms_ = 0, origin_ms_ = 0, start_ms_ = 0, end_ms_ = 0, position_ms_ = 0;
};

}  // namespace stratdock
