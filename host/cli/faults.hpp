// Everything that is wrong with a configuration, found before anything runs: the file itself, the secrets beside it, and what
// its bots ask of the plugins. `run` and `check` say the same because both ask here.
// Thread rule: one thread; the processes that look at plugins end before it returns. Changes nothing but the plugin cache.
#pragma once

#include <filesystem>

#include "host/config/config.hpp"
#include "host/plugin/plugin_host.hpp"

namespace stratdock::cli {

struct FoundPlugins {
  std::vector<PluginInfo> plugins;
  std::vector<StrategyInfo> strategies;
  std::vector<std::string> sandbox_lacks;
};

// What the folders of a configuration, of its data folder and of the program offer.
Result<FoundPlugins> find_plugins(const Configuration& configuration);

struct CheckedConfiguration {
  Configuration configuration;  // what was refused has its default
  ConfigurationErrors errors;   // empty: it can run
  FoundPlugins found;
};
CheckedConfiguration check_configuration(const std::filesystem::path& file);

}  // namespace stratdock::cli
