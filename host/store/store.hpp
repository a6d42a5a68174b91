// The store: where the processes meet. Four interfaces, one per right: the engine alone writes the journal and the live view;
// the dashboard and the command line read both and write commands.
//
// Thread rule: an object belongs to one thread; separate objects may be used from separate threads and processes.
// Invariant: whatever was inside one begin()..commit() is there whole or not at all, also after a kill -9 or power loss
// (journal.db: WAL, synchronous=FULL). live.db may lose its last moments and is rebuilt at start.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/candle.hpp"
#include "core/result.hpp"
#include "host/store/records.hpp"

namespace stratdock::store {

struct Range {
  int64_t after_rev = 0;   // rows with a higher rev only
  int64_t from_ms = 0;     // inclusive; 0: no bound
  int64_t until_ms = 0;    // exclusive; 0: no bound
  int64_t before_id = 0;   // rows with a lower id (older) only; 0: no bound. Orders and fills have no id of their own:
                           // they come latest change first, and this is compared with rev; of equity with at_ms
  int limit = 200;         // newest first; at most 5'000
};

// What everybody may read of journal.db. Opened read-only by all but the engine.
class JournalReader {
public:
  virtual ~JournalReader() = default;
  // The first failure of a read since the last call: a read that fails gives no rows, so ask before taking "none" as the truth.
  virtual Status take_failure() { return {}; }
  virtual int64_t last_rev() = 0;
  virtual std::vector<BotRow> bots(int64_t after_rev = 0, bool with_deleted = false) = 0;
  virtual std::optional<BotRow> bot(int64_t id) = 0;
  virtual std::optional<BotRow> bot_named(const std::string& name) = 0;
  // bot_id 0: of all bots. Newest first.
  virtual std::vector<DecisionRow> decisions(int64_t bot_id, const Range& range) = 0;
  virtual std::vector<IntentRow> intents(int64_t bot_id, const Range& range) = 0;
  virtual std::vector<OrderRow> orders(int64_t bot_id, const Range& range) = 0;
  virtual std::vector<FillRow> fills(int64_t bot_id, const Range& range) = 0;
  virtual std::vector<TradeRow> trades(int64_t bot_id, const Range& range) = 0;
  virtual std::vector<LedgerRow> ledger(const std::string& account, const Range& range) = 0;
  virtual std::vector<AlarmRow> alarms(int64_t bot_id, const Range& range) = 0;
  virtual std::vector<StateChangeRow> state_changes(int64_t bot_id, const Range& range) = 0;
  virtual std::vector<LogRow> logs(int64_t bot_id, const Range& range) = 0;
  virtual std::vector<EquityRow> equity(int64_t bot_id, const Range& range) = 0;
  virtual std::optional<CommandResultRow> command_result(int64_t command_id) = 0;
  // (account, asset) -> balance, of the whole ledger.
  struct AccountBalance { std::string account, asset; Decimal amount; };
  virtual std::vector<AccountBalance> account_balances() = 0;
  // Oldest first: candles of [from_ms, until_ms), at most `limit` newest ones of them.
  virtual CandleSeries candles(const std::string& symbol, int64_t interval_ms, int64_t from_ms, int64_t until_ms, size_t limit) = 0;
  virtual std::string meta(const std::string& key) = 0;  // empty when unset
};

// The engine's side. Rows with id 0 are new and get one; `rev` is stamped by the store. All writes need begin().
// Once a call between begin() and commit() has failed, commit() fails with the same cause and nothing of it stays.
class Journal : public JournalReader {
public:
  virtual Status begin() = 0;
  // Durable when it returns well. A failure (disk full, I/O) leaves nothing of the transaction and names the cause.
  virtual Status commit() = 0;
  virtual void rollback() = 0;

