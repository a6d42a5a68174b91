// The store between processes: a writer killed at any moment, readers and command writers beside it.
#include <catch2/catch.hpp>

#include <chrono>
#include <random>
#include <thread>

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

constexpr int rows_a_transaction = 5;

// One whole transaction: number n as meta, as a candle, as a decision that grows, and as ledger postings that add up to zero.
Status write_transaction(Journal& journal, int64_t number, int64_t bot_id) {
  if (Status begun = journal.begin(); !begun) return begun;
  DecisionRow decision;
  decision.bot_id = bot_id;
  decision.id = number % 4 == 0 ? 0 : journal.decisions(bot_id, {.limit = 1}).at(0).id;
  decision.first_ms = number - number % 4;
  decision.last_ms = number;
  decision.count = number % 4 + 1;
  (void)journal.put_decision(decision);
  for (int row = 0; row < rows_a_transaction; ++row) {
    StateChangeRow change;
    change.bot_id = bot_id;
    change.at_ms = number;
    (void)journal.add_state_change(change);
  }
  LedgerRow posting;
  posting.asset = "USDT";
  posting.account = "exchange";
  posting.amount = Decimal::from_integer(-number);
  (void)journal.add_ledger(posting);
  posting.account = "unallocated";
  posting.amount = Decimal::from_integer(number);
  (void)journal.add_ledger(posting);
  const double price = static_cast<double>(number) + 0.1;
  (void)journal.add_candle("BTCUSDT", 1'000, {number * 1'000, price, price, price, price, price, 0, 0, number});
  (void)journal.put_meta("number", std::to_string(number));
  return journal.commit();
}

int64_t prepared_bot(const std::string& folder) {
  const auto journal = open_journal(folder);
  require_ok(journal);
  BotRow row;
  row.settings.name = "a";
  require_ok((*journal)->begin());
  const int64_t id = (*journal)->put_bot(row).value();
  require_ok((*journal)->commit());
  return id;
}

// Writes transactions first, first + 1, ... and tells each through the pipe after its commit has returned.
int write_for_ever(const std::string& folder, int64_t bot_id, int64_t first, int acknowledged) {
  const auto journal = open_journal(folder);
  if (!journal) return 1;
  for (int64_t number = first;; ++number) {
    if (!write_transaction(**journal, number, bot_id)) return 2;
    if (write(acknowledged, &number, sizeof number) != sizeof number) return 3;
  }
}

int64_t last_number_in(int fd) {
  int64_t number = -1;
  while (read(fd, &number, sizeof number) == sizeof number) {}
  return number;
}

