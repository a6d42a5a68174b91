#include "host/supervisor/supervisor.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <ctime>

#include "host/config/config.hpp"
#include "host/supervisor/note.hpp"

namespace stratdock {
namespace {

constexpr int exit_configuration = 78;  // the engine's word for "somebody has to change something first"
constexpr int64_t healthy_after_ms = 10'000;
constexpr int64_t first_pause_ms = 100, longest_pause_ms = 30'000, longest_dashboard_pause_ms = 1'000;
constexpr int64_t stop_patience_ms = 20'000;

int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

void say(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  std::fflush(stderr);
}

struct Child {
  std::string name;
  std::vector<std::string> arguments;
  int64_t longest_pause_ms = 0;
  pid_t pid = -1;
  int64_t started_ms = 0, restart_at_ms = 0, pause_ms = first_pause_ms;
  int restarts = 0;
};

// Starts a role of this program. `inherited` is a descriptor it keeps, or -1.
pid_t spawn(const std::filesystem::path& executable, const std::vector<std::string>& arguments, int inherited) {
  const pid_t parent = ::getpid();
  pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (inherited >= 0) ::fcntl(inherited, F_SETFD, 0);
  std::vector<char*> words;
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  ::execv(executable.c_str(), words.data());
  ::_exit(127);
}

Status check_port(int port) {
  if (port == 0) return {};
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  int error = errno;
  ::close(fd);
  if (bound == 0) return {};
  std::string owner = port_owner(port);
  return failure("opening port " + std::to_string(port) + " on 127.0.0.1 for the dashboard: " +
                     (owner.empty() ? std::string(std::strerror(error)) : "it is taken by " + owner),
                 "end that program, or set `dashboard: {port: ...}` in the configuration");
}

class Supervisor {
public:
  Supervisor(const SupervisorOptions& options, Configuration configuration) : options_(options), configuration_(std::move(configuration)) {}
  int run(int report_fd);

private:
  bool start_engine_first(std::string& error);
  void start(Child& child);
  void reap();
  int64_t next_restart_ms() const;
  void note();
  int stop();
  std::string banner();

  const SupervisorOptions& options_;
  Configuration configuration_;
  Child engine_{.name = "engine", .arguments = {}, .longest_pause_ms = longest_pause_ms};
  Child dashboard_{.name = "dashboard", .arguments = {}, .longest_pause_ms = longest_dashboard_pause_ms};
  int64_t started_wall_ms_ = 0;
  int give_up_ = -1;
};

void Supervisor::start(Child& child) {
  child.pid = spawn(options_.executable, child.arguments, -1);
  child.started_ms = now_ms();
  child.restart_at_ms = 0;
  note();
}

void Supervisor::note() {
  SupervisorNote note;
  note.pid = ::getpid();
  note.engine_pid = engine_.pid;
  note.dashboard_pid = dashboard_.pid;
  note.port = configuration_.dashboard.port;
  note.started_ms = started_wall_ms_;
  note.engine_restarts = engine_.restarts;
  note.dashboard_restarts = dashboard_.restarts;
  note.configuration = configuration_.file.string();
  write_note(configuration_.data_folder, note);
}

// The first start waits until trading begins, so that errors reach the user at once.
bool Supervisor::start_engine_first(std::string& error) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  std::vector<std::string> arguments = engine_.arguments;
  arguments.insert(arguments.end(), {"--first-start", "--ready-fd", std::to_string(ends[1])});
  engine_.pid = spawn(options_.executable, arguments, ends[1]);
  engine_.started_ms = now_ms();
  ::close(ends[1]);
  std::string said;
  char buffer[256];
  for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) != 0;) {
    if (n < 0 && errno != EINTR) break;
    if (n > 0) said.append(buffer, static_cast<size_t>(n));
  }
  ::close(ends[0]);
  if (said.starts_with("ready")) return true;
  int status = 0;
  ::waitpid(engine_.pid, &status, 0);
  engine_.pid = -1;
  if (WIFSIGNALED(status)) error = std::string("the engine died at its start: ") + ::strsignal(WTERMSIG(status));
  return false;
}

void Supervisor::reap() {
  for (Child* child : {&engine_, &dashboard_}) {
    if (child->pid < 0) continue;
    int status = 0;
    if (::waitpid(child->pid, &status, WNOHANG) != child->pid) continue;
    const bool was_healthy = now_ms() - child->started_ms > healthy_after_ms;
    if (was_healthy) child->pause_ms = first_pause_ms;
    std::string how = WIFSIGNALED(status) ? std::string("was killed (") + ::strsignal(WTERMSIG(status)) + ")"
                                          : "ended with exit code " + std::to_string(WEXITSTATUS(status));
    child->pid = -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == exit_configuration) {
      say("stratdock: the " + child->name + " cannot run: see above");
      give_up_ = exit_configuration;
      return;
    }
    say("stratdock: the " + child->name + " " + how + "; it is started again" +
        (child->pause_ms > first_pause_ms ? " in " + std::to_string(child->pause_ms) + " ms" : ""));
    child->restart_at_ms = now_ms() + (was_healthy || child->pause_ms == first_pause_ms ? 0 : child->pause_ms);
    child->pause_ms = std::min(child->pause_ms * 2, child->longest_pause_ms);
    ++child->restarts;
  }
}

