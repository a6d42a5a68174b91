#include "host/config/value_reader.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace stratdock {
namespace {

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "010" is eight to YAML 1.1, ten to people and an error to us.
bool has_leading_zero(std::string_view digits) {
  if (!digits.empty() && digits[0] == '-') digits.remove_prefix(1);
  return digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
}

}  // namespace

std::string number_text(double value) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

ValueReader::ValueReader(std::filesystem::path file, const Environment& environment, bool look_for_files, ConfigurationErrors& errors)
    : folder_(file.parent_path()), file_text_(file.string()), environment_(environment), look_for_files_(look_for_files), errors_(errors) {}

void ValueReader::refuse(const YamlNode& node, const std::string& path, std::string message, std::string hint) {
  errors_.push_back({position(node), path, std::move(message), std::move(hint)});
}

std::optional<std::string> ValueReader::text(const YamlNode& node, const std::string& path, const char* expected) {
  if (node.kind == YamlNode::Kind::scalar) return node.text;
  refuse(node, path, "found " + node.description() + ", expected " + expected);
  return std::nullopt;
}

std::optional<int64_t> ValueReader::integer(const YamlNode& node, const std::string& path, int64_t minimum, int64_t maximum) {
  const auto given = text(node, path, "a whole number");
  if (!given) return std::nullopt;
  const auto value = number_of<int64_t>(*given);
  const std::string allowed = std::to_string(minimum) + " to " + std::to_string(maximum);
  if (!value || has_leading_zero(*given))
    refuse(node, path, "found " + node.description() + ", expected a whole number from " + allowed);
  else if (*value < minimum || *value > maximum)
    refuse(node, path, "found " + *given + ", allowed is " + allowed);
  else
    return value;
  return std::nullopt;
}

std::optional<double> ValueReader::real(const YamlNode& node, const std::string& path, double minimum, double maximum) {
  const auto given = text(node, path, "a number");
  if (!given) return std::nullopt;
  const auto value = number_of<double>(*given);
  const std::string allowed = number_text(minimum) + " to " + number_text(maximum);
  if (!value || !std::isfinite(*value)) refuse(node, path, "found " + node.description() + ", expected a number from " + allowed);
  else if (*value < minimum || *value > maximum) refuse(node, path, "found " + *given + ", allowed is " + allowed);
  else return value;
  return std::nullopt;
}

std::optional<bool> ValueReader::boolean(const YamlNode& node, const std::string& path) {
  const auto given = text(node, path, "true or false");
  if (!given) return std::nullopt;
  if (*given == "true" || *given == "yes" || *given == "on") return true;
  if (*given == "false" || *given == "no" || *given == "off") return false;
  refuse(node, path, "found " + node.description() + ", expected true or false");
  return std::nullopt;
}

std::optional<Decimal> ValueReader::amount(const YamlNode& node, const std::string& path, bool allow_zero) {
  const auto given = text(node, path, "an amount");
  if (!given) return std::nullopt;
  const auto value = Decimal::parse(*given);
  if (!value || has_leading_zero(*given))
    refuse(node, path, "found " + node.description() + ", expected an amount such as 100 or 0.5", "at most eight digits after the point, no unit and no exponent");
  else if (value->is_negative() || (value->is_zero() && !allow_zero))
    refuse(node, path, "found " + *given + ", it must be " + (allow_zero ? "0 or more" : "more than 0"));
  else
    return *value;
  return std::nullopt;
}

std::optional<Decimal> ValueReader::fraction(const YamlNode& node, const std::string& path, Decimal maximum, bool allow_zero) {
  const auto given = text(node, path, "a fraction such as 2% or 0.02");
  if (!given) return std::nullopt;
  std::string digits = *given;
  const bool percent = !digits.empty() && digits.back() == '%';
  if (percent) digits.pop_back();
  const auto parsed = Decimal::parse(digits);
  if (!parsed || has_leading_zero(digits)) {
    refuse(node, path, "found " + node.description() + ", expected a fraction such as 2% or 0.02");
    return std::nullopt;
  }
  const Decimal value = percent ? divide(*parsed, Decimal::from_integer(100), Rounding::half_even) : *parsed;
  if (!value.is_negative() && value <= maximum && (allow_zero || value.is_positive())) return value;
  std::string hint;
  if (!percent && value > maximum && divide(value, Decimal::from_integer(100), Rounding::half_even) <= maximum)
    hint = "did you mean " + digits + "%?";
  refuse(node, path, "found " + *given + ", allowed is " + (allow_zero ? "0 to " : "more than 0, up to ") + fraction_text(maximum), hint);
  return std::nullopt;
}

std::optional<int64_t> ValueReader::interval(const YamlNode& node, const std::string& path) {
  const auto given = text(node, path, "an interval such as 5m");
  if (!given) return std::nullopt;
  const auto value = parse_interval(*given);
  if (value) return *value;
  refuse(node, path, "found " + node.description() + ", expected an interval", "one of 1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w");
  return std::nullopt;
}

