#include "host/validate/child.hpp"

#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>

#include "host/plugin/crash_note.hpp"
#include "host/plugin/library.hpp"
#include "host/plugin/needed_libraries.hpp"
#include "host/plugin/sandbox.hpp"
#include "host/validate/test_table.hpp"
#include "host/validate/thread_pool.hpp"

namespace stratdock::validate {
namespace {

constexpr uint32_t thread_count = 8;
constexpr int64_t memory_limit_bytes = int64_t{1} << 30;

double process_cpu_ms() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

// One pool of memory for all threads: others would look at the machine's files when they grow, which the sandbox ends the
// process for. What is fresh is filled, so that reading what was never set shows.
void set_up_memory(uint32_t run) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_PERTURB, run == 0 ? 0x5a : 0xa5);
}

Outcome run_test(const TestSpec& test, Subject& subject) {
  try {
    return test.run(subject);
  } catch (const std::exception& error) {
    return failed(std::string("the test could not go on: ") + error.what());
  }
}

// Loads, closes the sandbox for good, and runs the test in it.
Outcome load_and_run(const TestSpec& test, const Task& task, Subject& subject, Sandbox& sandbox, Finding& finding) {
  ThreadPool* threads = nullptr;
  if (test.stage == Stage::threads) {
    subject.note("starting threads");
    threads = subject.threads = new ThreadPool(thread_count, [] { Sandbox().close_for_loading(); });
  }
  if (test.stage == Stage::file) {
    sandbox.close_for_loading();
    return run_test(test, subject);
  }
  subject.note("loading the library");
  sandbox.close_for_loading();
  const double start_ms = process_cpu_ms();
  auto library = StrategyLibrary::load(sandbox.library_path());
  sandbox.close_for_running();
  if (threads) {
    for (uint32_t i = 0; i < threads->size(); ++i) threads->run(i, [] { Sandbox().close_for_running(); });
    threads->wait();
  }
  if (!library) return failed(library.error().message);
  subject.note("asking the entry for the tables");
  if (auto opened = library->open(); !opened) return failed(opened.error().message);
  for (const StrategyInfo& info : library->describe()) finding.strategies.push_back(info.id);
  subject.load_cpu_ms = process_cpu_ms() - start_ms;
  subject.library = &library->tables();
  if (task.strategy >= library->strategies().size()) return failed("the library has fewer strategies than it had before");
  subject.strategy = library->strategies()[task.strategy];
  subject.note("");
  return run_test(test, subject);
}

}  // namespace

void put_task(MessageWriter& writer, const Task& task) {
  writer.put_text(task.file);
  writer.put_text(task.test);
  writer.put(task.strategy);
  writer.put(task.run);
  writer.put(task.seed);
  writer.put(static_cast<uint8_t>(task.quick));
  writer.put(task.namespaces);
}

bool get_task(MessageReader& reader, Task& task) {
  task.file = reader.get_text();
  task.test = reader.get_text();
  task.strategy = reader.get<uint32_t>();
  task.run = reader.get<uint32_t>();
  task.seed = reader.get<uint64_t>();
  task.quick = reader.get<uint8_t>() != 0;
  task.namespaces = reader.get<WorkerNamespaces>();
  return reader.ok();
}

int child_main(int socket_fd) {
  if (auto left = Sandbox::leave_parent(socket_fd); !left) {
    std::fprintf(stderr, "stratdock %s: %s\n", child_role, left.error().text().c_str());
    return 1;
  }
  Message message;
  if (MessageReceiver(message_limit_bytes).receive(socket_fd, message, true) != TransferResult::done || message.type != MessageType::validate_test) return 1;
  MessageReader reader(message.bytes);
  Task task;
  if (!get_task(reader, task)) return 1;
  const TestSpec* test = find_test(task.test);
  if (!test) return 1;
  set_up_memory(task.run);
  Subject subject;
  subject.file = task.file;
  subject.seed = task.seed;
  subject.quick = task.quick;
  subject.run = task.run;
  subject.note = [&](const std::string& doing) {
    MessageWriter writer;
    writer.put_text(doing);
    send_message(socket_fd, MessageType::validate_note, writer.bytes());
  };
  SandboxOptions options;
  options.library_path = task.file;
  options.memory_limit_bytes = memory_limit_bytes;
  options.namespaces = task.namespaces;
  options.makes_threads = test->stage == Stage::threads;
  load_allowed_libraries();
  if (!is_instrumented_build()) crash_note::install(socket_fd);
  Sandbox sandbox;
  sandbox.enter(options);
  subject.file = sandbox.library_path();
  Finding finding;
  finding.outcome = load_and_run(*test, task, subject, sandbox, finding);
  finding.sandbox_report = sandbox.report();
  MessageWriter writer;
  put_finding(writer, finding);
  send_message(socket_fd, MessageType::validated, writer.bytes());
  // The answer is out: what the library registered for the end of the process has no say any more.
  _exit(0);
}

}  // namespace stratdock::validate
