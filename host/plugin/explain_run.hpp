// Asks a strategy what to draw, in a sandboxed worker of its own that ends with the answer.
// Thread rule: one thread, which blocks until the answer is there or the time is up; the engine's is not it.
// Invariant: bots and their workers never notice.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/candle.hpp"
#include "core/parameter.hpp"
#include "host/plugin/explanation.hpp"
#include "host/plugin/worker_process.hpp"

namespace stratdock {

struct ExplainRun {
  std::filesystem::path library_path;  // the version that decides, as PluginHost::library_of gives it
  std::string strategy_id;
  std::vector<ParameterValue> values;  // in the schema's order
  uint64_t seed = 1;
  std::string symbol;
  size_t rows = explain_default_rows;
  const CandleSeries& candles;         // all since the bot's anchor
};

// The plugin has WorkerOptions::call_deadline_ms for all of it. A crash, a hang and nonsense are errors in plain words.
Result<Explanation> run_explain(const WorkerOptions& options, const ExplainRun& run);

}  // namespace stratdock
