// A backtest's result for people, as JSON and as CSV. Thread rule: pure functions.
// Invariant: trades carry the exact decimals of the journal's trade table, so that they compare letter for letter.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "core/backtest.hpp"

namespace stratdock::cli {

struct BacktestRun {
  std::string bot, strategy, plugin;  // the plugin's file and hash
  BacktestSettings settings;
  BacktestResult result;
  int64_t first_ms = 0, last_ms = 0;  // open times
  double seconds = 0;                 // the run in the worker: candles sent, trades brought back
};

std::string report_text(const BacktestRun& run);
nlohmann::json report_json(const BacktestRun& run);
std::string trades_csv_head();
std::string trades_csv(const BacktestRun& run);

}  // namespace stratdock::cli
