// A newer file takes over between two evaluations, or the old one stays and says why.
#include <catch2/catch.hpp>

#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;
using Catch::Matchers::Contains;

TEST_CASE("A replaced file takes over with everything fed since the anchor, and no decision is missed") {
  Fixture fixture({"steady"});
  REQUIRE(fixture.create(1, "steady", {int64_t{50}}));
  int64_t row = 0;
  for (; row < 1'300; ++row) fixture.close_row(row);
  const auto before = fixture.evaluate({1});
  REQUIRE_THAT(before[0].decision.reasons, Contains("1.0.0 average") && Contains("of 1300 candles"));
  fixture.install("steady_2", "steady");
  bool taken_over = false;
  for (; row < 1'900 && !taken_over; ++row) {
    fixture.host->on_readable();
    fixture.close_row(row);
    const auto answers = fixture.evaluate({1});
    REQUIRE(answers[0].kind == AnswerKind::ok);
    CHECK_THAT(answers[0].decision.reasons, Contains("of " + std::to_string(row + 1) + " candles"));
    taken_over = answers[0].decision.reasons.starts_with("2.0.0");
    if (!taken_over) usleep(2'000);
  }
  REQUIRE(taken_over);
  CHECK(fixture.count(PluginEventKind::swap_done) == 1);
  // Bit-equal to the old version, fed the same.
  Fixture control({"steady"});
  control.history.candles = fixture.history.candles;
  REQUIRE(control.create(1, "steady", {int64_t{50}}));
  const auto expected = control.evaluate({1});
  fixture.close_row(row), control.close_row(row);
  CHECK(fixture.evaluate({1})[0].decision.reasons.substr(5) == control.evaluate({1})[0].decision.reasons.substr(5));
}

TEST_CASE("A newer version that fails is not taken over, the old one decides on and the reason can be read") {
  Fixture fixture({"steady"});
  REQUIRE(fixture.create(1, "steady", {int64_t{50}}));
  for (int64_t row = 0; row < 10; ++row) fixture.close_row(row);
  REQUIRE(fixture.evaluate({1})[0].kind == AnswerKind::ok);
  const std::string name = GENERATE("steady_failing", "other", "constructor_crash");
  fixture.install(name, "steady");
  REQUIRE(fixture.serve_until([&] { return !fixture.plugin("steady").reason.empty() && fixture.plugin("steady").state != PluginState::being_copied; }));
  CHECK(fixture.plugin("steady").state == PluginState::ready);
  fixture.close_row(10);
  CHECK_THAT(fixture.evaluate({1})[0].decision.reasons, Contains("1.0.0 average"));
  CHECK(fixture.count(PluginEventKind::swap_refused) + fixture.count(PluginEventKind::plugin_refused) >= 1);
  // A good one afterwards is.
  fixture.install("steady_2", "steady");
  REQUIRE(fixture.serve_until([&] { return fixture.count(PluginEventKind::swap_done) == 1; }));
  fixture.close_row(11);
  CHECK_THAT(fixture.evaluate({1})[0].decision.reasons, Contains("2.0.0 average") && Contains("of 12 candles"));
}

TEST_CASE("A removed file leaves its bots deciding") {
  Fixture fixture({"steady"});
  REQUIRE(fixture.create(1, "steady", {int64_t{50}}));
  fixture.close_row(0);
  std::filesystem::remove(fixture.plugins() / "steady.so");
  REQUIRE(fixture.serve_until([&] { return !fixture.host->find_strategy("steady"); }));
  CHECK(fixture.evaluate({1})[0].kind == AnswerKind::ok);
  CHECK_THAT(fixture.plugin("steady").reason, Contains("removed"));
}
