#include "host/binance/candle_sequencer.hpp"

#include <algorithm>
#include <iterator>

#include "core/check.hpp"

namespace stratdock::binance {

CandleSequencer::CandleSequencer(int64_t interval_ms, int64_t next_open_ms) : interval_ms_(interval_ms), next_open_ms_(next_open_ms) {
  STRATDOCK_CHECK(interval_ms > 0);
}

bool CandleSequencer::is_valid(const Candle& candle, int64_t server_ms) const {
  return validate_candle(candle, interval_ms_).has_value() && candle.open_time_ms + interval_ms_ <= server_ms + clock_tolerance_ms;
}

void CandleSequencer::accept(const Candle& candle, bool from_rest) {
  if (candle.open_time_ms < next_open_ms_ || waiting_.contains(candle.open_time_ms)) {
    ++counts_.repeated;
    return;
  }
  if (candle.open_time_ms == next_open_ms_) {
    ready_.push_back(candle);
    quiet_ = false;
    ++counts_.delivered;
    counts_.from_rest += from_rest ? 1 : 0;
    next_open_ms_ += interval_ms_;
    return advance();
  }
  if (waiting_.size() >= max_waiting) {
    ++counts_.crowded;
    return;
  }
  waiting_.emplace(candle.open_time_ms, candle);
}

void CandleSequencer::advance() {
  for (auto next = waiting_.begin(); next != waiting_.end() && next->first == next_open_ms_; next = waiting_.erase(next)) {
    ready_.push_back(next->second);
    quiet_ = false;
    ++counts_.delivered;
    next_open_ms_ += interval_ms_;
  }
}

void CandleSequencer::on_stream(const Candle& candle, int64_t server_ms) {
  if (!is_valid(candle, server_ms)) {
    ++counts_.garbled;
    return;
  }
  accept(candle, false);
}

void CandleSequencer::on_rest(const CandleRange& asked, std::span<const Candle> rows, bool complete, int64_t server_ms) {
  std::vector<Candle> sound;
  for (const Candle& row : rows) {
    const bool in_order = sound.empty() || row.open_time_ms > sound.back().open_time_ms;
    if (is_valid(row, server_ms) && in_order && row.open_time_ms >= asked.from_ms && row.open_time_ms < asked.to_ms)
      sound.push_back(row);
    else
      ++counts_.garbled;
  }
  // An answer that holds rubbish proves nothing about what it does not hold.
  const bool sound_answer = sound.size() == rows.size();
  for (const Candle& row : sound) {
    if (sound_answer) prove_absent(asked, sound, complete, server_ms);
    accept(row, true);
  }
  if (sound_answer) prove_absent(asked, sound, complete, server_ms);
}

// Skips next_open_ms_ and what follows it where `rows` has nothing for it, for the second time.
void CandleSequencer::prove_absent(const CandleRange& asked, std::span<const Candle> rows, bool complete, int64_t server_ms) {
  if (next_open_ms_ < asked.from_ms || next_open_ms_ >= asked.to_ms) return;
  const auto at_or_after = std::lower_bound(rows.begin(), rows.end(), next_open_ms_, [](const Candle& row, int64_t open_ms) { return row.open_time_ms < open_ms; });
  if (at_or_after != rows.end() && at_or_after->open_time_ms == next_open_ms_) return;
  if (at_or_after == rows.end() && !complete) return;
  const int64_t end_ms = at_or_after == rows.end() ? asked.to_ms : at_or_after->open_time_ms;
  if (doubted_open_ms_ != next_open_ms_) {
    doubted_open_ms_ = next_open_ms_;
    doubted_at_ms_ = server_ms;
    return;
  }
  const auto held = waiting_.begin();
  const bool later_is_known = at_or_after != rows.end() || held != waiting_.end();
  const int64_t needed_ms = later_is_known ? proof_ms : quiet_ ? quiet_proof_ms : last_proof_ms;
  if (server_ms - doubted_at_ms_ < needed_ms) return;
  quiet_ = !later_is_known;
  // A stream may have brought what REST does not show.
  const int64_t skip_to_ms = held != waiting_.end() ? std::min(end_ms, held->first) : end_ms;
  counts_.absent += (skip_to_ms - next_open_ms_) / interval_ms_;
  next_open_ms_ = skip_to_ms;
  advance();
}

void CandleSequencer::skip_to(int64_t open_ms) {
  if (open_ms <= next_open_ms_) return;
  const auto wanted = waiting_.lower_bound(open_ms);
  const auto dropped = std::distance(waiting_.begin(), wanted);
  waiting_.erase(waiting_.begin(), wanted);
  counts_.crowded += dropped;
  counts_.absent += (open_ms - next_open_ms_) / interval_ms_ - dropped;
  next_open_ms_ = open_ms;
  advance();
}

std::optional<CandleRange> CandleSequencer::missing(int64_t server_ms, int64_t limit) const {
  // The first open time that is not surely over and settled; behind a candle that waits there is a gap whatever the time.
  const int64_t patience_ms = waiting_.empty() ? std::max(settling_ms, stream_patience_ms) : settling_ms;
  const int64_t over_ms = server_ms - patience_ms - next_open_ms_;
  if (over_ms < interval_ms_) return std::nullopt;
  int64_t to_ms = next_open_ms_ + over_ms / interval_ms_ * interval_ms_;
  if (!waiting_.empty()) to_ms = std::min(to_ms, waiting_.begin()->first);
  if (to_ms <= next_open_ms_) return std::nullopt;
  return CandleRange{next_open_ms_, std::min(to_ms, next_open_ms_ + limit * interval_ms_)};
}

std::vector<Candle> CandleSequencer::take() { return std::exchange(ready_, {}); }

}  // namespace stratdock::binance
