// What a worker can still say when its plugin makes it crash: the signal, the forbidden system call, where it was.
// Thread rule: install() once, by the worker's only thread. Invariant: the handler makes system calls and touches memory
// that exists, nothing else; the note is the plugin's word, shown to people and never acted upon.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"
#include "host/plugin/protocol.hpp"

namespace stratdock {

// An abort in a process namespace of its own cannot end the process by SIGABRT: the kernel spares the first process. It ends
// with this exit code instead, which the engine reads as that signal.
constexpr int abort_exit_code = 134;

namespace crash_note {

// Signals are caught on a stack of their own, so that an overflown one is no obstacle. Before the sandbox is closed.
void install(int socket_fd);
// The engine's side: " in openat, at plugin.so+0x1234 < stratdock+0x99"; empty where the note makes no sense or is of another signal.
std::string words(const Message& note, int signal_number);

}  // namespace crash_note
}  // namespace stratdock
