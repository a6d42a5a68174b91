#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "host/store/open_files.hpp"
#include "host/store/reader_connection.hpp"
#include "host/store/rows.hpp"
#include "host/store/store.hpp"

namespace stratdock::store {
namespace {

// Ranks what fits `?1`: the pair itself, then its base asset, then beginnings, then any part; among equals the pairs that
// trade, those in the quote asset that most pairs have, and the shortest.
constexpr const char* symbol_search =
    "JOIN (SELECT quote AS popular, count(*) AS pairs FROM symbols GROUP BY quote) ON popular = quote "
    "WHERE instr(symbol, ?1) > 0 OR instr(base, ?1) > 0 OR instr(quote, ?1) > 0 "
    "ORDER BY CASE WHEN symbol = ?1 THEN 0 WHEN base = ?1 THEN 1 WHEN instr(symbol, ?1) = 1 THEN 2 WHEN quote = ?1 THEN 3 ELSE 4 END, "
    "status <> 'TRADING', pairs DESC, length(symbol), symbol LIMIT ?2";

template <typename Base>
class LiveReads : public Base {
public:
  std::vector<PriceRow> prices() override { return all<PriceRow>("ORDER BY symbol"); }
  std::vector<MarketPriceRow> market_prices() override { return all<MarketPriceRow>("ORDER BY symbol"); }
  std::vector<BalanceRow> balances() override { return all<BalanceRow>("ORDER BY asset"); }
  std::vector<BotLiveRow> bots() override { return all<BotLiveRow>("ORDER BY bot_id"); }
  std::vector<PluginRow> plugins() override { return all<PluginRow>("ORDER BY file"); }
  std::vector<StrategyRow> strategies() override { return all<StrategyRow>("ORDER BY id"); }
  std::vector<HealthRow> health() override { return all<HealthRow>("ORDER BY key"); }
  std::vector<IndicatorMark> indicator_marks() override { return all<IndicatorMark>("ORDER BY bot_id"); }
  std::optional<IndicatorRow> indicators(int64_t bot_id) override {
    auto found = selected<IndicatorRow>("WHERE bot_id=?1", [&](Statement& statement) { statement.bind(1, bot_id); });
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
  }
  std::vector<SymbolRow> symbols(const std::string& query, int limit) override {
    std::string upper;
    for (const char letter : query) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    return selected<SymbolRow>(symbol_search, [&](Statement& statement) {
      statement.bind(1, std::string_view(upper));
      statement.bind(2, int64_t{limit < 0 ? 0 : limit});
    });
  }
  Status take_failure() override { return std::exchange(failure_, Status{}); }

protected:
  virtual Result<Database*> database() = 0;
  virtual void read_failed() {}
  void note(const Error& error) {
    if (failure_) failure_ = tl::unexpected<Error>(error);
  }

private:
  template <typename Row>
  std::vector<Row> all(const char* order) {
    return selected<Row>(order, [](Statement&) {});
  }
  template <typename Row, typename Bind>
  std::vector<Row> selected(const char* rest, const Bind& bind) {
    Result<std::vector<Row>> found = try_select<Row>(rest, bind);
    if (!found) {
      // The engine may have replaced the file between two looks at it: once more with the new one.
      read_failed();
      found = try_select<Row>(rest, bind);
    }
    if (found) return std::move(*found);
    note(found.error());
    return {};
  }
  template <typename Row, typename Bind>
  Result<std::vector<Row>> try_select(const char* rest, const Bind& bind) {
    const Result<Database*> source = database();
    if (!source) return tl::unexpected<Error>(source.error());
    Result<Statement> query = (*source)->statement(row_sql<Row>().select + rest);
    if (!query) return tl::unexpected<Error>(query.error());
    bind(*query);
    return read_rows<Row>(*query);
  }

