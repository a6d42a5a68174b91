// The data folder's files below SQLite: names, rights, durable copies.
// Private to the store. Thread rule: functions. Invariant: every file is made with mode 0600 in a folder of mode 0700.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"

namespace stratdock::store {

class Database;

inline std::string journal_path(const std::string& folder) { return folder + "/journal.db"; }
inline std::string commands_path(const std::string& folder) { return folder + "/commands.db"; }
inline std::string live_path(const std::string& folder) { return folder + "/live.db"; }
inline std::string lock_path(const std::string& folder) { return folder + "/lock"; }
inline std::string backups_folder(const std::string& folder) { return folder + "/backups"; }
// Stands while restore() puts a journal in place; a folder with it must not get a fresh journal.
inline std::string restoring_path(const std::string& folder) { return folder + "/journal.db.restoring"; }

// Makes the folder (mode 0700) and those above it where missing. One that is no folder, cannot be written, or may be
// written by everybody is an error.
Status make_private_folder(const std::string& folder);
// Makes an empty file of mode 0600 where there is none; takes away others' rights from one of ours.
Status make_private_file(const std::string& path);

// Which file a path leads to now; zeros where there is none.
struct FileIdentity {
  uint64_t device = 0, inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};
FileIdentity file_identity(const std::string& path);

Status sync_file(const std::string& path);
Status sync_folder(const std::string& folder);

// A consistent, durable copy of an open database, whoever writes to it meanwhile. The target must not exist.
Status copy_database(Database& database, const std::string& target);

// "20261122T130908.123Z"
std::string time_for_file_name();

}  // namespace stratdock::store
