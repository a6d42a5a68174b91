#include "host/plugin/folder_watch.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace stratdock {
namespace {

// A link is made whole by one event; a file that is written announces its end by another.
bool is_link(const std::filesystem::path& file) {
  struct stat status {};
  return lstat(file.c_str(), &status) == 0 && (S_ISLNK(status.st_mode) || status.st_nlink > 1);
}

}  // namespace

bool is_plugin_name(const std::filesystem::path& file) {
  return file.extension() == ".so" && file.filename().string().front() != '.';
}

FolderWatch::~FolderWatch() {
  if (inotify_fd_ >= 0) close(inotify_fd_);
}

Status FolderWatch::start(const std::vector<std::filesystem::path>& folders) {
  inotify_fd_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify_fd_ < 0)
    return failure(std::string("watching the plugin folders: ") + std::strerror(errno), "raise sysctl fs.inotify.max_user_instances");
  for (const auto& folder : folders) {
    const int watch = inotify_add_watch(inotify_fd_, folder.c_str(),
                                        IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR);
    if (watch < 0)
      return failure("watching the plugin folder " + folder.string() + ": " + std::strerror(errno),
                     errno == ENOSPC ? "raise sysctl fs.inotify.max_user_watches" : "make it a folder that this user can read");
    folders_[watch] = folder;
  }
  return {};
}

std::vector<FolderEvent> FolderWatch::take() {
  std::vector<FolderEvent> events;
  alignas(inotify_event) char buffer[16'384];
  for (;;) {
    const ssize_t size = read(inotify_fd_, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return events;
    for (const char* at = buffer; at < buffer + size;) {
      inotify_event event{};
      std::memcpy(&event, at, sizeof event);
      const char* name = at + sizeof event;
      at += sizeof event + event.len;
      if (event.mask & IN_Q_OVERFLOW) {
        events.push_back({FileChange::overflow, {}});
        continue;
      }
      const auto folder = folders_.find(event.wd);
      if (folder == folders_.end() || event.len == 0 || (event.mask & IN_ISDIR)) continue;
      const std::filesystem::path file = folder->second / name;
      if (!is_plugin_name(file)) continue;
      if (event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO))
        events.push_back({FileChange::finished, file});
      else if (event.mask & (IN_DELETE | IN_MOVED_FROM))
        events.push_back({FileChange::removed, file});
      else
        events.push_back({(event.mask & IN_CREATE) && is_link(file) ? FileChange::finished : FileChange::being_written, file});
    }
  }
}

}  // namespace stratdock
