#include "host/cli/faults.hpp"

#include <algorithm>

#include "host/cli/place.hpp"
#include "host/cli/strategy_run.hpp"
#include "host/config/secrets.hpp"
#include "host/engine/plugin_trust.hpp"

namespace stratdock::cli {
namespace {

const StrategyInfo* strategy_named(const FoundPlugins& found, const std::string& name) {
  const auto match = std::find_if(found.strategies.begin(), found.strategies.end(), [&](const StrategyInfo& one) { return goes_by(one, name); });
  return match == found.strategies.end() ? nullptr : &*match;
}

// The nearest name there is, else what there is, else why there is nothing.
std::string strategy_hint(const FoundPlugins& found, const std::string& name) {
  std::vector<std::string> names;
  for (const StrategyInfo& strategy : found.strategies) {
    names.push_back(strategy.id);
    names.insert(names.end(), strategy.aliases.begin(), strategy.aliases.end());
  }
  if (const std::string nearest = nearest_name(name, names); !nearest.empty()) return "did you mean '" + nearest + "'?";
  std::string all;
  for (const StrategyInfo& strategy : found.strategies) all += (all.empty() ? "there are: " : ", ") + (strategy.aliases.empty() ? strategy.id : strategy.aliases.front());
  for (const PluginInfo& plugin : found.plugins)
    if (plugin.state != PluginState::ready) all += (all.empty() ? "" : "; ") + plugin.file + ": " + plugin.reason;
  return all.empty() ? "no plugin was found; `stratdock strategy list` shows where they are looked for" : all;
}

void check_strategies(const Configuration& configuration, const FoundPlugins& found, ConfigurationErrors& errors) {
  for (const DeclaredBot& bot : configuration.bots) {
    if (bot.strategy.empty()) continue;  // has its error already
    const StrategyInfo* strategy = strategy_named(found, bot.strategy);
    if (strategy == nullptr) {
      const TextPosition& at = bot.strategy_position.line > 0 ? bot.strategy_position : bot.position;
      errors.push_back({at, "bots." + bot.name + ".strategy", "no plugin offers the strategy '" + bot.strategy + "'", strategy_hint(found, bot.strategy)});
      continue;
    }
    ConfigurationErrors wrong = check_parameters(strategy->parameters, bot).errors;
    errors.insert(errors.end(), std::make_move_iterator(wrong.begin()), std::make_move_iterator(wrong.end()));
  }
}

}  // namespace

Result<FoundPlugins> find_plugins(const Configuration& configuration) {
  std::vector<std::string> folders;
  for (const auto& folder : configuration.plugins.folders) folders.push_back(folder.string());
  if (const auto dropped = configuration.data_folder / "plugins"; std::filesystem::is_directory(dropped)) folders.push_back(dropped.string());
  PluginHostOptions options = plugin_options(folders);
  options.trust = plugin_trust(configuration, shipped_plugins());
  // The engine's own cache, where there is one: what was probed is known to both.
  if (const auto cache = configuration.data_folder / "plugin-cache"; std::filesystem::is_directory(cache)) options.cache_folder = cache;
  struct NoHistory : CandleHistory {
    Status read(std::string_view, int64_t, int64_t, int64_t, const std::function<void(const CandleSeries&)>&) override { return {}; }
  } history;
  PluginHost host(options, history);
  if (Status started = host.start(); !started) return tl::unexpected(started.error());
  return FoundPlugins{host.plugins(), host.strategies(), host.sandbox_report()};
}

CheckedConfiguration check_configuration(const std::filesystem::path& file) {
  const Environment environment = process_environment();
  auto [configuration, errors] = read_configuration(file, environment);
  CheckedConfiguration checked{std::move(configuration), std::move(errors), {}};
  // What is refused as a whole needs no advice on its strategies.
  const bool is_refused = checked.configuration.mode == Mode::live;
  if (!is_refused && (!checked.configuration.bots.empty() || checked.errors.empty())) {
    auto found = find_plugins(checked.configuration);
    if (found) checked.found = std::move(*found);
    else checked.errors.push_back({{checked.configuration.file.string(), 0, 0}, "plugins", found.error().message, found.error().hint});
    if (found) check_strategies(checked.configuration, checked.found, checked.errors);
    sort_by_place(checked.errors);
  }
  // Whatever the mode: a key that others can read, or a setting that nobody reads, is to be known before anything runs.
  const SecretsResult secrets = load_secrets(checked.configuration.mode, std::filesystem::absolute(file).parent_path() / ".env", environment);
  checked.errors.insert(checked.errors.end(), secrets.errors.begin(), secrets.errors.end());
  return checked;
}

}  // namespace stratdock::cli
