#include "host/binance/clock_offset.hpp"

#include <algorithm>

#include "core/check.hpp"

namespace stratdock::binance {

int64_t ClockOffset::Sample::bound_ms(int64_t steady_ms) const {
  constexpr int64_t million = 1'000'000, rounding_ms = 1;
  return half_round_trip_ms + rounding_ms + std::max<int64_t>(0, steady_ms - received_steady_ms) * drift_parts_per_million / million;
}

void ClockOffset::sample(int64_t sent_steady_ms, int64_t received_steady_ms, int64_t server_ms) {
  if (received_steady_ms < sent_steady_ms || server_ms <= 0) return;
  const int64_t round_trip_ms = received_steady_ms - sent_steady_ms;
  const int64_t middle_ms = sent_steady_ms + round_trip_ms / 2;
  const Sample sample{received_steady_ms, server_ms - middle_ms, (round_trip_ms + 1) / 2};
  if (heard_ && heard_->received_steady_ms + sample.offset_ms + sample.bound_ms(heard_->received_steady_ms) < heard_->server_ms) return;
  if (samples_.size() == samples_kept) samples_.erase(samples_.begin());
  samples_.push_back(sample);
}

void ClockOffset::refused() {
  samples_.clear();
  heard_.reset();
  samples_wanted_ = samples_after_refusal;
}

void ClockOffset::heard(int64_t received_steady_ms, int64_t server_ms) {
  if (known() && server_ms <= this->server_ms(received_steady_ms) + uncertainty_ms(received_steady_ms)) return;
  samples_.clear();
  samples_wanted_ = 1;
  heard_ = Heard{received_steady_ms, server_ms};
  samples_.push_back({received_steady_ms, server_ms - received_steady_ms, message_age_ms});
}

const ClockOffset::Sample& ClockOffset::best(int64_t steady_ms) const {
  STRATDOCK_CHECK(known());
  return *std::min_element(samples_.begin(), samples_.end(), [&](const Sample& a, const Sample& b) { return a.bound_ms(steady_ms) < b.bound_ms(steady_ms); });
}

int64_t ClockOffset::server_ms(int64_t steady_ms) const { return steady_ms + best(steady_ms).offset_ms; }

int64_t ClockOffset::uncertainty_ms(int64_t steady_ms) const { return best(steady_ms).bound_ms(steady_ms); }

bool ClockOffset::certain(int64_t steady_ms) const { return samples_.size() >= samples_wanted_ && uncertainty_ms(steady_ms) <= unusable_above_ms; }

bool ClockOffset::due(int64_t steady_ms) const {
  if (samples_.size() < std::max(samples_wanted_, samples_after_refusal)) return true;
  return steady_ms - samples_.back().received_steady_ms >= resync_after_ms;
}

}  // namespace stratdock::binance
