#include "host/binance/parameters.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/check.hpp"

namespace stratdock::binance {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

} // namespace

Parameters& Parameters::insert(Parameter parameter) {
  STRATDOCK_CHECK(find(parameter.name) == nullptr);
  list_.push_back(std::move(parameter));
  return *this;
}

Parameters& Parameters::add(std::string_view name, std::string_view value) {
  return insert({std::string(name), std::string(value), ParameterKind::text});
}

Parameters& Parameters::add(std::string_view name, Decimal value) {
  return insert({std::string(name), value.text(), ParameterKind::text});
}

Parameters& Parameters::add(std::string_view name, int64_t value) {
  return insert({std::string(name), std::to_string(value), ParameterKind::integer});
}

Parameters& Parameters::add_flag(std::string_view name, bool value) {
  return insert({std::string(name), value ? "true" : "false", ParameterKind::flag});
}

Parameters& Parameters::add_list(std::string_view name, const std::vector<std::string>& values) {
  return insert({std::string(name),
                 nlohmann::json(values).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                 ParameterKind::json});
}

const Parameter* Parameters::find(std::string_view name) const {
  const auto found =
      std::find_if(list_.begin(), list_.end(), [&](const Parameter& parameter) { return parameter.name == name; });
  return found == list_.end() ? nullptr : &*found;
}

std::string Parameters::query() const {
  std::string text;
  for (const Parameter& parameter : list_) {
    if (!text.empty()) text += '&';
    text += percent_encode(parameter.name) + '=' + percent_encode(parameter.value);
  }
  return text;
}

std::string Parameters::sorted_payload() const {
  std::vector<const Parameter*> sorted;
  for (const Parameter& parameter : list_)
    sorted.push_back(&parameter);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  std::string text;
  for (const Parameter* parameter : sorted) {
    if (!text.empty()) text += '&';
    text += parameter->name + '=' + parameter->value;
  }
  return text;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += digits[byte >> 4];
    encoded += digits[byte & 15];
  }
  return encoded;
}

} // namespace stratdock::binance
