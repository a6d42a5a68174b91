// Strategies and plugins as API.md's objects.
#include <nlohmann/json.hpp>

#include "dashboard/row_json.hpp"

namespace stratdock::dashboard {

using nlohmann::json;

namespace {

json bots_using(const World& world, const std::vector<std::string>& strategy_ids) {
  json bots = json::array();
  for (const auto& [id, card] : world.bots) {
    const auto* strategy = world.strategy(card.row.settings.strategy);
    if (strategy && std::find(strategy_ids.begin(), strategy_ids.end(), strategy->id) != strategy_ids.end())
      bots.push_back({{"id", id}, {"name", card.row.settings.name}});
  }
  return bots;
}

}  // namespace

json strategy_json(const store::StrategyRow& row, const World& world) {
  const auto aliases = strategy_aliases(row);
  const json schema = json::parse(row.schema, nullptr, false);
  bool usable = true;
  for (const auto& plugin : world.plugins)
    if (plugin.file == row.file) usable = plugin.state == "loaded";
  return {{"id", row.id}, {"short", aliases.front()}, {"aliases", aliases}, {"name", row.name}, {"version", row.version}, {"vendor", row.vendor},
          {"doc", row.doc}, {"plugin_file", row.file}, {"usable", usable}, {"parameter_count", schema.is_array() ? schema.size() : 0},
          {"bots", bots_using(world, {row.id})}};
}

json plugin_json(const store::PluginRow& row, const World& world) {
  json strategies = json::array();
  std::vector<std::string> ids;
  for (const auto& [id, strategy] : world.strategies) {
    if (strategy.file != row.file) continue;
    strategies.push_back(strategy_json(strategy, world));
    ids.push_back(id);
  }
  const auto read = [](const std::string& text) {
    const json value = json::parse(text, nullptr, false);
    return value.is_object() ? value : json();
  };
  json worker = read(row.worker);
  if (worker.is_null() && !row.worker.empty()) worker = {{"pid", nullptr}, {"state", row.worker}, {"restarts", nullptr}, {"memory_bytes", nullptr}};
  const size_t slash = row.file.find_last_of('/');
  return {{"file", row.file.substr(slash + 1)}, {"path", row.file}, {"sha256", row.sha256}, {"state", row.state}, {"error", text_json(row.reason)},
          {"hint", nullptr}, {"abi", nullptr}, {"version", text_json(row.version)}, {"build_info", nullptr}, {"size_bytes", nullptr},
          {"modified_ms", nullptr}, {"loaded_ms", time_json(row.loaded_ms)}, {"worker", worker}, {"strategies", strategies},
          {"bots", bots_using(world, ids)}};
}

}  // namespace stratdock::dashboard
