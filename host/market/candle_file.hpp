// Candle files: Binance's kline CSV, plain, .gz or .zip, as its data site and its API give them.
// Thread rule: free functions, callable from any thread. Invariant: what is returned is a valid CandleSeries; nothing is
// repaired silently: what was dropped is counted in the report, what cannot be right is an error with file and line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/candle.hpp"
#include "core/result.hpp"

namespace stratdock {

struct CandleFileReport {
  size_t rows = 0;             // candles read
  size_t duplicates = 0;       // exact repetitions, dropped
  size_t blank_rows = 0;       // rows with a time and nothing else, dropped: a gap
  size_t gaps = 0;             // places where candles are missing
  int64_t missing_candles = 0; // in all gaps together
  bool has_header = false;
  // "121739 candles from 2022-08-01T00:00:00Z to ..., 1 gap (16 candles missing), 1 duplicate dropped"
  std::string text(const CandleSeries& candles) const;
};

// One file. Columns: open_time,open,high,low,close,volume[,close_time,quote_volume,trades,taker_base,taker_quote,...]; a header
// line is skipped. Open times are milliseconds or, above 10^14, microseconds (Binance spot from 2025-01-01 on), row by row.
// Fails on unreadable files, damaged rows, times that go back and rows with one time and different figures.
Result<CandleSeries> load_candle_file(const std::filesystem::path& file, int64_t interval_ms, CandleFileReport* report = nullptr);

// Several files of one symbol as one series, in whatever order they are given. A candle that two files carry must be equal
// in both.
Result<CandleSeries> load_candle_files(std::span<const std::filesystem::path> files, int64_t interval_ms, CandleFileReport* report = nullptr);

// The rows of a text; `name` stands in errors.
Result<CandleSeries> parse_candle_csv(std::string_view text, const std::string& name, int64_t interval_ms, CandleFileReport* report = nullptr);

// The nearest double to a decimal text such as "93576.00000000"; from_chars' own result, several times as fast for figures of
// at most 15 digits. Moves `position` behind the number; false when there is none.
bool parse_figure(const char*& position, const char* end, double& value);

}  // namespace stratdock
