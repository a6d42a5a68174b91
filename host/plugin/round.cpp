#include "host/plugin/round.hpp"

#include <poll.h>

#include <algorithm>

#include "host/plugin/plugin_host_state.hpp"

namespace stratdock {

Round::Round(PluginHost::State& state, std::vector<EvaluateRequest> requests, PluginHost::FeedProvider feeds)
    : state_(state), requests_(std::move(requests)), feeds_(std::move(feeds)), answers_(requests_.size()) {
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
    if (lane == lanes_.end()) lane = lanes_.insert(lane, Lane{slot, {}, nullptr, false});
    lane->left.push_back(i);
  }
  // Who has a worker computes while those that crashed are started again and fed.
  std::stable_partition(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.slot->runner->has_worker(); });
}

Round::~Round() = default;

bool Round::is_over() const { return std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.is_over(); }); }

bool Round::holds(const PluginSlot& slot) const {
  return std::any_of(lanes_.begin(), lanes_.end(), [&](const Lane& lane) { return lane.slot == &slot; });
}

bool Round::advance(int64_t budget_ms) {
  const int64_t end_ms = steady_now_ms() + budget_ms;
  for (size_t still = 0; still < lanes_.size();) {
    first_ = (first_ + 1) % lanes_.size();
    still = move(lanes_[first_]) ? 0 : still + 1;
    if (steady_now_ms() >= end_ms) break;
  }
  return is_over();
}

int64_t Round::wait_ms() const {
  int64_t wait_ms = longest_wait_ms;
  for (const Lane& lane : lanes_)
    if (!lane.is_over()) wait_ms = std::min<int64_t>(wait_ms, lane.waits ? lane.slot->runner->wait_ms() : 0);
  return wait_ms;
}

void Round::add_fds(std::vector<int>& fds) const {
  for (const Lane& lane : lanes_)
    if (const int fd = lane.waits && !lane.is_over() ? lane.slot->runner->wait_fd() : -1; fd >= 0) fds.push_back(fd);
}

void Round::wait(int64_t limit_ms) const {
  std::vector<int> fds;
  add_fds(fds);
  std::vector<pollfd> waited;
  for (const int fd : fds) waited.push_back({fd, POLLIN, 0});
  poll(waited.data(), waited.size(), static_cast<int>(std::min(limit_ms, wait_ms())));
}

bool Round::move(Lane& lane) {
  lane.waits = false;
  if (lane.is_over()) return false;
  bool moved = false;  // nor has it once the questions are on their way: the answers take their time
  if (lane.deciding)
    moved = pump(lane);
  else if (lane.preparation || !begin(lane))
    moved = prepare(lane);
  lane.waits = !moved;
  return moved;
}

// True: everything is ready, and the questions are on their way.
bool Round::begin(Lane& lane) {
  PluginRunner& runner = *lane.slot->runner;
  std::vector<InstanceRecord*> records;
  for (const size_t index : lane.left) {
    InstanceRecord& record = state_.records.at(requests_[index].instance_id).record;
    if (!Preparation::is_ready(runner, record)) records.push_back(&record);
  }
  if (records.empty()) return decide(lane), true;
  lane.preparation = std::make_unique<Preparation>(runner, state_.history, state_.book, std::move(records));
  return false;
}

bool Round::prepare(Lane& lane) {
  PluginSlot& slot = *lane.slot;
  if (!slot.runner->has_worker())
    if (const Status allowed = state_.may_start(slot); !allowed) return not_started(lane, allowed.error().text()), true;
  Preparation::Step step = lane.preparation->step();
  switch (step.kind) {
    case Preparation::Kind::waits: return false;
    case Preparation::Kind::works: break;
    case Preparation::Kind::started:
      state_.note_start(slot, {});
      state_.note_sandbox(slot.runner->sandbox_report());
      break;
    case Preparation::Kind::not_started:
      state_.note_start(slot, failure(step.why));
      not_started(lane, step.why);
      break;
    case Preparation::Kind::refused:
      if (const auto index = index_of(lane, step.record->spec.instance_id))
        settle(lane, *index, state_.records.at(step.record->spec.instance_id).is_new ? AnswerKind::refused : AnswerKind::failed, std::move(step.why));
      break;
    case Preparation::Kind::history_failed:
      lane.preparation.reset();
      settle_unfed(lane, step.why);
      decide(lane);
      break;
    case Preparation::Kind::lost:
      lane.preparation.reset();
      handle(lane, *step.fault);
      break;
    case Preparation::Kind::done:
      lane.preparation.reset();
      decide(lane);
      break;
  }
  return true;
}

void Round::not_started(Lane& lane, const std::string& why) {
  lane.preparation.reset();
  const std::string& quarantine = lane.slot->quarantine;
  settle_all(lane, quarantine.empty() ? AnswerKind::no_plugin : AnswerKind::quarantined, quarantine.empty() ? why : quarantine);
}

void Round::settle_unfed(Lane& lane, const std::string& why) {
  const std::deque<size_t> wanted = lane.left;
  for (const size_t index : wanted) {
    const Member* member = lane.slot->runner->find(requests_[index].instance_id);
    if (member == nullptr || !member->created || !member->fed) settle(lane, index, AnswerKind::failed, why);
  }
}

void Round::decide(Lane& lane) {
  PluginRunner& runner = *lane.slot->runner;
  std::vector<PluginRunner::Call> calls;
  const std::deque<size_t> wanted = lane.left;
  for (const size_t index : wanted) {
    EvaluateRequest& request = requests_[index];
    HeldRecord& held = state_.records.at(request.instance_id);
    if (feeds_) {
      auto feeds = feeds_(request.instance_id, held.record.requirements);
      if (!feeds) {
        settle(lane, index, AnswerKind::refused, feeds.error().text());
        continue;
      }
      request.feeds = std::move(*feeds);
    }
    held.is_new = false;
    Member* member = runner.find(request.instance_id);
    PluginRunner::read_candle_feeds(*member, state_.history, request.now_ms);
    calls.push_back({member, &request});
  }
  if (calls.empty()) return;
  runner.begin_batch(std::move(calls), "deciding");
  lane.deciding = true;
}

bool Round::pump(Lane& lane) {
  const size_t before = lane.left.size();
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
    lane.deciding = !lane.slot->runner->batch_done();
  return fault || !lane.deciding || lane.left.size() != before;
}

void Round::handle(Lane& lane, const Fault& fault) {
  lane.deciding = false;
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

}  // namespace stratdock