  Status failure_;
};

class ReadOnlyLive final : public LiveReads<LiveReader> {
public:
  explicit ReadOnlyLive(ReaderConnection connection) : connection_(std::move(connection)) {}

private:
  Result<Database*> database() override { return connection_.database(); }
  void read_failed() override { connection_.note_failure(); }
  ReaderConnection connection_;
};

class SqliteLive final : public LiveReads<Live> {
public:
  explicit SqliteLive(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Status begin() override {
    write_failure_ = Status{};
    return database_->execute("BEGIN IMMEDIATE");
  }
  Status commit() override {
    Status done = std::exchange(write_failure_, Status{});
    if (done) done = database_->execute("COMMIT");
    if (!done && database_->in_transaction()) (void)database_->execute("ROLLBACK");
    return done;
  }
  void put_price(const PriceRow& row) override { put(row); }
  void put_bot(const BotLiveRow& row) override { put(row); }
  void put_health(const HealthRow& row) override { put(row); }
  void put_indicators(const IndicatorRow& row) override { put(row); }
  void drop_indicators(int64_t bot_id) override {
    if (!write_failure_) return;
    auto statement = database_->statement("DELETE FROM indicators WHERE bot_id=?1");
    if (!statement) return keep(tl::unexpected<Error>(statement.error()));
    statement->bind(1, bot_id);
    keep(statement->run());
  }
  void set_market_prices(const std::vector<MarketPriceRow>& rows) override { set(rows); }
  void set_balances(const std::vector<BalanceRow>& rows) override { set(rows); }
  void set_symbols(const std::vector<SymbolRow>& rows) override { set(rows); }
  void set_plugins(const std::vector<PluginRow>& rows) override { set(rows); }
  void set_strategies(const std::vector<StrategyRow>& rows) override { set(rows); }

private:
  Result<Database*> database() override { return database_.get(); }
  void keep(const Status& done) {
    if (!done && write_failure_) write_failure_ = done;
  }
  template <typename Row>
  void put(const Row& row) {
    // After a failure SQLite may have ended the transaction, and what follows would stay by itself.
    if (!write_failure_) return;
    keep(write_row(*database_, row_sql<Row>().upsert, row));
  }
  template <typename Row>
  void set(const std::vector<Row>& rows) {
    if (!write_failure_) return;
    keep(database_->execute(std::string("DELETE FROM ") + Fields<Row>::table));
    for (const Row& row : rows) put(row);
  }

  std::unique_ptr<Database> database_;
  Status write_failure_;  // the first one; given back by commit()
};

// An empty live view under the name `path`, closed again and without a log beside it.
Status make_empty_live(const std::string& folder, const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) unlink((path + suffix).c_str());
  const Result<std::unique_ptr<Database>> made = open_for_writing(folder, path, live_schema(), Durability::process_death);
  if (!made) return tl::unexpected<Error>(made.error());
  return (*made)->execute("PRAGMA journal_mode=DELETE");
}

}  // namespace

Result<std::unique_ptr<Live>> open_live(const std::string& folder) {
  // Made anew each time: without synchronous writes a power loss may have left anything in it. It takes the old one's
  // place in one step, so that readers never miss it; they see the new inode and change over. The old log goes before,
  // since nobody may read it together with the new file.
  const std::string path = live_path(folder), fresh = path + ".new";
  if (Status made = make_empty_live(folder, fresh); !made) return tl::unexpected<Error>(made.error());
  for (const char* suffix : {"-wal", "-shm"}) unlink((path + suffix).c_str());
  if (rename(fresh.c_str(), path.c_str()) != 0) {
    return failure("putting a new " + path + " in place: " + std::strerror(errno), "check the rights of the data folder");
  }
  Result<std::unique_ptr<Database>> opened = open_for_writing(folder, live_path(folder), live_schema(), Durability::process_death);
  if (!opened) return tl::unexpected<Error>(opened.error());
  return std::make_unique<SqliteLive>(std::move(*opened));
}

Result<std::unique_ptr<LiveReader>> open_live_reader(const std::string& folder) {
  Result<ReaderConnection> connection = ReaderConnection::open(live_path(folder), live_schema());
  if (!connection) return tl::unexpected<Error>(connection.error());
  return std::make_unique<ReadOnlyLive>(std::move(*connection));
}

}  // namespace stratdock::store
