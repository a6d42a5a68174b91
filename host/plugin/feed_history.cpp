#include "host/plugin/feed_history.hpp"

#include <algorithm>

namespace stratdock {

std::string FeedHistory::lack(std::string_view symbol, int64_t interval_ms) const {
  const int64_t own_ms = interval_of(symbol);
  if (own_ms == 0) return "this market has no candles of " + std::string(symbol);
  if (own_ms != interval_ms && !can_aggregate(own_ms, interval_ms))
    return "this market's candles of " + std::string(symbol) + " are of " + interval_text(own_ms) + ", of which none of " + std::to_string(interval_ms / 1'000) + " s can be made";
  return {};
}

Status FeedHistory::read(std::string_view symbol, int64_t interval_ms, int64_t from_ms, int64_t to_ms_exclusive,
                         const std::function<void(const CandleSeries&)>& rows) {
  if (const std::string why = lack(symbol, interval_ms); !why.empty()) return failure(why);
  const int64_t own_ms = interval_of(symbol);
  if (own_ms == interval_ms) return read_own(symbol, from_ms, to_ms_exclusive, rows);
  // From the beginning of the first longer candle to the end of the last.
  const auto up_to_grid = [&](int64_t at_ms) { return at_ms > INT64_MAX - interval_ms ? INT64_MAX : (at_ms + interval_ms - 1) / interval_ms * interval_ms; };
  CandleSeries base(own_ms);
  const int64_t begin_ms = up_to_grid(std::max<int64_t>(from_ms, 0)), end_ms = up_to_grid(to_ms_exclusive);
  const Status read = read_own(symbol, begin_ms, end_ms, [&](const CandleSeries& some) { base.append(some, 0, some.size()); });
  if (!read) return read;
  CandleSeries longer = aggregate(base, interval_ms);
  if (!longer.empty()) rows(longer);
  return {};
}

int64_t RecordedHistory::interval_of(std::string_view symbol) const {
  const auto found = series_.find(symbol);
  return found == series_.end() ? 0 : found->second->interval_ms();
}

Status RecordedHistory::read_own(std::string_view symbol, int64_t from_ms, int64_t to_ms_exclusive, const std::function<void(const CandleSeries&)>& rows) {
  const CandleSeries& all = *series_.find(symbol)->second;
  const size_t first = all.lower_bound(from_ms), end = all.lower_bound(to_ms_exclusive);
  if (first >= end) return {};
  CandleSeries some(all.interval_ms());
  some.append(all, first, end - first);
  rows(some);
  return {};
}

}  // namespace stratdock
