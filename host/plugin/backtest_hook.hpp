// Where a worker hands a whole backtest to the backtester: one message in, one out, no round trip per candle.
// Thread rule: the worker's only thread. Invariant: runs inside the closed sandbox, so it opens nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/parameter.hpp"
#include "core/result.hpp"
#include "host/plugin/feed_set.hpp"
#include "host/plugin/shared_series.hpp"

namespace stratdock {

struct BacktestInput {
  const dock_strategy& strategy;
  std::span<const ParameterValue> values;
  uint64_t seed = 0;
  std::string symbol;
  const SharedSeries& series;  // every candle of the run
  FeedSet& feeds;              // with every candle of the feeds
};

// `settings_json` is of backtest_settings_to_json, the result of backtest_result_to_json.
Result<std::string> backtest_in_worker(const BacktestInput& input, std::string_view settings_json);

}  // namespace stratdock
