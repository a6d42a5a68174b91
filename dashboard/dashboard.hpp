// The dashboard process: the web page, its API and the event streams, on 127.0.0.1 alone.
// Thread rule: dashboard_main() owns the process it runs in (signals, limits, threads) and is called once, in a process of
// its own that holds no keys. The other functions may be called anywhere.
// Invariant: it writes nothing to the store but commands, and cannot place an order.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "dashboard/access.hpp"  // new_setup_link(), create_api_token()

namespace stratdock::dashboard {

struct DashboardOptions {
  std::filesystem::path data_folder;
  int port = 5001;                    // 0: any free one, printed at start
  std::string address = "127.0.0.1";  // anything else is refused: outside access goes through a TLS reverse proxy
  std::filesystem::path web_root;     // development: serve the page from this folder; empty: the one in the program
  std::string mode = "paper";         // shown until the journal says otherwise
  std::string version = "0.1.0";
  std::string build;                  // of the program, for the system page
  std::string configuration;          // its path
  std::string log_folder;
  std::string time_zone = "UTC";
  std::vector<std::string> plugin_folders;
};

// Serves until SIGTERM or SIGINT. The exit code: 0 after an orderly end, 1 when it could not start (the cause is on stderr).
int dashboard_main(const DashboardOptions& options);

}  // namespace stratdock::dashboard
