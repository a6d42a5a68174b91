// The exchange's clock, as seen from here: server time = steady time + offset, from answers to /api/v3/time.
//
// An answer that took r ms says that the server's clock stood at its figure at some moment of those r ms, so the middle is
// wrong by r/2 at most; the sample with the smallest bound counts, and a bound grows with age because quartz clocks drift.
// Steady time is CLOCK_BOOTTIME: nobody sets it and it goes on in sleep, so a step of the machine's clock changes nothing.
// Thread rule: a plain value of one thread; time comes from outside. Invariant: server_ms() is wrong by uncertainty_ms()
// at most, as long as the exchange's clock itself does not step; a -1021 says that it did, and all samples are forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace stratdock::binance {

// Whether an exchange's clock can show this: it refuses timestamps of before 2017 itself, and a figure of the year 3000 is
// none of milliseconds. Anything else that stands where a time is expected must not become the clock.
constexpr bool is_plausible_time(int64_t server_ms) {
  constexpr int64_t year_2017_ms = 1'483'228'800'000, year_2100_ms = 4'102'444'800'000;
  return server_ms >= year_2017_ms && server_ms < year_2100_ms;
}

class ClockOffset {
public:
  static constexpr int64_t unusable_above_ms = 500;  // no entries (order_path.md) while more uncertain than this
  static constexpr int64_t resync_after_ms = 5 * 60'000;
  static constexpr int64_t drift_parts_per_million = 100;
  static constexpr size_t samples_kept = 8;
  static constexpr size_t samples_after_refusal = 3;
  static constexpr int64_t message_age_ms = 250;  // what a stream's message may be old

  // One answer. Steady times of sending and receiving; ignored when they do not make sense.
  void sample(int64_t sent_steady_ms, int64_t received_steady_ms, int64_t server_ms);
  // The exchange refused a timestamp (-1021): what is known is wrong.
  void refused();
  // A message that left the exchange at `server_ms` was here at `received_steady_ms`. Where that is later than what we take
  // for its clock, its clock has moved on: what was known is dropped, and asked for again. An answer that was under way
  // meanwhile and contradicts it is ignored.
  void heard(int64_t received_steady_ms, int64_t server_ms);

  bool known() const { return !samples_.empty(); }
  // Both need known() (checked). Half a round trip, plus what clocks drift since, plus a millisecond of rounding.
  int64_t server_ms(int64_t steady_ms) const;
  int64_t uncertainty_ms(int64_t steady_ms) const;
  // Good enough for orders.
  bool certain(int64_t steady_ms) const;
  // Whether to ask for another sample.
  bool due(int64_t steady_ms) const;

private:
  struct Sample {
    int64_t received_steady_ms, offset_ms, half_round_trip_ms;
    int64_t bound_ms(int64_t steady_ms) const;
  };
  const Sample& best(int64_t steady_ms) const;

  struct Heard {
    int64_t received_steady_ms, server_ms;
  };

  std::vector<Sample> samples_;
  std::optional<Heard> heard_;  // the message that moved the clock on
  size_t samples_wanted_ = 1;
};

}  // namespace stratdock::binance
