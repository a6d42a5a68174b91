#include "core/check.hpp"
#include "host/store/journal_reads.hpp"
#include "host/store/open_files.hpp"

namespace stratdock::store {
namespace {

constexpr int64_t kept_logs_a_bot = 2'000;
// Old lines are cut off now and then: for each line it would cost more than the line itself.
constexpr int lines_between_cuts = 100;

class SqliteJournal final : public JournalReads<Journal> {
public:
  explicit SqliteJournal(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  ~SqliteJournal() override { SqliteJournal::rollback(); }

  Status begin() override;
  Status commit() override;
  void rollback() override;
  Status take_failure() override { return std::exchange(failure_, Status{}); }
  int64_t last_rev() override { return open_ ? rev_ : JournalReads<Journal>::last_rev(); }

  Result<int64_t> put_bot(const BotRow& row) override { return put(row, "putting down bot " + row.settings.name); }
  Result<int64_t> put_decision(const DecisionRow& row) override { return put(row, "putting down a decision of " + owner(row.bot_id)); }
  Result<int64_t> put_intent(const IntentRow& row) override { return put(row, "putting down an intent of " + owner(row.bot_id)); }
  Status put_order(const OrderRow& row) override {
    return write(row_sql<OrderRow>().upsert, row, "putting down order " + row.symbol + " " + std::to_string(row.order_id));
  }
  Status add_fill(const FillRow& row) override {
    return write(row_sql<FillRow>().insert, row, "putting down fill " + row.symbol + " " + std::to_string(row.trade_id));
  }
  Result<int64_t> add_trade(const TradeRow& row) override { return add(row, "putting down a trade of " + owner(row.bot_id)); }
  Status add_ledger(const LedgerRow& row) override;
  Result<int64_t> put_alarm(const AlarmRow& row) override { return put(row, "putting down alarm " + row.code); }
  Status add_state_change(const StateChangeRow& row) override {
    return write(row_sql<StateChangeRow>().insert, row, "putting down a change of state of " + owner(row.bot_id));
  }
  Status add_log(const LogRow& row) override;
  Status add_equity(const EquityRow& row) override {
    return write(row_sql<EquityRow>().upsert, row, "putting down the equity of " + owner(row.bot_id));
  }
  Status put_command_result(const CommandResultRow& row) override {
    return write(row_sql<CommandResultRow>().upsert, row, "putting down the result of command " + std::to_string(row.command_id));
  }
  Status put_meta(const std::string& key, const std::string& value) override;
  Status add_candle(const std::string& symbol, int64_t interval_ms, const Candle& candle) override;
  Status put_paper(const std::string& key, const std::string& value) override;
  std::vector<std::pair<std::string, std::string>> paper_values() override;

private:
  static std::string owner(int64_t bot_id) { return "bot " + std::to_string(bot_id); }

  Result<Database*> database() override { return database_.get(); }
  void read_failed(const Error& error) override {
    if (failure_) failure_ = tl::unexpected<Error>(error);
    if (open_) (void)broken("reading the journal", error);
  }

  // A transaction in which anything failed cannot be committed any more: half of it would be a lie.
  Status broken(const std::string& doing, const Error& error) {
    if (!error_) error_ = Error{doing + ": " + error.message, error.hint, 0};
    return tl::unexpected<Error>(*error_);
  }
  Status writable() {
    if (!open_) return failure("writing the journal outside of a transaction", "call begin() first");
    if (error_) return tl::unexpected<Error>(*error_);
    return {};
  }
  template <typename Row>
  Status write(const std::string& sql, const Row& row, const std::string& doing) {
    if (Status ready = writable(); !ready) return ready;
    if (const Status done = write_row(*database_, sql, row, ++rev_); !done) return broken(doing, done.error());
    return {};
  }
  template <typename Row>
  Result<int64_t> write_with_id(const std::string& sql, const Row& row, const std::string& doing) {
    if (Status done = write(sql, row, doing); !done) return tl::unexpected<Error>(done.error());
    return row.id != 0 ? row.id : database_->last_insert_id();
  }
  template <typename Row>
  Result<int64_t> put(const Row& row, const std::string& doing) {
    return write_with_id(row_sql<Row>().upsert, row, doing);
  }
  template <typename Row>
  Result<int64_t> add(const Row& row, const std::string& doing) {
    return write_with_id(row_sql<Row>().insert, row, doing);
  }
  // Runs a statement of which `bind` sets the parameters.
  template <typename Bind>
  Status change(std::string_view sql, const std::string& doing, const Bind& bind) {
    if (Status ready = writable(); !ready) return ready;
    Result<Statement> statement = database_->statement(sql);
    if (!statement) return broken(doing, statement.error());
    bind(*statement);
    if (const Status done = statement->run(); !done) return broken(doing, done.error());
    return {};
  }
  Result<int64_t> series_id(const std::string& symbol, int64_t interval_ms);
  Status store_rev();
  void end();

  std::unique_ptr<Database> database_;
  bool open_ = false;
  int64_t rev_ = 0, rev_at_begin_ = 0;
  std::optional<Error> error_;  // what broke the open transaction
  Status failure_;
  std::unordered_map<std::string, int64_t> series_ids_;  // by "SYMBOL interval"; emptied by a rollback
  std::unordered_map<int64_t, int> lines_since_cut_;
};

Status SqliteJournal::begin() {
  STRATDOCK_CHECK(!open_);
  // Immediate: a second writer is found out now and not at the first write.
  Result<Statement> statement = database_->statement("BEGIN IMMEDIATE");
  if (!statement) return tl::unexpected<Error>(statement.error());
  if (Status begun = statement->run(); !begun) return begun;
  rev_at_begin_ = JournalReads<Journal>::last_rev();
  rev_ = rev_at_begin_;
  open_ = true;
  error_.reset();
  if (!failure_) {
    const Error error = failure_.error();
    rollback();
    return tl::unexpected<Error>(error);
  }
  return {};
}

Status SqliteJournal::store_rev() {
  if (rev_ == rev_at_begin_) return {};
  return change("UPDATE meta SET value=CAST(?1 AS TEXT) WHERE key='rev'", "counting the changes", [&](Statement& statement) { statement.bind(1, rev_); });
}

Status SqliteJournal::commit() {
  if (!open_) return failure("committing to the journal outside of a transaction", "call begin() first");
  Status done = error_ ? Status(tl::unexpected<Error>(*error_)) : store_rev();
  if (done) {
    Result<Statement> statement = database_->statement("COMMIT");
    done = statement ? statement->run() : Status(tl::unexpected<Error>(statement.error()));
    if (!done) done = failure("committing to the journal: " + done.error().message, done.error().hint);
  }
  if (!done) {
    rollback();
    return done;
  }
  end();
  return {};
}

void SqliteJournal::rollback() {
  if (!open_) return;
  // A full disk or an I/O error has ended the transaction already.
  if (database_->in_transaction()) (void)database_->execute("ROLLBACK");
  series_ids_.clear();
  end();
}

void SqliteJournal::end() {
  open_ = false;
  error_.reset();
}

Status SqliteJournal::add_ledger(const LedgerRow& row) {
  const std::string doing = "putting down the ledger of " + row.account;
  Decimal balance;
  each("SELECT amount FROM account_balances WHERE account=?1 AND asset=?2",
       [&](Statement& query) {
         query.bind(1, std::string_view(row.account));
         query.bind(2, std::string_view(row.asset));
       },
       [&](Statement& found) { balance = found.decimal(0); });
  LedgerRow stamped = row;
  stamped.balance_after = balance + row.amount;
  if (Status done = write(row_sql<LedgerRow>().insert, stamped, doing); !done) return done;
  return change("INSERT INTO account_balances(account,asset,amount) VALUES(?1,?2,?3) "
                "ON CONFLICT(account,asset) DO UPDATE SET amount=excluded.amount",
                doing, [&](Statement& statement) {
                  statement.bind(1, std::string_view(row.account));
                  statement.bind(2, std::string_view(row.asset));
                  statement.bind(3, stamped.balance_after);
                });
}

Status SqliteJournal::add_log(const LogRow& row) {
  if (Status done = write(row_sql<LogRow>().insert, row, "putting down a log line of " + owner(row.bot_id)); !done) return done;
  int& lines = lines_since_cut_[row.bot_id];
  if (++lines < lines_between_cuts) return {};
  lines = 0;
  return change("DELETE FROM logs WHERE bot_id IS ?1 AND id<=(SELECT id FROM logs WHERE bot_id IS ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                "cutting off old log lines of " + owner(row.bot_id), [&](Statement& statement) {
                  if (row.bot_id == 0) {
                    statement.bind_null(1);
                  } else {
                    statement.bind(1, row.bot_id);
                  }
                  statement.bind(2, kept_logs_a_bot);
                });
}

Status SqliteJournal::put_meta(const std::string& key, const std::string& value) {
  if (key == "rev" || key == "written_by") return failure("putting down " + key + ": the store keeps this name for itself");
  return change("INSERT INTO meta(key,value) VALUES(?1,?2) ON CONFLICT(key) DO UPDATE SET value=excluded.value", "putting down " + key,
                [&](Statement& statement) {
                  statement.bind(1, std::string_view(key));
                  statement.bind(2, std::string_view(value));
                });
}

Result<int64_t> SqliteJournal::series_id(const std::string& symbol, int64_t interval_ms) {
  const std::string name = symbol + " " + std::to_string(interval_ms);
  if (const auto found = series_ids_.find(name); found != series_ids_.end()) return found->second;
  const auto bind = [&](Statement& statement) {
    statement.bind(1, std::string_view(symbol));
    statement.bind(2, interval_ms);
  };
  const Status made = change("INSERT INTO series(symbol,interval_ms) VALUES(?1,?2) ON CONFLICT DO NOTHING", "adding candles of " + symbol, bind);
  if (!made) return tl::unexpected<Error>(made.error());
  int64_t id = 0;
  each("SELECT id FROM series WHERE symbol=?1 AND interval_ms=?2", bind, [&](Statement& row) { id = row.integer(0); });
  if (Status ready = writable(); !ready) return tl::unexpected<Error>(ready.error());
  series_ids_.emplace(name, id);
  return id;
}

Status SqliteJournal::add_candle(const std::string& symbol, int64_t interval_ms, const Candle& candle) {
  const Result<int64_t> series = series_id(symbol, interval_ms);
  if (!series) return tl::unexpected<Error>(series.error());
  return change("INSERT INTO candles(series_id,open_time_ms,open,high,low,close,volume,quote_volume,taker_buy_volume,trade_count) "
                "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT DO NOTHING",
                "adding a candle of " + symbol, [&](Statement& statement) {
                  statement.bind(1, *series);
                  statement.bind(2, candle.open_time_ms);
                  const double columns[] = {candle.open,   candle.high,         candle.low,             candle.close,
                                            candle.volume, candle.quote_volume, candle.taker_buy_volume};
                  int parameter = 3;
                  for (const double value : columns) statement.bind(parameter++, value);
                  statement.bind(parameter, candle.trade_count);
                });
}

Status SqliteJournal::put_paper(const std::string& key, const std::string& value) {
  const auto bind = [&](Statement& statement) {
    statement.bind(1, std::string_view(key));
    if (!value.empty()) statement.bind(2, std::string_view(value));
  };
  if (value.empty()) return change("DELETE FROM paper WHERE key=?1", "removing the paper exchange's " + key, bind);
  return change("INSERT INTO paper(key,value) VALUES(?1,?2) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
                "putting down the paper exchange's " + key, bind);
}

std::vector<std::pair<std::string, std::string>> SqliteJournal::paper_values() {
  std::vector<std::pair<std::string, std::string>> values;
  each("SELECT key, value FROM paper ORDER BY key", [](Statement&) {},
       [&](Statement& row) { values.emplace_back(row.text(0), row.text(1)); });
  return values;
}

// A page that is damaged in the middle of the file would show itself only when somebody needs it, perhaps half-way through
// a trade. Above this size the look at every page would delay the start by more than it is worth.
constexpr int64_t checked_whole_up_to_bytes = 64 << 20;

Status check_pages(Database& database) {
  const Result<int64_t> bytes = database.integer("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()");
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  if (*bytes > checked_whole_up_to_bytes) return {};
  Result<Statement> check = database.statement("PRAGMA quick_check(1)");
  if (!check) return tl::unexpected<Error>(check.error());
  const Result<bool> row = check->step();
  if (!row) return tl::unexpected<Error>(row.error());
  if (check->text(0) == "ok") return {};
  return failure("opening " + database.path() + ": the file is damaged: " + check->text(0),
                 "move it away and restore a backup with `stratdock restore`");
}

}  // namespace

Result<std::unique_ptr<Journal>> open_journal(const std::string& folder) {
  if (file_identity(restoring_path(folder)) != FileIdentity{} && file_identity(journal_path(folder)) == FileIdentity{}) {
    return failure("opening " + journal_path(folder) + ": a restore was interrupted before it had put the journal in place",
                   "run `stratdock restore` again");
  }
  Result<std::unique_ptr<Database>> opened = open_for_writing(folder, journal_path(folder), journal_schema(), Durability::power_loss);
  if (!opened) return tl::unexpected<Error>(opened.error());
  if (Status whole = check_pages(**opened); !whole) return tl::unexpected<Error>(whole.error());
  return std::make_unique<SqliteJournal>(std::move(*opened));
}

}  // namespace stratdock::store
