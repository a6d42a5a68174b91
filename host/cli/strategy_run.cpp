#include "host/cli/strategy_run.hpp"

#include <algorithm>

#include "host/cli/place.hpp"
#include "host/engine/plugin_trust.hpp"
#include "host/market/candle_file.hpp"
#include "host/market/file_source.hpp"
#include "host/market/symbol_rules.hpp"

namespace stratdock::cli {
namespace {

// A symbol that no table knows: its rules are derived from the prices.
constexpr const char* unknown_symbol = "COINUSDT";
constexpr const char* allow_incomplete = "allow-incomplete-sandbox";

// "BTCUSDT-5m-2024-01.csv.gz" -> BTCUSDT and 5m; empty and 0 where the name does not tell.
void read_name(const std::filesystem::path& file, std::string& symbol, int64_t& interval_ms) {
  const std::string name = file.filename().string();
  const size_t first = name.find('-');
  if (first == std::string::npos) return;
  const size_t end = name.find_first_of("-.", first + 1);
  const auto interval = parse_interval(std::string_view(name).substr(first + 1, end == std::string::npos ? end : end - first - 1));
  if (!interval) return;
  if (symbol.empty()) symbol = name.substr(0, first);
  if (interval_ms == 0) interval_ms = *interval;
}

// The shortest step between two rows.
Result<int64_t> interval_of_rows(const std::filesystem::path& file) {
  const auto rows = load_candle_file(file, 1'000);
  if (!rows) return tl::unexpected(rows.error());
  int64_t step_ms = INT64_MAX;
  for (size_t row = 1; row < rows->size(); ++row) step_ms = std::min(step_ms, rows->open_time_ms()[row] - rows->open_time_ms()[row - 1]);
  for (const char* text : {"1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w"})
    if (*parse_interval(text) == step_ms) return step_ms;
  return failure("reading " + file.string() + ": neither its name nor its rows tell the length of a candle", "say it with --interval 5m");
}

}  // namespace

void add_run_options(options::options_description& description, bool required) {
  auto strategy = options::value<std::string>();
  auto candles = options::value<std::string>();
  if (required) {
    strategy->required();
    candles->required();
  }
  description.add_options()("strategy", strategy, "id or short name (stratdock strategy list)")("candles", candles, "Binance's kline CSV; also .gz and .zip")(
      "symbol", options::value<std::string>(), "BTCUSDT; else the file's name tells")("interval", options::value<std::string>(), "5m; else the file tells")(
      "param", options::value<std::vector<std::string>>()->composing(), "KEY=VALUE of the strategy; any number of times")(
      "feed", options::value<std::vector<std::string>>()->composing(), "a file of another symbol's candles, for strategies that ask for them; its name tells the symbol")(
      "plugins", options::value<std::vector<std::string>>()->composing(), "a further folder of plugins");
  add_sandbox_option(description);
}

std::vector<std::string> words_of(const options::variables_map& values, const char* option) {
  return values.count(option) == 0 ? std::vector<std::string>{} : values[option].as<std::vector<std::string>>();
}

namespace {

// `wanted` names the file, and symbol and interval where they are known.
Result<Recording> load_file(CandleFile wanted) {
  const std::filesystem::path file = wanted.path;
  read_name(file, wanted.symbol, wanted.interval_ms);
  const bool symbol_known = !wanted.symbol.empty() && !split_symbol(wanted.symbol).second.empty();
  if (wanted.symbol.empty()) wanted.symbol = unknown_symbol;
  if (wanted.interval_ms == 0) {
    const auto interval = interval_of_rows(file);
    if (!interval) return tl::unexpected(interval.error());
    wanted.interval_ms = *interval;
  }
  MarketSettings market;
  market.source = MarketSource::replay;
  market.files.push_back(wanted);
  auto source = FileSource::open(market);
  if (!source) return tl::unexpected(source.error());
  auto candles = (*source)->candles(0, 0, INT64_MAX);
  if (!candles) return tl::unexpected(candles.error());
  return Recording{(*source)->symbols().front(), std::move(*candles), symbol_known, {}};
}

}  // namespace

Result<Recording> load_recording(const options::variables_map& values) {
  CandleFile wanted;
  wanted.path = values["candles"].as<std::string>();
  if (values.count("symbol") != 0) wanted.symbol = values["symbol"].as<std::string>();
  if (values.count("interval") != 0) {
    const auto interval = parse_interval(values["interval"].as<std::string>());
    if (!interval) return tl::unexpected(interval.error());
    wanted.interval_ms = *interval;
  }
  auto recording = load_file(std::move(wanted));
  if (!recording) return recording;
  for (const std::string& file : words_of(values, "feed")) {
    CandleFile feed;
    feed.path = file;
    auto other = load_file(std::move(feed));
    if (!other) return other;
    const std::string symbol = other->symbol.rules.name;
    if (!other->symbol_known) return failure("reading --feed " + file + ": its name does not tell the symbol", "name it as Binance does, such as ETHUSDT-5m-2024-01.csv");
    if (symbol == recording->symbol.rules.name || recording->feeds.contains(symbol))
      return failure("reading --feed " + file + ": the candles of " + symbol + " are given twice", "one file a symbol; longer intervals are made of it");
    recording->feeds.emplace(symbol, std::move(other->candles));
  }
  return recording;
}

RecordedHistory history_of(const Recording& recording) {
  RecordedHistory history;
  history.add(recording.symbol.rules.name, recording.candles);
  for (const auto& [symbol, candles] : recording.feeds) history.add(symbol, candles);
  return history;
}

void add_sandbox_option(options::options_description& description) {
  description.add_options()(allow_incomplete, "where the kernel lacks a part of the plugins' sandbox, take plugins that are not ours all the same");
}

PluginHostOptions plugin_options(const std::vector<std::string>& folders, const options::variables_map& values) {
  PluginHostOptions options = plugin_options(folders);
  options.trust.allow_incomplete_sandbox = values.count(allow_incomplete) != 0;
  return options;
}

PluginHostOptions plugin_options(const std::vector<std::string>& folders) {
  PluginHostOptions options;
  for (const std::string& folder : folders) options.plugin_folders.push_back(std::filesystem::absolute(folder));
  options.plugin_folders.push_back(shipped_plugins());
  options.cache_folder = cache_home() / "plugins";
  options.trust.manifest = plugin_manifest(shipped_plugins());
  return options;
}

bool goes_by(const StrategyInfo& strategy, const std::string& name) {
  return strategy.id == name || std::find(strategy.aliases.begin(), strategy.aliases.end(), name) != strategy.aliases.end();
}

Result<std::vector<ParameterValue>> parameters_of(const StrategyInfo& strategy, const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> given;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return failure("reading --param: found '" + text + "', expected KEY=VALUE", "for instance --param rsi_period=14");
    given.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  CheckedParameters checked = check_parameter_texts(strategy.parameters, given);
  if (checked.errors.empty()) return std::move(checked.values);
  std::string faults;
  for (const ParameterError& error : checked.errors)
    faults += (faults.empty() ? "" : "; ") + error.key + ": " + error.message + (error.hint.empty() ? "" : " (did you mean '" + error.hint + "'?)");
  return failure("setting parameters of strategy " + strategy.id + ": " + faults, "`stratdock strategy show " + strategy.id + "` lists them");
}

}  // namespace stratdock::cli
