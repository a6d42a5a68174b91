// Closes at which nobody was asked: one row for each stretch of them, with its reason.
#include <catch2/catch.hpp>

#include "host/engine/recorder.hpp"
#include "tests/unit/store_random_rows.hpp"

using namespace stratdock;

namespace {

struct Desk {
  Desk() : journal(std::move(*store::open_journal(folder.path))), log({folder.path}), recorder(*journal, log) {
    recorder.set_account(account);
    REQUIRE(journal->begin());
    store::BotRow row;
    row.settings.name = "btc";
    row.symbol = "BTCUSDT";
    bot.settings.name = "btc";
    bot.symbol = "BTCUSDT";
    bot.id = journal->put_bot(row).value();
    recorder.facts()[bot.id] = {};
  }
  std::vector<store::DecisionRow> rows() {
    REQUIRE(recorder.take_status());
    auto found = journal->decisions(bot.id, {.limit = 100});
    return {found.rbegin(), found.rend()};
  }
  void hold(int64_t at_ms) {
    account.set_time(at_ms);
    recorder.decided(bot, {}, {}, "", {});
  }

  store::TestFolder folder;
  std::unique_ptr<store::Journal> journal;
  BotLog log;
  PaperExchange exchange{PaperSettings{}};
  PaperPort port{exchange};
  JournalRecorder recorder;
  Account account{port, recorder, {}, "key"};
  Bot bot;
};

constexpr int64_t minute = 60'000;
bool says(const store::DecisionRow& row, const char* part) { return row.blocked_reason.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("candles that came too late are one row for each time away") {
  Desk desk;
  desk.hold(10 * minute);
  desk.recorder.came_late(desk.bot, 11 * minute, 5 * minute, minute);
  CHECK(says(desk.rows().back(), "not evaluated: the candle was 300 s old when it arrived"));
  for (int64_t i = 1; i < 4; ++i) desk.recorder.came_late(desk.bot, (11 + i) * minute, (5 - i) * minute, minute);
  desk.hold(15 * minute);
  desk.recorder.came_late(desk.bot, 16 * minute, 2 * minute, minute);
  const auto rows = desk.rows();
  REQUIRE(rows.size() == 4);
  CHECK(rows[1].outcome == "failed");
  CHECK(rows[1].action == "HOLD");
  CHECK(rows[1].first_ms == 11 * minute);
  CHECK(rows[1].last_ms == 14 * minute);
  CHECK(rows[1].count == 4);
  CHECK(says(rows[1], "300 s (the first) to 120 s old"));
  CHECK(rows[3].first_ms == 16 * minute);
  CHECK(rows[3].count == 1);
  CHECK(says(rows[3], "120 s old"));
  // A line in the bot's log for each stretch, not for each candle.
  CHECK(desk.journal->logs(desk.bot.id, {.limit = 100}).size() == 4);
}

TEST_CASE("a halt is one row, also over a restart, and another reason begins another") {
  Desk desk;
  for (int64_t i = 0; i < 3; ++i) desk.recorder.not_evaluated(desk.bot, (1 + i) * minute, "BTCUSDT stands still: the exchange says HALT");
  REQUIRE(desk.recorder.restore());
  desk.recorder.not_evaluated(desk.bot, 4 * minute, "BTCUSDT stands still: the exchange says HALT");
  desk.recorder.not_evaluated(desk.bot, 5 * minute, "BTCUSDT stands still: the exchange says BREAK");
  desk.recorder.came_late(desk.bot, 6 * minute, 2 * minute, minute);
  const auto rows = desk.rows();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].count == 4);
  CHECK(rows[0].last_ms == 4 * minute);
  CHECK(says(rows[1], "BREAK"));
  CHECK(rows[2].count == 1);
}
