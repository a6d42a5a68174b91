#include "host/plugin/preparation.hpp"

namespace stratdock {

bool Preparation::is_ready(PluginRunner& runner, const InstanceRecord& record) {
  const Member* member = runner.has_worker() ? runner.find(record.spec.instance_id) : nullptr;
  return member != nullptr && member->created && !runner.needs_feeding(*member);
}

Preparation::Step Preparation::step() {
  if (!runner_.has_worker()) return start();
  return next_ < records_.size() ? create() : feed();
}

Preparation::Step Preparation::start() {
  const auto started = runner_.try_start();
  if (!started) return {Kind::waits, nullptr, {}, {}};
  if (!*started) return {Kind::not_started, nullptr, started->error().text(), {}};
  return {Kind::started, nullptr, {}, {}};
}

Preparation::Step Preparation::create() {
  InstanceRecord& record = *records_[next_];
  Member* member = runner_.find(record.spec.instance_id);
  if (member == nullptr) member = &runner_.enroll(record);
  if (!member->created) {
    std::optional<Fault> fault;
    const auto needs = runner_.try_create(*member, fault);
    if (!needs) return {Kind::waits, nullptr, {}, {}};
    if (fault) return {Kind::lost, nullptr, {}, std::move(fault)};
    ++next_;
    if (!*needs) return {Kind::refused, &record, needs->error().text(), {}};
    record.requirements = **needs;
  } else {
    ++next_;
  }
  if (runner_.needs_feeding(*member)) hungry_.push_back(member);
  return {};
}

Preparation::Step Preparation::feed() {
  if (hungry_.empty()) return {Kind::done, nullptr, {}, {}};
  if (!feeding_) feeding_.emplace(runner_, history_, book_, hungry_);
  FeedJob::Step fed = feeding_->step();
  if (fed.fault) return {Kind::lost, nullptr, {}, std::move(fed.fault)};
  if (!fed.history_error.empty()) return {Kind::history_failed, nullptr, std::move(fed.history_error), {}};
  return {fed.done ? Kind::done : fed.waits ? Kind::waits : Kind::works, nullptr, {}, {}};
}

}  // namespace stratdock
