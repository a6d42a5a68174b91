#include "host/store/open_files.hpp"
#include "host/store/rows.hpp"
#include "host/store/store.hpp"

namespace stratdock::store {
namespace {

class SqliteCommands final : public CommandQueue {
public:
  explicit SqliteCommands(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Result<int64_t> add(const CommandRow& row) override { return add(row, false); }
  Result<int64_t> add_passing(const CommandRow& row) override { return add(row, true); }

  std::vector<CommandRow> after(int64_t id, int limit) override {
    return rows("WHERE id>?1 ORDER BY id LIMIT ?2", [&](Statement& query) {
      query.bind(1, id);
      query.bind(2, int64_t{limit});
    });
  }

  std::optional<CommandRow> find(int64_t id) override {
    std::vector<CommandRow> found = rows("WHERE id=?1", [&](Statement& query) { query.bind(1, id); });
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
  }

  Status take_failure() override { return std::exchange(failure_, Status{}); }

private:
  Result<int64_t> add(const CommandRow& row, bool passing) {
    const std::string doing = "writing command " + row.kind + (row.bot.empty() ? "" : " for bot " + row.bot) + ": ";
    const auto failed = [&](const Error& error) {
      if (database_->in_transaction()) (void)database_->execute("ROLLBACK");
      return failure(doing + error.message, error.hint);
    };
    if (const Status begun = database_->execute("BEGIN IMMEDIATE"); !begun) return failed(begun.error());
    const Result<int64_t> known = known_id(row);
    if (!known) return failed(known.error());
    int64_t id = *known;
    if (id == 0) {
      if (const Status dropped = passing ? drop_earlier(row) : Status{}; !dropped) return failed(dropped.error());
      CommandRow fresh = row;
      fresh.id = 0;
      if (const Status written = write_row(*database_, row_sql<CommandRow>().insert, fresh); !written) return failed(written.error());
      id = database_->last_insert_id();
    }
    if (const Status committed = database_->execute("COMMIT"); !committed) return failed(committed.error());
    return id;
  }

  Status drop_earlier(const CommandRow& row) {
    Result<Statement> query = database_->statement("DELETE FROM commands WHERE kind=?1 AND bot=?2");
    if (!query) return tl::unexpected<Error>(query.error());
    query->bind(1, std::string_view(row.kind));
    query->bind(2, std::string_view(row.bot));
    return query->run();
  }

  // The id of the command that had this key before; 0 where there is none.
  Result<int64_t> known_id(const CommandRow& row) {
    if (row.idempotency_key.empty()) return 0;
    Result<Statement> query = database_->statement("SELECT id FROM commands WHERE origin=?1 AND idempotency_key=?2 AND idempotency_key<>''");
    if (!query) return tl::unexpected<Error>(query.error());
    query->bind(1, std::string_view(row.origin));
    query->bind(2, std::string_view(row.idempotency_key));
    const Result<bool> found = query->step();
    if (!found) return tl::unexpected<Error>(found.error());
    return *found ? query->integer(0) : 0;
  }

  template <typename Bind>
  std::vector<CommandRow> rows(const std::string& where, const Bind& bind) {
    Result<Statement> query = database_->statement(row_sql<CommandRow>().select + where);
    if (query) {
      bind(*query);
      Result<std::vector<CommandRow>> found = read_rows<CommandRow>(*query);
      if (found) return std::move(*found);
      if (failure_) failure_ = tl::unexpected<Error>(found.error());
    } else if (failure_) {
      failure_ = tl::unexpected<Error>(query.error());
    }
    return {};
  }

  std::unique_ptr<Database> database_;
  Status failure_;
};

}  // namespace

Result<std::unique_ptr<CommandQueue>> open_commands(const std::string& folder) {
  Result<std::unique_ptr<Database>> opened = open_for_writing(folder, commands_path(folder), commands_schema(), Durability::power_loss);
  if (!opened) return tl::unexpected<Error>(opened.error());
  return std::make_unique<SqliteCommands>(std::move(*opened));
}

}  // namespace stratdock::store
