#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "host/store/files.hpp"
#include "host/store/store.hpp"

namespace stratdock::store {
namespace {

std::string written_pid(int fd) {
  char text[32] = {};
  const ssize_t got = pread(fd, text, sizeof text - 1, 0);
  std::string pid(text, got > 0 ? static_cast<size_t>(got) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid;
}

}  // namespace

Result<EngineLock> EngineLock::take(const std::string& folder) {
  if (Status made = make_private_folder(folder); !made) return tl::unexpected<Error>(made.error());
  const std::string path = lock_path(folder);
  // Closed upon exec: a worker must not go on holding the lock when its engine is dead.
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return failure("opening the lock " + path + ": " + std::strerror(errno), "check the rights of the data folder");
  EngineLock lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failure("locking " + path + ": " + std::strerror(errno));
    const std::string pid = written_pid(fd);
    return failure("starting on the data folder " + folder + ": an engine runs on it already, process " + (pid.empty() ? "unknown" : pid),
                   "stop it with `stratdock shutdown`, or use another data folder");
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return failure("writing the process id to " + path + ": " + std::strerror(errno), "free some space on the disk");
  }
  return lock;
}

EngineLock::EngineLock(EngineLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }

EngineLock& EngineLock::operator=(EngineLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

// The file stays: removing it would let a third process lock a new file while a second still waits on the old one.
EngineLock::~EngineLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace stratdock::store
