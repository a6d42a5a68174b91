// The files of the data folder: versions, migration, rights, the lock, the doorbell, backup and restore.
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "host/store/files.hpp"
#include "host/store/schema.hpp"
#include "host/store/store.hpp"
#include "tests/unit/store_random_rows.hpp"

using namespace stratdock;
using namespace stratdock::store;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

template <typename T>
void require_ok(const Result<T>& result) {
  if (!result) FAIL(result.error().text());
}

std::unique_ptr<Database> raw(const std::string& path) {
  require_ok(make_private_file(path));
  auto database = Database::open(path, Access::read_write, 100);
  require_ok(database);
  return std::move(*database);
}

int64_t file_mode(const std::string& path) {
  struct stat found;
  REQUIRE(stat(path.c_str(), &found) == 0);
  return found.st_mode & 0777;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int64_t put_bot(Journal& journal, const std::string& name) {
  BotRow row;
  row.settings.name = name;
  require_ok(journal.begin());
  const Result<int64_t> id = journal.put_bot(row);
  require_ok(id);
  require_ok(journal.commit());
  return *id;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

// A journal as three versions ago: schema 1 had whole names, 2 splits them, 3 counts bots.
constexpr const char* version_1_tables = "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
                                         "CREATE TABLE pairs(id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;";
constexpr const char* version_3_tables = "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
                                         "CREATE TABLE pairs(id INTEGER PRIMARY KEY, base TEXT NOT NULL, quote TEXT NOT NULL, bots INTEGER NOT NULL) STRICT;";
constexpr MigrationStep good_steps[] = {
    {1, "CREATE TABLE fresh(id INTEGER PRIMARY KEY, base TEXT NOT NULL, quote TEXT NOT NULL) STRICT;"
        "INSERT INTO fresh SELECT id, substr(name, 1, 3), substr(name, 4) FROM pairs; DROP TABLE pairs; ALTER TABLE fresh RENAME TO pairs"},
    {2, "ALTER TABLE pairs ADD COLUMN bots INTEGER NOT NULL DEFAULT 0"},
};
constexpr MigrationStep bad_steps[] = {{1, "DROP TABLE pairs"}, {2, "INSERT INTO pairs VALUES(1)"}};
constexpr int test_application = 77;

std::unique_ptr<Database> version_1_file(const std::string& path) {
  auto database = raw(path);
  const Schema first{"the test file", test_application, 1, version_1_tables, {}};
  require_ok(bring_to_schema(*database, first, path + "-backups"));
  require_ok(database->execute("INSERT INTO pairs VALUES(1,'BTCUSDT'),(2,'ETHEUR')"));
  return database;
}

}  // namespace

TEST_CASE("an older file is migrated step by step after a backup of it") {
  const TestFolder folder;
  const std::string path = folder.path + "/old.db", backups = folder.path + "/backups";
  auto database = version_1_file(path);
  const Schema third{"the test file", test_application, 3, version_3_tables, good_steps};
  CHECK_THAT(require_schema(*database, third).error().text(), Contains("schema 1") && Contains("schema 3"));
  require_ok(bring_to_schema(*database, third, backups));
  CHECK(file_version(*database)->version == 3);
  CHECK(database->integer("SELECT count(*) FROM pairs WHERE base='ETH' AND quote='EUR' AND bots=0").value() == 1);
  require_ok(require_schema(*database, third));

  const auto kept = names_in(backups);
  REQUIRE(kept.size() == 1);
  CHECK_THAT(kept[0], Catch::StartsWith("old-schema1-"));
  CHECK(file_mode(backups + "/" + kept[0]) == 0600);
  const auto backup = raw(backups + "/" + kept[0]);
  CHECK(file_version(*backup)->version == 1);
  CHECK(backup->integer("SELECT count(*) FROM pairs WHERE name IN ('BTCUSDT','ETHEUR')").value() == 2);

  require_ok(bring_to_schema(*database, third, backups));  // once more changes nothing
  CHECK(names_in(backups).size() == 1);
}

TEST_CASE("a migration that fails, or cannot back up, leaves the file as it was") {
  const TestFolder folder;
  const std::string path = folder.path + "/old.db";
  auto database = version_1_file(path);
  const Schema broken{"the test file", test_application, 3, version_3_tables, bad_steps};
  const Status failed = bring_to_schema(*database, broken, folder.path + "/backups");
  REQUIRE_FALSE(failed);
  CHECK_THAT(failed.error().text(), Contains("from schema 1 to schema 3") && Contains("nothing was changed"));
  CHECK(file_version(*database)->version == 1);
  CHECK(database->integer("SELECT count(*) FROM pairs").value() == 2);

  std::ofstream(folder.path + "/occupied") << "a file where the backups should go";
  const Schema third{"the test file", test_application, 3, version_3_tables, good_steps};
  CHECK_THAT(bring_to_schema(*database, third, folder.path + "/occupied").error().text(), Contains("the backup before it failed"));
  CHECK(file_version(*database)->version == 1);

  const Schema gap{"the test file", test_application, 4, version_3_tables, good_steps};
  CHECK_THAT(bring_to_schema(*database, gap, folder.path + "/backups").error().text(), Contains("no way from schema 3"));
}

TEST_CASE("a newer journal is refused by writer and reader, with both versions named, and left untouched") {
  const TestFolder folder;
  { put_bot(**open_journal(folder.path), "a"); }
  const std::string path = folder.path + "/journal.db";
  {
    auto database = raw(path);
    require_ok(database->execute("PRAGMA journal_mode=DELETE; PRAGMA user_version=9; UPDATE meta SET value='stratdock 3.2.0' WHERE key='written_by'"));
  }
  const std::string before = bytes_of(path);
  for (const std::string& text : {open_journal(folder.path).error().text(), open_journal_reader(folder.path).error().text()}) {
    CHECK_THAT(text, Contains("schema 9") && Contains("up to schema 1") && Contains("stratdock 3.2.0 or later") && Contains(path));
  }
  CHECK(bytes_of(path) == before);
}

TEST_CASE("a damaged file and somebody else's file are named as such") {
  const TestFolder folder;
  const std::string path = folder.path + "/journal.db";
  std::ofstream(path) << std::string(8'192, 'x');
  CHECK_THAT(open_journal(folder.path).error().text(), Contains("damaged") && Contains(path) && Contains("restore"));
  fs::remove(path);
  { put_bot(**open_journal(folder.path), "a"); }
  // A page in the middle that the opening itself does not read.
  const std::string good = bytes_of(path);
  for (const size_t page : {5u, 10u, 20u}) {
    std::string bytes = good;
    REQUIRE(bytes.size() > (page + 1) * 4'096);
    bytes.replace(page * 4'096, 4'096, 4'096, 'x');
    std::ofstream(path, std::ios::binary) << bytes;
    INFO("page " << page);
    CHECK_THAT(open_journal(folder.path).error().text(), Contains("damaged") && Contains(path));
  }
  fs::remove(path);
  { require_ok(raw(path)->execute("CREATE TABLE other(id)")); }
  CHECK_THAT(open_journal(folder.path).error().text(), Contains("not the journal of stratdock"));
  CHECK_THAT(open_journal_reader(folder.path).error().text(), Contains("not the journal of stratdock"));
}

TEST_CASE("a reader of a folder without a journal says that no engine has run") {
  const TestFolder folder;
  CHECK_THAT(open_journal_reader(folder.path).error().text(), Contains("no engine has run here yet"));
  CHECK_THAT(open_journal_reader(folder.path + "/nowhere").error().text(), Contains("no engine has run here yet"));
  CHECK(names_in(folder.path).empty());
}

TEST_CASE("folders and files are for their owner alone") {
  const TestFolder above;
  const std::string folder = above.path + "/deep/data";
  {
    const auto journal = open_journal(folder);
    require_ok(journal);
    const auto queue = open_commands(folder);
    const auto live = open_live(folder);
    const auto lock = EngineLock::take(folder);
    put_bot(**journal, "a");
    require_ok((*queue)->add({}));
    CHECK(file_mode(folder) == 0700);
    for (const std::string& name : names_in(folder)) {
      INFO(name);
      CHECK(file_mode(folder + "/" + name) == 0600);
    }
  }
  chmod((folder + "/journal.db").c_str(), 0644);
  require_ok(open_journal(folder));
  CHECK(file_mode(folder + "/journal.db") == 0600);

  chmod(folder.c_str(), 0777);
  CHECK_THAT(open_journal(folder).error().text(), Contains("every user") && Contains("chmod 700"));
  CHECK_THAT(open_journal(folder + "/journal.db").error().text(), Contains("it is a file"));
}

TEST_CASE("a second engine is refused with the first one's process id") {
  const TestFolder folder;
  {
    const auto first = EngineLock::take(folder.path);
    require_ok(first);
    const auto second = EngineLock::take(folder.path);
    REQUIRE_FALSE(second);
    CHECK_THAT(second.error().text(), Contains("process " + std::to_string(getpid())) && Contains(folder.path) && Contains("shutdown"));
  }
  require_ok(EngineLock::take(folder.path));
}

TEST_CASE("the doorbell rings, never blocks, and works in a folder with a long name") {
  const TestFolder above;
  const std::string folder = above.path + "/" + GENERATE(std::string("short"), std::string(120, 'd') + "/" + std::string(60, 'e'));
  ring_doorbell(folder, "engine");  // nobody and nothing there
  auto bell = Doorbell::listen(folder, "engine");
  require_ok(bell);
  const auto is_ringing = [](const Doorbell& listener) {
    pollfd waiting{listener.fd(), POLLIN, 0};
    return poll(&waiting, 1, 0) == 1;
  };
  CHECK_FALSE(is_ringing(*bell));
  for (int time = 0; time < 2'000; ++time) ring_doorbell(folder, "engine");
  ring_doorbell(folder, "dashboard");
  CHECK(is_ringing(*bell));
  bell->drain();
  CHECK_FALSE(is_ringing(*bell));
  CHECK(file_mode(folder + "/doorbell.engine") == 0600);

  // The next listener takes over, also from one that was killed; the old one's end does not silence it.
  auto next = Doorbell::listen(folder, "engine");
  require_ok(next);
  { const Doorbell old = std::move(*bell); }
  ring_doorbell(folder, "engine");
  CHECK(is_ringing(*next));
  { const Doorbell last = std::move(*next); }
  CHECK(names_in(folder).empty());
}

TEST_CASE("a backup made while the engine writes comes back whole, what it replaces is kept") {
  const TestFolder folder, other;
  const std::string file = other.path + "/saved.backup";
  const auto journal = open_journal(folder.path);
  require_ok(journal);
  CHECK_THAT(backup(other.path, file).error().text(), Contains("no engine has run here yet"));
  put_bot(**journal, "kept");
  const auto queue = open_commands(folder.path);
  CommandRow command;
  command.kind = "start";
  const int64_t done = (*queue)->add(command).value(), waiting = (*queue)->add(command).value();
  require_ok((*journal)->begin());
  CommandResultRow result;
  result.command_id = done;
  require_ok((*journal)->put_command_result(result));
  require_ok((*journal)->commit());
  require_ok((*journal)->begin());
  require_ok((*journal)->put_meta("cursor", "not committed"));
  require_ok(backup(folder.path, file));
  require_ok((*journal)->commit());
  put_bot(**journal, "later");
  CHECK(file_mode(file) == 0600);
  CHECK(names_in(other.path) == std::vector<std::string>{"saved.backup"});
  CHECK_THAT(backup(folder.path, file).error().text(), Contains("exists already"));

  SECTION("into an empty folder") {
    const std::string fresh = other.path + "/fresh";
    require_ok(restore(file, fresh, false));
    const auto restored = open_journal(fresh);
    require_ok(restored);
    REQUIRE((*restored)->bots().size() == 1);
    CHECK((*restored)->bots()[0].settings.name == "kept");
    CHECK((*restored)->meta("cursor").empty());
    const auto commands = open_commands(fresh);
    require_ok(commands);
    CHECK((*commands)->find(done).has_value());
    CHECK_FALSE((*commands)->find(waiting).has_value());  // not carried out then, so not to be carried out now
    CHECK((*commands)->add(command).value() > waiting);   // and its id is never another's
    CHECK(names_in(fresh) == std::vector<std::string>{"backups", "commands.db", "commands.db-shm", "commands.db-wal", "journal.db",
                                                      "journal.db-shm", "journal.db-wal", "lock"});
  }
  SECTION("over a journal, which only goes aside when asked for, while its reader follows") {
    const auto reader = open_journal_reader(folder.path);
    require_ok(reader);
    CHECK((*reader)->bots().size() == 2);
    CHECK_THAT(restore(file, folder.path, false).error().text(), Contains("has a journal already") && Contains("--replace"));
    {
      const auto engine = EngineLock::take(folder.path);
      CHECK_THAT(restore(file, folder.path, true).error().text(), Contains("an engine runs on it"));
    }
    require_ok(restore(file, folder.path, true));
    CHECK((*reader)->bots().size() == 1);
    require_ok((*reader)->take_failure());
    const auto kept = names_in(folder.path + "/backups");
    REQUIRE(kept.size() == 1);
    const auto replaced = open_journal_reader(folder.path + "/backups/" + kept[0]);
    require_ok(replaced);
    CHECK((*replaced)->bots().size() == 2);
  }
  SECTION("a damaged or foreign file changes nothing") {
    CHECK_THAT(restore(folder.path + "/journal.db", other.path + "/x", false).error().text(), Contains("no backup"));
    std::string bytes = bytes_of(file);
    for (size_t at = 8'192; at < 40'000 && at < bytes.size(); ++at) bytes[at] = 'x';
    std::ofstream(other.path + "/bad.backup", std::ios::binary) << bytes;
    CHECK_FALSE(restore(other.path + "/bad.backup", folder.path, true));
    CHECK(open_journal_reader(folder.path).value()->bots().size() == 2);
  }
  SECTION("an interrupted restore is no empty journal") {
    const std::string fresh = other.path + "/fresh";
    require_ok(restore(file, fresh, false));
    fs::rename(fresh + "/journal.db", fresh + "/journal.db.restoring");
    CHECK_THAT(open_journal(fresh).error().text(), Contains("interrupted"));
    require_ok(restore(file, fresh, false));
    CHECK(open_journal(fresh).value()->bots().size() == 1);
  }
}
