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

Status check_values(const StrategyInfo& strategy, const std::vector<ParameterValue>& values) {
  if (values.size() != strategy.parameters.size())
    return failure("strategy " + strategy.id + " has " + std::to_string(strategy.parameters.size()) + " parameters; " +
                       std::to_string(values.size()) + " values were given",
                   "give every value, in the schema's order");
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i].index() != strategy.parameters[i].default_value.index())
      return failure("parameter " + strategy.parameters[i].key + " of strategy " + strategy.id + " has another type");
  return {};
}

}  // namespace

const char* text(AnswerKind kind) {
  constexpr const char* names[] = {"ok", "failed", "crashed", "timed out", "quarantined", "no plugin"};
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

Status PluginHost::State::start_worker(PluginSlot& slot) {
  int& failures = load_failures[slot.runner->version().sha256];
  if (failures >= load_failure_limit) return failure("plugin " + slot.file + " failed to load three times in a row", "repair the file or release it");
  Status started = slot.runner->start();
  failures = started ? 0 : failures + slot.runner->failed_to_load();
  if (failures >= load_failure_limit) quarantine_plugin(slot, "it failed to load three times in a row: " + started.error().text());
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

std::vector<int> PluginHost::fds() const { return {state_->epoll_fd}; }

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
  state.arm_timer();
}

std::vector<PluginEvent> PluginHost::take_events() {
  auto news = state_->catalog.take_events();
  state_->events.insert(state_->events.end(), std::make_move_iterator(news.begin()), std::make_move_iterator(news.end()));
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

Result<InstanceRequirements> PluginHost::create_instance(const InstanceSpec& spec) {
  State& state = *state_;
  STRATDOCK_CHECK(!state.records.contains(spec.instance_id) && spec.instance_id != 0 && spec.interval_ms > 0);
  std::string id;
  const auto version = state.find_version(spec.strategy_id, id);
  if (!version)
    return failure("creating an instance of strategy " + spec.strategy_id + ": no plugin offers it", "`stratdock strategy list` shows what there is");
  const StrategyInfo& strategy = *version->find(id);
  if (auto checked = check_values(strategy, spec.values); !checked) return tl::unexpected(checked.error());
  PluginSlot* slot = state.find_slot(version->file);
  if (slot && !slot->quarantine.empty()) return failure("plugin " + slot->file + " is quarantined: " + slot->quarantine, "repair the file or release it");
  if (!slot) {
    slot = state.slots.emplace_back(std::make_unique<PluginSlot>()).get();
    slot->file = version->file;
    slot->runner = std::make_unique<PluginRunner>(version, state.worker_options(), state.book);
  }
  slot->swap.reset();  // begun anew below, with the new instance
  HeldRecord& held = state.records[spec.instance_id];
  held.slot = slot;
  held.record.spec = spec;
  held.record.spec.strategy_id = id;
  for (const auto& parameter : strategy.parameters) held.record.keys.push_back(parameter.key);
  slot->instance_ids.insert(spec.instance_id);
  ++state.book.at(held.record.series()).users;
  Result<InstanceRequirements> needs;
  for (;;) {
    std::optional<Fault> fault;
    const Status started = state.start_worker(*slot);
    needs = started ? slot->runner->add(held.record, fault) : Result<InstanceRequirements>(tl::unexpected(started.error()));
    if (started) state.note_sandbox(slot->runner->sandbox_report());
    if (!fault || !state.book_fault(*slot, *fault)) break;
  }
  if (needs)
    held.record.requirements = *needs;
  else
    destroy_instance(spec.instance_id);
  state.consider_swaps();
  return needs;
}

Status PluginHost::change_instance(int64_t instance_id, std::vector<ParameterValue> values) {
  State& state = *state_;
  const auto found = state.records.find(instance_id);
  if (found == state.records.end()) return failure("changing parameters: there is no such instance");
  InstanceRecord& record = found->second.record;
  PluginSlot& slot = *found->second.slot;
  const StrategyInfo* strategy = slot.runner->version().find(record.spec.strategy_id);
  STRATDOCK_CHECK(strategy != nullptr);
  if (auto checked = check_values(*strategy, values); !checked) return checked;
  slot.swap.reset();  // begun anew below, with the new values
  Member* member = slot.runner->find(instance_id);
  Status result;
  if (member != nullptr && member->created && slot.runner->has_worker()) {
    std::optional<Fault> fault;
    const Result<bool> changed = slot.runner->change(*member, values, fault);
    if (fault) (void)state.book_fault(slot, *fault);
    if (!changed) result = tl::unexpected(changed.error());
    else if (!*changed) member->created = member->fed = false;
  }
  if (result) record.spec.values = std::move(values);
  state.consider_swaps();
  return result;
}

void PluginHost::destroy_instance(int64_t instance_id) {
  State& state = *state_;
  const auto found = state.records.find(instance_id);
  if (found == state.records.end()) return;
  PluginSlot& slot = *found->second.slot;
  const SeriesKey key = found->second.record.series();
  if (slot.swap) slot.swap.reset();  // its feeding holds the instance; begun anew below
  if (const auto fault = slot.runner->remove(instance_id)) state.book_fault(slot, *fault);
  slot.instance_ids.erase(instance_id);
  state.records.erase(found);
  state.faults.forgive_instance(instance_id);
  state.book.release(key);
  state.drop_if_unused(slot);
  state.consider_swaps();
}

void PluginHost::append_candles(std::string_view symbol, int64_t interval_ms, const CandleSeries& rows) {
  State& state = *state_;
  STRATDOCK_CHECK(rows.interval_ms() == interval_ms);
  const SeriesKey key{std::string(symbol), interval_ms};
  BookedSeries* booked = state.book.find(key);
  if (!booked) return;
  const size_t first = SeriesBook::append(*booked, rows);
  if (first == rows.size()) return;
  for (const auto& slot : state.slots) {
    slot->runner->append(key, rows, first);
    if (slot->swap && slot->swap->runner) slot->swap->runner->append(key, rows, first);
  }
}

Status PluginHost::release_instance(int64_t instance_id) {
  const auto found = state_->records.find(instance_id);
  if (found == state_->records.end() || found->second.record.quarantine.empty())
    return failure("releasing instance " + std::to_string(instance_id) + ": it is not quarantined");
  found->second.record.quarantine.clear();
  state_->faults.forgive_instance(instance_id);
  state_->tell(PluginEventKind::released, *found->second.slot, &found->second.record, "released by hand");
  return {};
}

Status PluginHost::release_plugin(const std::string& plugin_file) {
  PluginSlot* slot = state_->find_slot(plugin_file);
  if (slot) state_->load_failures.erase(slot->runner->version().sha256);
  if (!slot || slot->quarantine.empty()) return failure("releasing plugin " + plugin_file + ": it is not quarantined");
  state_->end_quarantines(*slot, "released by hand");
  return {};
}

}  // namespace stratdock
