// What `decide` and `backtest` share: the candles, the strategy in its worker, and its parameters.
// Thread rule: one thread. Invariant: the candles are the file's, nothing added; symbol and interval come from the options,
// else from the file's name, else from its rows.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/parameter.hpp"
#include "host/cli/command.hpp"
#include "host/market/candle_source.hpp"
#include "host/plugin/feed_history.hpp"
#include "host/plugin/offline_worker.hpp"

namespace stratdock::cli {

// Adds --strategy, --candles, --symbol, --interval, --param and --plugins.
void add_run_options(options::options_description& description, bool required);

struct Recording {
  MarketSymbol symbol;
  CandleSeries candles;
  bool symbol_known = true;  // false: neither an option nor the file's name tells it
  std::map<std::string, CandleSeries> feeds;  // of other symbols
};
Result<Recording> load_recording(const options::variables_map& values);
// All its candles, for strategies' feeds; the recording must outlive it.
RecordedHistory history_of(const Recording& recording);

// The folders that --plugins names and the program's own.
PluginHostOptions plugin_options(const std::vector<std::string>& folders);
// The same, with what --allow-incomplete-sandbox says.
PluginHostOptions plugin_options(const std::vector<std::string>& folders, const options::variables_map& values);
void add_sandbox_option(options::options_description& description);
std::vector<std::string> words_of(const options::variables_map& values, const char* option);

// By its id or a short name.
bool goes_by(const StrategyInfo& strategy, const std::string& name);

// The values of "key=value" texts, in the schema's order; every fault in one error.
Result<std::vector<ParameterValue>> parameters_of(const StrategyInfo& strategy, const std::vector<std::string>& texts);

}  // namespace stratdock::cli