  virtual Result<int64_t> put_bot(const BotRow& row) = 0;          // insert (id 0) or replace
  virtual Result<int64_t> put_decision(const DecisionRow& row) = 0;  // insert or replace (a run of HOLDs grows)
  virtual Result<int64_t> put_intent(const IntentRow& row) = 0;
  virtual Status put_order(const OrderRow& row) = 0;
  virtual Status add_fill(const FillRow& row) = 0;                 // (symbol, trade_id) twice is an error
  virtual Result<int64_t> add_trade(const TradeRow& row) = 0;
  virtual Status add_ledger(const LedgerRow& row) = 0;             // keeps account_balances() and works out balance_after itself
  virtual Result<int64_t> put_alarm(const AlarmRow& row) = 0;
  virtual Status add_state_change(const StateChangeRow& row) = 0;
  virtual Status add_log(const LogRow& row) = 0;                   // kept: at least the newest 2'000 a bot, at most 100 more
  virtual Status add_equity(const EquityRow& row) = 0;
  virtual Status put_command_result(const CommandResultRow& row) = 0;
  virtual Status put_meta(const std::string& key, const std::string& value) = 0;
  // Finite figures. A candle that is there already stays as it was: decisions were made on it.
  virtual Status add_candle(const std::string& symbol, int64_t interval_ms, const Candle& candle) = 0;
  // The paper exchange's state: small values by key ("state", "order:17"); empty value removes.
  virtual Status put_paper(const std::string& key, const std::string& value) = 0;
  virtual std::vector<std::pair<std::string, std::string>> paper_values() = 0;
};

// commands.db. Written by the dashboard and the command line, read by the engine.
class CommandQueue {
public:
  virtual ~CommandQueue() = default;
  virtual Status take_failure() { return {}; }  // as JournalReader's
  // The id. A known idempotency key of the same origin returns the id of the first command with it.
  virtual Result<int64_t> add(const CommandRow& row) = 0;
  // The same for what counts for a moment only and is said again and again: it takes the place of its bot's earlier ones
  // of the kind, so that the queue does not grow by them.
  virtual Result<int64_t> add_passing(const CommandRow& row) = 0;
  virtual std::vector<CommandRow> after(int64_t id, int limit) = 0;
  virtual std::optional<CommandRow> find(int64_t id) = 0;
};

// live.db. The engine writes, others read.
class LiveReader {
public:
  virtual ~LiveReader() = default;
  virtual Status take_failure() { return {}; }  // as JournalReader's
  virtual std::vector<PriceRow> prices() = 0;
  virtual std::vector<MarketPriceRow> market_prices() = 0;  // may be hours old, or none
  virtual std::vector<BalanceRow> balances() = 0;
  virtual std::vector<SymbolRow> symbols(const std::string& query, int limit) = 0;  // case-insensitive part of symbol or asset; best match first
  virtual std::vector<BotLiveRow> bots() = 0;
  virtual std::vector<PluginRow> plugins() = 0;
  virtual std::vector<StrategyRow> strategies() = 0;
  virtual std::vector<HealthRow> health() = 0;
  virtual std::vector<IndicatorMark> indicator_marks() = 0;
  virtual std::optional<IndicatorRow> indicators(int64_t bot_id) = 0;
};
// Failures of puts and sets come back from commit(), which then leaves nothing. Outside begin()..commit() each is by itself.
class Live : public LiveReader {
public:
  virtual Status begin() = 0;
  virtual Status commit() = 0;
  virtual void put_price(const PriceRow& row) = 0;
  virtual void put_bot(const BotLiveRow& row) = 0;
  virtual void put_health(const HealthRow& row) = 0;
  virtual void put_indicators(const IndicatorRow& row) = 0;
  virtual void drop_indicators(int64_t bot_id) = 0;
  virtual void set_market_prices(const std::vector<MarketPriceRow>& rows) = 0;
  virtual void set_balances(const std::vector<BalanceRow>& rows) = 0;
  virtual void set_symbols(const std::vector<SymbolRow>& rows) = 0;
  virtual void set_plugins(const std::vector<PluginRow>& rows) = 0;
  virtual void set_strategies(const std::vector<StrategyRow>& rows) = 0;
};

// The data folder: FOLDER/{journal.db, commands.db, live.db, lock, doorbell sockets, backups/, logs/}.
// open_* fail with a clear error for: a newer schema (names both versions and the program that can read it), a damaged
// file, a missing right, a full disk. Opening the journal for writing migrates an older schema after a backup beside it.
Result<std::unique_ptr<Journal>> open_journal(const std::string& folder);
Result<std::unique_ptr<JournalReader>> open_journal_reader(const std::string& folder);
Result<std::unique_ptr<CommandQueue>> open_commands(const std::string& folder);
Result<std::unique_ptr<Live>> open_live(const std::string& folder);  // starts empty
Result<std::unique_ptr<LiveReader>> open_live_reader(const std::string& folder);

// Makes the engine the only one: holds FOLDER/lock (flock) until destroyed. Held by another: an error that names its pid.
class EngineLock {
public:
  static Result<EngineLock> take(const std::string& folder);
  EngineLock(EngineLock&&) noexcept;
  EngineLock& operator=(EngineLock&&) noexcept;
  ~EngineLock();
private:
  explicit EngineLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

// The doorbell: "look at the store". Lossy by design; says nothing else. Listeners: "engine", "dashboard".
class Doorbell {
public:
  static Result<Doorbell> listen(const std::string& folder, const std::string& listener);
  Doorbell(Doorbell&&) noexcept;
  Doorbell& operator=(Doorbell&&) noexcept;
  ~Doorbell();
  int fd() const { return fd_; }  // readable when rung
  void drain();
private:
  Doorbell(int fd, std::string path, uint64_t inode) : fd_(fd), path_(std::move(path)), inode_(inode) {}
  void close();
  int fd_ = -1;
  std::string path_;
  uint64_t inode_ = 0;  // of our socket: a later listener of the same name has put its own in place
};
void ring_doorbell(const std::string& folder, const std::string& listener);  // never blocks, never fails

// A consistent copy of journal.db and commands.db in one file (tar-like: a single SQLite file), made while the engine runs.
Status backup(const std::string& folder, const std::string& file);
// Refuses while an engine holds the lock, and a folder that has a journal unless `replace`; then the old one is kept beside it.
Status restore(const std::string& file, const std::string& folder, bool replace);

}  // namespace stratdock::store
