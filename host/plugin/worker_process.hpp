// One worker from the engine's side: starts the process, exchanges messages under a deadline, and says how it ended.
// Thread rule: one thread, the one that made it (the worker dies with that thread). Invariant: after the destructor the
// process is gone and reaped; no other child of the caller is ever waited for.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "host/plugin/description.hpp"
#include "host/plugin/progress_page.hpp"
#include "host/plugin/protocol.hpp"
#include "host/plugin/worker_spawn.hpp"

namespace stratdock {

struct WorkerOptions {
  std::filesystem::path executable = "/proc/self/exe";
  std::string role = "worker";  // the word that tells the executable what to be
  int64_t call_deadline_ms = 100;
  int64_t load_deadline_ms = 2'000;
  int64_t starved_factor = 5;  // a call that computes nothing may take so many deadlines: the machine is busy
  int64_t memory_limit_bytes = int64_t{1} << 30;
  bool pass_stderr = false;
  uint8_t missing_parts = 0;  // of SandboxPart: left out as if the kernel had not got them, for tests
};

// How a worker ended, as far as rule and words differ.
enum class WorkerEnd : uint8_t {
  crashed,          // a signal or an exit of its own making
  timed_out,        // we ended it: a call missed the deadline
  killed_outside,   // SIGKILL that was not ours: the kernel's memory killer or an operator
  broken_protocol   // it sent what makes no sense
};

struct WorkerDeath {
  WorkerEnd end = WorkerEnd::crashed;
  std::string cause;  // "a segmentation fault (SIGSEGV)"
};

int64_t steady_now_ms();

class WorkerProcess {
public:
  // Starts the executable as `stratdock ROLE` (see worker_spawn.hpp). Takes about a millisecond.
  static Result<std::unique_ptr<WorkerProcess>> spawn(const WorkerOptions& options);
  // What this machine lacks of the sandbox, found out by a worker without a plugin.
  static Result<std::vector<std::string>> try_sandbox(const WorkerOptions& options);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  int fd() const { return socket_fd_; }
  pid_t pid() const { return pid_; }

  // Asks the worker to load the library; the answer comes as a `loaded` message within load_deadline_ms. Where the sandbox
  // has to be complete and is not, the worker refuses before it opens the library. An empty path: it only puts up its walls.
  bool begin_load(const std::filesystem::path& library, bool needs_complete_sandbox);
  // Reads that answer. A refusal is an error with the reason; so is a death.
  Result<LibraryDescription> read_loaded(const Message& message);
  // begin_load and wait for the answer.
  Result<LibraryDescription> load(const std::filesystem::path& library, bool needs_complete_sandbox);
  const std::vector<std::string>& sandbox_report() const { return sandbox_report_; }

  // Which walls stood before its program began; a worker has to be told.
  WorkerNamespaces namespaces() const { return namespaces_; }
  // False: the worker is gone or does not read; see death().
  bool send(MessageType type, const MessageWriter& writer);
  // From now on a message may be as long as a backtest's result is.
  void expect_long_messages() { receiver_.set_limit(message_limit_bytes); }
  // Takes a message that is there already. would_block: none is.
  TransferResult poll_message(Message& message);
  // How many answers the worker has worked out since its start, received or not; its word for it.
  uint64_t answered() const { return progress_.answered(); }
  // Whether the message of a call that began at `call_start_ms` is there. Never waits.
  enum class Look : uint8_t { arrived, not_yet, failed };  // failed: died, missed the deadline, or nonsense; see pending_end()
  Look look(Message& message, int64_t call_start_ms, int64_t deadline_ms);
  // Waits for a message while a call runs, counting from `call_start_ms`. False: died, missed the deadline, or nonsense; see death().
  bool wait_message(Message& message, int64_t call_start_ms, int64_t deadline_ms);
  // Whether a call that began at `call_start_ms` is overdue: past the deadline and computing or asleep in the last fifth of
  // it, or past starved_factor deadlines. Asked again and again from next_look_ms() on. So a worker that a busy machine does not let run is not blamed for that.
  bool is_overdue(int64_t call_start_ms, int64_t deadline_ms);
  static int64_t next_look_ms(int64_t call_start_ms, int64_t deadline_ms) { return call_start_ms + deadline_ms - deadline_ms / 5; }

  // Why the last send or wait failed; for end().
  WorkerEnd pending_end() const { return pending_end_; }
  // Ends the process if it still runs, reaps it, and says how it came to its end. `reason` holds where it had not ended by itself.
  WorkerDeath end(WorkerEnd reason);
  // The same without waiting: none until it is reaped; ask again every few milliseconds.
  std::optional<WorkerDeath> try_end(WorkerEnd reason);
  // try_end() was called and has not come to its end; its socket says nothing more.
  bool is_ending() const { return end_start_ms_ != 0 && !death_; }
  bool was_killed_outside() const { return death_ && death_->end == WorkerEnd::killed_outside; }

private:
  WorkerProcess(const WorkerOptions& options, SpawnedProcess process, int socket_fd, ProgressPage progress)
      : options_(options), pid_(process.pid), namespaces_(process.namespaces), socket_fd_(socket_fd), progress_(std::move(progress)) {}
  WorkerDeath describe(int wait_status) const;
  int64_t cpu_time_ms() const;
  bool is_asleep() const;

  WorkerOptions options_;
  pid_t pid_;
  WorkerNamespaces namespaces_;
  int socket_fd_;
  ProgressPage progress_;
  MessageReceiver receiver_{answer_limit_bytes};
  std::optional<Message> crash_note_;
  bool reaped_ = false;
  bool is_stuck_ = false;  // it did not read for so long that nothing is sent to it any more
  bool is_lost_ = false;   // a look has failed
  bool is_killed_ = false; // by us
  int64_t end_start_ms_ = 0;
  std::optional<WorkerDeath> death_;
  WorkerEnd pending_end_ = WorkerEnd::crashed;  // why wait_message or send gave up
  int64_t cpu_at_check_ms_ = 0, cpu_check_start_ms_ = 0, check_ms_ = 0;
  bool asleep_at_check_ = false;
  std::vector<std::string> sandbox_report_;
};

}  // namespace stratdock
