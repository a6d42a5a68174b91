#include "host/plugin/plugin_host.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/check.hpp"
#include "host/plugin/plugin_host_state.hpp"

namespace stratdock {
namespace {

constexpr long timer_interval_ns = 5'000'000;
constexpr int64_t swap_budget_ms = 10;

}  // namespace

const char* text(AnswerKind kind) {
  constexpr const char* names[] = {"ok", "failed", "crashed", "timed out", "quarantined", "no plugin", "refused"};
  return names[static_cast<size_t>(kind)];
}

const char* text(PluginEventKind kind) {
  constexpr const char* names[] = {"catalog changed",      "plugin refused",       "instance failed",    "instance crashed",
                                   "instance timed out",   "instance quarantined", "plugin quarantined", "worker lost",
                                   "newer version in use", "newer version refused", "released",          "sandbox reduced"};
  return names[static_cast<size_t>(kind)];
}

PluginHost::State::State(PluginHostOptions given, CandleHistory& candle_history)
    : options(std::move(given)), history(candle_history), catalog(options.plugin_folders, options.cache_folder, worker_options(), options.trust) {}

PluginHost::State::~State() {
  if (epoll_fd >= 0) close(epoll_fd);
  if (timer_fd >= 0) close(timer_fd);
}

WorkerOptions PluginHost::State::worker_options() const {
  WorkerOptions worker;
  worker.executable = options.worker_executable;
  worker.call_deadline_ms = options.call_deadline_ms;
  worker.memory_limit_bytes = options.memory_limit_bytes;
  worker.pass_stderr = options.pass_worker_stderr;
  worker.missing_parts = options.missing_sandbox_parts;
  return worker;
}

PluginSlot* PluginHost::State::find_slot(const std::string& file) const {
  for (const auto& slot : slots)
    if (slot->file == file) return slot.get();
  return nullptr;
}

// While a newer version waits or was refused, what counts is the one that decides.
std::shared_ptr<const PluginVersion> PluginHost::State::version_in_force(const std::string& file, const Catalog::Entry& entry) const {
  const PluginSlot* slot = find_slot(file);
  return slot ? slot->runner->shared_version() : entry.version;
}

std::shared_ptr<const PluginVersion> PluginHost::State::find_version(std::string_view id_or_alias, std::string& full_id) const {
  for (const auto& [file, entry] : catalog.entries()) {
    const auto version = version_in_force(file, entry);
    if (!version) continue;
    for (const auto& strategy : version->strategies)
      if (strategy.id == id_or_alias || std::find(strategy.aliases.begin(), strategy.aliases.end(), id_or_alias) != strategy.aliases.end())
        return full_id = strategy.id, version;
  }
  return nullptr;
}

void PluginHost::State::tell(PluginEventKind kind, const PluginSlot& slot, const InstanceRecord* record, std::string cause) {
  events.push_back({kind, slot.file, slot.runner->version().sha256, record ? record->spec.strategy_id : std::string(),
                    record ? record->spec.instance_id : 0, std::move(cause)});
}

Status PluginHost::State::may_start(const PluginSlot& slot) const {
  const auto failures = load_failures.find(slot.runner->version().sha256);
  if (failures == load_failures.end() || failures->second < load_failure_limit) return {};
  return failure("plugin " + slot.file + " failed to load three times in a row", "repair the file or release it");
}

void PluginHost::State::note_start(PluginSlot& slot, const Status& started) {
  int& failures = load_failures[slot.runner->version().sha256];
  failures = started ? 0 : failures + slot.runner->failed_to_load();
  if (failures >= load_failure_limit) quarantine_plugin(slot, "it failed to load three times in a row: " + started.error().text());
}

Status PluginHost::State::start_worker(PluginSlot& slot) {
  if (slot.runner->has_worker()) return {};
  if (Status allowed = may_start(slot); !allowed) return allowed;
  Status started = slot.runner->start();
  note_start(slot, started);
  return started;
}

void PluginHost::State::note_sandbox(const std::vector<std::string>& report) {
  if (sandbox_told || report.empty()) return;
  sandbox_told = true;
  sandbox_report = report;
  std::string cause;
  for (const auto& line : report) cause += (cause.empty() ? "" : "; ") + line;
  events.push_back({PluginEventKind::sandbox_reduced, {}, {}, {}, 0, cause});
}

void PluginHost::State::drop_if_unused(PluginSlot& slot) {
  if (slot.instance_ids.empty()) std::erase_if(slots, [&](const auto& other) { return other.get() == &slot; });
}

void PluginHost::State::arm_timer() {
  bool swapping = false;
  for (const auto& slot : slots) swapping = swapping || slot->swap;
  itimerspec when{};
  if (swapping || catalog.is_probing()) when.it_value.tv_nsec = when.it_interval.tv_nsec = timer_interval_ns;
  timerfd_settime(timer_fd, 0, &when, nullptr);
}

PluginHost::PluginHost(PluginHostOptions options, CandleHistory& history) : state_(std::make_unique<State>(std::move(options), history)) {}

PluginHost::~PluginHost() = default;

Status PluginHost::start() {
  State& state = *state_;
  if (auto started = state.catalog.start(); !started) return started;
  state.note_sandbox(state.catalog.sandbox_report());
  state.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  state.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  if (state.epoll_fd < 0 || state.timer_fd < 0 || epoll_ctl(state.epoll_fd, EPOLL_CTL_ADD, state.timer_fd, &event) != 0 ||
      epoll_ctl(state.epoll_fd, EPOLL_CTL_ADD, state.catalog.watch_fd(), &event) != 0)
    return failure(std::string("watching the plugin folders: ") + std::strerror(errno));
  return {};
}

std::vector<int> PluginHost::fds() const {
  std::vector<int> fds{state_->epoll_fd};
  if (state_->round) state_->round->add_fds(fds);
  return fds;
}

void PluginHost::on_readable() {
  State& state = *state_;
  uint64_t ticks = 0;
  [[maybe_unused]] const ssize_t ignored = read(state.timer_fd, &ticks, sizeof ticks);
  state.catalog.on_readable();
  state.note_sandbox(state.catalog.sandbox_report());
  auto news = state.catalog.take_events();
  const bool changed = !news.empty();
  state.events.insert(state.events.end(), std::make_move_iterator(news.begin()), std::make_move_iterator(news.end()));
  if (changed) state.consider_swaps();
  state.advance_swaps(swap_budget_ms);
  if (state.round) state.round->advance(round_budget_ms);
  state.arm_timer();
}

bool PluginHost::has_events() {
  auto news = state_->catalog.take_events();
  state_->events.insert(state_->events.end(), std::make_move_iterator(news.begin()), std::make_move_iterator(news.end()));
  return !state_->events.empty();
}

std::vector<PluginEvent> PluginHost::take_events() {
  (void)has_events();
  return std::exchange(state_->events, {});
}

std::vector<PluginInfo> PluginHost::plugins() const {
  std::vector<PluginInfo> result;
  const auto fill = [](PluginInfo& info, const PluginVersion& version) {
    info.sha256 = version.sha256;
    info.build_info = version.build_info;
    info.strategies = version.strategies;
  };
  for (const auto& [file, entry] : state_->catalog.entries()) {
    PluginInfo& info = result.emplace_back();
    info.file = file;
    info.sha256 = entry.seen_sha256;
    info.reason = entry.reason;
    const auto version = state_->version_in_force(file, entry);
    if (version) fill(info, *version);
    info.state = entry.being_copied ? PluginState::being_copied : version ? PluginState::ready : PluginState::refused;
    const PluginSlot* slot = state_->find_slot(file);
    if (slot && info.reason.empty()) info.reason = slot->swap_refusal;
    if (slot && !slot->quarantine.empty()) info.state = PluginState::quarantined, info.reason = slot->quarantine;
  }
  for (const auto& slot : state_->slots) {
    if (state_->catalog.entries().contains(slot->file)) continue;
    PluginInfo& info = result.emplace_back();
    info.file = slot->file;
    fill(info, slot->runner->version());
    info.state = slot->quarantine.empty() ? PluginState::ready : PluginState::quarantined;
    info.reason = slot->quarantine.empty() ? "its file was removed; its bots go on with the copy until the next start" : slot->quarantine;
  }
  return result;
}

std::map<std::string, int> PluginHost::worker_pids() const {
  std::map<std::string, int> pids;
  for (const auto& slot : state_->slots)
    if (slot->runner->worker_pid() > 0) pids.emplace(slot->file, slot->runner->worker_pid());
  return pids;
}

std::vector<StrategyInfo> PluginHost::strategies() const {
  std::vector<StrategyInfo> result;
  for (const auto& [file, entry] : state_->catalog.entries()) {
    const PluginSlot* slot = state_->find_slot(file);
    const auto version = state_->version_in_force(file, entry);
    if (version && (!slot || slot->quarantine.empty())) result.insert(result.end(), version->strategies.begin(), version->strategies.end());
  }
  std::sort(result.begin(), result.end(), [](const auto& one, const auto& other) { return one.id < other.id; });
  return result;
}

std::optional<StrategyInfo> PluginHost::find_strategy(std::string_view id_or_alias) const {
  std::string id;
  const auto version = state_->find_version(id_or_alias, id);
  return version ? std::optional(*version->find(id)) : std::nullopt;
}

std::optional<std::filesystem::path> PluginHost::library_of(std::string_view id_or_alias) const {
  std::string id;
  const auto version = state_->find_version(id_or_alias, id);
  return version ? std::optional(version->library_path) : std::nullopt;
}

std::vector<std::string> PluginHost::sandbox_report() const { return state_->sandbox_report; }

}  // namespace stratdock
