#include "host/store/open_files.hpp"

namespace stratdock::store {
namespace {

constexpr int writer_busy_timeout_ms = 5'000;
// Two processes may switch a new file to WAL at the same moment, and SQLite does not wait for that by itself.
constexpr int switch_attempts = 20;
// A longer write-ahead log is cut back when it is written into the file.
constexpr const char* journal_size_limit = "67108864";

Status switch_to_write_ahead_log(Database& database) {
  Status switched;
  for (int attempt = 0; attempt < switch_attempts; ++attempt) {
    switched = database.execute("PRAGMA journal_mode=WAL");
    if (switched) return switched;
  }
  return switched;
}

}  // namespace

Result<std::unique_ptr<Database>> open_for_writing(const std::string& folder, const std::string& path, const Schema& schema, Durability durability) {
  if (Status made = make_private_folder(folder); !made) return tl::unexpected<Error>(made.error());
  if (Status made = make_private_file(path); !made) return tl::unexpected<Error>(made.error());
  Result<std::unique_ptr<Database>> opened = Database::open(path, Access::read_write, writer_busy_timeout_ms);
  if (!opened) return opened;
  Database& database = **opened;
  // The schema comes before any setting that writes: a newer or foreign file must stay untouched.
  Status ready = bring_to_schema(database, schema, backups_folder(folder));
  if (ready) ready = switch_to_write_ahead_log(database);
  if (ready) {
    ready = database.execute(std::string("PRAGMA foreign_keys=ON; PRAGMA journal_size_limit=") + journal_size_limit +
                             "; PRAGMA synchronous=" + (durability == Durability::power_loss ? "FULL" : "OFF"));
  }
  if (ready && durability == Durability::power_loss) ready = sync_folder(folder);
  if (!ready) return tl::unexpected<Error>(ready.error());
  return opened;
}

}  // namespace stratdock::store
