// Lines that strategies write for their bots' logs: delivered once, cleaned, and bounded.
#include <catch2/catch.hpp>

#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;
using Catch::Matchers::Contains;

TEST_CASE("A strategy's lines come with its decision, once, without control characters") {
  Fixture fixture({"talks"});
  REQUIRE(fixture.create(1, "talks", {int64_t{1}}));
  REQUIRE(fixture.create(2, "talks", {int64_t{2}}));
  REQUIRE(fixture.create(3, "talks", {int64_t{500}}));
  for (int64_t row = 0; row < 600; ++row) fixture.close_row(row);  // its past is fed in pieces, of which nothing is heard
  const auto answers = fixture.evaluate({1, 2, 3});
  REQUIRE(answers[0].lines.size() == 1);
  CHECK(answers[0].lines[0].level == StrategyLine::Level::warning);
  CHECK_THAT(answers[0].lines[0].text, Contains("line 0") && !Contains("\x1b") && !Contains("\n"));
  REQUIRE(answers[1].lines.size() == 3);
  CHECK(answers[1].lines[1].level == StrategyLine::Level::info);
  CHECK(answers[1].lines[2].level == StrategyLine::Level::error);
  CHECK(answers[1].lines[2].text.size() <= strategy_line_bytes + 8);
  REQUIRE(answers[2].lines.size() == strategy_line_limit + 1);
  CHECK_THAT(answers[2].lines.back().text, Contains("490 further lines"));
  fixture.close_row(600);
  CHECK(fixture.evaluate({1})[0].lines.size() == 1);
}
