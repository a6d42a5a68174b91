// A worker's candles of one series and the view of them that a strategy gets.
// Thread rule: the worker's only thread. Invariant: both containers have the same length.
#pragma once

#include <stratdock/strategy_abi.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "core/candle.hpp"

namespace stratdock {

// A series of candles, and their trade counts again in the type that the ABI wants.
struct SharedSeries {
  std::string symbol;
  CandleSeries candles;
  std::vector<double> trade_counts;
  size_t keep_rows = 0;  // 0: all
};

// Rows [anchor_row, end_row) of which those from `first_new` on are new, cut to the window that the strategy asked for
// behind its first new row. Never more: a strategy that peeked further back would decide otherwise in a backtest.
inline dock_candles dock_rows(const SharedSeries& series, size_t anchor_row, size_t first_new, size_t end_row, int64_t window) {
  const CandleSeries& candles = series.candles;
  anchor_row = std::min(anchor_row, end_row);
  first_new = std::min(std::max(first_new, anchor_row), end_row);
  const size_t behind = static_cast<size_t>(std::max<int64_t>(window, 1)) - (first_new < end_row ? 1 : 0);
  const size_t first = first_new - std::min(first_new - anchor_row, behind);
  dock_candles rows{};
  rows.struct_size = sizeof rows;
  rows.count = static_cast<uint32_t>(end_row - first);
  rows.new_count = static_cast<uint32_t>(end_row - first_new);
  rows.interval_ms = candles.interval_ms();
  rows.open_time_ms = candles.open_time_ms().data() + first;
  rows.open = candles.open().data() + first;
  rows.high = candles.high().data() + first;
  rows.low = candles.low().data() + first;
  rows.close = candles.close().data() + first;
  rows.volume = candles.volume().data() + first;
  rows.quote_volume = candles.quote_volume().data() + first;
  rows.taker_buy_volume = candles.taker_buy_volume().data() + first;
  rows.trade_count = series.trade_counts.data() + first;
  return rows;
}

}  // namespace stratdock
