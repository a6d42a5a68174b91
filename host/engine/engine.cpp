// The loop: one thread that waits for the next candle, a doorbell, a changed file or the end.
#include <poll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>

#include "host/engine/engine_state.hpp"

namespace stratdock {
namespace {

constexpr int64_t batch_ms = 50;       // at full speed: what one transaction may gather
constexpr int64_t longest_wait_ms = 250;
constexpr int64_t catch_up_ms = 5'000;  // further behind than this, the market's clock is tied anew

void say(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  std::fflush(stderr);
}

class Descriptor {
public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { if (fd_ >= 0) ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

private:
  int fd_;
};

}  // namespace

int64_t Engine::next_due_ms() const {
  if (!next_step_) return INT64_MAX;
  if (configuration_.market.speed.kind == Speed::Kind::full || configuration_.market.source == MarketSource::exchange) return 0;
  double ahead = static_cast<double>(next_step_->close_time_ms - pace_position_ms_) / configuration_.market.speed.factor;
  return pace_clock_ms_ + static_cast<int64_t>(ahead);
}

void Engine::say_ready(const std::string& text) {
  if (options_.ready_fd < 0) return;
  std::string line = text + "\n";
  for (size_t sent = 0; sent < line.size();) {
    ssize_t n = ::write(options_.ready_fd, line.data() + sent, line.size() - sent);
    if (n <= 0) break;
    sent += static_cast<size_t>(n);
  }
  ::close(options_.ready_fd);
  options_.ready_fd = -1;
}

// What the exchange tells between steps: a stop-loss that was hit, a BUY that filled.
Status Engine::book_news() {
  if (Status begun = begin_batch(); !begun) return begun;
  account_->set_time(std::max(account_->now_ms(), position_ms_));
  if (Status settled = settle(); !settled) return settled;
  return commit_batch();
}

int Engine::run() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  Descriptor signal_fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  // The folder, not the file: editors replace it.
  Descriptor watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  ::inotify_add_watch(watch.get(), configuration_.file.parent_path().c_str(), IN_CLOSE_WRITE | IN_MOVED_TO);

  pace_clock_ms_ = steady_clock_ms();
  pace_position_ms_ = position_ms_;
  publish_live(true);
  say_ready("ready");

