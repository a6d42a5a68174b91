#include "host/plugin/sandbox.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "host/plugin/call_filter.hpp"

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

// Landlock has no wrappers in Debian 12's libc, and its header ends at ABI 2: what newer kernels add is laid down here.
// Source: the kernel's Documentation/userspace-api/landlock.rst.
struct LandlockRuleset {
  uint64_t files, network, scopes;
};
constexpr uint64_t first_abi_files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
constexpr int abi_refer = 2, abi_truncate = 3, abi_network = 4, abi_devices = 5, abi_scopes = 6;
constexpr uint64_t file_truncate = 1u << 14, file_device_control = 1u << 15;
constexpr uint64_t network_bind_and_connect = 3, scope_abstract_sockets_and_signals = 3;

LandlockRuleset everything_of(int abi) {
  LandlockRuleset ruleset{first_abi_files, 0, 0};
  if (abi >= abi_refer) ruleset.files |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= abi_truncate) ruleset.files |= file_truncate;
  if (abi >= abi_devices) ruleset.files |= file_device_control;
  if (abi >= abi_network) ruleset.network = network_bind_and_connect;
  if (abi >= abi_scopes) ruleset.scopes = scope_abstract_sockets_and_signals;
  return ruleset;
}

// A mount of the library alone at `name` in the current folder, read-only.
bool place_library(int library_fd, const char* name) {
  const int place_fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
  if (place_fd < 0) return false;
  close(place_fd);
  mount_attr read_only{};
  read_only.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  return mount_setattr(library_fd, "", AT_EMPTY_PATH, &read_only, sizeof read_only) == 0 &&
         move_mount(library_fd, "", AT_FDCWD, name, MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

// In place of the machine's file system one that holds the library (-1: nothing) alone, without a way back. `stage` is a
// folder on which to build; it is hidden from this process only.
bool build_file_system(int library_fd, const char* stage, const char* name) {
  constexpr unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("stratdock", stage, "tmpfs", flags, "size=64k,mode=0755") == 0 && chdir(stage) == 0 &&
         (library_fd < 0 || place_library(library_fd, name)) &&
         mount(nullptr, ".", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | flags, nullptr) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
         umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

}  // namespace

bool is_instrumented_build() { return instrumented; }

Status Sandbox::leave_parent(int socket_fd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The socket pair knows who made it; in a process namespace of its own both sides of the comparison are 0.
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid != getppid())
    return failure("starting a worker: its socket does not lead to its parent process", "workers are started by the engine, not by hand");
  // The parent may have died before the first line: then its end of the socket is closed.
  pollfd parent{socket_fd, 0, 0};
  if (poll(&parent, 1, 0) != 0) return failure("starting a worker: its parent process is gone");
  clearenv();
  close_range(static_cast<unsigned>(socket_fd) + 1, ~0U, 0);
  return {};
}

void Sandbox::enter(const SandboxOptions& options) {
  options_ = options;
  library_path_ = options.library_path;
  if (instrumented) return miss("this build is instrumented by a sanitizer: its workers run without a sandbox; never release it");
  limit_resources(options.memory_limit_bytes);
  empty_file_system();
  drop_capabilities();
  // A change of credentials clears the death signal.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_DUMPABLE, 0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) miss("no_new_privs cannot be set: " + reason());
  restrict_files();
}

void Sandbox::close_for_loading() { filter_calls(true); }

void Sandbox::close_for_running() { filter_calls(false); }

void Sandbox::limit_resources(int64_t memory_limit_bytes) {
  limit(RLIMIT_AS, static_cast<rlim_t>(memory_limit_bytes));
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, 16);
  if (!options_.makes_threads) limit(RLIMIT_NPROC, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_MEMLOCK, 0);
  limit(RLIMIT_MSGQUEUE, 0);
}

void Sandbox::empty_file_system() {
  if (options_.namespaces == WorkerNamespaces::none)
    return miss("namespaces of its own for users, processes, network and files are not allowed; set the sysctls user.max_user_namespaces and "
                "user.max_net_namespaces above 0, on Debian kernel.unprivileged_userns_clone=1, on Ubuntu "
                "kernel.apparmor_restrict_unprivileged_userns=0; in a container allow unshare and mount");
  if (options_.namespaces == WorkerNamespaces::all_but_users)
    miss("namespaces of its own for users are not allowed; set the sysctl user.max_user_namespaces above 0");
  constexpr const char* name = "plugin.so";
  const bool has_library = !options_.library_path.empty();
  const int library_fd = has_library ? open_tree(AT_FDCWD, options_.library_path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC) : -1;
  const bool built = (library_fd >= 0 || !has_library) && build_file_system(library_fd, "/usr", name);
  const std::string problem = reason();
  if (library_fd >= 0) close(library_fd);
  if (built) {
    if (has_library) library_path_ = std::string("/") + name;
    return;
  }
  miss("a file system of its own cannot be made (" + problem + "); in a container allow mount and pivot_root");
}

void Sandbox::drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2]{};
  if (syscall(SYS_capset, &header, none) != 0) miss("the rights of root cannot be dropped: " + reason());
}

void Sandbox::restrict_files() {
  const auto abi = static_cast<int>(syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
  if (abi < 1 || (options_.missing_parts & part_landlock))
    return miss("landlock is not available; use Linux 5.13 or newer with landlock among the kernel's lsm= parameters");
  LandlockRuleset ruleset = everything_of(abi);
  const auto ruleset_fd = static_cast<int>(syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0));
  if (ruleset_fd < 0) return miss("landlock cannot be set up: " + reason());
  bool complete = true;
  if (!library_path_.empty()) {
    landlock_path_beneath_attr rule{};
    rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
    rule.parent_fd = open(library_path_.c_str(), O_PATH | O_CLOEXEC);
    complete = rule.parent_fd >= 0 && syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    if (rule.parent_fd >= 0) close(rule.parent_fd);
  }
  complete = syscall(SYS_landlock_restrict_self, ruleset_fd, 0) == 0 && complete;
  if (!complete) miss("landlock cannot be switched on: " + reason());
  close(ruleset_fd);
}

void Sandbox::filter_calls(bool loading) {
  if (instrumented) return;
  if (options_.missing_parts & part_call_filter) {
    if (loading) miss("the filter of system calls is not available; use a kernel with CONFIG_SECCOMP_FILTER");
    return;
  }
  if (auto loaded = load_call_filter(loading ? CallFilter::loading : CallFilter::running); !loaded) miss(loaded.error().text());
}

}  // namespace stratdock
