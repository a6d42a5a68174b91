// The supervisor: the process that `stratdock run` is. Owns the engine and the dashboard, starts whichever dies again, and
// takes both with it when it dies (parent-death signals).
// Thread rule: supervise() runs on the process' only thread (a child ends with the thread that made it).
// Invariant: it holds no money, no keys and no connection; killing it loses nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "host/config/config.hpp"

namespace stratdock {

struct SupervisorOptions {
  bool detach = false;
  std::filesystem::path executable = "/proc/self/exe";
  // A link that signs a browser in, made when the dashboard is up; the program's main gives it, so that this room needs no dashboard.
  std::function<Result<std::string>(const std::filesystem::path& data_folder, int port)> setup_link;
};

// Runs a configuration that was checked, until told to stop (SIGTERM, SIGINT). The exit code of the program; errors are on
// stderr.
int supervise(const SupervisorOptions& options, Configuration configuration);

// What a running supervisor writes into its data folder for `status`, `shutdown` and the system page.
struct SupervisorNote {
  int pid = 0, engine_pid = 0, dashboard_pid = 0, port = 0;
  int64_t started_ms = 0;
  int engine_restarts = 0, dashboard_restarts = 0;
  std::string configuration;
};
std::optional<SupervisorNote> read_note(const std::filesystem::path& data_folder);  // none: nothing runs there

// Who listens on 127.0.0.1:port, as "nginx (pid 312)"; empty when nobody does or it cannot be told.
std::string port_owner(int port);

}  // namespace stratdock
