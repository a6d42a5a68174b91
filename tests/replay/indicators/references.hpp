// Reference values of other libraries and books, and the comparison with ours.
// Owns: columns of numbers that remember how many digits were printed. Thread rule: values. Invariant: a comparison allows
// half a unit of the last printed digit, what the rounding of printed inputs makes of it, and the noise of doubles: no more.
#pragma once

#include <catch2/catch.hpp>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <stratdock/indicators.hpp>

namespace references {

using namespace stratdock::sdk;
using Numbers = std::vector<double>;

inline std::string data_folder() {
  const char* given = std::getenv("STRATDOCK_SHARED_DATA");
  return std::string(given != nullptr ? given : STRATDOCK_DEFAULT_DATA) + "/indicators/";
}

// Ends the case where the recorded data is not there; says which folder it looked for.
#define NEED_DATA()                                                                                                               \
  if (!std::filesystem::exists(references::data_folder())) {                                                                      \
    WARN("skipped: no reference values at " << references::data_folder() << " (STRATDOCK_SHARED_DATA names another)");            \
    return;                                                                                                                       \
  }

// The text of a file, .gz or not.
inline std::string read(const std::string& name) {
  const std::string path = data_folder() + name;
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) throw std::runtime_error("reading reference values: " + path + " is not there");
  std::string text;
  char part[16'384];
  for (int got = 0; (got = gzread(file, part, sizeof part)) > 0;) text.append(part, static_cast<std::size_t>(got));
  gzclose(file);
  return text;
}

struct Column {
  Numbers values;      // NaN: nothing printed
  Numbers half_units;  // of the last digit that is printed; empty: whole doubles
  std::size_t first() const {
    std::size_t row = 0;
    while (row < values.size() && std::isnan(values[row])) ++row;
    return row;
  }
};

// How a column is printed: with so many decimals, or so many significant digits. Closing zeros are dropped here and there and
// doubles print noise (14.984770000000001), so what most numbers of the column have counts.
inline Column column_of(const std::vector<std::string>& cells) {
  Column out;
  std::map<int, int> decimals, digits;
  for (const std::string& cell : cells) {
    const bool none = cell.empty() || cell == "-" || cell == "NaN";
    out.values.push_back(none ? kNone : std::strtod(cell.c_str(), nullptr));
    if (none) continue;
    const std::size_t dot = cell.find('.');
    ++decimals[dot == std::string::npos ? 0 : static_cast<int>(cell.size() - dot - 1)];
    const std::size_t begin = cell.find_first_of("123456789");
    ++digits[begin == std::string::npos ? 0 : static_cast<int>(std::count_if(cell.begin() + static_cast<std::ptrdiff_t>(begin), cell.end(), [](char c) { return c >= '0' && c <= '9'; }))];
  }
  const auto rarer = [](const auto& a, const auto& b) { return a.second < b.second; };
  if (decimals.empty()) return out;
  const auto [decimal_count, with_decimals] = *std::max_element(decimals.begin(), decimals.end(), rarer);
  const auto [digit_count, with_digits] = *std::max_element(digits.begin(), digits.end(), rarer);
  for (const double value : out.values) {
    const double last = with_decimals >= with_digits || value == 0 ? -decimal_count : std::floor(std::log10(std::abs(value))) + 1 - digit_count;
    out.half_units.push_back(std::isnan(value) ? 0 : 0.5 * std::pow(10.0, last));
  }
  return out;
}

// A CSV file as columns; the first line is a header.
class Sheet {
 public:
  explicit Sheet(std::string file) : file_(std::move(file)) {
    std::istringstream in(read(file_));
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      std::vector<std::string>& cells = rows_.emplace_back();
      std::istringstream parts(line);
      for (std::string cell; std::getline(parts, cell, ',');) cells.push_back(cell);
    }
  }
  Column column(std::size_t place) const {
    std::vector<std::string> cells;
    for (const auto& row : rows_) cells.push_back(place < row.size() ? row[place] : "");
    return column_of(cells);
  }
  Numbers operator[](std::size_t place) const { return column(place).values; }
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  std::vector<std::vector<std::string>> rows_;
};

// One property of Skender's JSON arrays, which print whole doubles.
inline Column property(const std::string& file, const char* name) {
  Column out;
  for (const auto& row : nlohmann::json::parse(read(file))) out.values.push_back(row[name].is_null() ? kNone : row[name].get<double>());
  return out;
}

