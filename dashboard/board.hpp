// The board: the one World, kept current from the store, and the overview made from it.
// Owns: the World and the overview's bytes. Thread rule: any thread; one mutex guards the World. The watcher alone calls
// the update functions; requests read through with_world() and overview().
// Invariant: what with_world() shows is one consistent state of the journal up to a rev.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "dashboard/store_pool.hpp"
#include "dashboard/world.hpp"

namespace stratdock::dashboard {

// What a look at the store brought. Bots by id, the rest as rows.
struct BoardChanges {
  bool away = false;       // the store cannot be read; nothing below is filled
  std::string away_text;
  bool replaced = false;   // another journal than before: everything must be read anew
  std::set<int64_t> state_changed, bots_changed, bots_removed, prices_moved;
  std::vector<store::DecisionRow> decisions;  // each list oldest first
  std::vector<store::TradeRow> trades;
  std::vector<std::pair<std::optional<store::IntentRow>, std::optional<store::OrderRow>>> orders;
  std::vector<store::AlarmRow> alarms;
  std::vector<store::LogRow> logs;
  std::vector<std::pair<std::string, std::string>> plugins;  // file, state
  bool engine_changed = false;  // it came, went, or is in another state
};

// The overview as it goes out; the head with the time of day is put in front for each answer.
struct Overview {
  int64_t rev = 0, built_ms = 0;
  std::string etag;
  MarketClock clock;
  std::string rest;            // from "\"rev\"" on, without the opening brace
  std::string rest_deflated;   // raw deflate of it
  uint32_t rest_crc = 0;
};

class Board {
public:
  Board(std::string mode, std::string version, std::string asset_version);

  // One look at the store; the first one reads everything but the bots' pasts.
  BoardChanges update(StorePool& pool, bool want_logs, int64_t wall_ms);
  // Reads the pasts of bots that have none yet, for about `budget_ms`. True when all are in.
  bool load_histories(StorePool& pool, int64_t budget_ms, int64_t wall_ms, BoardChanges& changes);
  bool ready() const;  // a first look succeeded
  int64_t seen_rev() const;  // the journal's rev that is shown

  void with_world(const std::function<void(const World&)>& read) const;
  // The bot as JSON text, cached until it changes; null when there is none.
  std::shared_ptr<const std::string> bot_text(int64_t id);
  // Built when it is not the newest and the last one is old enough; `rev` is asked for under the World's lock.
  std::shared_ptr<const Overview> overview(const std::function<int64_t()>& rev, int64_t wall_ms, bool asked = true);
  // Whether somebody asked for the overview lately: then the watcher makes it before they ask.
  bool overview_wanted(int64_t wall_ms) const;
  // Who has just changed something sees it: the next overview is a new one.
  void expire_overview() { overview_due_ = true; }
  std::string heartbeat_json(int64_t rev, int64_t wall_ms) const;
  // "server_ms":..,"market_ms":..,"speed":..,
  static std::string head_json(const MarketClock& clock, int64_t wall_ms);
  const std::string& asset_version() const { return asset_version_; }

private:
  void read_rows(StorePool::Lease& lease, BoardChanges& changes, bool want_logs);
  void read_live(store::LiveReader& live, BoardChanges& changes, int64_t wall_ms);
  void read_symbols(store::LiveReader& live, int64_t wall_ms);
  void load_history(store::JournalReader& journal, BotCard& card);
  void load_open_fees(store::JournalReader& journal, BotCard& card);
  void add_delta(store::JournalReader& journal, int64_t after, BoardChanges& changes);
  std::shared_ptr<const std::string> text_of(BotCard& card);
  std::shared_ptr<const Overview> last_overview(int64_t wall_ms, bool asked) const;

  const std::string version_, asset_version_;
  mutable std::mutex mutex_;  // guards all below
  World world_;
  bool ready_ = false, histories_loaded_ = false;
  int64_t seen_rev_ = 0;
  std::string identity_, default_mode_;
  int64_t symbols_read_ms_ = 0;
  std::atomic<uint64_t> state_number_{1};  // raised by each change
  std::atomic<bool> shown_{false};         // ready_, for who does not hold mutex_
  std::atomic<bool> overview_due_{false};
  // Apart from mutex_, so that nobody who wants the last overview waits for the making of the next.
  mutable std::mutex overview_mutex_;  // guards all below; taken after mutex_, never before
  mutable int64_t overview_asked_ms_ = 0;
  std::shared_ptr<const Overview> overview_;
  uint64_t overview_number_ = 0;
  int64_t overview_cost_ms_ = 0;
};

}  // namespace stratdock::dashboard
