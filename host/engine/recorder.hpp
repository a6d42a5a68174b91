// Writes down what the account does: rows of the journal, lines of the bots' logs, alarms. All of it inside the
// transaction that the engine has open; log files are written after that transaction is durable.
// Owns: the decision rows that may still grow, the alarms that stand. Thread rule: one thread.
// Invariant: a failed write is remembered in status(); the engine then rolls back and stops trading.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/account.hpp"
#include "host/engine/bot_lines.hpp"
#include "host/engine/bot_log.hpp"
#include "host/store/store.hpp"

namespace stratdock {

// What of a bot the journal keeps beside the core's Bot.
struct BotFacts {
  std::string origin;       // yaml | dashboard | import
  std::string declared_at;  // "file:line"
  std::string wanted;       // running | paused | stopped
  int64_t created_ms = 0, started_ms = 0;
};

class JournalRecorder final : public Recorder {
public:
  // All must outlive the recorder.
  JournalRecorder(store::Journal& journal, BotLog& log) : journal_(journal), log_(log) {}

  void set_account(Account& account) { account_ = &account; }
  // Alarms and growing HOLD rows of the journal, read once at start.
  Status restore();

  void intent_changed(const Bot& bot, const Intent& intent) override;
  void order_changed(const Bot& bot, const Intent& intent, const Order& order) override;
  void filled(const Bot& bot, const Intent& intent, const Fill& fill) override;
  void position_opened(const Bot& bot) override;
  void position_closed(const Bot& bot, const Trade& trade) override;
  void bot_changed(const Bot& bot) override { changed_.insert(bot.id); }
  void state_changed(const Bot& bot, BotState from, const std::string& reason, const std::string& actor) override;
  void noticed(const Bot& bot, const Notice& notice) override;

  // One evaluation. `failure` is empty when the strategy answered.
  void decided(const Bot& bot, const Decision& decision, const Outcome& outcome, const std::string& failure, Decimal price);
  // An evaluation that was due at a close and did not take place, for a reason of the market's. One row, however many there
  // are in a row: came_late() where candles arrived `age_ms` after their close, too old for a decision.
  void came_late(const Bot& bot, int64_t close_ms, int64_t age_ms, int64_t limit_ms);
  void not_evaluated(const Bot& bot, int64_t close_ms, const std::string& why);
  void line(const Bot& bot, const LogLine& line);
  void lines(const Bot& bot, const LogLines& lines);
  void equity(const Bot& bot, Decimal equity, Decimal cash);

  // Raises an alarm unless the same one stands. bot may be null: about the whole.
  void alarm(const Bot* bot, const std::string& code, const std::string& text);
  void clear_alarm(int64_t bot_id, const std::string& code);
  bool has_alarm(int64_t bot_id, const std::string& code) const { return standing_.contains({bot_id, code}); }
  // All that stand of a bot: it is about to go.
  void clear_alarms(int64_t bot_id);
  // Writes what is still only in memory: changed bots, ledger postings.
  void write_rest();
  // After commit: the lines go to their files.
  void flush_lines();
  // After rollback: what was not committed is forgotten.
  void forget();

  // A write beside the recorder's own has failed.
  void failed(const Error& error) { keep(tl::unexpected(error)); }
  // The first failure since the last call.
  Status take_status() { return std::exchange(status_, Status{}); }
  std::map<int64_t, BotFacts>& facts() { return facts_; }

private:
  void keep(Status status) { if (!status && status_) status_ = std::move(status); }
  template <typename T>
  T keep(Result<T> result) {
    if (result) return *result;
    if (status_) status_ = tl::unexpected(result.error());
    return T{};
  }
  // A row that says why there was no decision; `grows`: the bot's last row is of the same kind and takes it in.
  void put_missed(const Bot& bot, int64_t close_ms, const std::string& why, bool grows);
  store::BotRow row_of(const Bot& bot) const;
  int64_t now_ms() const { return account_->now_ms(); }

  store::Journal& journal_;
  BotLog& log_;
  Account* account_ = nullptr;
  Status status_;
  std::map<int64_t, BotFacts> facts_;
  std::map<int64_t, store::DecisionRow> last_decision_;
  struct Gap { int64_t row_id = 0, first_age_ms = 0; };
  std::map<int64_t, Gap> gaps_;  // by bot: the row that further candles that come late go into
  std::map<int64_t, Decimal> last_equity_;
  std::map<std::pair<int64_t, std::string>, store::AlarmRow> standing_;
  std::set<int64_t> changed_;
  struct PendingLine { std::string bot; int64_t at_ms; LogLine line; };
  std::vector<PendingLine> pending_;
};

}  // namespace stratdock
