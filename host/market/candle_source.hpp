// Where a market's candles come from: recorded files, a seeded generator, or an exchange's streams.
// Thread rule: a source belongs to one thread. Invariant: steps come in ascending close time, each candle exactly once;
// recorded and made-up candles are the same for the same settings, bit for bit, on every machine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/candle.hpp"
#include "core/result.hpp"
#include "core/symbol.hpp"
#include "host/config/config.hpp"

namespace stratdock {

// One symbol of a market: its rules and its interval.
struct MarketSymbol {
  Symbol rules;
  std::string title;  // "Bitcoin / Tether US" for the symbol search
  int64_t interval_ms = 0;
};

struct MarketCandle {
  size_t symbol = 0;  // index into CandleSource::symbols()
  Candle candle;
};

// All candles that close at the same instant, in the order of symbols().
struct MarketStep {
  int64_t close_time_ms = 0;  // open time + interval: the first instant after the candle (the exchange's closeTime + 1)
  std::vector<MarketCandle> candles;
};

class CandleSource {
public:
  virtual ~CandleSource() = default;

  virtual const std::vector<MarketSymbol>& symbols() const = 0;
  // The close time up to which candles are history: nothing is traded on them, next() begins after it.
  virtual int64_t start_ms() const = 0;
  // Fills `step` with the next one; false at the end of the market.
  virtual Result<bool> next(MarketStep& step) = 0;
  // A symbol that a bot wants from now on, with candles of `interval_ms`. Its index, also when it is there already. Never
  // waits: where its history has to be fetched first, steps leave it out until joining() is empty.
  virtual Result<size_t> add_symbol(const std::string& name, int64_t interval_ms);
  // Why a symbol that was added has no part in the steps yet; empty: it has, and candles() gives what closed before.
  virtual std::string joining(size_t) const { return {}; }
  // The exchange has halted the symbol and no candles come: steps go on without it. Its rules' status says what it is called.
  virtual bool stands_still(size_t) const { return false; }
  // The close time of the last step handed out; start_ms() before the first. A journal keeps it to resume at.
  virtual int64_t position_ms() const = 0;
  // next() goes on with the first step that closes after `position_ms`; positions between two steps are fine.
  virtual Status seek(int64_t position_ms) = 0;
  // A symbol's candles whose open time is in [from_ms, to_ms), warm-up included; for charts and for feeding a strategy
  // from its anchor on. Callers must not look beyond position_ms().
  virtual Result<CandleSeries> candles(size_t symbol, int64_t from_ms, int64_t to_ms) const = 0;
  // A market that has to be waited for: whether next() would answer at once, and a descriptor that becomes readable when
  // that may have changed (-1: it never has to be waited for). ready() does the source's work and is to be called once a
  // second besides.
  virtual bool ready() { return true; }
  virtual int fd() const { return -1; }

  // The last `count` candles of a symbol that had closed at position_ms().
  Result<CandleSeries> history(size_t symbol, int64_t count) const;
  // The index of a symbol by name; symbols().size() when the market does not have it.
  size_t find_symbol(std::string_view name) const;
};

// The source a configuration asks for. Fails on files that are missing or damaged, with file and line.
Result<std::unique_ptr<CandleSource>> make_candle_source(const MarketSettings& settings);

}  // namespace stratdock
