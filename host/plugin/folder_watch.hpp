// Tells which plugin files appeared, were finished, or went away, by inotify.
// Thread rule: one thread. Invariant: after an overflow of the kernel's queue it says so, and everything must be looked at again.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace stratdock {

enum class FileChange : uint8_t { being_written, finished, removed, overflow };

struct FolderEvent {
  FileChange change;
  std::filesystem::path file;
};

class FolderWatch {
public:
  FolderWatch() = default;
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  Status start(const std::vector<std::filesystem::path>& folders);
  int fd() const { return inotify_fd_; }
  // What happened since the last call to files whose name ends in ".so" and begins with no dot; never waits.
  std::vector<FolderEvent> take();

private:
  int inotify_fd_ = -1;
  std::map<int, std::filesystem::path> folders_;
};

bool is_plugin_name(const std::filesystem::path& file);

}  // namespace stratdock
