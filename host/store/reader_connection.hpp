// A read-only connection that outlives the file under it: live.db is made anew by every engine, journal.db by a restore.
// Private to the store. Thread rule: belongs to one thread. Invariant: database() is of the file that the path leads to now.
#pragma once

#include <memory>
#include <string>

#include "host/store/files.hpp"
#include "host/store/schema.hpp"
#include "host/store/sqlite.hpp"

namespace stratdock::store {

class ReaderConnection {
public:
  static Result<ReaderConnection> open(const std::string& path, const Schema& schema);
  // Opens again where the file was replaced or the last read failed.
  Result<Database*> database();
  void note_failure() { failed_ = true; }

private:
  ReaderConnection(std::string path, const Schema& schema) : path_(std::move(path)), schema_(&schema) {}
  Status reopen();
  std::string path_;
  const Schema* schema_;
  std::unique_ptr<Database> database_;
  FileIdentity identity_;
  bool failed_ = false;
};

}  // namespace stratdock::store
