// Starts a worker's process: in namespaces of its own where the kernel allows that, with three descriptors to nowhere, the
// engine's socket and the progress page, no environment, and signals as they are by default.
// Thread rule: any thread; the process dies with the thread that calls. Invariant: between clone and exec the child shares
// this process's memory, so it makes system calls and nothing else.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "core/result.hpp"

namespace stratdock {

// Which walls stood before the program of the worker began; it is told, since it cannot see it.
enum class WorkerNamespaces : uint8_t {
  none,           // neither users nor root may make them here
  all_but_users,  // as root, where user namespaces are forbidden
  all             // user, pid, net, mount, ipc and host name
};

struct SpawnedProcess {
  pid_t pid = -1;
  WorkerNamespaces namespaces = WorkerNamespaces::none;
};

// Descriptor numbers of the worker.
constexpr int worker_socket_fd = 3;
constexpr int worker_progress_fd = 4;

struct SpawnOptions {
  std::filesystem::path executable;
  int socket_fd = -1, progress_fd = -1;
  bool pass_stderr = false;
  bool try_namespaces = true;  // false: as on a machine that has none (for tests)
  std::string role = "worker"; // the word that tells the executable what to be
};

// Runs `executable` as "stratdock ROLE". Takes about a millisecond.
Result<SpawnedProcess> spawn_worker(const SpawnOptions& options);

}  // namespace stratdock
