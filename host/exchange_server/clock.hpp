// What time it is at the exchange. Two clocks: the wall's, so that clients' own timestamps pass; or the market's, so that
// /time agrees with the candles at any speed (see CLIENTS of --market-time in the command's help).
// Thread rule: one thread. Invariant: now_ms() never goes back.
#pragma once

#include <cstdint>

namespace stratdock::exchange_server {

class ServerClock {
public:
  explicit ServerClock(bool is_market_time) : is_market_time_(is_market_time) {}

  bool is_market_time() const { return is_market_time_; }
  // The market stands at this instant now, and moves `speed` times as fast as the wall until the next call; 0: stands.
  void set_market(int64_t market_ms, double speed);
  int64_t now_ms() const;
  // What clients are told and judged by: now_ms() plus a step that a fault may add.
  int64_t told_ms() const { return now_ms() + step_ms_; }
  void set_step(int64_t step_ms) { step_ms_ = step_ms; }

  // Binance's rule for `timestamp` and recvWindow, both in microseconds: the first answers "ahead", the second "outside".
  // With market time a client may also go by the wall's clock, and by one that ran on while the market stood.
  bool is_ahead(int64_t timestamp_us) const;
  bool is_outside(int64_t timestamp_us, int64_t window_us) const;

  static int64_t wall_ms();

private:
  int64_t market_now_ms() const;
  // Where a client's clock may be that was set by told_ms() some time ago.
  int64_t latest_ms() const;

  bool is_market_time_;
  int64_t market_ms_ = 0, anchor_wall_ms_ = 0, step_ms_ = 0;
  double speed_ = 0;
  mutable int64_t last_ms_ = 0;
};

} // namespace stratdock::exchange_server
