// A thin skin over SQLite's C API: connections, cached prepared statements, and errors in words.
// Private to the store. Thread rule: a Database and its statements belong to one thread.
// Invariant: a cached statement is reset and unbound whenever no Statement object uses it, so no read stays open.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/decimal.hpp"
#include "core/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace stratdock::store {

enum class Access { read_only, read_write };

// One use of a prepared statement. Parameters count from 1, columns from 0, as in SQLite.
class Statement {
public:
  Statement(class Database& database, sqlite3_stmt* handle) : database_(&database), handle_(handle) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  void bind(int parameter, int64_t value);
  void bind(int parameter, double value);
  void bind(int parameter, std::string_view value);
  void bind(int parameter, Decimal value);  // as its canonical text
  void bind_null(int parameter);

  // True: a row is there to be read; false: the statement is done.
  Result<bool> step();
  // For statements that give no rows.
  Status run();

  bool is_null(int column) const;
  int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  // A text that is no decimal marks the statement as damaged: the next step() fails.
  Decimal decimal(int column);
  void mark_damaged(std::string what) { damage_ = std::move(what); }

private:
  Database* database_;
  sqlite3_stmt* handle_;
  std::string damage_;
};

// An open connection. Expected failures (full disk, damage, missing rights, a lock held too long) come back as Error
// values that name the file and what to do.
class Database {
public:
  // The file must exist (see create_private_file). `busy_timeout_ms`: how long to wait for another process's lock.
  static Result<std::unique_ptr<Database>> open(const std::string& path, Access access, int busy_timeout_ms);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  const std::string& path() const { return path_; }
  // Runs one or more statements whose rows nobody needs.
  Status execute(const std::string& sql);
  // Prepared once and kept. `sql` must come from the program, never from a user.
  Result<Statement> statement(std::string_view sql);
  // The first column of the first row; 0 when there is none.
  Result<int64_t> integer(std::string_view sql);
  bool in_transaction() const;
  int64_t last_insert_id() const;
  // The failure of the last call, in words.
  Error last_error() const;
  // SQLite's primary result code of the last failure, for those who decide on reopening.
  int last_code() const;
  sqlite3* handle() const { return handle_; }

private:
  explicit Database(std::string path) : path_(std::move(path)) {}
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::string path_;
  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*, Hash, std::equal_to<>> statements_;
};

}  // namespace stratdock::store
