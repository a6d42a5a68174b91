#include "host/store/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "host/store/sqlite.hpp"

namespace stratdock::store {
namespace {

std::string why() { return std::strerror(errno); }

Status sync_path(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return failure("opening " + path + " to make it durable: " + why());
  const int outcome = fsync(fd);
  const std::string reason = outcome == 0 ? "" : why();
  close(fd);
  if (outcome != 0) return failure("making " + path + " durable: " + reason, "check the disk");
  return {};
}

}  // namespace

Status make_private_folder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (folder.empty()) return failure("opening the data folder: its name is empty", "set `data` to a folder");
  const fs::path above = fs::absolute(folder, error).lexically_normal().parent_path();
  fs::create_directories(above, error);  // a failure shows itself in mkdir
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return failure("making the data folder " + folder + ": " + why(), "choose a folder that user " + std::to_string(geteuid()) + " may write");
  }
  struct stat found;
  if (stat(folder.c_str(), &found) != 0) return failure("opening the data folder " + folder + ": " + why());
  if (!S_ISDIR(found.st_mode)) return failure("opening the data folder " + folder + ": it is a file", "choose another folder");
  if (access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    return failure("opening the data folder " + folder + ": " + why() + "; it belongs to user " + std::to_string(found.st_uid) +
                       ", this program runs as user " + std::to_string(geteuid()),
                   "run as its owner, or choose another folder");
  }
  if ((found.st_mode & S_IWOTH) != 0) {
    return failure("opening the data folder " + folder + ": every user of this machine may write to it, so the journal could be replaced",
                   "chmod 700 " + folder);
  }
  return {};
}

Status make_private_file(const std::string& path) {
  struct stat found;
  if (stat(path.c_str(), &found) == 0) {
    if (!S_ISREG(found.st_mode)) return failure("opening " + path + ": it is no regular file", "move it away");
    if ((found.st_mode & 077) != 0 && found.st_uid == geteuid()) chmod(path.c_str(), 0600);
    return {};
  }
  // Never open a database file that exists by other ways than SQLite's: closing it would drop this process's locks on it.
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno != EEXIST) return failure("making " + path + ": " + why(), "check the rights of its folder and the space on its disk");
  if (fd >= 0) close(fd);
  return {};
}

FileIdentity file_identity(const std::string& path) {
  struct stat found;
  if (stat(path.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino};
}

Status sync_file(const std::string& path) { return sync_path(path, O_RDONLY); }
Status sync_folder(const std::string& folder) { return sync_path(folder, O_RDONLY | O_DIRECTORY); }

Status copy_database(Database& database, const std::string& target) {
  const std::string partial = target + ".partial";
  const auto failed = [&](const Error& error) {
    unlink(partial.c_str());
    return failure("copying " + database.path() + " to " + target + ": " + error.message, error.hint);
  };
  if (file_identity(target) != FileIdentity{}) return failure("writing " + target + ": it exists already", "choose another name");
  unlink(partial.c_str());
  if (Status made = make_private_file(partial); !made) return made;
  // It would refuse the copy as well; a connection that was opened read-only stays so.
  if (Status allowed = database.execute("PRAGMA query_only=OFF"); !allowed) return failed(allowed.error());
  {
    // An empty file is accepted as target, and so it has our mode from its first byte on.
    Result<Statement> copy = database.statement("VACUUM INTO ?1");
    if (!copy) return failed(copy.error());
    copy->bind(1, std::string_view(partial));
    if (Status copied = copy->run(); !copied) return failed(copied.error());
  }
  if (Status synced = sync_file(partial); !synced) return failed(synced.error());
  if (rename(partial.c_str(), target.c_str()) != 0) return failed({"renaming it: " + why(), "", 0});
  const std::string folder = std::filesystem::path(target).parent_path().string();
  return sync_folder(folder.empty() ? "." : folder);
}

std::string time_for_file_name() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const int64_t now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const time_t seconds = now_ms / 1000;
  struct tm utc;
  gmtime_r(&seconds, &utc);
  char date[32], whole[48];
  std::strftime(date, sizeof date, "%Y%m%dT%H%M%S", &utc);
  std::snprintf(whole, sizeof whole, "%s.%03dZ", date, static_cast<int>(now_ms % 1000));
  return whole;
}

}  // namespace stratdock::store
