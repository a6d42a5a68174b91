// OfflineWorker: a strategy in a sandboxed worker of its own, for the command line: decide candle by candle, or run a
// whole backtest inside. No bots, no supervision: a death is an error that says at which candle.
// Thread rule: one thread. Invariant: instances are anchored at the first row given.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/backtest.hpp"
#include "core/candle.hpp"
#include "host/plugin/plugin_host.hpp"

namespace stratdock {

class WorkerProcess;
struct PluginVersion;

class OfflineWorker {
public:
  // Looks through options.plugin_folders for the strategy and starts a worker on its plugin.
  static Result<OfflineWorker> open(const PluginHostOptions& options, std::string_view strategy_id);
  // What all the folders offer, and why a file is not taken.
  static Result<std::vector<PluginInfo>> list(const PluginHostOptions& options);
  OfflineWorker(OfflineWorker&&) noexcept;
  OfflineWorker& operator=(OfflineWorker&&) noexcept;
  ~OfflineWorker();

  const StrategyInfo& strategy() const { return strategy_; }

  struct Run {
    std::vector<ParameterValue> values;  // in the schema's order
    uint64_t seed = 1;
    std::string symbol;
    const CandleSeries& candles;
    CandleHistory* feeds = nullptr;  // of candle feeds; null: none
  };
  // One answer per candle, in order, position flat, news and assessments absent. `window_rows` above 0: for each candle a fresh
  // instance anchored so many rows back (itself included).
  using DecisionHandler = std::function<void(size_t row, const EvaluateAnswer&)>;
  Status decide(const Run& run, uint32_t window_rows, const DecisionHandler& on_decision);
  // settings.bot.parameters are not read: run.values count. A backtest that takes longer than `limit_ms` is ended.
  Result<BacktestResult> backtest(const Run& run, const BacktestSettings& settings, int64_t limit_ms);

private:
  OfflineWorker(StrategyInfo strategy, PluginHostOptions options, std::shared_ptr<const PluginVersion> version);
  // A worker that holds the candles is made for each run, so that runs cannot disturb each other.
  Result<std::unique_ptr<WorkerProcess>> start() const;
  Status take_decisions(WorkerProcess& worker, const Run& run, size_t row, size_t end_row, const DecisionHandler& on_decision) const;

  StrategyInfo strategy_;
  PluginHostOptions options_;
  std::shared_ptr<const PluginVersion> version_;
};

}  // namespace stratdock
