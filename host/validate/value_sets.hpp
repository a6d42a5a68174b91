// Values for a strategy's parameters: the defaults, the ends of each range, random ones.
// Thread rule: plain values. Invariant: every value has its parameter's type and lies within its range, as a host promises.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <stratdock/strategy_abi.h>
#include <stratdock/testing/candles.hpp>

namespace stratdock::validate {

using Values = std::vector<dock_value>;

Values default_values(const dock_strategy& strategy);
// The values at the ends of the parameter's range: two, or every choice; none for a range without bounds.
std::vector<dock_value> extremes_of(const dock_param& parameter);
dock_value random_value(const dock_param& parameter, testing::Chance& chance);
// "fast 5, slow 21"; only those that differ from the defaults.
std::string changed_text(const dock_strategy& strategy, const Values& values);
// Whether the text names a key of the schema.
bool names_a_key(const dock_strategy& strategy, const std::string& text);

}  // namespace stratdock::validate
