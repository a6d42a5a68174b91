// One round of decisions: all workers at the same time, a barrier, and what happens to those that die on the way.
#include <poll.h>

#include <algorithm>
#include <deque>

#include "core/check.hpp"
#include "host/plugin/plugin_host_state.hpp"

namespace stratdock {
namespace {

constexpr int64_t swap_budget_ms = 5;

// The part of a round that falls to one plugin.
struct Lane {
  PluginSlot* slot = nullptr;
  std::deque<size_t> left;  // requests without an answer; answers come in this order
  bool running = false;
};

class Round {
public:
  Round(PluginHost::State& state, std::span<const EvaluateRequest> requests)
      : state_(state), requests_(requests), answers_(requests.size()) {}
  std::vector<EvaluateAnswer> run();

private:
  void sort_into_lanes();
  void start(Lane& lane);
  // Creates and feeds the lane's instances where that is needed. False: a fault was handled, start again.
  bool make_ready(Lane& lane);
  bool feed(Lane& lane, std::vector<Member*> members);
  void pump(Lane& lane);
  void wait();
  void handle(Lane& lane, const Fault& fault);
  void settle(Lane& lane, size_t index, AnswerKind kind, std::string cause);
  void settle_all(Lane& lane, AnswerKind kind, const std::string& cause);
  std::optional<size_t> index_of(const Lane& lane, int64_t instance_id) const;
  static void take_off(Lane& lane, size_t index);

