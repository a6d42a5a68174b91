// Past candles as rows of Binance's kline CSV, from the two places that give them: REST answers and archive files.
// A row keeps the exchange's own figures, all twelve columns, digit by digit; only times are brought to milliseconds.
// Thread rule: pure functions over values. Invariant: rows ascend strictly in open time, each is a valid candle, and none
// holds anything but digits, points, signs and commas.
// Source: Binance Spot "Kline/Candlestick data"; binance-public-data (microseconds from 2025-01-01 on).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace stratdock::history {

struct KlineRow {
  int64_t open_time_ms = 0;
  std::string text;  // "1733011200000,96407.99000000,...,0", without a line end
};
using KlineRows = std::vector<KlineRow>;

// An archive's file. Exact repetitions and rows without figures are dropped (gaps are counted when all is there); anything
// else that is wrong is an error with `name` and line.
Result<KlineRows> rows_of_csv(std::string_view text, const std::string& name, int64_t interval_ms);

// The answer to /api/v3/klines. `doing` opens an error ("asking for candles of BTCUSDT").
Result<KlineRows> rows_of_answer(std::string_view json, const std::string& doing, int64_t interval_ms);

// Drops what opens before `from_ms`, or at or after `to_ms`.
void keep_between(KlineRows& rows, int64_t from_ms, int64_t to_ms);

}  // namespace stratdock::history
