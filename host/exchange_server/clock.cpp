#include "host/exchange_server/clock.hpp"

#include <algorithm>
#include <chrono>

namespace stratdock::exchange_server {

int64_t ServerClock::wall_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

void ServerClock::set_market(int64_t market_ms, double speed) {
  market_ms_ = market_ms;
  speed_ = speed;
  anchor_wall_ms_ = wall_ms();
}

int64_t ServerClock::market_now_ms() const {
  return market_ms_ + static_cast<int64_t>(static_cast<double>(wall_ms() - anchor_wall_ms_) * speed_);
}

int64_t ServerClock::now_ms() const {
  last_ms_ = std::max(last_ms_, is_market_time_ ? market_now_ms() : wall_ms());
  return last_ms_;
}

int64_t ServerClock::latest_ms() const {
  if (!is_market_time_) return told_ms();
  return std::max(told_ms(), market_ms_ + step_ms_ + (wall_ms() - anchor_wall_ms_));
}

bool ServerClock::is_ahead(int64_t timestamp_us) const {
  const auto ahead_of = [&](int64_t clock_ms) { return timestamp_us >= (clock_ms + 1000) * 1000; };
  if (!is_market_time_) return ahead_of(told_ms());
  return ahead_of(latest_ms()) && ahead_of(wall_ms());
}

bool ServerClock::is_outside(int64_t timestamp_us, int64_t window_us) const {
  const auto fits = [&](int64_t clock_ms, int64_t window) {
    return clock_ms * 1000 - timestamp_us <= window && timestamp_us < (clock_ms + 1000) * 1000;
  };
  if (!is_market_time_) return !fits(told_ms(), window_us);
  // A window is meant in the client's own seconds; the market's may be shorter.
  const auto scaled = static_cast<int64_t>(static_cast<double>(window_us) * std::max(1.0, speed_));
  return !fits(told_ms(), scaled) && !fits(latest_ms(), scaled) && !fits(wall_ms() + step_ms_, window_us);
}

} // namespace stratdock::exchange_server
