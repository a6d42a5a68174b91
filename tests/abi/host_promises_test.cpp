// The real host under the eyes of the host checker (plugins/host_checker.c): worker processes that are killed and made anew,
// bots that are asked seldom, newer rows before older ones are evaluated. A broken promise would be the cause of an answer.
#include <catch2/catch.hpp>

#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;

namespace {

std::vector<ParameterValue> watched_from(int64_t row) {
  return {int64_t{3}, 1.5, true, std::string("watching"), std::string("third"), time_of(row), true};
}

std::string seen(int64_t rows) { return "seen " + std::to_string(rows) + ","; }

}  // namespace

TEST_CASE("the host keeps its promises while workers are killed and made anew") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Fixture fixture({"host_checker"});
  REQUIRE(fixture.create(1, "host_checker", watched_from(0)));
  REQUIRE(fixture.create(2, "host_checker", watched_from(0)));
  REQUIRE(fixture.create(3, "host_checker", watched_from(700), 700));
  int kills = 0;
  for (int64_t row = 0; row < 2'000; ++row) {
    fixture.close_row(row);
    if (row % 90 == 17) {
      for (const pid_t worker : workers()) kills += kill(worker, SIGKILL) == 0;
      // With and without its death being noticed before the next question.
      if (random() % 2 == 0) fixture.host->on_readable();
    }
    if (row % 3 == 0) {
      const auto answers = fixture.evaluate(row % 60 == 0 ? std::vector<int64_t>{1, 2, 3} : std::vector<int64_t>{1, 3});
      for (size_t i = 0; i < answers.size(); ++i) {
        const bool third = i + 1 == answers.size();
        if (third && row < 700) continue;  // its first candle has not come yet
        CAPTURE(row, i, answers[i].cause);
        REQUIRE(answers[i].kind == AnswerKind::ok);
        const int64_t count = third ? row - 699 : row + 1;
        if (count >= 3) REQUIRE(answers[i].decision.reasons.rfind(seen(count), 0) == 0);
      }
    }
    if (row % 210 == 0) {  // asked twice about the same candle
      const auto again = fixture.evaluate({1});
      CAPTURE(row, again[0].cause);
      REQUIRE(again[0].kind == AnswerKind::ok);
    }
  }
  REQUIRE(kills > 15);
}

TEST_CASE("the host keeps its promises to a position, and to a bot whose past is longer than a chunk") {
  Fixture fixture({"host_checker"});
  for (int64_t row = 0; row < 3'000; ++row) fixture.close_row(row);
  REQUIRE(fixture.create(1, "host_checker", watched_from(5), 5));
  EvaluateRequest request;
  request.instance_id = 1;
  request.now_ms = time_of(2'999) + interval_ms;
  request.position = {0.5, 100, time_of(2'990)};
  const auto answers = fixture.host->evaluate({&request, 1});
  CAPTURE(answers[0].cause);
  REQUIRE(answers[0].kind == AnswerKind::ok);
  REQUIRE(answers[0].decision.reasons.rfind(seen(2'995) + " long", 0) == 0);
}

TEST_CASE("what the host checker would say reaches the bot as the cause") {
  Fixture fixture({"host_checker"});
  REQUIRE(fixture.create(1, "host_checker", watched_from(1)));  // but it is anchored at row 0
  for (int64_t row = 0; row < 5; ++row) fixture.close_row(row);
  REQUIRE_THAT(fixture.evaluate({1})[0].cause, Catch::Matchers::Contains("the first row is not the bot's first one"));
}
