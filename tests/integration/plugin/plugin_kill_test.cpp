// A worker that dies, is killed or is made anew must not change one bit of any decision.
#include <catch2/catch.hpp>
#include <sys/wait.h>

#include <thread>

#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;
using Catch::Matchers::Contains;

namespace {

constexpr int64_t row_count = 1'500;
const std::vector<int64_t> bots = {1, 2, 3};

void create_bots(Fixture& fixture) {
  REQUIRE(fixture.create(1, "steady", {int64_t{5}}));
  REQUIRE(fixture.create(2, "steady", {int64_t{50}}));
  REQUIRE(fixture.create(3, "other", {int64_t{9}}, 700));
}

std::vector<EvaluateAnswer> undisturbed() {
  Fixture fixture({"steady", "other"});
  create_bots(fixture);
  std::vector<EvaluateAnswer> all;
  for (int64_t row = 0; row < row_count; ++row) {
    fixture.close_row(row);
    if (row % 3 == 0)
      for (auto& answer : fixture.evaluate(bots)) all.push_back(std::move(answer));
  }
  CHECK(fixture.history.rows_read <= 4);
  return all;
}

}  // namespace

TEST_CASE("Workers killed at random moments: the decisions are those of an undisturbed run, bit for bit") {
  const auto expected = undisturbed();
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Fixture fixture({"steady", "other"});
  create_bots(fixture);
  std::vector<EvaluateAnswer> all;
  int kills = 0;
  for (int64_t row = 0; row < row_count; ++row) {
    fixture.close_row(row);
    if (row % 3 != 0) continue;
    const auto victims = workers();
    std::thread killer;
    if (random() % 25 == 0 && !victims.empty()) {
      // During the evaluation, by a thread; its moment differs each time.
      const pid_t victim = victims[random() % victims.size()];
      const auto pause = std::chrono::microseconds(random() % 300);
      killer = std::thread([=] {
        std::this_thread::sleep_for(pause);
        kill(victim, SIGKILL);
      });
      ++kills;
    }
    auto answers = fixture.evaluate(bots);
    if (killer.joinable()) killer.join();
    for (auto& answer : answers) all.push_back(std::move(answer));
  }
  REQUIRE(kills > 5);
  REQUIRE(all.size() == expected.size());
  for (size_t i = 0; i < all.size(); ++i) {
    CAPTURE(i, all[i].cause);
    REQUIRE(all[i].kind == expected[i].kind);
    REQUIRE(all[i].decision == expected[i].decision);
  }
  CHECK(fixture.count(PluginEventKind::worker_lost) > 0);
  CHECK(fixture.count(PluginEventKind::instance_crashed) == 0);
}

TEST_CASE("A new host that feeds everything since the anchor decides as the one before") {
  Fixture first({"steady"});
  REQUIRE(first.create(1, "steady", {int64_t{50}}, 10));
  for (int64_t row = 0; row < 1'400; ++row) first.close_row(row);
  const auto expected = first.evaluate({1});
  REQUIRE_THAT(expected[0].decision.reasons, Contains("of 1390 candles"));
  Fixture second({"steady"});
  second.history.candles = first.history.candles;
  REQUIRE(second.create(1, "steady", {int64_t{50}}, 10));
  SECTION("asked at once") { CHECK(second.evaluate({1})[0].decision == expected[0].decision); }
  SECTION("after the next candle, with repeated rows appended") {
    first.close_row(1'400);
    second.host->append_candles("BTCUSDT", interval_ms, rows(1'390, 1'400));
    second.close_row(1'400);
    CHECK(second.evaluate({1})[0].decision == first.evaluate({1})[0].decision);
  }
}

TEST_CASE("A bot that was not asked for longer than the worker keeps candles misses none of them") {
  Fixture fixture({"steady"});
  REQUIRE(fixture.create(1, "steady", {int64_t{50}}));
  REQUIRE(fixture.create(2, "steady", {int64_t{50}}));
  fixture.close_row(0);
  fixture.evaluate({1, 2});
  for (int64_t row = 1; row < 4'000; ++row) {
    fixture.close_row(row);
    if (row % 100 == 0) fixture.evaluate({1});
  }
  const auto answers = fixture.evaluate({1, 2});
  CHECK_THAT(answers[1].decision.reasons, Contains("of 4000 candles"));
  CHECK(answers[0].decision == answers[1].decision);
}

TEST_CASE("Workers end with their host") {
  {
    Fixture fixture({"steady"});
    REQUIRE(fixture.create(1, "steady", {int64_t{5}}));
    REQUIRE(workers().size() == 1);
  }
  CHECK(workers().empty());
}
