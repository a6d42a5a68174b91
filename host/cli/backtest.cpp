// `backtest`: one strategy on one file, or every bot of a configuration on its recorded market.
#include <chrono>
#include <fstream>
#include <iostream>

#include <nlohmann/json.hpp>

#include "host/cli/backtest_report.hpp"
#include "host/cli/command.hpp"
#include "host/cli/decide.hpp"
#include "host/cli/output.hpp"
#include "host/cli/strategy_run.hpp"
#include "host/engine/plugin_trust.hpp"

namespace stratdock::cli {
namespace {

// A backtest of years takes seconds; what takes longer than this hangs.
constexpr int64_t backtest_limit_ms = 3'600'000;

Result<BacktestRun> run_one(OfflineWorker& worker, std::vector<ParameterValue> parameters, uint64_t seed, const CandleSeries& candles, CandleHistory& feeds, BacktestSettings settings) {
  BacktestRun run;
  run.bot = settings.bot.name;
  run.strategy = worker.strategy().id;
  run.plugin = worker.strategy().plugin_file + " sha256 " + worker.strategy().plugin_sha256;
  run.first_ms = candles.open_time_ms().front();
  run.last_ms = candles.open_time_ms().back();
  const auto begin = std::chrono::steady_clock::now();
  auto result = worker.backtest({std::move(parameters), seed, settings.symbol.name, candles, &feeds}, settings, backtest_limit_ms);
  if (!result) return tl::unexpected(result.error());
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  run.settings = std::move(settings);
  run.result = std::move(*result);
  return run;
}

Result<BacktestSettings> settings_of(const options::variables_map& values, const Recording& recording) {
  BacktestSettings settings;
  settings.symbol = recording.symbol.rules;
  settings.bot.name = "backtest";
  settings.bot.symbol = settings.symbol.name;
  settings.bot.strategy = values["strategy"].as<std::string>();
  settings.bot.interval_ms = recording.candles.interval_ms();
  const auto amount = parse_amount(values["trade-amount"].as<std::string>(), "trade-amount");
  if (!amount) return tl::unexpected(amount.error());
  settings.bot.trade_amount = *amount;
  for (const auto& [option, into] : {std::pair{"stop-loss", &settings.bot.stop_loss}, std::pair{"take-profit", &settings.bot.take_profit}}) {
    if (values.count(option) == 0) continue;
    const auto fraction = parse_fraction(values[option].as<std::string>(), option);
    if (!fraction) return tl::unexpected(fraction.error());
    *into = *fraction;
  }
  if (settings.bot.stop_loss && *settings.bot.stop_loss >= 1) return failure("reading --stop-loss: it must lie below 100%", "write 2% or 0.02");
  // Candles longer than the usual pause are each evaluated.
  settings.bot.evaluate_every_ms = std::max<int64_t>(settings.bot.evaluate_every_ms, settings.bot.interval_ms);
  if (values.count("evaluate-every") != 0) {
    const auto every = parse_interval(values["evaluate-every"].as<std::string>());
    if (!every) return tl::unexpected(every.error());
    settings.bot.evaluate_every_ms = *every;
  }
  if (settings.bot.evaluate_every_ms % settings.bot.interval_ms != 0)
    return failure("reading --evaluate-every: it must be a multiple of the candle's length, " + interval_text(settings.bot.interval_ms));
  for (const auto& [option, allow_zero] : {std::pair{"fee", true}, std::pair{"slippage", true}}) {
    const auto fraction = parse_fraction(values[option].as<std::string>(), option, allow_zero);
    if (!fraction) return tl::unexpected(fraction.error());
    if (std::string(option) == "fee") settings.paper.fees.maker = settings.paper.fees.taker = Decimal::from_double(*fraction);
    else settings.paper.slippage = Decimal::from_double(*fraction);
  }
  return settings;
}

Result<std::vector<BacktestRun>> run_file(const options::variables_map& values) {
  for (const char* needed : {"strategy", "candles"})
    if (values.count(needed) == 0) return failure(std::string("reading the command line: --") + needed + " is missing", "give --strategy and --candles, or a configuration");
  auto recording = load_recording(values);
  if (!recording) return tl::unexpected(recording.error());
  auto settings = settings_of(values, *recording);
  if (!settings) return tl::unexpected(settings.error());
  auto worker = OfflineWorker::open(plugin_options(words_of(values, "plugins"), values), settings->bot.strategy);
  if (!worker) return tl::unexpected(worker.error());
  auto parameters = parameters_of(worker->strategy(), words_of(values, "param"));
  if (!parameters) return tl::unexpected(parameters.error());
  if (!recording->symbol_known)
    std::cerr << "stratdock: nothing tells the symbol of these candles; tick and step are derived from the prices (--symbol BTCUSDT says it)\n";
  RecordedHistory feeds = history_of(*recording);
  auto run = run_one(*worker, std::move(*parameters), 1, recording->candles, feeds, std::move(*settings));
  if (!run) return tl::unexpected(run.error());
  std::vector<BacktestRun> runs;
  runs.push_back(std::move(*run));
  return runs;
}

// The market's candles for strategies' feeds.
class SourceHistory final : public FeedHistory {
public:
  explicit SourceHistory(const CandleSource& source) : source_(source) {}

private:
  int64_t interval_of(std::string_view symbol) const override {
    const size_t index = source_.find_symbol(std::string(symbol));
    return index == source_.symbols().size() ? 0 : source_.symbols()[index].interval_ms;
  }
  Status read_own(std::string_view symbol, int64_t from_ms, int64_t to_ms_exclusive, const std::function<void(const CandleSeries&)>& rows) override {
    auto candles = source_.candles(source_.find_symbol(std::string(symbol)), from_ms, to_ms_exclusive);
    if (!candles) return tl::unexpected(candles.error());
    if (!candles->empty()) rows(*candles);
    return {};
  }
  const CandleSource& source_;
};

Result<BacktestRun> run_declared(const Configuration& configuration, size_t index, const CandleSource& source, const PluginHostOptions& plugins) {
  const DeclaredBot& bot = configuration.bots[index];
  const size_t symbol = source.find_symbol(bot.symbol);
  if (symbol == source.symbols().size()) return failure("backtesting bot '" + bot.name + "': no candle file of the configuration has its symbol " + bot.symbol, "name one under market.files");
  const MarketSymbol& market = source.symbols()[symbol];
  if (market.interval_ms != bot.interval_ms)
    return failure("backtesting bot '" + bot.name + "': the candles of " + bot.symbol + " are " + interval_text(market.interval_ms) + ", the bot asks for " + interval_text(bot.interval_ms));
  auto candles = source.candles(symbol, 0, INT64_MAX);
  if (!candles) return tl::unexpected(candles.error());
  auto worker = OfflineWorker::open(plugins, bot.strategy);
  if (!worker) return tl::unexpected(worker.error());
  CheckedBotParameters parameters = check_parameters(worker->strategy().parameters, bot);
  if (!parameters.errors.empty()) return failure("backtesting bot '" + bot.name + "':\n" + errors_text(parameters.errors));
  BacktestSettings settings;
  settings.bot = bot;
  settings.symbol = market.rules;
  settings.paper = configuration.paper.settings;
  settings.limits = configuration.risk;
  settings.trade_from_ms = source.start_ms();
  // The engine seeds an instance with its bot's number, which counts the declared bots from 1 on a new data folder.
  SourceHistory feeds(source);
  return run_one(*worker, std::move(parameters.values), index + 1, *candles, feeds, std::move(settings));
}

Result<std::vector<BacktestRun>> run_configuration(const options::variables_map& values) {
  auto configuration = load_configuration(values["config"].as<std::string>(), process_environment());
  if (!configuration) return failure("reading the configuration:\n" + errors_text(configuration.error()));
  if (configuration->market.source != MarketSource::replay)
    return failure("backtesting " + configuration->file.string() + ": its market is " + std::string(text(configuration->market.source)) + ", which has no candle files",
                   "set `market: {source: replay, files: [...]}`");
  auto source = make_candle_source(configuration->market);
  if (!source) return tl::unexpected(source.error());
  std::vector<std::string> folders = words_of(values, "plugins");
  for (const auto& folder : configuration->plugins.folders) folders.push_back(folder.string());
  if (const auto dropped = configuration->data_folder / "plugins"; std::filesystem::is_directory(dropped)) folders.push_back(dropped.string());
  PluginHostOptions plugins = plugin_options(folders);
  plugins.trust = plugin_trust(*configuration, shipped_plugins());
  plugins.trust.allow_incomplete_sandbox |= plugin_options({}, values).trust.allow_incomplete_sandbox;
  const std::string only = values.count("bot") == 0 ? "" : values["bot"].as<std::string>();
  if (!only.empty() && configuration->find_bot(only) == nullptr) {
    std::vector<std::string> names;
    for (const DeclaredBot& bot : configuration->bots) names.push_back(bot.name);
    const std::string nearest = nearest_name(only, names);
    return failure("backtesting bot '" + only + "': the configuration declares no such bot", nearest.empty() ? "" : "did you mean '" + nearest + "'?");
  }
  std::vector<BacktestRun> runs;
  for (size_t index = 0; index < configuration->bots.size(); ++index) {
    if (!only.empty() && configuration->bots[index].name != only) continue;
    auto run = run_declared(*configuration, index, **source, plugins);
    if (!run) return tl::unexpected(run.error());
    runs.push_back(std::move(*run));
  }
  return runs;
}

}  // namespace

int backtest_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_run_options(visible, false);
  visible.add_options()("config", options::value<std::string>(), "run the bots that this configuration declares, on its candle files")(
      "bot", options::value<std::string>(), "only this bot of the configuration")("trade-amount", options::value<std::string>()->default_value("100"), "the stake, in the quote asset")(
      "stop-loss", options::value<std::string>(), "2%; else the strategy's, else 2%")("take-profit", options::value<std::string>(), "5%; else the strategy's, else 5%")(
      "evaluate-every", options::value<std::string>(), "15m")("fee", options::value<std::string>()->default_value("0.1%"), "of each fill")(
      "slippage", options::value<std::string>()->default_value("0%"), "what a market order pays on top")("out", options::value<std::string>(), "write the trades here, as CSV")(
      "json", "print the report as JSON");
  const Parsed parsed = parse(words, "backtest --strategy ID --candles FILE [OPTIONS]   or   backtest CONFIG [--bot NAME]",
                              "Trades recorded candles with a strategy as a bot would: orders, fees, stop-loss and take-profit included.\n"
                              "With a configuration: its bots and its paper account's settings; the trades are those of a replay.",
                              "stratdock backtest --strategy volatile --candles BTCUSDT-5m-2024-01.csv --trade-amount 1000 --out trades.csv", visible, {{"config", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  auto runs = parsed.values.count("config") != 0 ? run_configuration(parsed.values) : run_file(parsed.values);
  if (!runs) return fail(runs.error());
  int64_t failed = 0;
  nlohmann::json reports = nlohmann::json::array();
  std::string trades = trades_csv_head();
  for (const BacktestRun& run : *runs) {
    if (parsed.values.count("json") != 0) reports.push_back(report_json(run));
    else std::cout << (run.bot == runs->front().bot ? "" : "\n") << report_text(run);
    trades += trades_csv(run);
    failed += run.result.failed_evaluations;
  }
  if (parsed.values.count("json") != 0) std::cout << (parsed.values.count("config") != 0 ? nlohmann::json{{"runs", reports}} : reports.front()).dump(2) << "\n";
  if (parsed.values.count("out") != 0) {
    const std::string out = parsed.values["out"].as<std::string>();
    std::ofstream file(out, std::ios::binary);
    file << trades;
    if (!file.flush()) return fail({"writing the trades to " + out + ": the file cannot be written", "check the folder and its rights", 0});
  }
  if (failed > 0) return fail({"backtesting: the strategy failed in " + std::to_string(failed) + " evaluations, in which the bot held", "", 0});
  return exit_success;
}

}  // namespace stratdock::cli
