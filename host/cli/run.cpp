#include "host/cli/run.hpp"

#include <iostream>

#include "dashboard/dashboard.hpp"
#include "host/cli/command.hpp"
#include "host/cli/faults.hpp"
#include "host/config/config.hpp"
#include "host/engine/engine.hpp"
#include "host/supervisor/supervisor.hpp"

namespace stratdock::cli {

int run_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  visible.add_options()("config", options::value<std::string>()->required(), "the configuration, a YAML file")(
      "detach", "run in the background; `stratdock shutdown` ends it");
  Parsed parsed = parse(words, "run CONFIG [--detach]", "Starts the engine and the dashboard and keeps them running.",
                        "stratdock run configs/demo.yaml", visible, {{"config", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  CheckedConfiguration checked = check_configuration(parsed.values["config"].as<std::string>());
  if (!checked.errors.empty()) {
    std::cerr << errors_text(checked.errors);
    return exit_configuration;
  }
  for (const std::string& line : checked.found.sandbox_lacks) std::cerr << "stratdock: the plugins' sandbox is incomplete: " << line << "\n";
  SupervisorOptions options;
  options.detach = parsed.values.count("detach") != 0;
  options.setup_link = [](const std::filesystem::path& data_folder, int port) { return dashboard::new_setup_link(data_folder, port); };
  return supervise(options, std::move(checked.configuration));
}

int engine_role(const std::vector<std::string>& words) {
  options::options_description visible;
  visible.add_options()("config", options::value<std::string>()->required())("first-start", "")("ready-fd", options::value<int>()->default_value(-1));
  Parsed parsed = parse(words, "engine-role CONFIG", "", "", visible, {{"config", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  EngineOptions options;
  options.configuration_file = parsed.values["config"].as<std::string>();
  options.first_start = parsed.values.count("first-start") != 0;
  options.ready_fd = parsed.values["ready-fd"].as<int>();
  options.plugin_folder = shipped_plugins();
  return engine_main(options);
}

int dashboard_role(const std::vector<std::string>& words) {
  options::options_description visible;
  visible.add_options()("config", options::value<std::string>()->required());
  Parsed parsed = parse(words, "dashboard-role CONFIG", "", "", visible, {{"config", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  auto configuration = load_configuration(parsed.values["config"].as<std::string>(), process_environment());
  if (!configuration) return exit_configuration;
  dashboard::DashboardOptions options;
  options.data_folder = configuration->data_folder;
  options.port = configuration->dashboard.port;
  if (const char* web_root = std::getenv("STRATDOCK_WEB_ROOT")) options.web_root = web_root;
  options.mode = text(configuration->mode);
  options.version = STRATDOCK_VERSION;
  options.configuration = configuration->file.string();
  options.log_folder = configuration->logs.folder.string();
  options.time_zone = configuration->logs.time_zone;
  for (const auto& folder : configuration->plugins.folders) options.plugin_folders.push_back(folder.string());
  options.plugin_folders.push_back((configuration->data_folder / "plugins").string());
  options.plugin_folders.push_back(shipped_plugins().string());
  return dashboard::dashboard_main(options);
}

}  // namespace stratdock::cli