int64_t Supervisor::next_restart_ms() const {
  int64_t next = INT64_MAX;
  for (const Child* child : {&engine_, &dashboard_})
    if (child->pid < 0 && child->restart_at_ms > 0) next = std::min(next, child->restart_at_ms);
  return next;
}

std::string Supervisor::banner() {
  std::string text = "Stratdock trades in " + std::string(stratdock::text(configuration_.mode)) + " mode.\n  data folder  " + configuration_.data_folder.string() +
                     "\n  logs         " + configuration_.logs.folder.string() + "\n  plugins      " + (configuration_.data_folder / "plugins").string() +
                     "   (drop strategy files here)";
  if (!configuration_.dashboard.enabled) return text;
  const int port = configuration_.dashboard.port;
  text += "\n  dashboard    http://127.0.0.1:" + std::to_string(port);
  if (auto link = options_.setup_link(configuration_.data_folder, port)) {
    text += "\n  sign in      " + *link + "\n               (works once, for 10 minutes; another: stratdock token --link)";
    if (::getenv("SSH_CONNECTION") != nullptr)
      text += "\n  from afar    ssh -L " + std::to_string(port) + ":127.0.0.1:" + std::to_string(port) + " THIS-MACHINE   (on your own machine, then open the link there)";
  }
  return text;
}

int Supervisor::run(int report_fd) {
  timespec wall{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  started_wall_ms_ = int64_t{wall.tv_sec} * 1000 + wall.tv_nsec / 1'000'000;
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGCHLD}) sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  int signal_fd = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);

  const std::string config = configuration_.file.string();
  engine_.arguments = {"stratdock", "engine-role", config};
  dashboard_.arguments = {"stratdock", "dashboard-role", config};
  std::string error;
  if (!start_engine_first(error)) {
    if (!error.empty()) say("stratdock: " + error);
    return exit_configuration;
  }
  if (configuration_.dashboard.enabled) start(dashboard_);
  note();
  std::string greeting = banner();
  if (report_fd >= 0) {
    if (::write(report_fd, greeting.data(), greeting.size()) < 0) say(greeting);
    ::close(report_fd);
  } else {
    say(greeting + "\nCtrl-C stops it; positions and their protective orders stay.");
  }
  for (;;) {
    int64_t wait = std::clamp<int64_t>(next_restart_ms() - now_ms(), 0, 60'000);
    pollfd waits{signal_fd, POLLIN, 0};
    ::poll(&waits, 1, static_cast<int>(wait));
    signalfd_siginfo info{};
    while (::read(signal_fd, &info, sizeof info) == static_cast<ssize_t>(sizeof info))
      if (info.ssi_signo != SIGCHLD) return stop();
    reap();
    if (give_up_ >= 0) {
      stop();
      return give_up_;
    }
    for (Child* child : {&engine_, &dashboard_})
      if (child->pid < 0 && child->restart_at_ms > 0 && child->restart_at_ms <= now_ms()) start(*child);
  }
}

int Supervisor::stop() {
  for (Child* child : {&engine_, &dashboard_})
    if (child->pid > 0) ::kill(child->pid, SIGTERM);
  const int64_t until = now_ms() + stop_patience_ms;
  int result = 0;
  for (Child* child : {&engine_, &dashboard_}) {
    int status = 0;
    while (child->pid > 0 && ::waitpid(child->pid, &status, WNOHANG) == 0) {
      if (now_ms() > until) {
        say("stratdock: the " + child->name + " did not end in time and is killed; its journal is whole");
        ::kill(child->pid, SIGKILL);
        result = 1;
      }
      ::poll(nullptr, 0, 10);
    }
    child->pid = -1;
  }
  remove_note(configuration_.data_folder);
  return result;
}

// The process that stays after the terminal is gone. Returns in the child; the parent prints what it reports and exits.
int go_to_background(const Configuration& configuration) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return -1;
  std::error_code ignored;
  std::filesystem::create_directories(configuration.data_folder, ignored);
  const std::filesystem::path log = configuration.data_folder / "stratdock.log";
  pid_t pid = ::fork();
  if (pid != 0) {
    ::close(ends[1]);
    std::string report;
    char buffer[512];
    for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) report.append(buffer, static_cast<size_t>(n));
    if (report.empty()) {
      int status = 0;
      ::waitpid(pid, &status, 0);
      say("stratdock: it did not start; see " + log.string());
      ::_exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1);
    }
    say(report + "\nIt runs in the background: stratdock status, stratdock shutdown. Messages: " + log.string());
    ::_exit(0);
  }
  ::setsid();
  ::close(ends[0]);
  int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, 0);
  ::dup2(file, 1);
  ::dup2(file, 2);
  return ends[1];
}

}  // namespace

int supervise(const SupervisorOptions& options, Configuration configuration) {
  if (auto running = read_note(configuration.data_folder)) {
    say("stratdock: it runs already on the data folder " + configuration.data_folder.string() + " (pid " + std::to_string(running->pid) +
        "); stop it with `stratdock shutdown`, or name another folder with `data:` in the configuration");
    return exit_configuration;
  }
  if (configuration.dashboard.enabled)
    if (Status free = check_port(configuration.dashboard.port); !free) {
      say("stratdock: " + free.error().text());
      return exit_configuration;
    }
  int report_fd = options.detach ? go_to_background(configuration) : -1;
  return Supervisor(options, std::move(configuration)).run(report_fd);
}

}  // namespace stratdock
