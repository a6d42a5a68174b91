// The walls around a worker, put up from inside before foreign code runs. In three steps, since loading a library needs
// more than running it: enter (before), close_for_loading (dlopen may open and map), close_for_running (for good).
// Thread rule: the worker's only thread. Invariant: each step only ever takes rights away.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace stratdock {

struct SandboxOptions {
  int64_t memory_limit_bytes = int64_t{1} << 30;
  std::filesystem::path library_path;  // the one file of ours it may read and map, with its folder
};

// What this machine's kernel lacks, a line each, with the setting to change; empty: everything is in place.
using SandboxReport = std::vector<std::string>;

class Sandbox {
public:
  // Dies with the parent, sees no environment and no descriptors above `socket_fd`. An error only where the parent is gone.
  static Status leave_parent(int socket_fd);
  // Limits, namespaces, no_new_privs, landlock.
  void enter(const SandboxOptions& options);
  // System calls that dlopen needs beside those of running.
  void close_for_loading();
  // Memory, the socket that is open already, and ending. Anything else ends the process.
  void close_for_running();

  const SandboxReport& report() const { return report_; }

private:
  void limit_resources(int64_t memory_limit_bytes);
  void enter_namespaces();
  void restrict_files(const std::filesystem::path& library_path);
  void filter_calls(bool loading);
  void miss(std::string what) { report_.push_back(std::move(what)); }

  SandboxReport report_;
};

}  // namespace stratdock
