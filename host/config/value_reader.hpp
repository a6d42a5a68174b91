// Reads single values out of a YAML tree: each function gives the value, or nothing with one error added that says
// what was found, where, and what is allowed.
// Thread rule: one thread. Invariant: a function that returns nothing has added exactly one error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/config/yaml_tree.hpp"

namespace stratdock {

class ValueReader {
public:
  ValueReader(std::filesystem::path file, const Environment& environment, bool look_for_files, ConfigurationErrors& errors);

  void refuse(const YamlNode& node, const std::string& path, std::string message, std::string hint = {});
  TextPosition position(const YamlNode& node) const { return {file_text_, node.line, node.column}; }

  std::optional<std::string> text(const YamlNode& node, const std::string& path, const char* expected);
  // Plain decimal digits only: YAML's octal 010 and hexadecimal 0x10 would be read as something nobody meant.
  std::optional<int64_t> integer(const YamlNode& node, const std::string& path, int64_t minimum, int64_t maximum);
  std::optional<double> real(const YamlNode& node, const std::string& path, double minimum, double maximum);
  std::optional<bool> boolean(const YamlNode& node, const std::string& path);
  // An amount of money or a quantity; `allow_zero` says whether 0 is one.
  std::optional<Decimal> amount(const YamlNode& node, const std::string& path, bool allow_zero);
  // "2%" or 0.02; above `minimum` (or equal to it where it is zero and `allow_zero`), up to `maximum`.
  std::optional<Decimal> fraction(const YamlNode& node, const std::string& path, Decimal maximum, bool allow_zero);
  std::optional<int64_t> interval(const YamlNode& node, const std::string& path);
  // "2024-01-31", "2024-01-31T09:30:00Z"; UTC.
  std::optional<int64_t> time(const YamlNode& node, const std::string& path);
  std::optional<int64_t> bytes(const YamlNode& node, const std::string& path, int64_t minimum, int64_t maximum);
  // "BTCUSDT": capitals and digits.
  std::optional<std::string> symbol(const YamlNode& node, const std::string& path);
  // Absolute; relative ones start at the configuration's folder, "~/" at HOME.
  std::optional<std::filesystem::path> path(const YamlNode& node, const std::string& path);
  std::optional<std::filesystem::path> existing_file(const YamlNode& node, const std::string& path,
                                                     const std::string& hint = "paths start at the folder of the configuration");
  // One of `choices`; the index.
  std::optional<size_t> choice(const YamlNode& node, const std::string& path, const std::vector<std::string>& choices);

  std::filesystem::path absolute(const std::filesystem::path& given) const;
  const Environment& environment() const { return environment_; }
  const std::string& file_text() const { return file_text_; }

private:
  std::filesystem::path folder_;
  std::string file_text_;
  const Environment& environment_;
  bool look_for_files_;
  ConfigurationErrors& errors_;
};

// "2024-01-31", "2024-01-31T09:30", "2024-01-31T09:30:00Z" -> milliseconds since 1970 UTC.
std::optional<int64_t> parse_utc_time(std::string_view text);
std::string utc_time_text(int64_t time_ms);  // "2024-01-31T09:30:00Z"
std::string number_text(double value);  // the shortest that is read back as the same
// Fractions for people: "2%" where that is exact, always read back as the same value.
std::string fraction_text(Decimal fraction);

}  // namespace stratdock
