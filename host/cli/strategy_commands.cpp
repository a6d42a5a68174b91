#include "host/cli/strategy_commands.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

#include <nlohmann/json.hpp>

#include "host/cli/output.hpp"
#include "host/cli/place.hpp"
#include "host/cli/strategy_run.hpp"
#include "host/engine/plugin_trust.hpp"
#include "host/store/store.hpp"

namespace stratdock::cli {
namespace {

using Json = nlohmann::json;

// The folders that count: --plugins, those of --config, the data folder's (named, or of the only one that runs), the program's.
Result<PluginHostOptions> folders_of(const options::variables_map& values) {
  std::vector<std::string> folders = words_of(values, "plugins");
  auto add_data_folder = [&](const std::filesystem::path& data) {
    if (std::filesystem::is_directory(data / "plugins")) folders.push_back((data / "plugins").string());
  };
  if (values.count("config") != 0) {
    auto configuration = load_configuration(values["config"].as<std::string>(), process_environment());
    if (!configuration) return failure("reading the configuration:\n" + errors_text(configuration.error()));
    for (const auto& folder : configuration->plugins.folders) folders.push_back(folder.string());
    add_data_folder(configuration->data_folder);
    PluginHostOptions options = plugin_options(folders, values);
    const bool allowed = options.trust.allow_incomplete_sandbox;
    options.trust = plugin_trust(*configuration, shipped_plugins());
    options.trust.allow_incomplete_sandbox |= allowed;
    return options;
  } else if (values.count("data") != 0) {
    add_data_folder(std::filesystem::absolute(values["data"].as<std::string>()));
  } else if (auto place = find_place(values, Wanted::running)) {
    add_data_folder(place->folder);
  }
  return plugin_options(folders, values);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Json value_json(const ParameterValue& value) {
  return std::visit([](const auto& held) { return Json(held); }, value);
}

Json strategy_json(const StrategyInfo& strategy) {
  Json parameters = Json::array();
  for (const ParameterSchema& one : strategy.parameters)
    parameters.push_back({{"key", one.key}, {"name", one.name}, {"doc", one.doc}, {"unit", one.unit}, {"type", text(one.type)}, {"default", value_json(one.default_value)},
                          {"min", one.minimum ? Json(*one.minimum) : Json(nullptr)}, {"max", one.maximum ? Json(*one.maximum) : Json(nullptr)}, {"choices", one.choices},
                          {"live", one.live_changeable}, {"advanced", one.advanced}});
  return {{"id", strategy.id}, {"aliases", strategy.aliases}, {"name", strategy.name}, {"version", strategy.version}, {"vendor", strategy.vendor}, {"doc", strategy.doc},
          {"plugin_file", strategy.plugin_file}, {"plugin_sha256", strategy.plugin_sha256}, {"parameters", std::move(parameters)}};
}

std::string range_text(const ParameterSchema& one) {
  if (!one.choices.empty()) return joined(one.choices);
  if (!one.minimum && !one.maximum) return "";
  return (one.minimum ? double_text(*one.minimum) : "") + " .. " + (one.maximum ? double_text(*one.maximum) : "");
}

void print_strategy(const StrategyInfo& strategy) {
  std::cout << strategy.name << " " << strategy.version << (strategy.vendor.empty() ? "" : ", by " + strategy.vendor) << "\n"
            << "  id       " << strategy.id << (strategy.aliases.empty() ? "" : " (short: " + joined(strategy.aliases) + ")") << "\n"
            << "  plugin   " << strategy.plugin_file << "\n  sha256   " << strategy.plugin_sha256 << "\n";
  if (!strategy.doc.empty()) std::cout << "\n" << strategy.doc << "\n";
  std::vector<std::vector<std::string>> rows;
  for (const ParameterSchema& one : strategy.parameters)
    rows.push_back({one.key, std::string(text(one.type)), parameter_text(one.default_value), range_text(one), one.unit, one.doc.empty() ? one.name : one.doc});
  if (rows.empty()) std::cout << "\n(no parameters)\n";
  else std::cout << "\n" << table_text({"PARAMETER", "TYPE", "DEFAULT", "ALLOWED", "UNIT", "MEANING"}, rows);
}

void add_folder_options(options::options_description& visible) {
  add_place_options(visible);
  visible.add_options()("plugins", options::value<std::vector<std::string>>()->composing(), "a further folder of plugins")("json", "print as JSON");
  add_sandbox_option(visible);
}

}  // namespace

int strategy_list_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_folder_options(visible);
  const Parsed parsed = parse(words, "strategy list", "Lists the strategies of all plugins found, and why a plugin is not taken. Each is looked at in a sandbox.", "stratdock strategy list", visible);
  if (parsed.exit_code >= 0) return parsed.exit_code;
  auto folders = folders_of(parsed.values);
  if (!folders) return fail(folders.error());
  auto plugins = OfflineWorker::list(*folders);
  if (!plugins) return fail(plugins.error());
  if (parsed.values.count("json") != 0) {
    Json strategies = Json::array(), files = Json::array();
    for (const PluginInfo& plugin : *plugins) {
      files.push_back({{"file", plugin.file}, {"sha256", plugin.sha256}, {"state", text(plugin.state)}, {"reason", plugin.reason}, {"build_info", plugin.build_info}});
      for (const StrategyInfo& strategy : plugin.strategies) strategies.push_back(strategy_json(strategy));
    }
    std::cout << Json{{"strategies", strategies}, {"plugins", files}}.dump(2) << "\n";
    return exit_success;
  }
  std::vector<std::vector<std::string>> rows;
  std::string refused;
  for (const PluginInfo& plugin : *plugins) {
    for (const StrategyInfo& strategy : plugin.strategies) rows.push_back({strategy.id, joined(strategy.aliases), strategy.version, strategy.plugin_sha256.substr(0, 12), strategy.plugin_file});
    if (plugin.state != PluginState::ready) refused += plugin.file + " is " + text(plugin.state) + ": " + plugin.reason + "\n";
  }
  std::cout << table_text({"STRATEGY", "SHORT", "VERSION", "SHA256", "PLUGIN"}, rows);
  std::cerr << refused;
  return exit_success;
}

int strategy_show_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_folder_options(visible);
  const Parsed parsed = parse(words, "strategy show ID", "Shows a strategy: what it does, its parameters, and the hash of its plugin.", "stratdock strategy show volatile", visible, {{"id", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("id") == 0) return fail({"reading the command line: no strategy is named", "stratdock strategy show ID", 0}), exit_usage;
  auto folders = folders_of(parsed.values);
  if (!folders) return fail(folders.error());
  auto worker = OfflineWorker::open(*folders, words_of(parsed.values, "id").front());
  if (!worker) return fail(worker.error());
  if (parsed.values.count("json") != 0) std::cout << strategy_json(worker->strategy()).dump(2) << "\n";
  else print_strategy(worker->strategy());
  return exit_success;
}

namespace {

// Waits until the engine that runs has looked at a file of this hash. What it then does with it; empty: nothing runs, or it
// has not said so in time.
std::string taken_in(const Place& place, const std::string& sha256) {
  constexpr auto patience = std::chrono::seconds(5);
  constexpr auto pause = std::chrono::milliseconds(20);
  if (!place.note) return {};
  for (const auto end = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(pause)) {
    const auto live = store::open_live_reader(place.folder.string());
    if (!live) return {};
    for (const store::PluginRow& plugin : (*live)->plugins())
      if (plugin.sha256 == sha256 && plugin.state != text(PluginState::being_copied)) return plugin.state + (plugin.reason.empty() ? "" : ": " + plugin.reason);
  }
  return "not looked at yet; see `stratdock strategy list`";
}

}  // namespace

int strategy_install_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_place_options(visible);
  add_sandbox_option(visible);
  const Parsed parsed = parse(words, "strategy install FILE", "Looks at a plugin in a sandbox and, if it is good, puts it into the data folder. A running engine takes it in at once.",
                              "stratdock strategy install ./my_strategy.so", visible, {{"file", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("file") == 0) return fail({"reading the command line: no file is named", "stratdock strategy install FILE", 0}), exit_usage;
  auto place = find_place(parsed.values, Wanted::existing);
  if (!place) return fail(place.error());
  const std::filesystem::path file = words_of(parsed.values, "file").front();
  const std::string doing = "installing " + file.string();
  std::error_code code;
  if (!std::filesystem::is_regular_file(file, code)) return fail({doing + ": there is no such file", "", 0});
  if (file.extension() != ".so") return fail({doing + ": a plugin's name ends in .so", "", 0});
  // A folder of its own for the look, so that nothing but this file counts.
  const std::filesystem::path trial = place->folder / ("install-" + std::to_string(::getpid()));
  std::filesystem::create_directories(trial, code);
  std::filesystem::copy_file(file, trial / file.filename(), std::filesystem::copy_options::overwrite_existing, code);
  if (code) return fail({doing + ": copying it to " + trial.string() + ": " + code.message(), "", 0});
  PluginHostOptions options = plugin_options({}, parsed.values);
  options.plugin_folders = {trial};
  auto plugins = OfflineWorker::list(options);
  std::string refusal;
  if (!plugins) refusal = plugins.error().text();
  else if (plugins->size() != 1 || plugins->front().state != PluginState::ready) refusal = plugins->empty() ? "it is no plugin" : plugins->front().reason;
  if (refusal.empty()) {
    // Renamed into place: whoever watches the folder never sees half a file.
    std::filesystem::create_directories(place->folder / "plugins", code);
    std::filesystem::rename(trial / file.filename(), place->folder / "plugins" / file.filename(), code);
    if (code) refusal = "putting it into " + (place->folder / "plugins").string() + ": " + code.message();
  }
  std::error_code ignored;
  std::filesystem::remove_all(trial, ignored);
  if (!refusal.empty()) return fail({doing + ": " + refusal, "", 0});
  const PluginInfo& plugin = plugins->front();
  std::cout << (place->folder / "plugins" / file.filename()).string() << "\n  sha256 " << plugin.sha256 << "\n";
  for (const StrategyInfo& strategy : plugin.strategies) std::cout << "  offers " << strategy.id << " " << strategy.version << (strategy.aliases.empty() ? "" : " (" + joined(strategy.aliases) + ")") << "\n";
  if (const std::string said = taken_in(*place, plugin.sha256); !said.empty()) std::cout << "  in the Stratdock that runs: " << said << "\n";
  // YAML is the user's: nothing writes to it.
  std::cout << "to pin it, write in the configuration:\n  plugins:\n    pins:\n      " << pin_line(file, plugin.sha256) << "\n";
  return exit_success;
}

namespace {

// The plugin file that is meant by its name or by one of its strategies.
const PluginInfo* plugin_named(const std::vector<PluginInfo>& plugins, const std::string& name) {
  for (const PluginInfo& plugin : plugins) {
    const std::filesystem::path file(plugin.file);
    if (file.filename() == name || file.stem() == name) return &plugin;
    for (const StrategyInfo& strategy : plugin.strategies)
      if (goes_by(strategy, name)) return &plugin;
  }
  return nullptr;
}

Status put_in_place(const std::filesystem::path& from, const std::filesystem::path& to) {
  const std::filesystem::path incoming = to.string() + ".incoming";
  std::error_code code;
  std::filesystem::copy_file(from, incoming, std::filesystem::copy_options::overwrite_existing, code);
  if (!code) std::filesystem::rename(incoming, to, code);
  if (!code) return {};
  std::error_code ignored;
  std::filesystem::remove(incoming, ignored);
  return failure("copying " + from.string() + " to " + to.string() + ": " + code.message(), "look at the folder's rights");
}

}  // namespace

int strategy_rollback_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_place_options(visible);
  const Parsed parsed = parse(words, "strategy rollback PLUGIN", "Puts back the version of a plugin that was in force before. A running engine swaps to it while its bots go on.\nPLUGIN is a file's name or one of its strategies; a second time brings the newer version again.",
                              "stratdock strategy rollback my_strategy", visible, {{"plugin", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("plugin") == 0) return fail({"reading the command line: no plugin is named", "stratdock strategy rollback PLUGIN", 0}), exit_usage;
  auto place = find_place(parsed.values, Wanted::existing);
  if (!place) return fail(place.error());
  const std::string name = words_of(parsed.values, "plugin").front(), doing = "rolling back " + name + ": ";
  auto folders = folders_of(parsed.values);
  if (!folders) return fail(folders.error());
  auto& known = folders->plugin_folders;
  if (const auto dropped = place->folder / "plugins"; std::filesystem::is_directory(dropped) && std::find(known.begin(), known.end(), dropped) == known.end()) known.push_back(dropped);
  const auto plugins = OfflineWorker::list(*folders);
  if (!plugins) return fail(plugins.error());
  const PluginInfo* plugin = plugin_named(*plugins, name);
  if (plugin == nullptr) return fail({doing + "no plugin of this name is there", "`stratdock strategy list` shows what there is", 0});
  const auto journal = store::open_journal_reader(place->folder.string());
  if (!journal) return fail(journal.error());
  const std::string before = (*journal)->meta("plugin_previous." + plugin->file);
  if (before.empty()) return fail({doing + plugin->file + " has had no other version in this data folder", "", 0});
  const std::filesystem::path kept = place->folder / "plugin-cache" / (before + ".so");
  if (!std::filesystem::exists(kept)) return fail({doing + "the copy of the version before, " + kept.string() + ", is gone", "install its file again", 0});
  if (Status put = put_in_place(kept, plugin->file); !put) return fail(put.error());
  std::cout << plugin->file << " is the version before again\n  sha256 " << before << " (it was " << plugin->sha256.substr(0, 12) << "...)\n";
  if (const std::string said = taken_in(*place, before); !said.empty()) std::cout << "  in the Stratdock that runs: " << said << "\n";
  return exit_success;
}

}  // namespace stratdock::cli
