#include "host/store/open_files.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace stratdock::store {
namespace {

constexpr int writer_busy_timeout_ms = 5'000;
constexpr std::chrono::milliseconds between_attempts{2};
// A longer write-ahead log is cut back when it is written into the file.
constexpr const char* journal_size_limit = "67108864";

using Clock = std::chrono::steady_clock;

Clock::time_point patience_end() { return Clock::now() + std::chrono::milliseconds(writer_busy_timeout_ms); }

// Held while a file is made, migrated or switched to WAL: two processes that start at the same moment would each find
// the file half made by the other, and SQLite's own locks guard only one statement of it at a time. Let go on destruction.
class Preparing {
public:
  static Result<Preparing> begin(const std::string& folder) {
    Preparing preparing(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (preparing.fd_ < 0) return failure("opening the data folder " + folder + ": " + std::strerror(errno), "check the rights of the data folder");
    for (const Clock::time_point end = patience_end(); flock(preparing.fd_, LOCK_EX | LOCK_NB) != 0; std::this_thread::sleep_for(between_attempts)) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) return failure("locking the data folder " + folder + ": " + std::strerror(errno));
      if (Clock::now() > end) {
        return failure("opening the data folder " + folder + ": another process has been preparing it for too long",
                       "wait until it has migrated the files, or look for a stopped stratdock");
      }
    }
    return preparing;
  }
  Preparing(Preparing&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Preparing& operator=(Preparing&&) = delete;
  ~Preparing() {
    if (fd_ >= 0) close(fd_);
  }

private:
  explicit Preparing(int fd) : fd_(fd) {}
  int fd_;
};

// Needs the file for itself, and SQLite gives up at once when a reader looks at it at that moment.
Status switch_to_write_ahead_log(Database& database) {
  const Clock::time_point end = patience_end();
  for (;;) {
    Status switched = database.execute("PRAGMA journal_mode=WAL");
    if (switched || database.last_code() != SQLITE_BUSY || Clock::now() > end) return switched;
    std::this_thread::sleep_for(between_attempts);
  }
}

}  // namespace

Result<std::unique_ptr<Database>> open_for_writing(const std::string& folder, const std::string& path, const Schema& schema, Durability durability) {
  if (Status made = make_private_folder(folder); !made) return tl::unexpected<Error>(made.error());
  const Result<Preparing> preparing = Preparing::begin(folder);
  if (!preparing) return tl::unexpected<Error>(preparing.error());
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
