// A disk that fills up: every failed commit says so, nothing committed is lost, and freed space is all it takes to go on.
#include <catch2/catch.hpp>
#include <sys/mount.h>
#include <sys/resource.h>

#include <fstream>

#include "host/store/store.hpp"
#include "tests/integration/store/child_process.hpp"
#include "tests/unit/store_random_rows.hpp"

using namespace stratdock;
using namespace stratdock::store;
using Catch::Contains;

namespace {

template <typename T>
void require_ok(const Result<T>& result) {
  if (!result) FAIL(result.error().text());
}

// A transaction that only holds when all of it does: the text under "big" belongs to "number".
Status write_number(Journal& journal, int64_t number) {
  if (Status begun = journal.begin(); !begun) return begun;
  (void)journal.put_meta("big " + std::to_string(number % 50), std::string(20'000, static_cast<char>('a' + number % 26)));
  (void)journal.put_paper("order:" + std::to_string(number), std::string(2'000, 'p'));
  (void)journal.put_meta("number", std::to_string(number));
  return journal.commit();
}

void check_number(JournalReader& journal, int64_t number) {
  CHECK(journal.meta("number") == std::to_string(number));
  CHECK(journal.meta("big " + std::to_string(number % 50)) == std::string(20'000, static_cast<char>('a' + number % 26)));
  require_ok(journal.take_failure());
}

// Writes until it fails; the last number that was committed.
int64_t fill_up(Journal& journal, Error& found) {
  for (int64_t number = 1; number < 100'000; ++number) {
    if (const Status done = write_number(journal, number); !done) {
      found = done.error();
      return number - 1;
    }
  }
  FAIL("the disk never filled up");
  return 0;
}

// A small file system of its own; gone with the object. Only root may mount.
struct SmallDisk {
  explicit SmallDisk(const std::string& at) : path(at) { mounted = mount("none", path.c_str(), "tmpfs", 0, "size=4m,mode=0700") == 0; }
  ~SmallDisk() {
    if (mounted) umount2(path.c_str(), MNT_DETACH);
  }
  std::string path;
  bool mounted = false;
};

}  // namespace

TEST_CASE("a full disk fails the commit with a clear word and loses nothing that was committed") {
  const TestFolder folder;
  const SmallDisk disk(folder.path);
  if (!disk.mounted) {
    WARN("skipped: mounting a small file system needs root; the test with a limit on file sizes stands in");
    return;
  }
  const auto journal = open_journal(folder.path);
  require_ok(journal);
  const auto reader = open_journal_reader(folder.path);
  require_ok(reader);
  // The rest of the disk is taken by somebody else, and given back later.
  const std::string ballast = folder.path + "/ballast";
  std::ofstream(ballast) << std::string(1'000'000, 'b');
  Error found;
  const int64_t last = fill_up(**journal, found);
  INFO(found.text());
  CHECK(last > 10);
  CHECK_THAT(found.text(), Contains("disk is full") && Contains("journal.db") && Contains("KiB free") && Contains("safe"));
  check_number(**journal, last);
  check_number(**reader, last);
  CHECK_FALSE(write_number(**journal, last + 1));  // still full: the same again, and still nothing lost
  check_number(**reader, last);
  CHECK_FALSE(backup(folder.path, folder.path + "/copy"));
  CHECK_FALSE(std::filesystem::exists(folder.path + "/copy"));

  std::filesystem::remove(ballast);
  require_ok(write_number(**journal, last + 1));
  check_number(**reader, last + 1);
}

TEST_CASE("a file that may not grow any more fails the commit and loses nothing that was committed") {
  const TestFolder folder;
  Pipe answer;
  ChildProcess writer([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const auto journal = open_journal(folder.path);
    const rlimit small{2'000'000, 2'000'000};
    if (!journal || setrlimit(RLIMIT_FSIZE, &small) != 0) return 1;
    for (int64_t number = 1; number < 10'000; ++number) {
      const Status done = write_number(**journal, number);
      if (done) continue;
      const std::string text = std::to_string(number - 1) + "\n" + done.error().text();
      if (write_number(**journal, number)) return 2;
      return write(answer.ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 3;
    }
    return 4;
  });
  REQUIRE(writer.wait_for_end() == 0);
  char text[4'096] = {};
  REQUIRE(read(answer.ends[0], text, sizeof text - 1) > 0);
  INFO(text);
  CHECK_THAT(text, Contains("journal.db") && Contains("safe"));
  const int64_t last = std::stoll(text);
  const auto journal = open_journal(folder.path);
  require_ok(journal);
  check_number(**journal, last);
  require_ok(write_number(**journal, last + 1));
  check_number(**journal, last + 1);
}

TEST_CASE("a data folder on a full disk is refused in words") {
  const TestFolder folder;
  const SmallDisk disk(folder.path);
  if (!disk.mounted) {
    WARN("skipped: mounting a small file system needs root");
    return;
  }
  std::ofstream(folder.path + "/ballast") << std::string(5'000'000, 'b');
  const auto journal = open_journal(folder.path);
  REQUIRE_FALSE(journal);
  CHECK_THAT(journal.error().text(), Contains("full") || Contains("No space left"));
}
