// The engine process: one thread that owns orders, ledger and journal, asks the workers for decisions and trades them.
// Thread rule: engine_main runs on the thread that calls it and returns when told to stop (SIGTERM, SIGINT).
// Invariant: whatever it did for a candle is in the journal whole or not at all; start and recovery are one path.
#pragma once

#include <filesystem>
#include <vector>

namespace stratdock {

struct EngineOptions {
  std::filesystem::path configuration_file;
  std::filesystem::path worker_executable = "/proc/self/exe";
  std::filesystem::path plugin_folder;  // the strategies that come with the program
  bool first_start = false;             // nothing traded yet since the user said "run": a failure is told, not tried again
  int ready_fd = -1;                    // one line of text is written here when trading begins, or the errors when it does not
};

// Exit codes of engine_main: what its owner should do with them.
constexpr int exit_stopped = 0;         // told to stop
constexpr int exit_failed = 1;          // start again
constexpr int exit_configuration = 78;  // do not start again before somebody changed something (sysexits' EX_CONFIG)

int engine_main(const EngineOptions& options);

}  // namespace stratdock
