#include "core/parameter.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace stratdock {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Edits that turn a into b: insertions, removals, replacements and swaps of neighbours (optimal string alignment).
size_t spelling_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

std::string number_text(double value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return std::string(buffer.data(), end);
}

std::string range_text(const ParameterSchema& entry) {
  const std::string what = entry.type == ParameterType::text ? " bytes" : "";
  if (entry.minimum && entry.maximum)
    return "from " + number_text(*entry.minimum) + " to " + number_text(*entry.maximum) + what;
  if (entry.minimum) return number_text(*entry.minimum) + what + " or more";
  return number_text(*entry.maximum) + what + " or less";
}

bool in_range(const ParameterSchema& entry, double value) {
  return !(entry.minimum && value < *entry.minimum) && !(entry.maximum && value > *entry.maximum);
}

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> boolean_of(std::string_view text) {
  const std::string word = lower(text);
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return std::nullopt;
}

std::optional<double> real_of(const ParameterSchema& entry, std::string_view text) {
  const bool percent = entry.unit == "fraction" && !text.empty() && text.back() == '%';
  if (percent) text.remove_suffix(1);
  const auto value = number_of<double>(text);
  if (!value || !std::isfinite(*value)) return std::nullopt;
  return percent ? *value / 100 : *value;
}

// The value, or nothing with `error` filled in.
std::optional<ParameterValue> value_of(const ParameterSchema& entry, const std::string& given, ParameterError& error) {
  const std::string found = "found '" + given + "'";
  switch (entry.type) {
  case ParameterType::integer: {
    const auto value = number_of<int64_t>(given);
    if (!value) error.message = found + ", expected a whole number";
    else if (!in_range(entry, static_cast<double>(*value))) error.message = found + ", allowed is " + range_text(entry);
    else return *value;
    return std::nullopt;
  }
  case ParameterType::real: {
    const auto value = real_of(entry, given);
    if (!value) error.message = found + ", expected a number";
    else if (!in_range(entry, *value)) error.message = found + ", allowed is " + range_text(entry);
    else return *value;
    return std::nullopt;
  }
  case ParameterType::boolean: {
    if (const auto value = boolean_of(given)) return *value;
    error.message = found + ", expected true or false";
    return std::nullopt;
  }
  case ParameterType::text:
    if (in_range(entry, static_cast<double>(given.size()))) return given;
    error.message = "a text of " + std::to_string(given.size()) + " bytes, allowed is " + range_text(entry);
    return std::nullopt;
  case ParameterType::choice: {
    if (std::find(entry.choices.begin(), entry.choices.end(), given) != entry.choices.end()) return given;
    error.message = found + ", expected one of";
    for (const std::string& choice : entry.choices) error.message += (&choice == &entry.choices[0] ? " " : ", ") + choice;
    const std::string near = nearest_name(given, entry.choices);
    if (!near.empty()) error.hint = "did you mean '" + near + "'?";
    return std::nullopt;
  }
  }
  return std::nullopt;
}

}  // namespace

std::string_view text(ParameterType type) {
  switch (type) {
  case ParameterType::integer: return "integer";
  case ParameterType::real: return "real";
  case ParameterType::boolean: return "boolean";
  case ParameterType::text: return "text";
  case ParameterType::choice: return "choice";
  }
  return "?";
}

std::string nearest_name(std::string_view word, std::span<const std::string> candidates) {
  if (word.empty() || word.size() > 64) return {};
  const std::string wanted = lower(word);
  std::string best;
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::string known = lower(candidate);
    size_t distance = spelling_distance(wanted, known);
    // "amount" for "trade_amount": a part that somebody remembers is nearer than its distance says.
    if (wanted.size() >= 4 && known.size() > wanted.size() && known.find(wanted) != std::string::npos)
      distance = std::min<size_t>(distance, 2);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

CheckedParameters check_parameter_texts(std::span<const ParameterSchema> schema,
                                        std::span<const std::pair<std::string, std::string>> given) {
  CheckedParameters checked;
  std::vector<std::string> known;
  for (const ParameterSchema& entry : schema) {
    known.push_back(entry.key);
    checked.values.push_back(entry.default_value);
  }
  std::vector<bool> seen(schema.size(), false);
  for (const auto& [key, value] : given) {
    ParameterError error{key, {}, {}};
    const size_t index = static_cast<size_t>(std::find(known.begin(), known.end(), key) - known.begin());
    if (index == known.size()) {
      error.message = schema.empty() ? "unknown parameter; this strategy has none" : "unknown parameter";
      const std::string near = nearest_name(key, known);
      if (!near.empty()) error.hint = "did you mean '" + near + "'?";
    } else if (seen[index]) {
      error.message = "given twice";
    } else {
      seen[index] = true;
      if (auto parsed = value_of(schema[index], value, error)) checked.values[index] = std::move(*parsed);
    }
    if (!error.message.empty()) checked.errors.push_back(std::move(error));
  }
  return checked;
}

std::string parameter_text(const ParameterValue& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return number_text(*real);
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  return std::get<std::string>(value);
}

}  // namespace stratdock
