// When to ask again after an exchange that refused or did not answer: pauses that double, up to a longest.
// A plain value of one thread; times are milliseconds of one clock, the account's own where orders are sent.
#pragma once

#include <algorithm>
#include <cstdint>

namespace stratdock {

struct Retry {
  int failures = 0;           // in a row
  int64_t not_before_ms = 0;  // 0: at once
  int64_t first_pause_ms = 5'000, longest_pause_ms = 900'000;

  bool due(int64_t now_ms) const { return now_ms >= not_before_ms; }
  void failed(int64_t now_ms) {
    constexpr int most_doublings = 10;  // more than it takes to the longest pause, and no overflow
    not_before_ms = now_ms + std::min(longest_pause_ms, first_pause_ms << std::min(failures, most_doublings));
    ++failures;
  }
  int64_t pause_ms(int64_t now_ms) const { return std::max<int64_t>(0, not_before_ms - now_ms); }
  friend bool operator==(const Retry&, const Retry&) = default;
};

}  // namespace stratdock
