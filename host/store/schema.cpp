#include "host/store/schema.hpp"

#include <ctime>
#include <filesystem>

#include "host/store/files.hpp"

namespace stratdock::store {
namespace {

std::string version_text(int version) { return "schema " + std::to_string(version); }

Error newer_error(const Schema& schema, const std::string& path, const FileVersion& found) {
  const std::string writer = found.written_by.empty() ? "the newer stratdock that wrote it" : found.written_by;
  return {"opening " + path + ": " + schema.what + " has " + version_text(found.version) + ", this program (stratdock " +
              STRATDOCK_VERSION + ") reads up to " + version_text(schema.version) + "; nothing was changed",
          "use " + writer + " or later", 0};
}

Status check_kind(const Schema& schema, const std::string& path, const FileVersion& found) {
  if (found.is_empty || found.application_id == schema.application_id) return {};
  if (found.application_id == backup_application_id) {
    return failure("opening " + path + ": this is a backup, not " + schema.what, "bring it back with `stratdock restore`");
  }
  return failure("opening " + path + ": this is not " + schema.what + " of stratdock", "move the file away, or use another data folder");
}

std::string stamp_sql(const Schema& schema, int version) {
  return "PRAGMA application_id=" + std::to_string(schema.application_id) + ";PRAGMA user_version=" + std::to_string(version) +
         ";INSERT INTO meta(key,value) VALUES('written_by','stratdock " STRATDOCK_VERSION
         "') ON CONFLICT(key) DO UPDATE SET value=excluded.value;";
}

// Runs everything or nothing.
Status in_transaction(Database& database, const std::string& sql) {
  Status done = database.execute("BEGIN IMMEDIATE;" + sql + "COMMIT;");
  if (!done && database.in_transaction()) (void)database.execute("ROLLBACK");
  return done;
}

Status copy_before_migration(Database& database, int version, const std::string& backup_folder) {
  if (Status made = make_private_folder(backup_folder); !made) return made;
  const std::string name = std::filesystem::path(database.path()).stem().string();
  const std::string copy = backup_folder + "/" + name + "-schema" + std::to_string(version) + "-" + time_for_file_name() + ".db";
  return copy_database(database, copy);
}

Status migrate(Database& database, const Schema& schema, int version, const std::string& backup_folder) {
  const std::string doing = "migrating " + database.path() + " from " + version_text(version) + " to " + version_text(schema.version) + ": ";
  std::string sql;
  int reached = version;
  for (const MigrationStep& step : schema.steps) {
    if (step.from != reached) continue;
    sql += step.sql;
    sql += ";";
    ++reached;
  }
  if (reached != schema.version) {
    return failure(doing + "this program has no way from " + version_text(reached) + "; nothing was changed", "use an older stratdock to migrate it first");
  }
  if (Status copied = copy_before_migration(database, version, backup_folder); !copied) {
    return failure(doing + "the backup before it failed, nothing was changed: " + copied.error().message, copied.error().hint);
  }
  // Steps may rebuild tables that others refer to; what matters is that the references hold at the end.
  Status done = database.execute("PRAGMA foreign_keys=OFF");
  if (done) done = in_transaction(database, sql + stamp_sql(schema, schema.version));
  const Status restored = database.execute("PRAGMA foreign_keys=ON");
  if (!done) return failure(doing + done.error().message + "; nothing was changed", done.error().hint);
  return restored;
}

Result<FileVersion> read_version(Database& database) {
  FileVersion found;
  const Result<int64_t> application_id = database.integer("PRAGMA application_id");
  if (!application_id) return tl::unexpected<Error>(application_id.error());
  const Result<int64_t> version = database.integer("PRAGMA user_version");
  if (!version) return tl::unexpected<Error>(version.error());
  const Result<int64_t> tables = database.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tl::unexpected<Error>(tables.error());
  found.application_id = static_cast<int>(*application_id);
  found.version = static_cast<int>(*version);
  found.is_empty = *tables == 0;
  // Best effort: a newer file may keep it elsewhere.
  if (Result<Statement> query = database.statement("SELECT value FROM meta WHERE key='written_by'"); query) {
    if (const Result<bool> row = query->step(); row && *row) found.written_by = query->text(0);
  }
  return found;
}

}  // namespace

Result<FileVersion> file_version(Database& database) {
  // One snapshot: the file may be made by another process between two of the questions.
  if (Status begun = database.execute("BEGIN"); !begun) return tl::unexpected<Error>(begun.error());
  Result<FileVersion> found = read_version(database);
  if (Status ended = database.execute("COMMIT"); !ended) return tl::unexpected<Error>(ended.error());
  return found;
}

Status bring_to_schema(Database& database, const Schema& schema, const std::string& backup_folder) {
  Result<FileVersion> found = file_version(database);
  if (!found) return tl::unexpected<Error>(found.error());
  if (found->is_empty) {
    return in_transaction(database, std::string(schema.create_sql) + stamp_sql(schema, schema.version));
  }
  if (Status ours = check_kind(schema, database.path(), *found); !ours) return ours;
  if (found->version > schema.version) return tl::unexpected<Error>(newer_error(schema, database.path(), *found));
  if (found->version < schema.version) return migrate(database, schema, found->version, backup_folder);
  return {};
}

Status require_schema(Database& database, const Schema& schema) {
  const Result<FileVersion> found = file_version(database);
  if (!found) return tl::unexpected<Error>(found.error());
  if (found->is_empty) {
    return failure("opening " + database.path() + ": " + schema.what + " is empty; no engine has run here yet", "start one with `stratdock run`");
  }
  if (Status ours = check_kind(schema, database.path(), *found); !ours) return ours;
  if (found->version > schema.version) return tl::unexpected<Error>(newer_error(schema, database.path(), *found));
  if (found->version < schema.version) {
    return failure("opening " + database.path() + ": " + schema.what + " has " + version_text(found->version) + ", this program needs " +
                       version_text(schema.version),
                   "start the engine with `stratdock run`: it migrates the file after a backup");
  }
  return {};
}

}  // namespace stratdock::store
