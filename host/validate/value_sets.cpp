#include "host/validate/value_sets.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>


namespace stratdock::validate {
namespace {

constexpr const char* odd_texts[] = {"", "x", "\xc3\xa4\xe2\x82\xac with spaces", "0123456789012345678901234567890123456789012345678901234567890123456789"};

dock_value integer_value(uint32_t type, int64_t value) { return {type, 0, value, 0, nullptr}; }
dock_value choice_value(const dock_param& parameter, uint32_t index) { return {parameter.type, 0, index, 0, parameter.choices[index]}; }

bool bounded(const dock_param& parameter) { return !(parameter.min == 0 && parameter.max == 0); }

std::string value_text(const dock_value& value) {
  std::ostringstream text;
  if (value.type == DOCK_TYPE_NUMBER) text << value.f64;
  else if (value.text) text << '"' << value.text << '"';
  else text << value.i64;
  return text.str();
}

bool equal(const dock_value& a, const dock_value& b) {
  return a.i64 == b.i64 && a.f64 == b.f64 && (a.text == b.text || (a.text && b.text && std::strcmp(a.text, b.text) == 0));
}

}  // namespace

Values default_values(const dock_strategy& strategy) {
  Values values;
  for (uint32_t i = 0; i < strategy.param_count; ++i) {
    const dock_param& parameter = *strategy.params[i];
    dock_value value = parameter.default_value;
    value.type = parameter.type;
    // A choice's default may come as its text or its index alone; instances get both.
    if (parameter.type == DOCK_TYPE_CHOICE && parameter.choice_count > 0) {
      auto index = static_cast<uint32_t>(std::clamp<int64_t>(value.i64, 0, parameter.choice_count - 1));
      for (uint32_t c = 0; value.text && c < parameter.choice_count; ++c)
        if (std::strcmp(parameter.choices[c], value.text) == 0) index = c;
      value = choice_value(parameter, index);
    }
    values.push_back(value);
  }
  return values;
}

std::vector<dock_value> extremes_of(const dock_param& parameter) {
  switch (parameter.type) {
    case DOCK_TYPE_INTEGER:
      if (!bounded(parameter)) return {};
      return {integer_value(parameter.type, static_cast<int64_t>(std::ceil(parameter.min))), integer_value(parameter.type, static_cast<int64_t>(std::floor(parameter.max)))};
    case DOCK_TYPE_NUMBER:
      if (!bounded(parameter)) return {};
      return {{parameter.type, 0, 0, parameter.min, nullptr}, {parameter.type, 0, 0, parameter.max, nullptr}};
    case DOCK_TYPE_BOOLEAN: return {integer_value(parameter.type, 0), integer_value(parameter.type, 1)};
    case DOCK_TYPE_TEXT: {
      std::vector<dock_value> values;
      for (const char* text : odd_texts) values.push_back({parameter.type, 0, 0, 0, text});
      return values;
    }
    default: {
      std::vector<dock_value> values;
      for (uint32_t i = 0; i < parameter.choice_count; ++i) values.push_back(choice_value(parameter, i));
      return values;
    }
  }
}

dock_value random_value(const dock_param& parameter, testing::Chance& chance) {
  if (parameter.type == DOCK_TYPE_INTEGER || parameter.type == DOCK_TYPE_NUMBER) {
    if (!bounded(parameter)) return parameter.default_value;
    const double share = chance.share();
    if (parameter.type == DOCK_TYPE_NUMBER) return {parameter.type, 0, 0, parameter.min + share * (parameter.max - parameter.min), nullptr};
    const double low = std::ceil(parameter.min), high = std::floor(parameter.max);
    return integer_value(parameter.type, static_cast<int64_t>(std::min(low + std::floor(share * (high - low + 1)), high)));
  }
  const auto ends = extremes_of(parameter);
  return ends.empty() ? parameter.default_value : ends[chance.next() % ends.size()];
}

std::string changed_text(const dock_strategy& strategy, const Values& values) {
  const Values defaults = default_values(strategy);
  std::string text;
  for (uint32_t i = 0; i < strategy.param_count; ++i)
    if (!equal(values[i], defaults[i])) text += (text.empty() ? "" : ", ") + std::string(strategy.params[i]->key) + " " + value_text(values[i]);
  return text.empty() ? "the defaults" : text;
}

bool names_a_key(const dock_strategy& strategy, const std::string& text) {
  for (uint32_t i = 0; i < strategy.param_count; ++i)
    if (text.find(strategy.params[i]->key) != std::string::npos) return true;
  return false;
}

}  // namespace stratdock::validate
