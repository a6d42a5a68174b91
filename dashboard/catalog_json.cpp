// Strategies and plugins as API.md's objects.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "dashboard/process_list.hpp"
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

// The engine's words for a plugin's state into the page's.
std::string state_word(const std::string& stored) {
  if (stored == "ready") return "loaded";
  if (stored == "still being copied") return "copying";
  return stored;
}

json worker_json(const std::string& stored) {
  const json given = json::parse(stored, nullptr, false);
  if (!given.is_object()) return {};
  json worker = {{"pid", nullptr}, {"state", nullptr}, {"restarts", nullptr}, {"memory_bytes", nullptr}};
  worker.update(given);
  if (worker["pid"].is_number_integer()) worker["memory_bytes"] = memory_json(worker["pid"].get<int>());
  return worker;
}

// What the file on disk is now; null where it is gone.
json file_size_json(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? json() : json(size);
}

json modified_json(const std::string& path) {
  std::error_code error;
  const auto time = std::filesystem::last_write_time(path, error);
  if (error) return {};
  const auto wall = std::chrono::file_clock::to_sys(time).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(wall).count();
}

}  // namespace

json strategy_json(const store::StrategyRow& row, const World& world) {
  const auto aliases = strategy_aliases(row);
  const json schema = json::parse(row.schema, nullptr, false);
  bool usable = true;
  for (const auto& plugin : world.plugins)
    if (plugin.file == row.file) usable = state_word(plugin.state) == "loaded";
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
  const size_t slash = row.file.find_last_of('/');
  return {{"file", row.file.substr(slash + 1)}, {"path", row.file}, {"sha256", text_json(row.sha256)}, {"state", state_word(row.state)},
          {"error", text_json(row.reason)}, {"hint", nullptr}, {"abi", nullptr}, {"build_info", text_json(row.version)},
          {"size_bytes", file_size_json(row.file)}, {"modified_ms", modified_json(row.file)}, {"loaded_ms", time_json(row.loaded_ms)},
          {"worker", worker_json(row.worker)}, {"strategies", strategies}, {"bots", bots_using(world, ids)}};
}

}  // namespace stratdock::dashboard