  auto fail = [&](const Error& error) {
    say("stratdock engine: " + error.text());
    journal_->rollback();
    return exit_failed;
  };
  if (!deferred_.empty()) {
    if (Status begun = begin_batch(); !begun) return fail(begun.error());
    if (Status handled = handle_deferred(); !handled) return fail(handled.error());
  }
  if (Status handled = handle_commands(); !handled) return fail(handled.error());
  int64_t commands_looked_at_ms = steady_clock_ms();
  for (bool stopping = false; !stopping;) {
    if (!next_step_ && !market_ended_ && !round_ && source_->ready()) {
      MarketStep step;
      auto more = source_->next(step);
      if (!more) return fail(more.error());
      if (*more) {
        next_step_ = std::move(step);
      } else {
        market_ended_ = true;
        if (Status begun = begin_batch(); !begun) return fail(begun.error());
        recorder_->alarm(nullptr, "MARKET_ENDED", "the recorded market is at its end");
        if (Status committed = commit_batch(); !committed) return fail(committed.error());
        publish_live(true);
      }
    }
    if (!round_)
      if (Status tended = tend_market(); !tended) return fail(tended.error());
    int64_t now = steady_clock_ms();
    int64_t due = next_due_ms();
    bool step_now = due <= now && !round_;
    if (step_now) {
      if (now - due > catch_up_ms && due > 0) {
        pace_clock_ms_ = now;
        pace_position_ms_ = next_step_->close_time_ms;
      }
      if (Status stepped = step(); !stepped) return fail(stepped.error());
      bool gathering = !round_ && configuration_.market.speed.kind == Speed::Kind::full && steady_clock_ms() - batch_began_ms_ < batch_ms;
      if (!gathering)
        if (Status committed = commit_batch(); !committed) return fail(committed.error());
    }
    publish_live(false);
    tend_explanations();

    std::vector<pollfd> waits{{signal_fd.get(), POLLIN, 0}, {doorbell_->fd(), POLLIN, 0}, {watch.get(), POLLIN, 0}};
    for (int fd : plugins_->fds()) waits.push_back({fd, POLLIN, 0});
    const size_t plugin_end = waits.size();
    for (int fd : {source_->fd(), explain_desk_.fd()})
      if (fd >= 0) waits.push_back({fd, POLLIN, 0});
    int64_t wait = step_now ? 0 : std::clamp<int64_t>(due - now, 0, longest_wait_ms);
    if (round_) wait = std::min(longest_wait_ms, plugins_->round_wait_ms());
    if (::poll(waits.data(), waits.size(), static_cast<int>(wait)) < 0) continue;
    if (!round_ && venue_->has_news())
      if (Status booked = book_news(); !booked) return fail(booked.error());
    // A ring can be lost; a command cannot: the queue is looked at now and then without one.
    const int64_t looked_ago = steady_clock_ms() - commands_looked_at_ms;
    if (waits[1].revents != 0 || looked_ago >= longest_wait_ms) {
      commands_looked_at_ms = steady_clock_ms();
      doorbell_->drain();
      const int64_t before = last_command_id_;
      if (Status handled = handle_commands(); !handled) return fail(handled.error());
      if (last_command_id_ != before) publish_live(true);
    }
    if (waits[2].revents != 0) {
      alignas(inotify_event) char buffer[4096];
      bool ours = false;
      for (ssize_t n; (n = ::read(watch.get(), buffer, sizeof buffer)) > 0;)
        for (ssize_t at = 0; at < n;) {
          auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
          ours = ours || (event->len > 0 && configuration_.file.filename() == event->name);
          at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
        }
      reload_wanted_ = reload_wanted_ || ours;
    }
    // It may need the plugins; and a decision under way is of the bots as they were.
    if (reload_wanted_ && !round_) {
      reload_wanted_ = false;
      if (Status begun = begin_batch(); !begun) return fail(begun.error());
      reload_configuration();
      if (Status committed = commit_batch(); !committed) return fail(committed.error());
    }
    bool plugin_news = std::any_of(waits.begin() + 3, waits.begin() + static_cast<std::ptrdiff_t>(plugin_end), [](const pollfd& w) { return w.revents != 0; });
    if (plugin_news || round_)
      if (Status served = serve_plugins(); !served) return fail(served.error());
    if (waits[0].revents != 0) {
      signalfd_siginfo info{};
      while (::read(signal_fd.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) stopping = stopping || info.ssi_signo != SIGHUP;
    }
  }
  if (Status committed = commit_batch(); !committed) return fail(committed.error());
  if (live_->begin()) {
    publish_health("stopping");
    (void)live_->commit();
  }
  std::string open;
  for (auto& [id, bot] : account_->bots()) {
    if (bot.is_flat()) continue;
    open += "\n  " + bot.settings.name + ": " + bot.quantity.text() + " of " + bot.symbol + ", stop-loss " + (bot.stop_price ? bot.stop_price->text() : "-") + ", take-profit " +
            (bot.take_price ? bot.take_price->text() : "-") + " (" + std::string(text(bot.protection)) + ")";
  }
  say(open.empty() ? "Stopped. No position is open." : "Stopped. These positions stay open, with their protective orders:" + open);
  return exit_stopped;
}

Status Engine::serve_plugins() {
  plugins_->on_readable();
  const bool is_over = round_ && (!round_->is_begun || plugins_->round_over());
  if (!is_over && !plugins_->has_events()) return {};
  if (Status begun = begin_batch(); !begun) return begun;
  if (is_over) {
    if (Status ended = end_round(); !ended) return ended;
    if (Status handled = handle_deferred(); !handled) return handled;
  } else {
    on_plugin_events();
  }
  if (Status committed = commit_batch(); !committed) return committed;
  publish_live(true);
  return {};
}

int engine_main(const EngineOptions& options) {
  // Bots go on while the supervisor lives, not longer: it starts everything again from the journal.
  auto configuration = load_configuration(options.configuration_file, process_environment());
  if (!configuration) {
    say(errors_text(configuration.error()));
    return exit_configuration;
  }
  Engine engine(options, std::move(*configuration));
  if (Status opened = engine.open(); !opened) {
    say("stratdock engine: " + opened.error().text());
    return options.first_start ? exit_configuration : exit_failed;
  }
  return engine.run();
}

}  // namespace stratdock
