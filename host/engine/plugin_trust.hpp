// What the configuration says about plugins, as the plugin host takes it.
// Thread rule: pure. Invariant: engine and command line judge a file alike.
#pragma once

#include <filesystem>

#include "host/config/config.hpp"
#include "host/plugin/trust.hpp"

namespace stratdock {

// The list of hashes that is made with our plugins and lies beside them.
inline std::filesystem::path plugin_manifest(const std::filesystem::path& own_plugins) {
  return own_plugins.empty() ? std::filesystem::path() : own_plugins / "manifest.sha256";
}

inline PluginTrust plugin_trust(const Configuration& configuration, const std::filesystem::path& own_plugins) {
  const PluginSettings& plugins = configuration.plugins;
  return {plugins.trust_in(configuration.mode) == PluginSettings::Trust::pinned, plugins.pins, plugins.allow_incomplete_sandbox,
          plugin_manifest(own_plugins)};
}

}  // namespace stratdock