  PluginHost::State& state_;
  std::span<const EvaluateRequest> requests_;
  std::vector<EvaluateAnswer> answers_;
  std::vector<Lane> lanes_;
};

std::vector<EvaluateAnswer> Round::run() {
  sort_into_lanes();
  const auto busy = [](const Lane& lane) { return lane.running || !lane.left.empty(); };
  while (std::any_of(lanes_.begin(), lanes_.end(), busy)) {
    for (Lane& lane : lanes_)
      if (!lane.running && !lane.left.empty()) start(lane);
    wait();
    for (Lane& lane : lanes_)
      if (lane.running) pump(lane);
  }
  return std::move(answers_);
}

void Round::sort_into_lanes() {
  for (size_t i = 0; i < requests_.size(); ++i) {
    const auto found = state_.records.find(requests_[i].instance_id);
    if (found == state_.records.end()) {
      answers_[i].cause = "there is no such instance";
      continue;
    }
    PluginSlot* slot = found->second.slot;
    const std::string& quarantine = found->second.record.quarantine.empty() ? slot->quarantine : found->second.record.quarantine;
    if (!quarantine.empty()) {
      answers_[i] = {AnswerKind::quarantined, {}, quarantine, {}};
      continue;
    }
    auto lane = std::find_if(lanes_.begin(), lanes_.end(), [&](const Lane& other) { return other.slot == slot; });
    if (lane == lanes_.end()) lane = lanes_.insert(lane, Lane{slot, {}, false});
    lane->left.push_back(i);
  }
  // Who has a worker computes while those that crashed are started again and fed, which waits for each.
  std::stable_partition(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.slot->runner->has_worker(); });
}

void Round::start(Lane& lane) {
  PluginRunner& runner = *lane.slot->runner;
  if (auto started = state_.start_worker(*lane.slot); !started) {
    const std::string& quarantine = lane.slot->quarantine;
    return settle_all(lane, quarantine.empty() ? AnswerKind::no_plugin : AnswerKind::quarantined, quarantine.empty() ? started.error().text() : quarantine);
  }
  state_.note_sandbox(runner.sandbox_report());
  if (!make_ready(lane) || lane.left.empty()) return;
  std::vector<PluginRunner::Call> calls;
  for (const size_t index : lane.left) {
    Member* member = runner.find(requests_[index].instance_id);
    PluginRunner::read_candle_feeds(*member, state_.history, requests_[index].now_ms);
    calls.push_back({member, &requests_[index]});
  }
  if (auto fault = runner.begin_batch(std::move(calls), "deciding")) return handle(lane, *fault);
  lane.running = true;
}

bool Round::make_ready(Lane& lane) {
  PluginRunner& runner = *lane.slot->runner;
  std::vector<Member*> hungry;
  const std::deque<size_t> wanted = lane.left;
  for (const size_t index : wanted) {
    InstanceRecord& record = state_.records.at(requests_[index].instance_id).record;
    Member* member = runner.find(record.spec.instance_id);
    if (!member || !member->created) {
      std::optional<Fault> fault;
      const auto needs = member ? runner.create(*member, fault) : runner.add(record, fault);
      if (fault) return handle(lane, *fault), false;
      if (!needs) {
        settle(lane, index, AnswerKind::failed, needs.error().text());
        continue;
      }
      record.requirements = *needs;
      member = runner.find(record.spec.instance_id);
    }
    if (runner.needs_feeding(*member)) hungry.push_back(member);
  }
  return hungry.empty() || feed(lane, std::move(hungry));
}

bool Round::feed(Lane& lane, std::vector<Member*> members) {
  const FeedJob::Step fed = FeedJob(*lane.slot->runner, state_.history, state_.book, members).run();
  if (fed.fault) return handle(lane, *fed.fault), false;
  if (fed.done) return true;
  for (const Member* member : members)
    if (!member->fed)
      if (const auto index = index_of(lane, member->record->spec.instance_id)) settle(lane, *index, AnswerKind::failed, fed.history_error);
  return true;
}

void Round::pump(Lane& lane) {
  const auto fault = lane.slot->runner->pump([&](const PluginRunner::Call& call, WireAnswer& answer) {
    const auto index = static_cast<size_t>(call.request - requests_.data());
    InstanceRecord& record = *call.member->record;
    record.outside_kills = 0;
    lane.slot->idle_deaths = 0;
    answers_[index].lines = std::move(answer.lines);
    if (!answer.ok) {
      state_.tell(PluginEventKind::instance_failed, *lane.slot, &record, answer.error);
      return settle(lane, index, AnswerKind::failed, answer.error);
    }
    answers_[index].kind = AnswerKind::ok;
    answers_[index].decision = std::move(answer.decision);
    take_off(lane, index);
  });
  if (fault)
    handle(lane, *fault);
  else
    lane.running = !lane.slot->runner->batch_done();
}

void Round::wait() {
  std::vector<pollfd> waited;
  int64_t look_ms = steady_now_ms() + 1'000;
  for (const Lane& lane : lanes_) {
    if (!lane.running) continue;
    waited.push_back({lane.slot->runner->fd(), POLLIN, 0});
    look_ms = std::min(look_ms, lane.slot->runner->next_look_ms());
  }
  // At least 5 ms: from the first look on a call is looked at again and again until it is judged (see is_overdue).
  if (!waited.empty()) poll(waited.data(), waited.size(), static_cast<int>(std::max<int64_t>(look_ms - steady_now_ms(), 5)));
}

void Round::handle(Lane& lane, const Fault& fault) {
  lane.running = false;
  if (state_.book_fault(*lane.slot, fault)) return;
  if (!lane.slot->quarantine.empty()) {
    // The one in flight learns its own cause, the others that their plugin is out.
    if (const auto index = index_of(lane, fault.instance_id)) settle(lane, *index, AnswerKind::quarantined, lane.slot->quarantine);
    return settle_all(lane, AnswerKind::quarantined, lane.slot->quarantine);
  }
  if (fault.instance_id == 0) return settle_all(lane, AnswerKind::no_plugin, "its worker keeps ending between calls: " + fault.death.cause);
  const auto index = index_of(lane, fault.instance_id);
  if (!index) return;
  const std::string& quarantine = state_.records.at(fault.instance_id).record.quarantine;
  const AnswerKind kind = !quarantine.empty() ? AnswerKind::quarantined
                          : fault.death.end == WorkerEnd::timed_out ? AnswerKind::timed_out
                                                                    : AnswerKind::crashed;
  settle(lane, *index, kind, quarantine.empty() ? fault.call + ": " + fault.death.cause : quarantine);
}

void Round::settle(Lane& lane, size_t index, AnswerKind kind, std::string cause) {
  answers_[index].kind = kind;
  answers_[index].decision = {};
  answers_[index].cause = std::move(cause);
  take_off(lane, index);
}

void Round::settle_all(Lane& lane, AnswerKind kind, const std::string& cause) {
  while (!lane.left.empty()) settle(lane, lane.left.back(), kind, cause);
}

void Round::take_off(Lane& lane, size_t index) {
  if (!lane.left.empty() && lane.left.front() == index)
    lane.left.pop_front();
  else
    std::erase(lane.left, index);
}

std::optional<size_t> Round::index_of(const Lane& lane, int64_t instance_id) const {
  for (const size_t index : lane.left)
    if (requests_[index].instance_id == instance_id) return index;
  return std::nullopt;
}

}  // namespace

std::vector<EvaluateAnswer> PluginHost::evaluate(std::span<const EvaluateRequest> requests) {
  state_->advance_swaps(swap_budget_ms);
  return Round(*state_, requests).run();
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