std::optional<int64_t> ValueReader::time(const YamlNode& node, const std::string& path) {
  const auto given = text(node, path, "a time");
  if (!given) return std::nullopt;
  if (const auto value = parse_utc_time(*given)) return value;
  refuse(node, path, "found " + node.description() + ", expected a time in UTC such as 2024-01-31 or 2024-01-31T09:30:00Z");
  return std::nullopt;
}

std::optional<int64_t> ValueReader::bytes(const YamlNode& node, const std::string& path, int64_t minimum, int64_t maximum) {
  const auto given = text(node, path, "a size such as 10MB");
  if (!given) return std::nullopt;
  static const std::pair<std::string_view, int64_t> units[] = {{"KB", 1024}, {"MB", 1024 * 1024}, {"GB", 1024 * 1024 * 1024}, {"", 1}};
  std::string_view digits = *given;
  int64_t factor = 1;
  for (const auto& [unit, size] : units) {
    if (!digits.ends_with(unit)) continue;
    digits.remove_suffix(unit.size());
    factor = size;
    break;
  }
  const auto value = number_of<int64_t>(digits);
  if (!value || *value < 0 || *value > maximum / factor || *value * factor < minimum) {
    refuse(node, path, "found " + node.description() + ", expected a size from " + std::to_string(minimum / 1024) + "KB to " + std::to_string(maximum / 1024 / 1024) + "MB, such as 10MB");
    return std::nullopt;
  }
  return *value * factor;
}

std::optional<std::string> ValueReader::symbol(const YamlNode& node, const std::string& path) {
  const auto given = text(node, path, "a symbol such as BTCUSDT");
  if (!given) return std::nullopt;
  const auto good = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  if (given->size() >= 2 && given->size() <= 24 && std::all_of(given->begin(), given->end(), good)) return given;
  std::string capitals;
  for (const char c : *given)
    if (const char capital = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; good(capital)) capitals += capital;
  refuse(node, path, "found " + node.description() + ", expected a symbol as the exchange writes it: capitals and digits",
         capitals.size() >= 2 ? "did you mean '" + capitals + "'?" : "");
  return std::nullopt;
}

std::filesystem::path ValueReader::absolute(const std::filesystem::path& given) const {
  const std::string spelled = given.string();
  const auto home = environment_.find("HOME");
  if (spelled.starts_with("~/") && home != environment_.end()) return (std::filesystem::path(home->second) / spelled.substr(2)).lexically_normal();
  return (given.is_absolute() ? given : folder_ / given).lexically_normal();
}

std::optional<std::filesystem::path> ValueReader::path(const YamlNode& node, const std::string& path) {
  const auto given = text(node, path, "a path");
  if (!given) return std::nullopt;
  if (!given->empty()) return absolute(*given);
  refuse(node, path, "found an empty path");
  return std::nullopt;
}

std::optional<std::filesystem::path> ValueReader::existing_file(const YamlNode& node, const std::string& dotted, const std::string& hint) {
  const auto found = path(node, dotted);
  if (!found || !look_for_files_) return found;
  std::error_code fault;
  if (std::filesystem::is_regular_file(*found, fault)) return found;
  refuse(node, dotted, "there is no file " + found->string(), hint);
  return std::nullopt;
}

std::optional<size_t> ValueReader::choice(const YamlNode& node, const std::string& path, const std::vector<std::string>& choices) {
  std::string all;
  for (const std::string& one : choices) all += (all.empty() ? "" : ", ") + one;
  const std::string expected = "one of " + all;
  const auto given = text(node, path, expected.c_str());
  if (!given) return std::nullopt;
  const auto found = std::find(choices.begin(), choices.end(), *given);
  if (found != choices.end()) return static_cast<size_t>(found - choices.begin());
  const std::string near = nearest_name(*given, choices);
  refuse(node, path, "found " + node.description() + ", expected " + expected, near.empty() ? "" : "did you mean '" + near + "'?");
  return std::nullopt;
}

std::optional<int64_t> parse_utc_time(std::string_view text) {
  // YYYY-MM-DD[Thh:mm[:ss]][Z]
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  if (text.back() == 'Z') text.remove_suffix(1);
  if (text.size() != 10 && text.size() != 16 && text.size() != 19) return std::nullopt;
  if (text.size() > 10 && ((text[10] != 'T' && text[10] != ' ') || text[13] != ':')) return std::nullopt;
  if (text.size() == 19 && text[16] != ':') return std::nullopt;
  const auto part = [&](size_t at, size_t length) { return at + length <= text.size() ? number_of<unsigned>(text.substr(at, length)) : 0u; };
  const auto year = part(0, 4), month = part(5, 2), day = part(8, 2), hour = part(11, 2), minute = part(14, 2), second = part(17, 2);
  if (!year || !month || !day || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok() || *year < 1970) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + *hour) * 60 + *minute) * minute_ms + *second * int64_t{1000};
}

std::string utc_time_text(int64_t time_ms) {
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(time_ms)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02dZ", int(date.year()), unsigned(date.month()), unsigned(date.day()),
                int(clock.hours().count()), int(clock.minutes().count()), int(clock.seconds().count()));
  return buffer;
}

std::string fraction_text(Decimal fraction) { return Decimal::from_units(fraction.units() * 100).text() + "%"; }

}  // namespace stratdock
