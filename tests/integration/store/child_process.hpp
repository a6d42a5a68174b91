// A forked child that runs one function, for tests of the store across processes.
// Thread rule: fork only from a test without threads. Invariant: the child is killed and waited for by its owner.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace stratdock::store {

class ChildProcess {
public:
  // The child runs `work` and ends without any of the parent's destructors or test reports.
  template <typename Work>
  explicit ChildProcess(const Work& work) : pid_(fork()) {
    if (pid_ < 0) std::abort();
    if (pid_ > 0) return;
    for (const int signal : {SIGABRT, SIGSEGV, SIGTERM, SIGFPE, SIGBUS}) std::signal(signal, SIG_DFL);
    _exit(work());
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() { kill_now(); }

  void kill_now() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    wait_for_end();
  }
  // The exit code; -1 where a signal ended it.
  int wait_for_end() {
    int status = 0;
    if (pid_ > 0) waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

private:
  pid_t pid_;
};

// A pipe whose ends close with it.
struct Pipe {
  Pipe() {
    if (pipe(ends) != 0) std::abort();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_read();
    close_write();
  }
  void close_read() {
    if (ends[0] >= 0) close(std::exchange(ends[0], -1));
  }
  void close_write() {
    if (ends[1] >= 0) close(std::exchange(ends[1], -1));
  }
  int ends[2] = {-1, -1};
};

}  // namespace stratdock::store
