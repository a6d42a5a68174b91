// Rounds of decisions as the engine sees them, and what happens to plugins that fail in them.
#include <algorithm>

#include "core/check.hpp"
#include "host/plugin/plugin_host_state.hpp"

namespace stratdock {
namespace {

constexpr int64_t swap_budget_ms = 5;

}  // namespace

void PluginHost::begin_round(std::vector<EvaluateRequest> requests, FeedProvider feeds) {
  STRATDOCK_CHECK(!state_->round);
  state_->advance_swaps(swap_budget_ms);
  state_->round = std::make_unique<Round>(*state_, std::move(requests), std::move(feeds));
}

bool PluginHost::round_over() const { return state_->round && state_->round->is_over(); }

bool PluginHost::wait_round(int64_t limit_ms) {
  STRATDOCK_CHECK(state_->round);
  Round& round = *state_->round;
  const int64_t end_ms = steady_now_ms() + limit_ms;
  while (!round.advance(round_budget_ms)) {
    const int64_t left_ms = end_ms - steady_now_ms();
    if (left_ms <= 0) return false;
    round.wait(left_ms);
  }
  return true;
}

int64_t PluginHost::round_wait_ms() const { return state_->round ? state_->round->wait_ms() : INT64_MAX; }

std::vector<EvaluateAnswer> PluginHost::take_answers() {
  STRATDOCK_CHECK(round_over());
  const std::unique_ptr<Round> round = std::move(state_->round);
  for (const int64_t id : std::exchange(state_->to_destroy, {})) destroy_instance(id);
  // Files that came meanwhile for plugins that were busy.
  if (std::exchange(state_->swaps_held, false)) state_->consider_swaps();
  return round->take_answers();
}

std::vector<EvaluateAnswer> PluginHost::evaluate(std::span<const EvaluateRequest> requests) {
  begin_round({requests.begin(), requests.end()});
  constexpr int64_t look_ms = 1'000;
  while (!wait_round(look_ms)) continue;
  return take_answers();
}

bool PluginHost::is_busy(std::string_view id_or_alias) const {
  std::string id;
  const auto version = state_->find_version(id_or_alias, id);
  const PluginSlot* slot = version ? state_->find_slot(version->file) : nullptr;
  return slot != nullptr && state_->is_busy(*slot);
}

bool PluginHost::State::is_busy(const PluginSlot& slot) const { return round && round->holds(slot); }

tl::unexpected<Error> PluginHost::State::busy(const PluginSlot& slot) const {
  return failure("plugin " + slot.file + " is deciding now, and takes nothing else until it has", "try again once its round of decisions is over");
}

bool PluginHost::State::book_fault(PluginSlot& slot, const Fault& fault) {
  const auto found = records.find(fault.instance_id);
  InstanceRecord* record = found == records.end() ? nullptr : &found->second.record;
  const std::string what = fault.call + ": " + fault.death.cause;
  if (!record) {
    tell(PluginEventKind::worker_lost, slot, nullptr, what);
    return fault.instance_id == 0 && ++slot.idle_deaths <= outside_kill_limit;
  }
  // A kill from outside is nobody's fault, unless it comes again and again: then the call itself draws it, as by taking all memory.
  if (fault.death.end == WorkerEnd::killed_outside && ++record->outside_kills <= outside_kill_limit) {
    tell(PluginEventKind::worker_lost, slot, record, what);
    return true;
  }
  record->outside_kills = 0;
  tell(fault.death.end == WorkerEnd::timed_out ? PluginEventKind::instance_timed_out : PluginEventKind::instance_crashed, slot, record, what);
  switch (faults.charge(slot.file, fault.instance_id, steady_now_ms())) {
    case Verdict::hold: break;
    case Verdict::quarantine_instance:
      record->quarantine = "its strategy failed three times; the last time while " + what;
      tell(PluginEventKind::instance_quarantined, slot, record, record->quarantine);
      break;
    case Verdict::quarantine_plugin:
      quarantine_plugin(slot, "it failed for two bots within ten minutes; the last time while " + what);
      break;
  }
  return false;
}

void PluginHost::State::quarantine_plugin(PluginSlot& slot, std::string why) {
  slot.quarantine = std::move(why);
  tell(PluginEventKind::plugin_quarantined, slot, nullptr, slot.quarantine);
}

}  // namespace stratdock
