// The process that runs one test: it puts up a worker's sandbox, loads the library, runs the test and says what it found.
// Thread rule: called once, by the process's main thread, before any other thread exists. Invariant: no code of the library
// runs outside of the sandbox, and every thread has the sandbox's filter.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/plugin/protocol.hpp"
#include "host/plugin/worker_spawn.hpp"
#include "host/validate/outcome.hpp"

namespace stratdock::validate {

constexpr const char* child_role = "validate-worker";

// What the parent asks of a child, and what it gets. Of a parent's end, all of the answer is the library's word.
struct Task {
  std::string file;  // absolute
  std::string test;
  uint32_t strategy = 0;  // its place in the library
  uint32_t run = 0;
  uint64_t seed = 1;
  bool quick = false;
  WorkerNamespaces namespaces = WorkerNamespaces::none;
};
struct Finding {
  Outcome outcome;
  std::vector<std::string> strategies;      // ids, in the library's order
  std::vector<std::string> sandbox_report;  // what of the sandbox this machine lacks
};

void put_task(MessageWriter& writer, const Task& task);
bool get_task(MessageReader& reader, Task& task);
void put_finding(MessageWriter& writer, const Finding& finding);
// False when the bytes make no sense. Texts are cleaned.
bool get_finding(MessageReader& reader, Finding& finding);

// Returns the exit code; the parent passes the socket as descriptor 3.
int child_main(int socket_fd);

}  // namespace stratdock::validate
