#include "dashboard/dashboard.hpp"

#include <malloc.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "dashboard/app.hpp"
#include "dashboard/guard.hpp"
#include "dashboard/http_server.hpp"
#include "dashboard/secret_text.hpp"
#include "dashboard/watcher.hpp"

namespace stratdock::dashboard {

namespace {

constexpr int close_timeout_ms = 3'000;
constexpr rlim_t most_memory = rlim_t{1536} * 1024 * 1024;  // bytes of address space: unbounded headers end here, not in the machine's memory
constexpr uint64_t most_contained = 200;  // each leaks a connection: start anew past this many

void set_limits() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  mallopt(M_ARENA_MAX, 4);
#ifndef STRATDOCK_SANITIZE  // sanitizers reserve terabytes
  const rlimit memory{most_memory, most_memory};
  setrlimit(RLIMIT_AS, &memory);
#endif
  signal(SIGPIPE, SIG_IGN);
}

// The event streams' revs start at the clock, so that a rev of an earlier run is never mistaken for one of this.
int64_t first_rev() { return wall_clock_ms() * 1000; }

int fail(const std::string& text) {
  std::fprintf(stderr, "stratdock: dashboard: %s\n", text.c_str());
  return 1;
}

class Process {
public:
  Process(const DashboardOptions& options, Assets assets)
      : options_(options), access_(options.data_folder.string()), assets_(std::move(assets)), pool_(open_store_folder(options.data_folder.string())),
        board_(options.mode, options.version, assets_.version()), hub_(first_rev()) {}

  int run(const sigset_t& signals) {
    auto bell = store::Doorbell::listen(options_.data_folder.string(), "dashboard");
    if (bell) doorbell_.emplace(std::move(*bell));
    else spdlog::warn("dashboard: {}; looking at the store by the clock instead", bell.error().text());
    watcher_.emplace(Watcher::Neighbours{pool_, board_, hub_, [this](const std::string& key) { return access_.keep_alive(key); },
                                         doorbell_ ? doorbell_->fd() : -1, [this] { if (doorbell_) doorbell_->drain(); }});
    app_.emplace(App{options_, access_, assets_, pool_, board_, hub_, counters_, [this](int64_t id) { watcher_->announce_command(id); }, wall_clock_ms()});
    watcher_->look();
    auto server = HttpServer::open(options_.port, hooks());
    if (!server) return fail(server.error().text());
    watcher_->start();
    spdlog::info("dashboard: listening on http://127.0.0.1:{}/", options_.port);
    int signal_number = 0;
    sigwait(&signals, &signal_number);
    spdlog::info("dashboard: closing");
    // Streams first: an open one would keep the listener from closing.
    hub_.close_all();
    watcher_->stop();
    if (!(*server)->close(close_timeout_ms)) spdlog::warn("dashboard: the listener did not close in time; ending without it");
    spdlog::default_logger()->flush();
    std::fflush(nullptr);
    // The library's threads may still hold what the destructors would take away.
    _exit(0);
  }

private:
  HttpServer::Hooks hooks() {
    HttpServer::Hooks hooks;
    hooks.check = [this](const Request& request) { return check_request(request, options_.port); };
    hooks.handle = [this](Request& request) { return answer(*app_, request); };
    hooks.open_stream = [this](std::shared_ptr<EventSink> sink, const StreamWish& wish) {
      return hub_.open(std::move(sink), wish, board_.heartbeat_json(hub_.rev(), wall_clock_ms()));
    };
    hooks.await = [this](CommandWait wait, std::function<void(Response)> reply) {
      watcher_->await_command(wait.command_id, wait.timeout_ms,
                              [finish = std::move(wait.finish), reply = std::move(reply)](const auto& result) { reply(finish(result)); });
    };
    hooks.contained = [this](const std::string& what) {
      spdlog::warn("dashboard: a malformed request was contained: {}", header_safe(what));
      if (++counters_.contained > most_contained) {
        spdlog::error("dashboard: {} contained failures; starting anew", counters_.contained.load());
        _exit(1);
      }
    };
    return hooks;
  }

  const DashboardOptions& options_;
  Access access_;
  Assets assets_;
  StorePool pool_;
  Board board_;
  EventHub hub_;
  Counters counters_;
  std::optional<store::Doorbell> doorbell_;
  std::optional<Watcher> watcher_;
  std::optional<App> app_;
};

}  // namespace

int dashboard_main(const DashboardOptions& given) {
  DashboardOptions options = given;
  if (options.address != "127.0.0.1")
    return fail("listening on " + options.address + " is refused: the dashboard answers on 127.0.0.1 only. For access from outside put a TLS reverse proxy in front of it.");
  if (options.port == 0) {
    const auto port = find_free_port();
    if (!port) return fail(port.error().text());
    options.port = *port;
  }
  if (options.port < 1 || options.port > 65535) return fail("the port " + std::to_string(options.port) + " is not between 1 and 65535");
  set_limits();
  // Before any thread starts, so that all of them leave these to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto assets = Assets::open(options.web_root);
  if (!assets) return fail(assets.error().text());
  return Process(options, std::move(*assets)).run(signals);
}

}  // namespace stratdock::dashboard
