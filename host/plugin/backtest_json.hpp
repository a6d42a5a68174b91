// A backtest's settings and result as JSON, for the one message each way between engine or command line and worker.
// Thread rule: pure. Invariant: what is written reads back equal, to the last decimal and the last bit.
#pragma once

#include <string>
#include <string_view>

#include "core/backtest.hpp"
#include "core/result.hpp"

namespace stratdock {

std::string backtest_settings_to_json(const BacktestSettings& settings);
Result<BacktestSettings> backtest_settings_from_json(std::string_view json);
std::string backtest_result_to_json(const BacktestResult& result);
// Refuses what makes no sense, since a worker's memory is the plugin's.
Result<BacktestResult> backtest_result_from_json(std::string_view json);

}  // namespace stratdock
