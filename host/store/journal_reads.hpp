// The reading half of the journal, shared by the engine's Journal and everybody's JournalReader.
// Private to the store. Thread rule: belongs to one thread. Invariant: a read that fails gives no rows and leaves its
// Error with the object (see read_failed), so that nobody takes "nothing" for an answer unknowingly.
#pragma once

#include <algorithm>
#include <utility>

#include "host/store/rows.hpp"
#include "host/store/store.hpp"

namespace stratdock::store {

// How a table is listed: its order (newest first; Range::before_id is compared with it) and its times.
struct ListShape {
  const char* order = "id";
  const char* from_column = "at_ms";   // Range::from_ms is compared with this one
  const char* until_column = "at_ms";  // Range::until_ms with this one
  const char* owner = "bot_id";
  const char* owner_index = "_bot";
};

template <typename Base>
class JournalReads : public Base {
public:
  int64_t last_rev() override {
    return number("SELECT CAST(value AS INTEGER) FROM meta WHERE key='rev'");
  }
  std::vector<BotRow> bots(int64_t after_rev, bool with_deleted) override {
    const std::string index = after_rev > 0 ? "INDEXED BY bots_rev " : "";
    return rows<BotRow>(index + "WHERE rev>?1" + (with_deleted ? "" : " AND deleted_ms=0") + " ORDER BY id", after_rev);
  }
  std::optional<BotRow> bot(int64_t id) override { return first(rows<BotRow>("WHERE id=?1", id)); }
  std::optional<BotRow> bot_named(const std::string& name) override {
    return first(rows<BotRow>("WHERE name=?1 AND deleted_ms=0", std::string_view(name)));
  }
  std::vector<DecisionRow> decisions(int64_t bot_id, const Range& range) override {
    return list<DecisionRow>({.from_column = "last_ms", .until_column = "first_ms"}, bot_id, range);
  }
  std::vector<IntentRow> intents(int64_t bot_id, const Range& range) override { return list<IntentRow>({}, bot_id, range); }
  std::vector<OrderRow> orders(int64_t bot_id, const Range& range) override {
    return list<OrderRow>({.order = "rev", .from_column = "time_ms", .until_column = "time_ms"}, bot_id, range);
  }
  std::vector<FillRow> fills(int64_t bot_id, const Range& range) override {
    return list<FillRow>({.order = "rev", .from_column = "time_ms", .until_column = "time_ms"}, bot_id, range);
  }
  std::vector<TradeRow> trades(int64_t bot_id, const Range& range) override {
    return list<TradeRow>({.from_column = "exit_ms", .until_column = "exit_ms"}, bot_id, range);
  }
  std::vector<LedgerRow> ledger(const std::string& account, const Range& range) override {
    return list<LedgerRow>({.owner = "account", .owner_index = "_account"}, account, range);
  }
  std::vector<AlarmRow> alarms(int64_t bot_id, const Range& range) override { return list<AlarmRow>({}, bot_id, range); }
  std::vector<StateChangeRow> state_changes(int64_t bot_id, const Range& range) override {
    return list<StateChangeRow>({}, bot_id, range);
  }
  std::vector<LogRow> logs(int64_t bot_id, const Range& range) override { return list<LogRow>({}, bot_id, range); }
  std::vector<EquityRow> equity(int64_t bot_id, const Range& range) override {
    return list<EquityRow>({.order = "at_ms", .owner_index = nullptr}, bot_id, range);
  }
  std::optional<CommandResultRow> command_result(int64_t command_id) override {
    return first(rows<CommandResultRow>("WHERE command_id=?1", command_id));
  }

  std::vector<JournalReader::AccountBalance> account_balances() override {
    std::vector<JournalReader::AccountBalance> balances;
    each("SELECT account, asset, amount FROM account_balances ORDER BY account, asset", [](Statement&) {},
         [&](Statement& row) { balances.push_back({row.text(0), row.text(1), row.decimal(2)}); });
    return balances;
  }

  CandleSeries candles(const std::string& symbol, int64_t interval_ms, int64_t from_ms, int64_t until_ms, size_t limit) override {
    std::vector<Candle> newest_first;
    each("SELECT open_time_ms, open, high, low, close, volume, quote_volume, taker_buy_volume, trade_count FROM candles "
         "WHERE series_id=(SELECT id FROM series WHERE symbol=?1 AND interval_ms=?2) "
         "AND open_time_ms>=?3 AND open_time_ms<?4 ORDER BY open_time_ms DESC LIMIT ?5",
         [&](Statement& query) {
           query.bind(1, std::string_view(symbol));
           query.bind(2, interval_ms);
           query.bind(3, from_ms);
           query.bind(4, until_ms == 0 ? INT64_MAX : until_ms);
           query.bind(5, static_cast<int64_t>(std::min<size_t>(limit, INT64_MAX)));
         },
         [&](Statement& row) {
           newest_first.push_back({row.integer(0), row.real(1), row.real(2), row.real(3), row.real(4), row.real(5),
                                   row.real(6), row.real(7), row.integer(8)});
         });
    CandleSeries series(interval_ms);
    series.reserve(newest_first.size());
    for (size_t row = newest_first.size(); row-- > 0;) series.append(newest_first[row]);
    return series;
  }

