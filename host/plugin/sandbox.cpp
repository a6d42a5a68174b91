#include "host/plugin/sandbox.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace stratdock {
namespace {

#ifdef STRATDOCK_SANITIZE
constexpr bool instrumented = true;  // the sanitizers' own needs do not fit behind these walls
#else
constexpr bool instrumented = false;
#endif

std::string reason() { return std::strerror(errno); }

void limit(int resource, rlim_t value) {
  const rlimit limits{value, value};
  setrlimit(static_cast<__rlimit_resource>(resource), &limits);
}

// Landlock has no wrappers in Debian 12's libc. ABI 1 is all that is used.
constexpr uint64_t landlock_all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
constexpr uint64_t landlock_load = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;

void allow_path(int ruleset_fd, const char* path, uint64_t access) {
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0) return;  // a folder this machine has not: nothing to allow
  syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close(rule.parent_fd);
}

}  // namespace

Status Sandbox::leave_parent(int socket_fd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the line above; the socket pair knows who made it.
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid != getppid())
    return failure("starting a worker: its socket does not lead to its parent process", "workers are started by the engine, not by hand");
  clearenv();
  close_range(static_cast<unsigned>(socket_fd) + 1, ~0U, 0);
  return {};
}

void Sandbox::enter(const SandboxOptions& options) {
  if (instrumented) return miss("this build is instrumented by a sanitizer: its workers run without a sandbox; never release it");
  limit_resources(options.memory_limit_bytes);
  enter_namespaces();
  // Entering a user namespace changes credentials, and that clears the death signal.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_DUMPABLE, 0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) miss("no_new_privs cannot be set: " + reason());
  restrict_files(options.library_path);
}

void Sandbox::close_for_loading() {
  if (!instrumented) filter_calls(true);
}

void Sandbox::close_for_running() {
  if (!instrumented) filter_calls(false);
}

void Sandbox::limit_resources(int64_t memory_limit_bytes) {
  limit(RLIMIT_AS, static_cast<rlim_t>(memory_limit_bytes));
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, 16);
  limit(RLIMIT_MEMLOCK, 0);
  limit(RLIMIT_MSGQUEUE, 0);
}

void Sandbox::enter_namespaces() {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) == 0) return;
  miss("namespaces of its own for users and network are not allowed (" + reason() +
       "); set sysctl kernel.unprivileged_userns_clone=1 and user.max_user_namespaces above 0, and on Ubuntu "
       "kernel.apparmor_restrict_unprivileged_userns=0");
}

void Sandbox::restrict_files(const std::filesystem::path& library_path) {
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = landlock_all;
  const auto ruleset_fd = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
  if (ruleset_fd < 0)
    return miss("landlock is not available (" + reason() + "); use Linux 5.13 or newer with lsm=landlock among the kernel's parameters");
  allow_path(ruleset_fd, library_path.parent_path().c_str(), landlock_load);
  for (const char* folder : {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"}) allow_path(ruleset_fd, folder, landlock_load);
  allow_path(ruleset_fd, "/etc/ld.so.cache", LANDLOCK_ACCESS_FS_READ_FILE);
  if (syscall(SYS_landlock_restrict_self, ruleset_fd, 0) != 0) miss("landlock cannot be switched on: " + reason());
  close(ruleset_fd);
}

void Sandbox::filter_calls(bool loading) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (!filter) return miss("the filter of system calls cannot be made");
  bool complete = true;
  const auto allow = [&](int call) { complete = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0 && complete; };
  const auto refuse = [&](int call, int error) { complete = seccomp_rule_add(filter, SCMP_ACT_ERRNO(static_cast<uint32_t>(error)), call, 0) == 0 && complete; };
  for (int call : {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(sendto),
                   SCMP_SYS(futex), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(exit), SCMP_SYS(exit_group),
                   SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(clock_gettime), SCMP_SYS(getrandom),
                   SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(sched_yield)})
    allow(call);
  // abort() must end the process as SIGABRT: the cause that people read.
  complete = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 2, SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid())),
                              SCMP_A2(SCMP_CMP_EQ, SIGABRT)) == 0 && complete;
  if (loading) {
    for (int call : {SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(pread64), SCMP_SYS(close), SCMP_SYS(mmap),
                     SCMP_SYS(mprotect), SCMP_SYS(getcwd), SCMP_SYS(readlink), SCMP_SYS(prctl), SCMP_SYS(seccomp)})
      allow(call);
    refuse(SCMP_SYS(ioctl), ENOTTY);
  } else {
    const auto allow_unless_code = [&](int call) {
      complete = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 && complete;
    };
    allow_unless_code(SCMP_SYS(mmap));
    allow_unless_code(SCMP_SYS(mprotect));
    // printf asks these about its terminal: harmless to refuse, hard on authors to kill for.
    for (int call : {SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek)}) refuse(call, ENOSYS);
    refuse(SCMP_SYS(ioctl), ENOTTY);
  }
  if (!complete || seccomp_load(filter) != 0) miss("the filter of system calls cannot be switched on; the kernel needs CONFIG_SECCOMP_FILTER");
  seccomp_release(filter);
}

}  // namespace stratdock
