// The worker role of the executable.
// Thread rule: called once, by the process's main thread, before any other thread exists. Invariant: no plugin code runs
// before the sandbox is up.
#pragma once

#include "host/plugin/worker_spawn.hpp"

namespace stratdock {

// Serves the engine over the socket until it closes; returns the exit code.
int worker_main(int socket_fd);

}  // namespace stratdock
