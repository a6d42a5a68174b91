// A strategy's parameters: a table that ties each YAML key to a member of the author's Settings struct. The default is
// the member's own initialiser, so each number stands in one place.
//
//   struct Settings { std::int64_t fast = 9; double stop_loss = 3; };
//   static constexpr std::array parameters{
//       parameter(&Settings::fast, "fast", "Fast EMA", "Length of the fast average.", "candles", 1, 500),
//       parameter(&Settings::stop_loss, "stop_loss", "Stop-loss", "Loss at which to get out.", "%", 0.1, 50)};
//
// Owns: nothing; everything is constant data of the library. Thread rule: any. Invariant: a Settings that a strategy
// receives was checked by the host against this table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include <stratdock/strategy_abi.h>

namespace stratdock::sdk {

template <class Settings>
struct Parameter {
  // Exactly one of the four is set; it gives the type.
  std::int64_t Settings::*integer = nullptr;
  double Settings::*number = nullptr;
  bool Settings::*boolean = nullptr;
  const char* Settings::*text = nullptr;

  const char* key = "";
  const char* name = "";
  const char* doc = "";
  const char* unit = "";
  double min = 0;
  double max = 0;
  std::uint32_t flags = 0;
  std::uint32_t choice_count = 0;
  std::array<const char*, 16> choice_names{};

  // Folded away in forms.
  constexpr Parameter advanced() const {
    Parameter changed = *this;
    changed.flags |= DOCK_PARAM_ADVANCED;
    return changed;
  }
  // May change while the strategy runs; see change() in <stratdock/strategy.hpp>.
  constexpr Parameter live() const {
    Parameter changed = *this;
    changed.flags |= DOCK_PARAM_LIVE;
    return changed;
  }
};

// Every parameter of a list may change while the strategy runs, but those named: the ones that update() reads.
template <class Settings, std::size_t N>
constexpr std::array<Parameter<Settings>, N> live_but(std::array<Parameter<Settings>, N> list, std::initializer_list<std::string_view> fixed_keys) {
  for (auto& one : list) {
    bool is_fixed = false;
    for (const std::string_view key : fixed_keys) is_fixed = is_fixed || key == one.key;
    if (!is_fixed) one = one.live();
  }
  return list;
}

// A whole number, min..max inclusive.
template <class Settings>
constexpr Parameter<Settings> parameter(std::int64_t Settings::*member, const char* key, const char* name, const char* doc,
                                        const char* unit, double min, double max) {
  Parameter<Settings> made;
  made.integer = member;
  made.key = key;
  made.name = name;
  made.doc = doc;
  made.unit = unit;
  made.min = min;
  made.max = max;
  return made;
}

// A number, min..max inclusive.
template <class Settings>
constexpr Parameter<Settings> parameter(double Settings::*member, const char* key, const char* name, const char* doc,
                                        const char* unit, double min, double max) {
  Parameter<Settings> made;
  made.number = member;
  made.key = key;
  made.name = name;
  made.doc = doc;
  made.unit = unit;
  made.min = min;
  made.max = max;
  return made;
}

// Yes or no.
template <class Settings>
constexpr Parameter<Settings> parameter(bool Settings::*member, const char* key, const char* name, const char* doc) {
  Parameter<Settings> made;
  made.boolean = member;
  made.key = key;
  made.name = name;
  made.doc = doc;
  return made;
}

// Free text. The text a strategy receives lives as long as its instance.
template <class Settings>
constexpr Parameter<Settings> parameter(const char* Settings::*member, const char* key, const char* name, const char* doc) {
  Parameter<Settings> made;
  made.text = member;
  made.key = key;
  made.name = name;
  made.doc = doc;
  return made;
}

// One of up to 16 words; the member holds the index.
template <class Settings>
constexpr Parameter<Settings> choice(std::int64_t Settings::*member, const char* key, const char* name, const char* doc,
                                     std::initializer_list<const char*> names) {
  Parameter<Settings> made;
  made.integer = member;
  made.key = key;
  made.name = name;
  made.doc = doc;
  for (const char* choice_name : names) made.choice_names[made.choice_count++] = choice_name;
  return made;
}

namespace detail {

template <class Settings>
constexpr std::uint32_t type_of(const Parameter<Settings>& parameter) {
  if (parameter.choice_count > 0) return DOCK_TYPE_CHOICE;
  if (parameter.integer) return DOCK_TYPE_INTEGER;
  if (parameter.number) return DOCK_TYPE_NUMBER;
  return parameter.boolean ? DOCK_TYPE_BOOLEAN : DOCK_TYPE_TEXT;
}

template <class Settings>
constexpr dock_value default_of(const Parameter<Settings>& parameter) {
  const Settings defaults{};
  dock_value value{type_of(parameter), 0, 0, 0, nullptr};
  if (parameter.integer) value.i64 = defaults.*parameter.integer;
  if (parameter.number) value.f64 = defaults.*parameter.number;
  if (parameter.boolean) value.i64 = defaults.*parameter.boolean ? 1 : 0;
  if (parameter.text) value.text = defaults.*parameter.text;
  if (parameter.choice_count > 0) value.text = parameter.choice_names[static_cast<std::size_t>(value.i64)];
  return value;
}

// The ABI's view of Strategy::parameters, all of it constant data.
template <class Strategy>
struct Schema {
  static constexpr std::size_t count = Strategy::parameters.size();

  static constexpr std::array<dock_param, count> make() {
    std::array<dock_param, count> made{};
    for (std::size_t i = 0; i < count; ++i) {
      const auto& from = Strategy::parameters[i];
      made[i] = {sizeof(dock_param), type_of(from), from.flags, from.choice_count, from.key, from.name,
                 from.doc, from.unit, default_of(from), from.min, from.max,
                 from.choice_count > 0 ? from.choice_names.data() : nullptr};
    }
    return made;
  }
  static constexpr std::array<dock_param, count> entries = make();

  static constexpr std::array<const dock_param*, count> make_pointers() {
    std::array<const dock_param*, count> made{};
    for (std::size_t i = 0; i < count; ++i) made[i] = &entries[i];
    return made;
  }
  static constexpr std::array<const dock_param*, count> pointers = make_pointers();
};

}  // namespace detail
}  // namespace stratdock::sdk
