// What our parsers read, written down under the names it had on the wire. Made for the comparison with another reader only.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace printing {

using Json = nlohmann::ordered_json;

// {"error": "..."} for what cannot be read, else {"value": ...}; `print` makes JSON of the value.
template <typename T, typename Print> Json outcome(const stratdock::Result<T>& result, Print print) {
  if (!result) return {{"error", result.error().text()}, {"code", result.error().code}};
  return {{"value", print(*result)}};
}

template <typename T, typename Print> Json each(const std::vector<T>& values, Print print) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(print(value));
  return list;
}

// Null: a kind that the file does not know.
Json print_market(std::string_view kind, std::string_view text);
Json print_account(std::string_view kind, std::string_view text);

}  // namespace printing
