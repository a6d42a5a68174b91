// The walls around a worker, put up from inside before foreign code runs. In three steps, since loading a library needs
// more than running it: enter (before), close_for_loading (dlopen may open and map), close_for_running (for good).
// Thread rule: the worker's only thread. Invariant: each step only ever takes rights away. A library's constructor may
// never return, so the walls of loading have to hold by themselves; those of running are narrower, not the wall.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "host/plugin/worker_spawn.hpp"

namespace stratdock {

// Parts to leave out, as if the kernel had not got them: for tests of what is then said and refused.
enum SandboxPart : uint8_t { part_namespaces = 1, part_landlock = 2, part_call_filter = 4 };

struct SandboxOptions {
  int64_t memory_limit_bytes = int64_t{1} << 30;
  std::filesystem::path library_path;  // the one file it may read and map
  WorkerNamespaces namespaces = WorkerNamespaces::none;
  uint8_t missing_parts = 0;           // of SandboxPart
  bool makes_threads = false;          // after enter() and before the filters, which end that: the validator's own
};

// What this machine's kernel lacks, a line each, with the setting to change; empty: everything is in place.
using SandboxReport = std::vector<std::string>;

class Sandbox {
public:
  // Dies with the parent, sees no environment and no descriptors above `socket_fd`. An error only where the parent is gone.
  static Status leave_parent(int socket_fd);
  // Limits, an empty file system, no_new_privs, landlock, no capabilities.
  void enter(const SandboxOptions& options);
  // Where the library is now that the file system is another.
  const std::filesystem::path& library_path() const { return library_path_; }
  // System calls that dlopen needs beside those of running.
  void close_for_loading();
  // Memory, the socket that is open already, and ending. Anything else ends the process.
  void close_for_running();

  const SandboxReport& report() const { return report_; }

private:
  void limit_resources(int64_t memory_limit_bytes);
  void empty_file_system();
  void drop_capabilities();
  void restrict_files();
  void filter_calls(bool loading);
  void miss(std::string what) { report_.push_back(std::move(what)); }

  SandboxOptions options_;
  std::filesystem::path library_path_;
  SandboxReport report_;
};

// Whether this build runs its workers without a sandbox: one of a sanitizer. Never released.
bool is_instrumented_build();

}  // namespace stratdock
