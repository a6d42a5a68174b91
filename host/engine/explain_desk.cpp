#include "host/engine/explain_desk.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace stratdock {
namespace {

constexpr int64_t limit_ms = 60'000;              // the plugin's own limit is shorter; this one is for a stuck machine
constexpr size_t bytes_at_once = 256 * 1'024;     // of one call of tend(): decisions are waiting

Error trouble(const char* what) { return {std::string("starting the process that asks a strategy for its chart: ") + what + ": " + std::strerror(errno), "", 0}; }

// The ask as a file in memory: nobody has to feed a pipe.
int file_of(const std::string& text) {
  const int fd = ::memfd_create("explain", MFD_CLOEXEC);
  if (fd < 0) return -1;
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t n = ::write(fd, text.data() + sent, text.size() - sent);
    if (n <= 0) return ::close(fd), -1;
    sent += static_cast<size_t>(n);
  }
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

}  // namespace

ExplainDesk::~ExplainDesk() {
  end();
  if (pid_ >= 0) ::waitpid(pid_, nullptr, 0);
}

Status ExplainDesk::begin(const std::filesystem::path& executable, const ExplainAsk& ask, int64_t now_ms) {
  const int input = file_of(encode_ask(ask));
  if (input < 0) return tl::unexpected(trouble("no memory"));
  int output[2];
  if (::pipe2(output, O_CLOEXEC) != 0) {
    const Error error = trouble("no pipe");
    ::close(input);
    return tl::unexpected(error);
  }
  ::fcntl(output[0], F_SETFL, O_NONBLOCK);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  char name[] = "stratdock", role[] = "explain-role";
  char* arguments[] = {name, role, nullptr};
  char* no_environment[] = {nullptr};
  errno = ::posix_spawn(&pid_, executable.c_str(), &actions, &attributes, arguments, no_environment);
  const bool started = errno == 0;
  const Error error = trouble(executable.c_str());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(input);
  ::close(output[1]);
  text_.clear();
  answer_.reset();
  if (!started) {
    ::close(output[0]);
    pid_ = -1;
    return tl::unexpected(error);
  }
  fd_ = output[0];
  deadline_ms_ = now_ms + limit_ms;
  return {};
}

void ExplainDesk::end() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  if (pid_ >= 0) ::kill(pid_, SIGKILL);
}

std::optional<ExplainAnswer> ExplainDesk::tend(int64_t now_ms) {
  if (idle()) return std::nullopt;
  char buffer[16'384];
  for (size_t taken = 0; fd_ >= 0 && taken < bytes_at_once;) {
    const ssize_t n = ::read(fd_, buffer, sizeof buffer);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (n > 0) text_.append(buffer, static_cast<size_t>(n)), taken += static_cast<size_t>(n);
    if (n > 0 && text_.size() <= explain_answer_limit) continue;
    answer_ = decode_answer(n > 0 ? std::string() : text_);
    end();
  }
  if (fd_ >= 0 && now_ms >= deadline_ms_) {
    answer_ = ExplainAnswer{"failed", "it took more than " + std::to_string(limit_ms / 1'000) + " s to ask the strategy for its chart", 0, "{}", ""};
    end();
  }
  // Killed or ended, it is gone in a moment; the next look finds it.
  if (fd_ >= 0 || ::waitpid(pid_, nullptr, WNOHANG) == 0) return std::nullopt;
  pid_ = -1;
  text_.clear();
  text_.shrink_to_fit();
  return std::exchange(answer_, std::nullopt);
}

}  // namespace stratdock