// Everything that transactions 0..n leave, and nothing of a later one.
void check_whole(JournalReader& journal, int64_t number, int64_t bot_id) {
  CHECK(journal.meta("number") == std::to_string(number));
  const auto decisions = journal.decisions(bot_id, {.limit = 5'000});
  REQUIRE(decisions.size() == static_cast<size_t>(number / 4 + 1));
  CHECK(decisions[0].last_ms == number);
  CHECK(decisions[0].count == number % 4 + 1);
  const auto changes = journal.state_changes(bot_id, {.limit = 2 * rows_a_transaction});
  for (size_t row = 0; row < changes.size(); ++row) {
    CHECK(changes[row].at_ms == number - static_cast<int64_t>(row) / rows_a_transaction);
  }
  Decimal sum, unallocated;
  for (const auto& balance : journal.account_balances()) {
    sum += balance.amount;
    if (balance.account == "unallocated") unallocated = balance.amount;
  }
  CHECK(sum.is_zero());
  CHECK(unallocated == Decimal::from_integer(number * (number + 1) / 2));
  CHECK(journal.candles("BTCUSDT", 1'000, 0, 0, 100'000).size() == static_cast<size_t>(number + 1));
  CHECK(journal.last_rev() == decisions[0].rev + rows_a_transaction + 2);
  require_ok(journal.take_failure());
}

}  // namespace

TEST_CASE("a writer killed at any moment leaves whole transactions, the acknowledged ones among them") {
  const char* soak = std::getenv("STRATDOCK_SOAK");
  const int kills = soak != nullptr ? 500 : 40;
  const uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const TestFolder folder;
  const int64_t bot_id = prepared_bot(folder.path);
  int64_t reached = -1;
  for (int kill = 0; kill < kills; ++kill) {
    INFO("kill " << kill);
    Pipe acknowledged;
    ChildProcess writer([&] { return write_for_ever(folder.path, bot_id, reached + 1, acknowledged.ends[1]); });
    acknowledged.close_write();
    // Mostly in the middle of a transaction, sometimes while the file is opened and recovered.
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    writer.kill_now();
    const int64_t told = std::max(reached, last_number_in(acknowledged.ends[0]));
    const auto reader = open_journal_reader(folder.path);
    require_ok(reader);
    const std::string found = (*reader)->meta("number");
    if (found.empty()) {
      CHECK(told == -1);
      continue;
    }
    const int64_t number = std::stoll(found);
    // One more may have been committed whose word did not get out.
    CHECK(number >= told);
    CHECK(number <= told + 1);
    check_whole(**reader, number, bot_id);
    reached = number;
  }
  CHECK(reached > 0);
}

TEST_CASE("a reader in another process sees each commit and never half of one") {
  const TestFolder folder;
  const int64_t bot_id = prepared_bot(folder.path);
  const auto reader = open_journal_reader(folder.path);
  require_ok(reader);
  Pipe acknowledged;
  ChildProcess writer([&] { return write_for_ever(folder.path, bot_id, 0, acknowledged.ends[1]); });
  acknowledged.close_write();
  int64_t number = -1;
  while (number < 300) {
    REQUIRE(read(acknowledged.ends[0], &number, sizeof number) == sizeof number);
    const int64_t rev = (*reader)->last_rev();
    CHECK(std::stoll((*reader)->meta("number")) >= number);
    // A transaction stamps one decision, five changes and two postings: half of one would leave another remainder.
    CHECK((rev - 1) % (1 + rows_a_transaction + 2) == 0);
  }
  require_ok((*reader)->take_failure());
}

TEST_CASE("a reader never misses the live view while engines come and go") {
  const TestFolder folder;
  require_ok(open_live(folder.path));
  Pipe ready, told;
  ChildProcess page([&] {
    const auto reader = open_live_reader(folder.path);
    char byte = reader ? 1 : 0;
    if (write(ready.ends[1], &byte, 1) != 1 || !reader) return 1;
    told.close_write();
    for (int64_t seen = 0; seen < 60;) {
      const auto prices = (*reader)->prices();
      if (!(*reader)->take_failure()) return 2;
      // Both rows of a commit or none, and never an older engine's after a newer one's.
      if (prices.size() == 1 || (prices.size() == 2 && prices[0].at_ms != prices[1].at_ms)) return 3;
      if (prices.empty()) continue;
      if (prices[0].at_ms < seen) return 4;
      seen = prices[0].at_ms;
    }
    return 0;
  });
  char byte;
  REQUIRE(read(ready.ends[0], &byte, 1) == 1);
  std::unique_ptr<Live> live;
  for (int64_t engine = 1; engine <= 60; ++engine) {
    // As after a kill -9: the old connection is still open when the new engine begins.
    auto next = open_live(folder.path);
    require_ok(next);
    require_ok((*next)->begin());
    (*next)->put_price({"BTCUSDT", Decimal::from_integer(engine), engine, 0});
    (*next)->put_price({"ETHUSDT", Decimal::from_integer(engine), engine, 0});
    require_ok((*next)->commit());
    if (engine % 2 == 0) live = nullptr;  // every second one ended well
    live = std::move(*next);
  }
  CHECK(page.wait_for_end() == 0);
}

TEST_CASE("processes that come to a new data folder at the same moment all get its files") {
  for (int round = 0; round < 60; ++round) {
    const TestFolder folder;
    Pipe gate;
    std::vector<std::unique_ptr<ChildProcess>> children;
    for (int child = 0; child < 6; ++child) {
      children.push_back(std::make_unique<ChildProcess>([&] {
        gate.close_write();
        char byte;
        if (read(gate.ends[0], &byte, 1) != 0) return 1;  // returns when the test lets go of its end
        const auto queue = open_commands(folder.path);
        if (!queue) std::fprintf(stderr, "%s\n", queue.error().text().c_str());
        return queue ? 0 : 2;
      }));
    }
    gate.close_write();
    for (const auto& child : children) REQUIRE(child->wait_for_end() == 0);
  }
}

TEST_CASE("several processes write commands at once: none lost, none twice") {
  const TestFolder folder;
  constexpr int writers = 4, commands = 25;
  const auto write_commands = [&](int writer) {
    const auto queue = open_commands(folder.path);  // the first one here makes the file
    if (!queue) return 1;
    for (int number = 0; number < commands; ++number) {
      CommandRow row;
      row.origin = "cli";
      row.kind = "start";
      row.bot = std::to_string(writer);
      row.idempotency_key = "shared " + std::to_string(number);
      if (!(*queue)->add(row)) return 2;
      row.idempotency_key.clear();
      if (!(*queue)->add(row)) return 3;
    }
    return 0;
  };
  {
    std::vector<std::unique_ptr<ChildProcess>> children;
    for (int writer = 0; writer < writers; ++writer) children.push_back(std::make_unique<ChildProcess>([&] { return write_commands(writer); }));
    for (const auto& child : children) CHECK(child->wait_for_end() == 0);
  }
  const auto queue = open_commands(folder.path);
  require_ok(queue);
  CHECK((*queue)->after(0, 10'000).size() == static_cast<size_t>(writers * commands + commands));
}

TEST_CASE("a second journal writer is told of the first after a wait") {
  const TestFolder folder;
  prepared_bot(folder.path);
  Pipe ready, done;
  ChildProcess holder([&] {
    const auto journal = open_journal(folder.path);
    if (!journal || !(*journal)->begin()) return 1;
    char byte = 1;
    if (write(ready.ends[1], &byte, 1) != 1) return 2;
    return read(done.ends[0], &byte, 1) >= 0 ? 0 : 3;
  });
  char byte;
  REQUIRE(read(ready.ends[0], &byte, 1) == 1);
  const auto second = open_journal(folder.path);
  require_ok(second);
  const Status begun = (*second)->begin();
  REQUIRE_FALSE(begun);
  CHECK_THAT(begun.error().text(), Contains("locked") && Contains("journal.db"));
}

TEST_CASE("the engine's lock falls with its process, even by kill -9") {
  const TestFolder folder;
  Pipe ready;
  ChildProcess engine([&] {
    const auto lock = EngineLock::take(folder.path);
    const pid_t pid = getpid();
    if (!lock || write(ready.ends[1], &pid, sizeof pid) != sizeof pid) return 1;
    pause();
    return 0;
  });
  pid_t pid = 0;
  REQUIRE(read(ready.ends[0], &pid, sizeof pid) == sizeof pid);
  const auto second = EngineLock::take(folder.path);
  REQUIRE_FALSE(second);
  CHECK_THAT(second.error().text(), Contains("process " + std::to_string(pid)));
  engine.kill_now();
  require_ok(EngineLock::take(folder.path));
}

TEST_CASE("a user without the right to the data folder is told whose it is") {
  if (geteuid() != 0) {
    WARN("skipped: only root can become another user for this test");
    return;
  }
  const TestFolder folder;
  prepared_bot(folder.path);
  Pipe answer;
  ChildProcess other([&] {
    if (setgid(65534) != 0 || setuid(65534) != 0) return 1;
    std::string text;
    for (const auto& error : {open_journal(folder.path).error().text(), open_commands(folder.path).error().text(),
                              EngineLock::take(folder.path).error().text()}) {
      text += error + "\n";
    }
    return write(answer.ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 2;
  });
  REQUIRE(other.wait_for_end() == 0);
  char text[4'096] = {};
  REQUIRE(read(answer.ends[0], text, sizeof text - 1) > 0);
  CHECK_THAT(text, Contains("Permission denied") && Contains("belongs to user 0") && Contains("runs as user 65534"));
  CHECK(std::count(std::begin(text), std::end(text), '\n') == 3);
}