  std::string meta(const std::string& key) override {
    std::string value;
    each("SELECT value FROM meta WHERE key=?1", [&](Statement& query) { query.bind(1, std::string_view(key)); },
         [&](Statement& row) { value = row.text(0); });
    return value;
  }

protected:
  // Where to read now.
  virtual Result<Database*> database() = 0;
  virtual void read_failed(const Error& error) = 0;

  // Runs `sql` and hands each row to `use`.
  template <typename Bind, typename Use>
  void each(std::string_view sql, const Bind& bind, const Use& use) {
    if (const Status done = try_each(sql, bind, use); !done) read_failed(done.error());
  }

private:
  static constexpr int maximum_limit = 5'000;

  template <typename Bind, typename Use>
  Status try_each(std::string_view sql, const Bind& bind, const Use& use) {
    const Result<Database*> source = database();
    if (!source) return tl::unexpected<Error>(source.error());
    Result<Statement> query = (*source)->statement(sql);
    if (!query) return tl::unexpected<Error>(query.error());
    bind(*query);
    for (;;) {
      const Result<bool> row = query->step();
      if (!row) return tl::unexpected<Error>(row.error());
      if (!*row) return {};
      use(*query);
    }
  }

  int64_t number(std::string_view sql) {
    int64_t value = 0;
    each(sql, [](Statement&) {}, [&](Statement& row) { value = row.integer(0); });
    return value;
  }

  template <typename Row, typename Argument>
  std::vector<Row> rows(const std::string& where, const Argument& argument) {
    return selected<Row>(row_sql<Row>().select + where, [&](Statement& query) { query.bind(1, argument); });
  }

  template <typename Row, typename Bind>
  std::vector<Row> selected(const std::string& sql, const Bind& bind) {
    std::vector<Row> found;
    const auto read = [&]() -> Status {
      const Result<Database*> source = database();
      if (!source) return tl::unexpected<Error>(source.error());
      Result<Statement> query = (*source)->statement(sql);
      if (!query) return tl::unexpected<Error>(query.error());
      bind(*query);
      Result<std::vector<Row>> got = read_rows<Row>(*query);
      if (!got) return tl::unexpected<Error>(got.error());
      found = std::move(*got);
      return {};
    };
    if (const Status done = read(); !done) read_failed(done.error());
    return found;
  }

  template <typename Row>
  static std::optional<Row> first(std::vector<Row> found) {
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
  }

  static bool is_everybody(int64_t bot_id) { return bot_id == 0; }
  static bool is_everybody(const std::string& account) { return account.empty(); }

  template <typename Row, typename Owner>
  std::vector<Row> list(const ListShape& shape, const Owner& owner, const Range& range) {
    const std::string table = Fields<Row>::table;
    const bool everybody = is_everybody(owner);
    std::string sql = row_sql<Row>().select;
    // The index is named since SQLite, knowing no statistics, may walk a whole table to avoid a small sort.
    if (range.after_rev > 0) {
      sql += "INDEXED BY " + table + "_rev ";
    } else if (!everybody && shape.owner_index != nullptr) {
      sql += "INDEXED BY " + table + shape.owner_index + " ";
    }
    sql += "WHERE 1";
    if (range.after_rev > 0) sql += " AND rev>?1";
    if (!everybody) sql += std::string(" AND ") + shape.owner + "=?2";
    if (range.from_ms != 0) sql += std::string(" AND ") + shape.from_column + ">=?3";
    if (range.until_ms != 0) sql += std::string(" AND ") + shape.until_column + "<?4";
    if (range.before_id != 0) sql += std::string(" AND ") + shape.order + "<?5";
    sql += std::string(" ORDER BY ") + shape.order + " DESC LIMIT ?6";
    return selected<Row>(sql, [&](Statement& query) {
      if (range.after_rev > 0) query.bind(1, range.after_rev);
      if (!everybody) query.bind(2, owner);
      if (range.from_ms != 0) query.bind(3, range.from_ms);
      if (range.until_ms != 0) query.bind(4, range.until_ms);
      if (range.before_id != 0) query.bind(5, range.before_id);
      query.bind(6, int64_t{std::clamp(range.limit, 0, maximum_limit)});
    });
  }
};

}  // namespace stratdock::store
