// Where a worker hands a whole backtest to the backtester: one message in, one out, no round trip per candle.
// Thread rule: the worker's only thread. Invariant: runs inside the closed sandbox, so it opens nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/parameter.hpp"
#include "core/result.hpp"
#include "host/plugin/worker_session.hpp"

namespace stratdock {

struct BacktestInput {
  const dock_strategy& strategy;
  std::span<const ParameterValue> values;
  uint64_t seed = 0;
  const SharedSeries& series;  // every candle of the run
};

// `settings_json` is what the caller of run_backtest gave; the result is what it gets back.
Result<std::string> backtest_in_worker(const BacktestInput& input, std::string_view settings_json);

}  // namespace stratdock
