#include "host/plugin/worker_spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace stratdock {
namespace {

constexpr int namespaces_but_users = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
constexpr size_t child_stack_bytes = 64 * 1024;

// Above every number that the worker's descriptors get, so that none is overwritten while they are put in place.
class HighDescriptor {
public:
  explicit HighDescriptor(int fd) : fd_(fcntl(fd, F_DUPFD_CLOEXEC, 16)) {}
  ~HighDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  HighDescriptor(const HighDescriptor&) = delete;
  HighDescriptor& operator=(const HighDescriptor&) = delete;
  int fd() const { return fd_; }

private:
  int fd_;
};

struct ChildPlan {
  const char* executable;
  int socket_fd, progress_fd;
  bool pass_stderr;
  std::string user_map, group_map;  // empty: no user namespace
  int error;                        // written by the child
  char* arguments[3];
};

char program_name[] = "stratdock";
char* const no_environment[] = {nullptr};

bool write_file(const char* path, const char* text, size_t size) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  const bool written = fd >= 0 && write(fd, text, size) == static_cast<ssize_t>(size);
  if (fd >= 0) close(fd);
  return written;
}

// Root in its own user namespace, so that after exec it can still build its file system; it drops that right itself.
bool map_users(const ChildPlan& plan) {
  return write_file("/proc/self/setgroups", "deny", 4) && write_file("/proc/self/uid_map", plan.user_map.data(), plan.user_map.size()) &&
         write_file("/proc/self/gid_map", plan.group_map.data(), plan.group_map.size());
}

bool place_descriptors(const ChildPlan& plan) {
  const int nowhere = open("/dev/null", O_RDONLY | O_CLOEXEC), away = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const int in = fcntl(nowhere, F_DUPFD_CLOEXEC, 16), out = fcntl(away, F_DUPFD_CLOEXEC, 16);
  return in >= 0 && out >= 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1 && (plan.pass_stderr || dup2(out, 2) == 2) &&
         dup2(plan.socket_fd, worker_socket_fd) == worker_socket_fd && dup2(plan.progress_fd, worker_progress_fd) == worker_progress_fd;
}

int child_main(void* argument) {
  ChildPlan& plan = *static_cast<ChildPlan*>(argument);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The worker must not inherit ignored or blocked signals.
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &by_default, nullptr);
  if ((plan.user_map.empty() || map_users(plan)) && place_descriptors(plan)) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execve(plan.executable, plan.arguments, no_environment);
  }
  plan.error = errno ? errno : EINVAL;
  _exit(127);
}

// As posix_spawn does it, with flags that posix_spawn has not: the memory is shared and this thread waits until exec.
Result<pid_t> clone_worker(ChildPlan& plan, int flags) {
  const std::unique_ptr<char[]> stack(new char[child_stack_bytes]);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  plan.error = 0;
  const pid_t pid = clone(child_main, stack.get() + child_stack_bytes, CLONE_VM | CLONE_VFORK | SIGCHLD | flags, &plan);
  const int clone_error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  const int error = pid < 0 ? clone_error : plan.error;
  if (error == 0) return pid;
  if (pid > 0) waitpid(pid, nullptr, 0);
  return failure(std::strerror(error));
}

Result<pid_t> spawn_plainly(const ChildPlan& plan) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  if (!plan.pass_stderr) posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, plan.socket_fd, worker_socket_fd);
  posix_spawn_file_actions_adddup2(&actions, plan.progress_fd, worker_progress_fd);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, plan.executable, &actions, &attributes, plan.arguments, no_environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return failure(std::strerror(error));
  return pid;
}

#ifdef STRATDOCK_SANITIZE
constexpr bool instrumented = true;  // the sanitizers' run-time does not survive between clone and exec
#else
constexpr bool instrumented = false;
#endif

}  // namespace

Result<SpawnedProcess> spawn_worker(const SpawnOptions& options) {
  const HighDescriptor socket(options.socket_fd), progress(options.progress_fd);
  std::string role = options.role;
  ChildPlan plan{options.executable.c_str(), socket.fd(), progress.fd(), options.pass_stderr, {}, {}, 0, {program_name, role.data(), nullptr}};
  if (options.try_namespaces && !instrumented) {
    plan.user_map = "0 " + std::to_string(geteuid()) + " 1";
    plan.group_map = "0 " + std::to_string(getegid()) + " 1";
    if (const auto pid = clone_worker(plan, CLONE_NEWUSER | namespaces_but_users)) return SpawnedProcess{*pid, WorkerNamespaces::all};
    plan.user_map.clear();
    if (geteuid() == 0)
      if (const auto pid = clone_worker(plan, namespaces_but_users)) return SpawnedProcess{*pid, WorkerNamespaces::all_but_users};
  }
  const auto pid = spawn_plainly(plan);
  if (!pid) return failure("starting the worker " + options.executable.string() + ": " + pid.error().text());
  return SpawnedProcess{*pid, WorkerNamespaces::none};
}

}  // namespace stratdock
