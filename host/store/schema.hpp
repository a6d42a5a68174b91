// The versions of the files: what each holds, how an older one becomes a newer one, and who may open what.
// Private to the store (and its tests). Thread rule: functions. Invariant: a file's user_version is the schema it really
// has: creation and every migration change both in one transaction.
#pragma once

#include <span>
#include <string>

#include "core/result.hpp"
#include "host/store/sqlite.hpp"

namespace stratdock::store {

// Brings a file of version `from` to from + 1.
struct MigrationStep {
  int from;
  const char* sql;
};

struct Schema {
  const char* what;                      // "the journal", for messages
  int application_id;                    // SQLite's application_id: tells our files apart from others' and from each other
  int version;                           // what this program writes
  const char* create_sql;                // the tables of `version`, into an empty file
  std::span<const MigrationStep> steps;  // from each older version that may still be met
};

const Schema& journal_schema();
const Schema& commands_schema();
const Schema& live_schema();
// A journal with the commands in it, as backup() writes it.
constexpr int backup_application_id = 0x53444b42;  // "SDKB"

// The file's own account of itself.
struct FileVersion {
  int application_id = 0, version = 0;
  bool is_empty = true;     // has no table yet
  std::string written_by;   // "stratdock 0.1.0"; empty where unknown
};
Result<FileVersion> file_version(Database& database);

// Makes the tables in an empty file; migrates an older one, after a copy of it was put into `backup_folder` as
// NAME-schemaVERSION-TIME.db; does nothing to a current one. A newer one, or a file of somebody else's, is refused untouched.
// The caller keeps other processes from preparing the same file meanwhile (see open_files.cpp).
Status bring_to_schema(Database& database, const Schema& schema, const std::string& backup_folder);
// For readers: the file must have exactly this schema.
Status require_schema(Database& database, const Schema& schema);

}  // namespace stratdock::store
