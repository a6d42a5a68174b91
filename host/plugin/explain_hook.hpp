// Where a worker asks a strategy what to draw: a fresh instance takes in every candle, and after each of the last ones
// tells its values. One message in, one out; bots' own instances are never asked.
// Thread rule: the worker's only thread. Invariant: nothing the plugin says is kept by pointer.
#pragma once

#include <span>
#include <string>

#include "core/parameter.hpp"
#include "host/plugin/explanation.hpp"
#include "host/plugin/shared_series.hpp"

namespace stratdock {

struct ExplainInput {
  const dock_strategy& strategy;
  std::span<const ParameterValue> values;
  uint64_t seed = 0;
  std::string symbol;
  size_t rows = explain_default_rows;  // the last so many are told
  const SharedSeries& series;          // every candle since the anchor
};

Result<Explanation> explain_in_worker(const ExplainInput& input);

}  // namespace stratdock
