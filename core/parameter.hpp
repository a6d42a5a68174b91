// Parameters: the schema a strategy declares for its settings, and the check of given texts against it.
// One check serves YAML, the command line and the dashboard's form, so all of them accept and refuse the same.
// Thread rule: plain values. Invariant: a checked value list has one value per schema entry, in schema order.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace stratdock {

enum class ParameterType : uint8_t { integer, real, boolean, text, choice };
std::string_view text(ParameterType type);  // "integer"

// What each type holds: integer int64_t, real double, boolean bool, text and choice std::string (the choice's own text).
using ParameterValue = std::variant<int64_t, double, bool, std::string>;

struct ParameterSchema {
  std::string key;   // the name in YAML; stable for ever
  std::string name;  // what people read
  std::string doc;
  std::string unit;  // "candles", "%", "fraction" ("2%" is read as 0.02 for this one alone); may be empty
  ParameterType type = ParameterType::real;
  ParameterValue default_value;
  std::optional<double> minimum, maximum;  // inclusive; of a text: its length in bytes
  std::vector<std::string> choices;        // for ParameterType::choice
  bool live_changeable = false;            // may change without a new instance
  bool advanced = false;                   // folded away in forms
};

struct ParameterError {
  std::string key;      // as given
  std::string message;  // what was found and what is allowed
  std::string hint;     // the nearest known key or choice; may be empty
};

struct CheckedParameters {
  std::vector<ParameterValue> values;  // in schema order, defaults filled in; to be used only when errors is empty
  std::vector<ParameterError> errors;  // every fault, in the order given
};

// `given` are (key, text) pairs. Unknown and repeated keys, texts of the wrong type and values out of range are errors.
// Booleans are true/false, yes/no, on/off; integers have no point or exponent; reals are finite.
CheckedParameters check_parameter_texts(std::span<const ParameterSchema> schema,
                                        std::span<const std::pair<std::string, std::string>> given);
// The text that check_parameter_texts reads back as the same value; reals as the shortest round trip.
std::string parameter_text(const ParameterValue& value);

// The candidate nearest to `word` in spelling, or empty when none is near enough to be a slip of the hand.
std::string nearest_name(std::string_view word, std::span<const std::string> candidates);

}  // namespace stratdock
