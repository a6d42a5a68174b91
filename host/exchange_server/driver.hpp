// Plays a source's candles into the venue: at the wall's speed or any other, all at once, or step by step on request.
// Owns: the source, and which candle stands where. Thread rule: the event loop's. Invariant: every candle of the source is
// begun and ended exactly once, in order, but for those of symbols that do not trade when it begins; while it is played its price goes open -> low -> high -> close.
#pragma once

#include <memory>
#include <vector>

#include "host/exchange_server/venue.hpp"
#include "host/exchange_server/web.hpp"
#include "host/market/candle_source.hpp"

namespace stratdock::exchange_server {

struct DriverSettings {
  enum class Pace : uint8_t { factor, full, manual } pace = Pace::factor;
  double factor = 1;        // of the wall's speed
  int64_t history = 1000;   // candles before the first one played that clients can ask for
};

class MarketDriver {
public:
  // Adds the source's symbols to the venue. Unless the clock keeps market time, candles are moved in time by a whole
  // number of intervals so that the first one played is the one under way now. Fails when symbols differ in interval.
  static Result<std::unique_ptr<MarketDriver>> open(EventLoop& loop, Venue& venue, std::unique_ptr<CandleSource> source,
                                                    const DriverSettings& settings);

  // The first candle begins. With `manual` one whole candle is played, so that there is a price.
  Status start();
  // Plays `count` candles at once, whatever the pace. Gives how many there were. Fails when the source does.
  Result<int64_t> step(int64_t count);
  // Half of a step: the next candle's open, or the rest of the one that is open. Neither does anything twice.
  Status open_candle();
  Status close_candle();
  void pause();
  void resume();
  bool is_paused() const { return is_paused_; }
  bool is_over() const { return is_over_; }
  int64_t played() const { return played_; } // candles, since the start
  int64_t market_ms() const;                 // where the market stands
  int64_t interval_ms() const { return interval_ms_; }

private:
  struct Playing {
    Tape* tape = nullptr;
    Candle candle;
  };

  MarketDriver(EventLoop& loop, Venue& venue) : loop_(loop), venue_(venue) {}
  Status load_next(); // the next step's candles into `playing_`; sets is_over_
  void begin();
  void advance(double share);
  void end();
  void tick(int64_t generation);
  void anchor(int64_t market_ms);
  double speed() const;

  EventLoop& loop_;
  Venue& venue_;
  std::unique_ptr<CandleSource> source_;
  DriverSettings settings_;
  int64_t interval_ms_ = 0, shift_ms_ = 0, open_ms_ = 0, played_ = 0;
  int64_t generation_ = 0; // of the chain of ticks: an older one ends
  int64_t anchor_market_ms_ = 0, anchor_wall_ms_ = 0;
  std::vector<Playing> playing_;
  double share_ = 0; // of the candle under way
  bool is_loaded_ = false; // a candle is playing or about to, of symbols that trade
  bool has_begun_ = false, is_paused_ = false, is_over_ = false;
};

} // namespace stratdock::exchange_server