// What is said of a comparison beside the numbers.
struct Facts {
  std::string what;           // "lean/spy_ema.csv.gz EMA14"
  std::string seed;           // how the reference begins, and what that means for us
  std::size_t from = 0;       // rows before are not compared: our seed has not faded yet
  double input_error = 0;     // what the rounding of the printed inputs can add
  double noise = 1e-12;       // of doubles, relative to the larger of 1 and the value
};

inline void same(const Numbers& made, const Column& reference, const Facts& facts) {
  INFO(facts.what << " (" << facts.seed << ")");
  REQUIRE(made.size() == reference.values.size());
  std::size_t compared = 0, first = 0;
  double largest = 0, allowed = 0;
  for (std::size_t i = facts.from; i < made.size(); ++i) {
    const double wanted = reference.values[i];
    if (std::isnan(wanted)) continue;
    const double printed = reference.half_units.empty() ? 0 : reference.half_units[i];
    const double tolerance = printed * (1 + 1e-6) + facts.input_error + facts.noise * std::max(1.0, std::abs(wanted));
    const double difference = std::abs(made[i] - wanted);
    INFO("row " << i << ": " << made[i] << ", reference " << wanted << ", allowed " << tolerance);
    REQUIRE(difference <= tolerance);
    if (compared++ == 0) first = i;
    largest = std::max(largest, difference);
    allowed = std::max(allowed, tolerance);
  }
  REQUIRE(compared > 0);
  std::printf("%-52s | %-62s | rows %4zu from %3zu | allowed %.1e | largest %.1e\n", facts.what.c_str(), facts.seed.c_str(), compared, first, allowed, largest);
}

// Rows until a difference of `begin` at row `first` of an average with this alpha has faded below `end`.
inline std::size_t faded(std::size_t first, double alpha, double begin, double end) {
  return first + static_cast<std::size_t>(std::ceil(std::log(end / begin) / std::log(1 - alpha)));
}

template <class Indicator>
Numbers over(Indicator indicator, const Numbers& values, const std::function<double(const Indicator&)>& read_value) {
  Numbers out;
  for (const double value : values) {
    if (!std::isnan(value)) indicator.update(value);
    out.push_back(std::isnan(value) ? kNone : read_value(indicator));
  }
  return out;
}
template <class Indicator>
Numbers over(Indicator indicator, const Numbers& values) {
  return over<Indicator>(std::move(indicator), values, [](const Indicator& i) { return i.value(); });
}

struct Bars {
  Numbers high, low, close;
};
template <class Indicator>
Numbers over_bars(Indicator indicator, const Bars& bars, const std::function<double(const Indicator&)>& read_value) {
  Numbers out;
  for (std::size_t i = 0; i < bars.close.size(); ++i) {
    indicator.update(bars.high[i], bars.low[i], bars.close[i]);
    out.push_back(read_value(indicator));
  }
  return out;
}

inline Numbers operator-(const Numbers& a, const Numbers& b) {
  Numbers out;
  for (std::size_t i = 0; i < a.size(); ++i) out.push_back(a[i] - b[i]);
  return out;
}

// --- seeds of others, made of our own recursions

// An EMA that begins with the mean of the first n values, as most libraries have it. Leading NaNs are passed by.
inline Numbers ema_from_mean(std::int64_t n, const Numbers& values) {
  RollingMean mean(n);
  Ema ema(n);
  Numbers out;
  for (const double value : values) {
    const bool begun = mean.ready();
    if (!std::isnan(value)) mean.update(value);
    if (mean.ready()) ema.update(begun ? value : mean.value());
    out.push_back(ema.value());
  }
  return out;
}

inline Numbers true_ranges(const Bars& bars) {
  Numbers out;
  for (std::size_t i = 0; i < bars.close.size(); ++i)
    out.push_back(i == 0 ? bars.high[0] - bars.low[0] : true_range(bars.high[i], bars.low[i], bars.close[i - 1]));
  return out;
}

// Wilder's ATR that leaves out the first candle's range, which has no previous close.
inline Numbers atr_without_first(std::int64_t n, const Bars& bars) {
  Numbers ranges = true_ranges(bars);
  ranges[0] = kNone;
  return over(WilderAverage(n), ranges);
}

}  // namespace references
