#include "dashboard/csv.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/decimal.hpp"

namespace stratdock::dashboard {

using nlohmann::json;

std::string csv_field(const std::string& text) {
  std::string field = text;
  const bool formula = !field.empty() && std::string("=+-@\t\r").find(field[0]) != std::string::npos;
  if (formula && !Decimal::parse(field)) field.insert(0, "'");
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

namespace {

std::string cell(const json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return csv_field(value.get<std::string>());
  if (!value.is_array()) return value.dump();
  std::string joined;
  for (const auto& part : value) {
    if (part.is_structured()) continue;
    joined += (joined.empty() ? "" : "; ") + (part.is_string() ? part.get<std::string>() : part.dump());
  }
  return csv_field(joined);
}

}  // namespace

std::string csv_text(const json& rows) {
  std::string text;
  if (rows.empty()) return text;
  // A key is a column unless every row has an object there.
  std::vector<std::string> keys;
  for (const auto& [key, value] : rows.front().items())
    if (std::none_of(rows.begin(), rows.end(), [&, &name = key](const json& row) { return row.contains(name) && row[name].is_object(); })) keys.push_back(key);
  for (size_t i = 0; i < keys.size(); ++i) text += (i > 0 ? "," : "") + csv_field(keys[i]);
  text += "\r\n";
  for (const auto& row : rows) {
    for (size_t i = 0; i < keys.size(); ++i) text += (i > 0 ? "," : "") + (row.contains(keys[i]) ? cell(row[keys[i]]) : "");
    text += "\r\n";
  }
  return text;
}

}  // namespace stratdock::dashboard
