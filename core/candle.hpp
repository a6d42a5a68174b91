// Candles: one bar, and a series of them as contiguous columns.
// Thread rule: a CandleSeries belongs to one thread. Invariant of a series: open times ascend strictly and every column has the same length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace stratdock {

constexpr int64_t minute_ms = 60'000;
constexpr int64_t day_ms = 24 * 60 * minute_ms;

// One OHLCV bar. Times are milliseconds since 1970 UTC. A candle of interval i covers [open_time, open_time + i).
struct Candle {
  int64_t open_time_ms = 0;
  double open = 0, high = 0, low = 0, close = 0;
  double volume = 0;            // base asset
  double quote_volume = 0;      // quote asset; 0 where the source does not know
  double taker_buy_volume = 0;  // base asset; 0 where the source does not know
  int64_t trade_count = 0;      // 0 where the source does not know
  friend bool operator==(const Candle&, const Candle&) = default;
};

// "1m" -> 60'000. The exchange's intervals of fixed length: 1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w. Case matters.
Result<int64_t> parse_interval(std::string_view text);
// 300'000 -> "5m". The argument must be one that parse_interval gives (checked).
std::string interval_text(int64_t interval_ms);

// Finite, positive prices, low <= open, close <= high, no negative volume, an open time on the interval's grid.
Status validate_candle(const Candle& candle, int64_t interval_ms);

// Whether candles of `interval_ms` can be made of candles of `base_ms`: a multiple that divides a day, so that all begin on
// the UTC grid of both.
bool can_aggregate(int64_t base_ms, int64_t interval_ms);

class CandleSeries {
public:
  explicit CandleSeries(int64_t interval_ms) : interval_ms_(interval_ms) {}

  int64_t interval_ms() const { return interval_ms_; }
  size_t size() const { return open_time_ms_.size(); }
  bool empty() const { return open_time_ms_.empty(); }
  void reserve(size_t rows);
  // The open time must be later than the last one's (checked).
  void append(const Candle& candle);
  void append(const CandleSeries& other, size_t first, size_t count);
  Candle at(size_t row) const;
  Candle back() const { return at(size() - 1); }
  // Drops the oldest rows so that at most `rows` stay.
  void keep_last(size_t rows);
  void clear();
  // The first row whose open time is not before `time_ms`; size() when there is none.
  size_t lower_bound(int64_t time_ms) const;

  std::span<const int64_t> open_time_ms() const { return open_time_ms_; }
  std::span<const double> open() const { return open_; }
  std::span<const double> high() const { return high_; }
  std::span<const double> low() const { return low_; }
  std::span<const double> close() const { return close_; }
  std::span<const double> volume() const { return volume_; }
  std::span<const double> quote_volume() const { return quote_volume_; }
  std::span<const double> taker_buy_volume() const { return taker_buy_volume_; }
  std::span<const int64_t> trade_count() const { return trade_count_; }

private:
  int64_t interval_ms_;
  std::vector<int64_t> open_time_ms_, trade_count_;
  std::vector<double> open_, high_, low_, close_, volume_, quote_volume_, taker_buy_volume_;
};

// Candles of a longer interval (can_aggregate, checked), one for every stretch of it in which `base` has any: first open,
// highest high, lowest low, last close, sums. The caller leaves away a last one whose time is not over.
CandleSeries aggregate(const CandleSeries& base, int64_t interval_ms);

}  // namespace stratdock
