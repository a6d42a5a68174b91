// A newer file takes over: made ready in a worker of its own beside the old, fed everything, and put in force between two
// evaluations; whatever fails on the way leaves the old version as it is.
#include <poll.h>

#include <algorithm>

#include "host/plugin/plugin_host_state.hpp"

namespace stratdock {
namespace {

// The record with its parameters in the order of the new version's schema: values by key, defaults for new keys.
Result<InstanceRecord> translate(const InstanceRecord& old, const PluginVersion& version) {
  const StrategyInfo* strategy = version.find(old.spec.strategy_id);
  if (!strategy) return failure("it no longer offers the strategy " + old.spec.strategy_id);
  InstanceRecord record = old;
  record.keys.clear();
  record.spec.values.clear();
  for (const auto& parameter : strategy->parameters) {
    const auto known = std::find(old.keys.begin(), old.keys.end(), parameter.key);
    const ParameterValue& value = known == old.keys.end() ? parameter.default_value : old.spec.values[static_cast<size_t>(known - old.keys.begin())];
    if (value.index() != parameter.default_value.index())
      return failure("the parameter " + parameter.key + " of strategy " + strategy->id + " has another type than before");
    record.keys.push_back(parameter.key);
    record.spec.values.push_back(value);
  }
  for (const auto& key : old.keys)
    if (std::find(record.keys.begin(), record.keys.end(), key) == record.keys.end())
      return failure("the strategy " + strategy->id + " no longer has the parameter " + key);
  return record;
}

}  // namespace

void PluginHost::State::consider_swaps() {
  for (const auto& slot : slots) {
    const auto entry = catalog.entries().find(slot->file);
    std::shared_ptr<const PluginVersion> version = entry == catalog.entries().end() ? nullptr : entry->second.version;
    // Renamed: another file offers the strategies now.
    if (entry == catalog.entries().end() && !slot->instance_ids.empty())
      version = catalog.find(records.at(*slot->instance_ids.begin()).record.spec.strategy_id);
    if (!version || (version->file != slot->file && find_slot(version->file))) continue;
    if (is_busy(*slot)) {
      swaps_held = true;
      continue;
    }
    const std::string& sha256 = version->sha256;
    if (sha256 == slot->runner->version().sha256) {
      slot->swap.reset();
      slot->swap_refusal.clear();
      slot->refused_sha256.clear();
    } else if (sha256 != slot->refused_sha256 && !(slot->swap && slot->swap->version->sha256 == sha256)) {
      slot->swap.reset();
      if (slot->quarantine.empty())
        begin_swap(*slot, version);
      else
        replace_quarantined(*slot, version);
    }
  }
  if (timer_fd >= 0) arm_timer();
}

void PluginHost::State::begin_swap(PluginSlot& slot, std::shared_ptr<const PluginVersion> version) {
  auto swap = std::make_unique<Swap>();
  swap->version = version;
  if (auto prepared = prepare_swap(slot, *swap); !prepared) return refuse_swap(slot, version->sha256, prepared.error().text());
  slot.swap = std::move(swap);
}

Status PluginHost::State::prepare_swap(PluginSlot& slot, Swap& swap) {
  swap.runner = std::make_unique<PluginRunner>(swap.version, worker_options(), book);
  std::vector<InstanceRecord*> wanted;
  for (const int64_t id : slot.instance_ids) {
    const InstanceRecord& old = records.at(id).record;
    auto record = translate(old, *swap.version);
    if (!record) return tl::unexpected(record.error());
    InstanceRecord& kept = swap.records[id] = std::move(*record);
    if (old.quarantine.empty()) wanted.push_back(&kept);  // the others are tried once the new version is in force
  }
  swap.preparation = std::make_unique<Preparation>(*swap.runner, history, book, std::move(wanted));
  return {};
}

std::optional<std::string> PluginHost::State::advance_swap(Swap& swap, int64_t end_ms) {
  do {
    const Preparation::Step step = swap.preparation->step();
    switch (step.kind) {
      case Preparation::Kind::works:
      case Preparation::Kind::started: break;
      case Preparation::Kind::waits: {
        const int64_t left_ms = end_ms - steady_now_ms();
        pollfd waited{swap.runner->wait_fd(), POLLIN, 0};
        if (left_ms > 0) poll(&waited, 1, static_cast<int>(std::min<int64_t>(left_ms, swap.runner->wait_ms())));
        break;
      }
      case Preparation::Kind::not_started:
      case Preparation::Kind::refused:
      case Preparation::Kind::history_failed: return step.why;
      case Preparation::Kind::lost: return "its worker ended while " + step.fault->call + ": " + step.fault->death.cause;
      case Preparation::Kind::done:
        for (const auto& [id, member] : swap.runner->members())
          if (!member.last_error.empty()) return "it gives no valid answer: " + member.last_error;
        return "";
    }
  } while (steady_now_ms() < end_ms);
  return std::nullopt;
}

void PluginHost::State::advance_swaps(int64_t budget_ms) {
  const int64_t end_ms = steady_now_ms() + budget_ms;
  for (const auto& slot : slots) {
    if (!slot->swap || is_busy(*slot)) continue;
    const auto problem = advance_swap(*slot->swap, end_ms);
    if (!problem) continue;
    const std::unique_ptr<Swap> finished = std::move(slot->swap);
    if (problem->empty())
      take_over(*slot, *finished);
    else
      refuse_swap(*slot, finished->version->sha256, *problem);
  }
}

void PluginHost::State::refuse_swap(PluginSlot& slot, const std::string& sha256, std::string why) {
  slot.refused_sha256 = sha256;
  slot.swap_refusal = "a newer file was not taken over, the version before goes on: " + why;
  events.push_back({PluginEventKind::swap_refused, slot.file, sha256, {}, 0, slot.swap_refusal});
}

void PluginHost::State::take_over(PluginSlot& slot, Swap& swap) {
  for (auto& [id, record] : swap.records) {
    InstanceRecord& kept = records.at(id).record;
    kept = std::move(record);
    if (Member* member = swap.runner->find(id)) member->record = &kept;
  }
  slot.file = swap.version->file;
  slot.runner = std::move(swap.runner);
  slot.idle_deaths = 0;
  slot.swap_refusal.clear();
  tell(PluginEventKind::swap_done, slot, nullptr, "a newer version of the plugin decides from now on");
  end_quarantines(slot, "a newer version of its plugin is in use");
}

void PluginHost::State::replace_quarantined(PluginSlot& slot, std::shared_ptr<const PluginVersion> version) {
  std::map<int64_t, InstanceRecord> translated;
  for (const int64_t id : slot.instance_ids) {
    auto record = translate(records.at(id).record, *version);
    if (!record) return refuse_swap(slot, version->sha256, record.error().text());
    translated[id] = std::move(*record);
  }
  for (auto& [id, record] : translated) records.at(id).record = std::move(record);
  slot.file = version->file;
  // Its instances are created and fed at the next evaluation.
  slot.runner = std::make_unique<PluginRunner>(version, worker_options(), book);
  slot.swap_refusal.clear();
  tell(PluginEventKind::swap_done, slot, nullptr, "a newer version of the quarantined plugin decides from now on");
  end_quarantines(slot, "a newer version of the plugin is in use");
}

void PluginHost::State::end_quarantines(PluginSlot& slot, const std::string& why) {
  if (!slot.quarantine.empty()) tell(PluginEventKind::released, slot, nullptr, why);
  slot.quarantine.clear();
  slot.idle_deaths = 0;
  faults.forgive_plugin(slot.file);
  for (const int64_t id : slot.instance_ids) {
    InstanceRecord& record = records.at(id).record;
    faults.forgive_instance(id);
    if (!record.quarantine.empty()) tell(PluginEventKind::released, slot, &record, why);
    record.quarantine.clear();
  }
}

}  // namespace stratdock
