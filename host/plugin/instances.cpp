// Instances of strategies: made, changed, destroyed, fed with new candles, released.
#include "core/check.hpp"
#include "host/plugin/plugin_host_state.hpp"

namespace stratdock {
namespace {

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

Result<HeldRecord*> PluginHost::State::book_instance(const InstanceSpec& spec) {
  STRATDOCK_CHECK(!records.contains(spec.instance_id) && spec.instance_id != 0 && spec.interval_ms > 0);
  std::string id;
  const auto version = find_version(spec.strategy_id, id);
  if (!version)
    return failure("creating an instance of strategy " + spec.strategy_id + ": no plugin offers it", "`stratdock strategy list` shows what there is");
  const StrategyInfo& strategy = *version->find(id);
  if (auto checked = check_values(strategy, spec.values); !checked) return tl::unexpected(checked.error());
  PluginSlot* slot = find_slot(version->file);
  if (slot && !slot->quarantine.empty()) return failure("plugin " + slot->file + " is quarantined: " + slot->quarantine, "repair the file or release it");
  if (slot && is_busy(*slot)) return busy(*slot);
  if (!slot) {
    slot = slots.emplace_back(std::make_unique<PluginSlot>()).get();
    slot->file = version->file;
    slot->runner = std::make_unique<PluginRunner>(version, worker_options(), book);
  }
  if (slot->swap) slot->swap.reset();  // begun anew below, with the new instance
  HeldRecord& held = records[spec.instance_id];
  held.slot = slot;
  held.record.spec = spec;
  held.record.spec.strategy_id = id;
  for (const auto& parameter : strategy.parameters) held.record.keys.push_back(parameter.key);
  slot->instance_ids.insert(spec.instance_id);
  ++book.at(held.record.series()).users;
  return &held;
}

Result<InstanceRequirements> PluginHost::create_instance(const InstanceSpec& spec) {
  State& state = *state_;
  const auto booked = state.book_instance(spec);
  if (!booked) return tl::unexpected(booked.error());
  HeldRecord& held = **booked;
  PluginSlot* slot = held.slot;
  Result<InstanceRequirements> needs;
  for (;;) {
    std::optional<Fault> fault;
    const Status started = state.start_worker(*slot);
    needs = started ? slot->runner->create(slot->runner->enroll(held.record), fault) : Result<InstanceRequirements>(tl::unexpected(started.error()));
    if (started) state.note_sandbox(slot->runner->sandbox_report());
    if (!fault || !state.book_fault(*slot, *fault)) break;
  }
  if (needs)
    held.record.requirements = *needs, held.is_new = false;
  else
    destroy_instance(spec.instance_id);
  state.consider_swaps();
  return needs;
}

Status PluginHost::declare_instance(const InstanceSpec& spec) {
  const auto booked = state_->book_instance(spec);
  if (!booked) return tl::unexpected(booked.error());
  state_->consider_swaps();
  return {};
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
  if (state.is_busy(slot)) return state.busy(slot);
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
  if (state.is_busy(slot)) {
    state.to_destroy.insert(instance_id);
    return;
  }
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
  STRATDOCK_CHECK(rows.interval_ms() == interval_ms && !state.round);
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
  if (state_->is_busy(*found->second.slot)) return state_->busy(*found->second.slot);
  found->second.record.quarantine.clear();
  state_->faults.forgive_instance(instance_id);
  state_->tell(PluginEventKind::released, *found->second.slot, &found->second.record, "released by hand");
  return {};
}

Status PluginHost::release_plugin(const std::string& plugin_file) {
  PluginSlot* slot = state_->find_slot(plugin_file);
  if (slot && state_->is_busy(*slot)) return state_->busy(*slot);
  if (slot) state_->load_failures.erase(slot->runner->version().sha256);
  if (!slot || slot->quarantine.empty()) return failure("releasing plugin " + plugin_file + ": it is not quarantined");
  state_->end_quarantines(*slot, "released by hand");
  return {};
}

}  // namespace stratdock
