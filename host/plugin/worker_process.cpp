#include "host/plugin/worker_process.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>

#include "host/plugin/crash_note.hpp"
#include "host/plugin/decision_check.hpp"
#include "host/plugin/sandbox.hpp"

namespace stratdock {
namespace {

constexpr timeval send_limit{0, 200'000};  // of a worker that does not read
constexpr int64_t last_moment_ms = 90;  // of a process that closed its socket

std::string signal_words(int signal_number) {
  switch (signal_number) {
    case SIGSEGV: return "a segmentation fault (SIGSEGV)";
    case SIGBUS: return "a bus error (SIGBUS)";
    case SIGILL: return "an illegal instruction (SIGILL)";
    case SIGFPE: return "an arithmetic fault (SIGFPE)";
    case SIGABRT: return "an abort, as after an uncaught exception (SIGABRT)";
    case SIGSYS: return "a system call that the sandbox forbids (SIGSYS)";
    case SIGTRAP: return "a trap (SIGTRAP)";
    default: return std::string("the signal ") + strsignal(signal_number);
  }
}

}  // namespace

int64_t steady_now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::spawn(const WorkerOptions& options) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return failure(std::string("starting a worker: no socket pair: ") + std::strerror(errno));
  setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &send_limit, sizeof send_limit);
  auto progress = ProgressPage::make();
  Result<SpawnedProcess> process = progress ? spawn_worker({options.executable, pair[1], progress->fd(), options.pass_stderr,
                                                            !(options.missing_parts & part_namespaces), options.role})
                                            : tl::unexpected(progress.error());
  close(pair[1]);
  if (!process) {
    close(pair[0]);
    return tl::unexpected(process.error());
  }
  return std::unique_ptr<WorkerProcess>(new WorkerProcess(options, *process, pair[0], std::move(*progress)));
}

Result<std::vector<std::string>> WorkerProcess::try_sandbox(const WorkerOptions& options) {
  auto worker = spawn(options);
  if (!worker) return tl::unexpected(worker.error());
  Message message;
  const bool answered = (*worker)->begin_load({}, false) && (*worker)->wait_message(message, steady_now_ms(), options.load_deadline_ms);
  if (!answered) return failure("trying the plugins' sandbox: its process ended: " + (*worker)->end((*worker)->pending_end_).cause);
  (void)(*worker)->read_loaded(message);  // without a library there is nothing to describe
  return (*worker)->sandbox_report();
}

WorkerProcess::~WorkerProcess() {
  end(WorkerEnd::timed_out);
  close(socket_fd_);
}

bool WorkerProcess::begin_load(const std::filesystem::path& library, bool needs_complete_sandbox) {
  MessageWriter writer;
  writer.put_text(library.string());
  writer.put(options_.memory_limit_bytes);
  writer.put(namespaces_);
  writer.put(options_.missing_parts);
  writer.put(static_cast<uint8_t>(needs_complete_sandbox));
  return send(MessageType::load, writer);
}

