// What PluginHost knows, shared by its source files: plugin_host.cpp (plugins), instances.cpp, deciding.cpp and round.cpp
// (decisions and faults), swap.cpp (a newer file takes over).
// Thread rule: PluginHost's. Invariant: every record belongs to one slot, and a slot has a runner.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "host/plugin/catalog.hpp"
#include "host/plugin/fault_record.hpp"
#include "host/plugin/plugin_host.hpp"
#include "host/plugin/plugin_runner.hpp"
#include "host/plugin/preparation.hpp"
#include "host/plugin/round.hpp"

namespace stratdock {

// A newer version being made ready beside the one in force.
struct Swap {
  std::shared_ptr<const PluginVersion> version;
  std::map<int64_t, InstanceRecord> records;  // with parameters in the new version's order
  std::unique_ptr<PluginRunner> runner;
  std::unique_ptr<Preparation> preparation;
};

// A plugin that instances use.
struct PluginSlot {
  std::string file;
  std::unique_ptr<PluginRunner> runner;
  std::set<int64_t> instance_ids;
  std::string quarantine;       // why; empty: not quarantined
  int idle_deaths = 0;          // in a row, with no call in flight
  std::unique_ptr<Swap> swap;
  std::string refused_sha256;   // the version whose swap failed, not to be tried again
  std::string swap_refusal;
};

struct HeldRecord {
  InstanceRecord record;
  PluginSlot* slot = nullptr;
  bool is_new = true;  // was never asked for a decision
};

constexpr int outside_kill_limit = 3;  // reruns of the same call after kills from outside
constexpr int64_t round_budget_ms = 10;  // of a piece of a round
constexpr int load_failure_limit = 3;  // starts in a row that failed at the plugin, each of which may take two seconds

struct PluginHost::State {
  State(PluginHostOptions given, CandleHistory& candle_history);
  ~State();

  // plugin_host.cpp
  WorkerOptions worker_options() const;
  std::shared_ptr<const PluginVersion> version_in_force(const std::string& file, const Catalog::Entry& entry) const;
  std::shared_ptr<const PluginVersion> find_version(std::string_view id_or_alias, std::string& full_id) const;
  PluginSlot* find_slot(const std::string& file) const;
  void tell(PluginEventKind kind, const PluginSlot& slot, const InstanceRecord* record, std::string cause);
  // Starts the slot's worker. A plugin that failed to load three times in a row, although it once did, is not tried again.
  Status start_worker(PluginSlot& slot);
  Status may_start(const PluginSlot& slot) const;
  void note_start(PluginSlot& slot, const Status& started);
  void note_sandbox(const std::vector<std::string>& report);
  void drop_if_unused(PluginSlot& slot);
  void arm_timer();

  // instances.cpp
  // Books the instance with its plugin; no worker is asked.
  Result<HeldRecord*> book_instance(const InstanceSpec& spec);

  // deciding.cpp
  // In a round of decisions: its worker may not be spoken to beside.
  bool is_busy(const PluginSlot& slot) const;
  tl::unexpected<Error> busy(const PluginSlot& slot) const;
  // Books a death that came while `fault.instance_id` was in flight. True: the call may run again.
  bool book_fault(PluginSlot& slot, const Fault& fault);
  void quarantine_plugin(PluginSlot& slot, std::string why);

  // swap.cpp
  void consider_swaps();
  void advance_swaps(int64_t budget_ms);
  void begin_swap(PluginSlot& slot, std::shared_ptr<const PluginVersion> version);
  Status prepare_swap(PluginSlot& slot, Swap& swap);
  // Empty: made ready. None: not yet. Else what it failed at.
  std::optional<std::string> advance_swap(Swap& swap, int64_t end_ms);
  void refuse_swap(PluginSlot& slot, const std::string& sha256, std::string why);
  void take_over(PluginSlot& slot, Swap& swap);
  void replace_quarantined(PluginSlot& slot, std::shared_ptr<const PluginVersion> version);
  void end_quarantines(PluginSlot& slot, const std::string& why);

  PluginHostOptions options;
  CandleHistory& history;
  Catalog catalog;
  SeriesBook book;
  FaultRecord faults;
  std::map<std::string, int> load_failures;  // in a row, by sha256
  std::map<int64_t, HeldRecord> records;
  std::vector<std::unique_ptr<PluginSlot>> slots;
  std::vector<PluginEvent> events;
  std::unique_ptr<Round> round;
  std::set<int64_t> to_destroy;  // instances of busy plugins, once the round is over
  bool swaps_held = false;       // of busy plugins
  std::vector<std::string> sandbox_report;
  bool sandbox_told = false;
  int epoll_fd = -1, timer_fd = -1;
};

}  // namespace stratdock
