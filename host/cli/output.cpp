#include "host/cli/output.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace stratdock::cli {
namespace {

size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool looks_like_number(const std::string& text) {
  return text.empty() || text == "-" || text.find_first_not_of("0123456789.+-%") == std::string::npos;
}

}  // namespace

std::string table_text(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  std::vector<bool> right;
  for (size_t column = 0; column < head.size(); ++column) {
    size_t width = width_of(head[column]);
    bool numbers = !rows.empty();
    for (const auto& row : rows) {
      width = std::max(width, width_of(row[column]));
      numbers = numbers && looks_like_number(row[column]);
    }
    widths.push_back(width);
    right.push_back(numbers);
  }
  std::string text;
  auto line = [&](const std::vector<std::string>& cells) {
    std::string one;
    for (size_t column = 0; column < cells.size(); ++column) {
      const std::string pad(widths[column] - width_of(cells[column]), ' ');
      one += (column == 0 ? "" : "  ") + (right[column] ? pad + cells[column] : cells[column] + pad);
    }
    one.erase(one.find_last_not_of(' ') + 1);
    text += one + "\n";
  };
  line(head);
  for (const auto& row : rows) line(row);
  return text;
}

std::string csv_record(const std::vector<std::string>& fields) {
  std::string record;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) record += ',';
    if (fields[i].find_first_of(",\"\r\n") == std::string::npos) {
      record += fields[i];
      continue;
    }
    record += '"';
    for (const char c : fields[i]) record += c == '"' ? "\"\"" : std::string(1, c);
    record += '"';
  }
  return record + "\r\n";
}

std::string double_text(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

std::string percent_text(double fraction) {
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "%.2f%%", fraction * 100);
  return buffer;
}

std::string money_text(Decimal amount) {
  const bool small = !amount.is_zero() && amount.abs() < Decimal::from_integer(1);
  return amount.text_fixed(small ? 4 : 2);
}

std::string time_text(int64_t time_ms) {
  if (time_ms == 0) return "-";
  const std::time_t seconds = time_ms / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char buffer[32];
  std::strftime(buffer, sizeof buffer, "%Y-%m-%d %H:%M:%S", &parts);
  return buffer;
}

std::string duration_text(int64_t span_ms) {
  const int64_t seconds = span_ms / 1000, minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  auto both = [](int64_t large, const char* large_unit, int64_t small, const char* small_unit) {
    return std::to_string(large) + large_unit + (small == 0 ? "" : " " + std::to_string(small) + small_unit);
  };
  if (days > 0) return both(days, " d", hours % 24, " h");
  if (hours > 0) return both(hours, " h", minutes % 60, " min");
  if (minutes > 0) return both(minutes, " min", seconds % 60, " s");
  return std::to_string(seconds) + " s";
}

Result<double> parse_fraction(const std::string& text, const std::string& option, bool allow_zero) {
  const bool percent = !text.empty() && text.back() == '%';
  const auto number = Decimal::parse(percent ? text.substr(0, text.size() - 1) : text);
  if (!number || number->is_negative() || (number->is_zero() && !allow_zero))
    return failure("reading --" + option + ": found '" + text + "', expected a percentage or a fraction", "write 2% or 0.02");
  return (percent ? divide(*number, Decimal::from_integer(100), Rounding::half_even) : *number).to_double();
}

Result<Decimal> parse_amount(const std::string& text, const std::string& option) {
  const auto amount = Decimal::parse(text);
  if (!amount || !amount->is_positive()) return failure("reading --" + option + ": found '" + text + "', expected an amount above 0", "write 100 or 0.5");
  return *amount;
}

}  // namespace stratdock::cli