Result<LibraryDescription> WorkerProcess::read_loaded(const Message& message) {
  MessageReader reader(message.bytes);
  const bool accepted = reader.get<uint8_t>() != 0;
  const std::string text = reader.get_text();
  const auto lines = reader.get<uint32_t>();
  sandbox_report_.clear();
  for (uint32_t i = 0; i < lines && i < 16 && reader.ok(); ++i) sandbox_report_.push_back(clean_text(reader.get_text(), 400));
  if (!reader.ok() || message.type != MessageType::loaded) return failure("its description of itself makes no sense");
  if (!accepted) return failure(clean_text(text, 2'048));
  if (text.size() > description_limit_bytes) return failure("its description of itself is longer than 1 MiB");
  return description_from_json(text);
}

Result<LibraryDescription> WorkerProcess::load(const std::filesystem::path& library, bool needs_complete_sandbox) {
  Message message;
  const int64_t start_ms = steady_now_ms();
  if (begin_load(library, needs_complete_sandbox) && wait_message(message, start_ms, options_.load_deadline_ms)) return read_loaded(message);
  const WorkerDeath death = end(pending_end_);
  return failure("loading it ended its process: " + death.cause);
}

bool WorkerProcess::send(MessageType type, const MessageWriter& writer) {
  if (reaped_ || is_stuck_) return false;
  const auto sent = send_message(socket_fd_, type, writer.bytes());
  if (sent == TransferResult::done) return true;
  is_stuck_ = sent == TransferResult::would_block;
  pending_end_ = is_stuck_ ? WorkerEnd::timed_out : WorkerEnd::crashed;
  is_lost_ = true;
  return false;
}

TransferResult WorkerProcess::poll_message(Message& message) {
  for (;;) {
    const auto received = receiver_.receive(socket_fd_, message, false);
    // Its end follows.
    if (received != TransferResult::done || message.type != MessageType::crash_note) return received;
    if (crash_note_) return TransferResult::broken;
    crash_note_ = message;
  }
}

WorkerProcess::Look WorkerProcess::look(Message& message, int64_t call_start_ms, int64_t deadline_ms) {
  if (is_lost_) return Look::failed;
  const auto received = poll_message(message);
  if (received == TransferResult::done) return Look::arrived;
  if (received == TransferResult::would_block) {
    if (!is_overdue(call_start_ms, deadline_ms)) return Look::not_yet;
    pending_end_ = WorkerEnd::timed_out;
  } else {
    pending_end_ = received == TransferResult::broken ? WorkerEnd::broken_protocol : WorkerEnd::crashed;
  }
  is_lost_ = true;
  return Look::failed;
}

bool WorkerProcess::wait_message(Message& message, int64_t call_start_ms, int64_t deadline_ms) {
  for (;;) {
    const Look found = look(message, call_start_ms, deadline_ms);
    if (found != Look::not_yet) return found == Look::arrived;
    pollfd waited{socket_fd_, POLLIN, 0};
    const int64_t left_ms = next_look_ms(call_start_ms, deadline_ms) - steady_now_ms();
    poll(&waited, 1, static_cast<int>(left_ms > 0 ? left_ms : 5));
  }
}

bool WorkerProcess::is_overdue(int64_t call_start_ms, int64_t deadline_ms) {
  const int64_t now_ms = steady_now_ms(), elapsed_ms = now_ms - call_start_ms;
  if (now_ms < next_look_ms(call_start_ms, deadline_ms)) return false;
  if (elapsed_ms >= options_.starved_factor * deadline_ms) return true;
  // A worker that computes on, or sleeps on, after the first look was not starved. Clocks and wakings are not exact.
  const int64_t watched_ms = deadline_ms / 5 - deadline_ms / 20;
  if (cpu_check_start_ms_ != call_start_ms) {
    cpu_check_start_ms_ = call_start_ms;
    cpu_at_check_ms_ = cpu_time_ms();
    check_ms_ = now_ms;
    asleep_at_check_ = is_asleep();
    return false;
  }
  if (elapsed_ms < deadline_ms) return false;
  if (asleep_at_check_ && now_ms - check_ms_ >= watched_ms && is_asleep()) return true;
  return cpu_time_ms() - cpu_at_check_ms_ >= watched_ms;
}

// Waiting for something other than a processor or a disk: no call into a plugin has a reason to.
bool WorkerProcess::is_asleep() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text;
  std::getline(file, text);
  const size_t name_end = text.rfind(')');  // the name before it is anything
  return name_end != std::string::npos && text.compare(name_end, 3, ") S") == 0;
}

int64_t WorkerProcess::cpu_time_ms() const {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return time.tv_sec * 1'000 + time.tv_nsec / 1'000'000;
}

WorkerDeath WorkerProcess::describe(int wait_status) const {
  const bool aborted = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == abort_exit_code && crash_note_;
  if (WIFEXITED(wait_status) && !aborted) return {WorkerEnd::crashed, "it ended the process with exit code " + std::to_string(WEXITSTATUS(wait_status))};
  const int signal_number = aborted ? SIGABRT : WTERMSIG(wait_status);
  if (signal_number == SIGKILL) return {WorkerEnd::killed_outside, "it was killed from outside (SIGKILL)"};
  return {WorkerEnd::crashed, signal_words(signal_number) + (crash_note_ ? crash_note::words(*crash_note_, signal_number) : "")};
}

std::optional<WorkerDeath> WorkerProcess::try_end(WorkerEnd reason) {
  if (death_) return death_;
  const int64_t now_ms = steady_now_ms();
  if (end_start_ms_ == 0) end_start_ms_ = now_ms;
  int status = 0;
  const pid_t found = waitpid(pid_, &status, WNOHANG);
  if (found == 0 || (found < 0 && errno == EINTR)) {
    // A process whose socket closed is about to end by itself: give it the moment it needs to say how.
    if (!is_killed_ && (reason != WorkerEnd::crashed || now_ms - end_start_ms_ >= last_moment_ms)) is_killed_ = kill(pid_, SIGKILL) == 0;
    return std::nullopt;
  }
  if (!is_killed_) {
    // Its last word may still lie in the socket, behind answers that nobody needs any more.
    for (Message rest; poll_message(rest) == TransferResult::done;) continue;
    death_ = describe(status);
  } else if (reason == WorkerEnd::timed_out) {
    death_ = WorkerDeath{reason, "it did not answer within " + std::to_string(options_.call_deadline_ms) + " ms"};
  } else {
    death_ = WorkerDeath{WorkerEnd::broken_protocol, "it sent an answer that makes no sense"};
  }
  reaped_ = true;
  return death_;
}

WorkerDeath WorkerProcess::end(WorkerEnd reason) {
  for (;;) {
    if (const auto death = try_end(reason)) return *death;
    poll(nullptr, 0, 1);
  }
}

}  // namespace stratdock
