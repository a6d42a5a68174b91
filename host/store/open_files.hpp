// Opening a file of the store for writing: rights, schema, durability.
// Private to the store. Thread rule: functions. Invariant: what is returned has the current schema and runs in WAL mode.
#pragma once

#include <memory>
#include <string>

#include "host/store/files.hpp"
#include "host/store/schema.hpp"
#include "host/store/sqlite.hpp"

namespace stratdock::store {

// How far a commit must have come when it returns.
enum class Durability {
  power_loss,    // on the disk
  process_death  // with the kernel: enough for what is rebuilt at every start
};

Result<std::unique_ptr<Database>> open_for_writing(const std::string& folder, const std::string& path, const Schema& schema, Durability durability);

}  // namespace stratdock::store
