// Which candles the engine has appended, per series: the last time, and the newest rows themselves.
// Thread rule: one thread. Invariant: rows of a series ascend; a tail ends at the series' last row.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "core/candle.hpp"

namespace stratdock {

using SeriesKey = std::pair<std::string, int64_t>;  // symbol, interval_ms

constexpr int64_t never_ms = INT64_MIN;

struct BookedSeries {
  explicit BookedSeries(int64_t interval_ms) : tail(interval_ms) {}
  int64_t last_open_ms = never_ms;
  CandleSeries tail;  // so that the caller's history may lag behind append_candles by this much
  int users = 0;      // instances
};

class SeriesBook {
public:
  static constexpr size_t tail_rows = 64;

  BookedSeries& at(const SeriesKey& key) { return series_.try_emplace(key, key.second).first->second; }
  BookedSeries* find(const SeriesKey& key) {
    const auto found = series_.find(key);
    return found == series_.end() ? nullptr : &found->second;
  }
  void release(const SeriesKey& key) {
    const auto found = series_.find(key);
    if (found != series_.end() && --found->second.users <= 0) series_.erase(found);
  }
  // Books rows later than the last one; returns the first row of `rows` that was new.
  static size_t append(BookedSeries& series, const CandleSeries& rows) {
    const size_t first = series.last_open_ms == never_ms ? 0 : rows.lower_bound(series.last_open_ms + 1);
    if (first == rows.size()) return first;
    const size_t kept = std::max(first, rows.size() - std::min(rows.size(), tail_rows));
    series.tail.append(rows, kept, rows.size() - kept);
    if (series.tail.size() > 2 * tail_rows) series.tail.keep_last(tail_rows);
    series.last_open_ms = rows.open_time_ms().back();
    return first;
  }

private:
  std::map<SeriesKey, BookedSeries> series_;
};

}  // namespace stratdock
