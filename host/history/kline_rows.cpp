#include "host/history/kline_rows.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "host/market/candle_file.hpp"

namespace stratdock::history {
namespace {

constexpr int64_t first_microsecond_time = 100'000'000'000'000;  // 10^14: year 5138 in ms, 1973 in us
constexpr size_t column_count = 12, open_time_column = 0, close_time_column = 6;
constexpr size_t longest_figure = 40;

using Columns = std::array<std::string_view, column_count>;

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

bool is_figure(std::string_view text) {
  return !text.empty() && text.size() <= longest_figure && text.find_first_not_of("0123456789.-") == std::string_view::npos;
}

// Nothing, or what is wrong with the columns.
std::string make_row(const Columns& columns, KlineRow& row) {
  for (size_t i = 0; i < column_count; ++i)
    if (!is_figure(columns[i])) return "column " + std::to_string(i + 1) + " is no number";
  for (size_t i = 0; i < column_count; ++i) {
    if (i > 0) row.text += ',';
    if (i != open_time_column && i != close_time_column) {
      row.text += columns[i];
      continue;
    }
    auto time = whole_number(columns[i]);
    if (!time) return "column " + std::to_string(i + 1) + " is no time";
    if (*time > first_microsecond_time) *time /= 1000;
    if (i == open_time_column) row.open_time_ms = *time;
    row.text += std::to_string(*time);
  }
  return {};
}

std::optional<Columns> split(std::string_view line) {
  Columns columns;
  for (size_t i = 0; i < column_count; ++i) {
    const size_t comma = line.find(',');
    if ((comma == std::string_view::npos) != (i + 1 == column_count)) return std::nullopt;
    columns[i] = line.substr(0, comma);
    if (comma != std::string_view::npos) line.remove_prefix(comma + 1);
  }
  return columns;
}

// A time and nothing else: a candle that the exchange has not.
bool is_blank(std::string_view line) {
  const size_t comma = line.find(',');
  return comma != std::string_view::npos && line.find_first_not_of(", ", comma) == std::string_view::npos;
}

// The figures of rows, by the reader that everything else reads candles with.
Status validate(const KlineRows& rows, const std::string& name, int64_t interval_ms) {
  std::string text;
  for (const KlineRow& row : rows) text += row.text + '\n';
  const auto candles = parse_candle_csv(text, name, interval_ms);
  if (!candles) return tl::unexpected(candles.error());
  if (candles->size() != rows.size()) return failure("reading candles, " + name + ": " + std::to_string(rows.size()) + " rows hold " + std::to_string(candles->size()) + " candles");
  return {};
}

std::string json_field(const nlohmann::json& value) { return value.is_string() ? value.get<std::string>() : value.is_number_integer() ? value.dump() : std::string(); }

}  // namespace

Result<KlineRows> rows_of_csv(std::string_view text, const std::string& name, int64_t interval_ms) {
  KlineRows rows;
  for (int64_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool is_header = number == 1 && !line.empty() && (line.front() < '0' || line.front() > '9');
    if (line.empty() || is_header || is_blank(line)) continue;
    KlineRow row;
    const auto columns = split(line);
    const std::string fault = columns ? make_row(*columns, row) : "there are not twelve columns";
    if (!fault.empty()) return failure("reading candles, " + name + ":" + std::to_string(number) + ": " + fault, "expected Binance's kline CSV");
    if (!rows.empty() && rows.back().text == row.text) continue;
    rows.push_back(std::move(row));
  }
  if (Status valid = validate(rows, name, interval_ms); !valid) return tl::unexpected(valid.error());
  return rows;
}

Result<KlineRows> rows_of_answer(std::string_view json, const std::string& doing, int64_t interval_ms) {
  const auto refuse = [&](const std::string& what) { return failure(doing + ": " + what, "is this Binance's API, or something in between that answers in its place?"); };
  const nlohmann::json answer = nlohmann::json::parse(json, nullptr, false);
  if (!answer.is_array()) return refuse("the answer is no list of candles");
  KlineRows rows;
  for (const nlohmann::json& element : answer) {
    const std::string place = "candle " + std::to_string(rows.size() + 1) + " of the answer: ";
    if (!element.is_array() || element.size() != column_count) return refuse(place + "it has not twelve fields");
    std::array<std::string, column_count> fields;
    Columns columns;
    for (size_t i = 0; i < column_count; ++i) columns[i] = fields[i] = json_field(element[i]);
    KlineRow row;
    if (const std::string fault = make_row(columns, row); !fault.empty()) return refuse(place + fault);
    rows.push_back(std::move(row));
  }
  if (Status valid = validate(rows, doing, interval_ms); !valid) return tl::unexpected(valid.error());
  return rows;
}

void keep_between(KlineRows& rows, int64_t from_ms, int64_t to_ms) {
  const auto opens_before = [](const KlineRow& row, int64_t time_ms) { return row.open_time_ms < time_ms; };
  rows.erase(std::lower_bound(rows.begin(), rows.end(), to_ms, opens_before), rows.end());
  rows.erase(rows.begin(), std::lower_bound(rows.begin(), rows.end(), from_ms, opens_before));
}

}  // namespace stratdock::history
