#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "host/store/files.hpp"
#include "host/store/open_files.hpp"
#include "host/store/rows.hpp"
#include "host/store/store.hpp"

namespace stratdock::store {
namespace {

constexpr int copying_busy_timeout_ms = 5'000;

// Tables of a backup beyond the journal's own.
constexpr const char* backup_tables =
    "CREATE TABLE saved_commands(id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, origin TEXT NOT NULL, kind TEXT NOT NULL,"
    " bot TEXT NOT NULL, arguments TEXT NOT NULL, idempotency_key TEXT NOT NULL) STRICT;"
    "CREATE TABLE saved_counters(last_command_id INTEGER NOT NULL) STRICT;";

Status attach(Database& database, const std::string& path, const char* name) {
  Result<Statement> statement = database.statement("ATTACH ?1 AS " + std::string(name));
  if (!statement) return tl::unexpected<Error>(statement.error());
  statement->bind(1, std::string_view(path));
  return statement->run();
}

Status save_commands(Database& copy, const std::string& folder) {
  if (file_identity(commands_path(folder)) == FileIdentity{}) {
    return copy.execute(std::string(backup_tables) + "INSERT INTO saved_counters VALUES(0)");
  }
  if (Status attached = attach(copy, commands_path(folder), "queue"); !attached) return attached;
  const Status saved = copy.execute(std::string("BEGIN;") + backup_tables +
                                    "INSERT INTO saved_commands SELECT id,at_ms,origin,kind,bot,arguments,idempotency_key FROM queue.commands;"
                                    "INSERT INTO saved_counters SELECT coalesce(max(seq),0) FROM queue.sqlite_sequence WHERE name='commands';"
                                    "COMMIT;");
  const Status detached = copy.execute("DETACH queue");
  return saved ? detached : saved;
}

Status make_backup(const std::string& folder, const std::string& partial) {
  {
    Result<std::unique_ptr<Database>> journal = Database::open(journal_path(folder), Access::read_only, copying_busy_timeout_ms);
    if (!journal) return tl::unexpected<Error>(journal.error());
    if (Status right = require_schema(**journal, journal_schema()); !right) return right;
    if (Status copied = copy_database(**journal, partial); !copied) return copied;
  }
  // The journal first: a command in it is then in the queue's copy too, and no id of it can be given out a second time.
  Result<std::unique_ptr<Database>> copy = Database::open(partial, Access::read_write, copying_busy_timeout_ms);
  if (!copy) return tl::unexpected<Error>(copy.error());
  if (Status saved = save_commands(**copy, folder); !saved) return saved;
  if (Status stamped = (*copy)->execute("PRAGMA application_id=" + std::to_string(backup_application_id)); !stamped) return stamped;
  copy->reset();
  return sync_file(partial);
}

Status rename_file(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT) return {};
  return failure("moving " + from + " to " + to + ": " + std::strerror(errno));
}

Status check_backup(Database& backup) {
  const Result<FileVersion> found = file_version(backup);
  if (!found) return tl::unexpected<Error>(found.error());
  if (found->application_id != backup_application_id) return failure("this is no backup made by `stratdock backup`", "name the right file");
  if (found->version > journal_schema().version) {
    return failure("it has schema " + std::to_string(found->version) + ", this program (stratdock " STRATDOCK_VERSION ") reads up to schema " +
                       std::to_string(journal_schema().version),
                   "use " + (found->written_by.empty() ? "the stratdock that wrote it" : found->written_by) + " or later");
  }
  Result<Statement> check = backup.statement("PRAGMA integrity_check(1)");
  if (!check) return tl::unexpected<Error>(check.error());
  const Result<bool> row = check->step();
  if (!row) return tl::unexpected<Error>(row.error());
  if (check->text(0) != "ok") return failure("the file is damaged: " + check->text(0), "use another backup");
  return {};
}

// Takes the command queue out of the copy at `journal` into a file of its own. Commands that nobody had carried out stay
// behind: they were wishes of another day.
Status split_backup(const std::string& folder, const std::string& journal, const std::string& commands) {
  {
    Result<std::unique_ptr<Database>> queue = open_for_writing(folder, commands, commands_schema(), Durability::power_loss);
    if (!queue) return tl::unexpected<Error>(queue.error());
    Database& database = **queue;
    if (Status attached = attach(database, journal, "saved"); !attached) return attached;
    const Status taken = database.execute(
        "BEGIN; INSERT INTO commands SELECT * FROM saved.saved_commands WHERE id IN (SELECT command_id FROM saved.command_results);"
        "DELETE FROM sqlite_sequence WHERE name='commands';"
        "INSERT INTO sqlite_sequence(name,seq) SELECT 'commands', max(last_command_id, (SELECT coalesce(max(command_id),0) FROM saved.command_results))"
        " FROM saved.saved_counters; COMMIT; DETACH saved; PRAGMA journal_mode=DELETE");
    if (!taken) return taken;
  }
  Result<std::unique_ptr<Database>> copy = Database::open(journal, Access::read_write, copying_busy_timeout_ms);
  if (!copy) return tl::unexpected<Error>(copy.error());
  Status cleaned = (*copy)->execute("PRAGMA journal_mode=DELETE; BEGIN; DROP TABLE saved_commands; DROP TABLE saved_counters; PRAGMA application_id=" +
                                    std::to_string(journal_schema().application_id) + "; COMMIT");
  if (!cleaned) return cleaned;
  copy->reset();
  if (Status synced = sync_file(commands); !synced) return synced;
  return sync_file(journal);
}

Status move_aside(const std::string& folder) {
  if (Status made = make_private_folder(backups_folder(folder)); !made) return made;
  const std::string kept = backups_folder(folder) + "/replaced-" + time_for_file_name();
  if (Status made = make_private_folder(kept); !made) return made;
  // With their logs, which may hold commits that are not in the file yet.
  for (const char* name : {"journal.db", "journal.db-wal", "journal.db-shm", "commands.db", "commands.db-wal", "commands.db-shm"}) {
    if (Status moved = rename_file(folder + "/" + name, kept + "/" + name); !moved) return moved;
  }
  if (Status synced = sync_folder(kept); !synced) return synced;
  return sync_folder(backups_folder(folder));
}

Status restore_into(const std::string& file, const std::string& folder) {
  const std::string journal = restoring_path(folder), commands = commands_path(folder) + ".restoring";
  for (const std::string& left : {journal, commands}) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) unlink((left + suffix).c_str());
  }
  {
    Result<std::unique_ptr<Database>> backup = Database::open(file, Access::read_only, copying_busy_timeout_ms);
    if (!backup) return tl::unexpected<Error>(backup.error());
    if (Status good = check_backup(**backup); !good) return good;
    if (Status copied = copy_database(**backup, journal); !copied) return copied;
  }
  if (Status split = split_backup(folder, journal, commands); !split) return split;
  if (Status moved = move_aside(folder); !moved) return moved;
  // The journal last: until it is in place, open_journal() sees the restore as interrupted.
  if (Status placed = rename_file(commands, commands_path(folder)); !placed) return placed;
  if (Status synced = sync_folder(folder); !synced) return synced;
  if (Status placed = rename_file(journal, journal_path(folder)); !placed) return placed;
  return sync_folder(folder);
}

}  // namespace

