#include "host/store/sqlite.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstring>

namespace stratdock::store {
namespace {

std::string free_space_text(const std::string& path) {
  struct statvfs space;
  if (statvfs(path.c_str(), &space) != 0) return "";
  return "; " + std::to_string(uint64_t{space.f_bavail} * space.f_frsize / 1024) + " KiB free on its disk";
}

std::string owner_text(const std::string& path) {
  struct stat found;
  if (stat(path.c_str(), &found) != 0) return "";
  return "; it belongs to user " + std::to_string(found.st_uid) + ", this program runs as user " + std::to_string(geteuid());
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), handle_(other.handle_), damage_(std::move(other.damage_)) {
  other.handle_ = nullptr;
}

Statement::~Statement() {
  if (handle_ == nullptr) return;
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

void Statement::bind(int parameter, int64_t value) { sqlite3_bind_int64(handle_, parameter, value); }
void Statement::bind(int parameter, double value) { sqlite3_bind_double(handle_, parameter, value); }
void Statement::bind(int parameter, std::string_view value) {
  // A null pointer would bind NULL: the empty text needs an address.
  sqlite3_bind_text(handle_, parameter, value.empty() ? "" : value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
}
void Statement::bind(int parameter, Decimal value) { bind(parameter, std::string_view(value.text())); }
void Statement::bind_null(int parameter) { sqlite3_bind_null(handle_, parameter); }

Result<bool> Statement::step() {
  if (!damage_.empty()) {
    return failure("reading " + database_->path() + ": " + damage_, "the file is damaged; restore a backup");
  }
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return tl::unexpected<Error>(database_->last_error());
}

Status Statement::run() {
  const Result<bool> done = step();
  if (!done) return tl::unexpected<Error>(done.error());
  return {};
}

bool Statement::is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }
double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<size_t>(sqlite3_column_bytes(handle_, column)));
}

Decimal Statement::decimal(int column) {
  const std::string found = text(column);
  const Result<Decimal> parsed = Decimal::parse(found);
  if (parsed) return *parsed;
  damage_ = "column " + std::string(sqlite3_column_name(handle_, column)) + " holds '" + found + "', which is no decimal";
  return {};
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Access access, int busy_timeout_ms) {
  std::unique_ptr<Database> database(new Database(path));
  const int flags = (access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &database->handle_, flags, nullptr);
  if (code != SQLITE_OK) {
    if (database->handle_ == nullptr) return failure("cannot open " + path + ": out of memory");
    return tl::unexpected<Error>(database->last_error());
  }
  sqlite3_extended_result_codes(database->handle_, 1);
  sqlite3_busy_timeout(database->handle_, busy_timeout_ms);
  // A damaged or foreign file shows itself at the first read, so this comes before anybody relies on it.
  Status readable = database->execute("PRAGMA trusted_schema=OFF; SELECT count(*) FROM sqlite_schema");
  if (readable && access == Access::read_only) readable = database->execute("PRAGMA query_only=ON");
  if (!readable) return tl::unexpected<Error>(readable.error());
  return database;
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Status Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return tl::unexpected<Error>(last_error());
  return {};
}

Result<Statement> Database::statement(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) return Statement(*this, found->second);
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (code != SQLITE_OK) return tl::unexpected<Error>(last_error());
  statements_.emplace(sql, prepared);
  return Statement(*this, prepared);
}

Result<int64_t> Database::integer(std::string_view sql) {
  Result<Statement> query = statement(sql);
  if (!query) return tl::unexpected<Error>(query.error());
  const Result<bool> row = query->step();
  if (!row) return tl::unexpected<Error>(row.error());
  return *row ? query->integer(0) : 0;
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }
int Database::last_code() const { return sqlite3_errcode(handle_) & 0xff; }

Error Database::last_error() const {
  const std::string words = sqlite3_errmsg(handle_);
  const int system_error = sqlite3_system_errno(handle_);
  const std::string system_words = system_error == 0 ? "" : std::string(" (") + std::strerror(system_error) + ")";
  switch (last_code()) {
  case SQLITE_FULL:
    return {"writing " + path_ + ": the disk is full" + free_space_text(path_), "free some space; everything committed before is safe", 0};
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return {"reading " + path_ + ": the file is damaged: " + words, "move it away and restore a backup with `stratdock restore`", 0};
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return {"using " + path_ + ": another process has kept it locked for too long", "look for a second stratdock or a backup tool holding the file", 0};
  case SQLITE_PERM:
  case SQLITE_READONLY:
  case SQLITE_AUTH:
  case SQLITE_CANTOPEN:
    return {"opening " + path_ + ": " + words + system_words + owner_text(path_), "run as the user who owns the data folder", 0};
  case SQLITE_IOERR:
    return {"using " + path_ + ": " + words + system_words + free_space_text(path_), "check the disk; everything committed before is safe", 0};
  default: return {"using " + path_ + ": " + words, "", 0};
  }
}

}  // namespace stratdock::store
