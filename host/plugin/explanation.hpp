// What a strategy wants drawn on its bot's chart (stratdock.explain/1): panes, series with a value per candle, levels.
// The same struct in the worker that asks the plugin and, read back and checked, outside of it.
// Thread rule: plain values. Invariant of what get_explanation() lets through: counts within the limits, texts short and
// clean, keys unique, every pane named is there, one value per series and candle, each finite or NaN (none).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "host/plugin/protocol.hpp"

namespace stratdock {

constexpr uint32_t explain_pane_limit = 16, explain_series_limit = 64, explain_level_limit = 64;
constexpr uint32_t explain_default_rows = 1'000, explain_row_limit = 5'000;
constexpr size_t explain_value_limit = 128 * 1'024;  // rows x series; 1 MiB
constexpr const char* price_pane = "price";          // the candles' own, always there

enum class SeriesStyle : uint8_t { line, histogram, dashed };
const char* text(SeriesStyle style);

struct ChartPane {
  std::string key, name;
  double min = 0, max = 0;  // equal: fitted to the data
};
struct ChartSeries {
  std::string key, name, unit, pane;
  SeriesStyle style = SeriesStyle::line;
};
struct ChartLevel {
  std::string pane, name;
  double value = 0;
  SeriesStyle style = SeriesStyle::dashed;
};

struct Explanation {
  bool offered = false;  // false: the strategy has no explain extension, and all else is empty
  std::vector<ChartPane> panes;
  std::vector<ChartSeries> series;
  std::vector<ChartLevel> levels;
  std::vector<int64_t> open_time_ms;  // ascending
  std::vector<double> values;         // row after row, series.size() each
};

// Rows that are kept where `wanted` were asked for.
size_t explain_rows(size_t wanted, size_t series_count);

void put_explanation(MessageWriter& writer, const Explanation& explanation);
// Cleans texts and values; an error says what of it cannot be drawn. Whatever wrote the bytes is not trusted.
Result<Explanation> get_explanation(MessageReader& reader);

}  // namespace stratdock