Status backup(const std::string& folder, const std::string& file) {
  const std::string doing = "backing up " + folder + " to " + file + ": ";
  if (file_identity(journal_path(folder)) == FileIdentity{}) return failure(doing + "there is no journal in it; no engine has run here yet");
  if (file_identity(file) != FileIdentity{}) return failure(doing + "the file exists already", "choose another name");
  const std::string unfinished = file + ".unfinished";
  unlink(unfinished.c_str());
  if (Status made = make_backup(folder, unfinished); !made) {
    unlink(unfinished.c_str());
    return failure(doing + made.error().message, made.error().hint);
  }
  if (Status placed = rename_file(unfinished, file); !placed) return placed;
  const size_t slash = file.rfind('/');
  return sync_folder(slash == std::string::npos ? "." : file.substr(0, slash + 1));
}

Status restore(const std::string& file, const std::string& folder, bool replace) {
  const std::string doing = "restoring " + file + " into " + folder + ": ";
  if (file_identity(file) == FileIdentity{}) return failure(doing + "there is no such file", "name a file made by `stratdock backup`");
  const Result<EngineLock> lock = EngineLock::take(folder);
  if (!lock) return failure(doing + lock.error().message, lock.error().hint);
  if (file_identity(journal_path(folder)) != FileIdentity{} && !replace) {
    return failure(doing + "the folder has a journal already", "choose an empty folder, or add --replace: the present files are then kept in " + backups_folder(folder));
  }
  if (Status done = restore_into(file, folder); !done) return failure(doing + done.error().message, done.error().hint);
  return {};
}

}  // namespace stratdock::store
