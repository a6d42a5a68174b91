// A round of decisions that is left and continued, and what may happen meanwhile. The strategy `slow` thinks for 60 ms.
#include <catch2/catch.hpp>

#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;
using Catch::Matchers::Contains;

namespace {

std::vector<EvaluateRequest> requests(const Fixture& fixture, const std::vector<int64_t>& ids) {
  std::vector<EvaluateRequest> all;
  for (const int64_t id : ids) {
    all.emplace_back().instance_id = id;
    all.back().now_ms = fixture.history.candles.open_time_ms().back() + interval_ms;
  }
  return all;
}

InstanceSpec spec(int64_t id, const std::string& strategy, int64_t period) {
  return {id, strategy, {period}, 1, "BTCUSDT", interval_ms, time_of(0)};
}

// Goes on with the round as an engine's loop does.
std::vector<EvaluateAnswer> serve_round(Fixture& fixture) {
  const int64_t end_ms = steady_now_ms() + 20'000;
  while (!fixture.host->round_over() && steady_now_ms() < end_ms) {
    std::vector<pollfd> waited;
    for (const int fd : fixture.host->fds()) waited.push_back({fd, POLLIN, 0});
    poll(waited.data(), waited.size(), static_cast<int>(fixture.host->round_wait_ms()));
    fixture.host->on_readable();
  }
  REQUIRE(fixture.host->round_over());
  return fixture.host->take_answers();
}

}  // namespace

TEST_CASE("A round can be left, goes on by itself, and answers in the order of its requests") {
  Fixture fixture({"steady", "slow", "hostile"});
  for (int64_t row = 0; row < 1'300; ++row) fixture.close_row(row);
  REQUIRE(fixture.create(1, "steady", {int64_t{50}}));
  REQUIRE(fixture.create(2, "slow", {int64_t{50}}));
  REQUIRE(fixture.create_hostile(3, 2, 1'299));  // loops
  REQUIRE(fixture.create(4, "steady", {int64_t{20}}));
  fixture.host->begin_round(requests(fixture, {4, 3, 2, 1}));
  CHECK_FALSE(fixture.host->wait_round(0));
  CHECK_FALSE(fixture.host->round_over());
  const auto answers = serve_round(fixture);
  REQUIRE(answers.size() == 4);
  CHECK(answers[1].kind == AnswerKind::timed_out);
  const auto expected = fixture.evaluate({1, 2, 4});
  for (const auto& [at, other] : {std::pair{0, 2}, {2, 1}, {3, 0}}) {
    CHECK(answers[static_cast<size_t>(at)].kind == AnswerKind::ok);
    CHECK(answers[static_cast<size_t>(at)].decision.reasons == expected[static_cast<size_t>(other)].decision.reasons);
    CHECK_THAT(answers[static_cast<size_t>(at)].decision.reasons, Contains("of 1300 candles"));
  }
}

TEST_CASE("A plugin in a round takes nothing else, says so, and takes it afterwards, while others do at once") {
  Fixture fixture({"slow", "steady"});
  fixture.close_row(0);
  REQUIRE(fixture.create(1, "slow", {int64_t{50}}));
  fixture.host->begin_round(requests(fixture, {1}));
  CHECK_FALSE(fixture.host->wait_round(0));
  CHECK(fixture.host->is_busy("slow"));
  CHECK_FALSE(fixture.host->is_busy("steady"));
  const auto made = fixture.create(2, "slow", {int64_t{50}});
  REQUIRE_FALSE(made);
  CHECK_THAT(made.error().text(), Contains("slow.so is deciding now"));
  for (const Status& refused : {fixture.host->declare_instance(spec(2, "slow", 50)), fixture.host->change_instance(1, {int64_t{20}}),
                                fixture.host->release_plugin(fixture.plugin("slow").file)}) {
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().text(), Contains("slow.so is deciding now"));
  }
  CHECK(fixture.create(3, "steady", {int64_t{50}}));
  CHECK(serve_round(fixture)[0].kind == AnswerKind::ok);
  CHECK_FALSE(fixture.host->is_busy("slow"));
  CHECK(fixture.create(2, "slow", {int64_t{50}}));
}

TEST_CASE("An instance that is destroyed while it decides goes when the round is over") {
  Fixture fixture({"slow"});
  for (int64_t row = 0; row < 10; ++row) fixture.close_row(row);
  for (const int64_t id : {1, 2}) REQUIRE(fixture.create(id, "slow", {int64_t{50}}));
  fixture.host->begin_round(requests(fixture, {1, 2}));
  CHECK_FALSE(fixture.host->wait_round(0));
  fixture.host->destroy_instance(1);
  const auto answers = serve_round(fixture);
  CHECK(answers[1].kind == AnswerKind::ok);
  CHECK(fixture.evaluate({1})[0].kind == AnswerKind::no_plugin);
  REQUIRE(fixture.create(1, "slow", {int64_t{20}}));
  CHECK(fixture.evaluate({1})[0].kind == AnswerKind::ok);
}

TEST_CASE("A newer file waits for the round of the version before") {
  Fixture fixture({"slow"});
  fixture.close_row(0);
  REQUIRE(fixture.create(1, "slow", {int64_t{50}}));
  REQUIRE(fixture.evaluate({1})[0].kind == AnswerKind::ok);
  fixture.install("slow_2", "slow");
  fixture.close_row(1);
  fixture.host->begin_round(requests(fixture, {1}));
  // Its answer stays where it is: the round is over when its answers are taken.
  REQUIRE(fixture.serve_until([&] { return fixture.count(PluginEventKind::catalog_changed) > 0 && fixture.host->round_over(); }));
  for (int i = 0; i < 20; ++i) fixture.host->on_readable();
  CHECK(fixture.count(PluginEventKind::swap_done) == 0);
  CHECK_THAT(fixture.host->take_answers()[0].decision.reasons, !Contains("2.0.0"));
  REQUIRE(fixture.serve_until([&] { return fixture.count(PluginEventKind::swap_done) == 1; }));
  fixture.close_row(2);
  fixture.close_row(3);
  CHECK_THAT(fixture.evaluate({1})[0].decision.reasons, Contains("2.0.0 average") && Contains("of 4 candles"));
}

TEST_CASE("A declared instance is made in its first round, and refused there by its strategy or for its feeds") {
  Fixture fixture({"steady"});
  for (int64_t row = 0; row < 10; ++row) fixture.close_row(row);
  REQUIRE(workers().empty());
  for (const auto& [id, period] : {std::pair{1, 50}, {2, 13}, {3, 20}}) REQUIRE(fixture.host->declare_instance(spec(id, "steady", period)));
  CHECK(workers().empty());
  fixture.host->begin_round(requests(fixture, {1, 2, 3}), [](int64_t id, const InstanceRequirements& needs) -> Result<std::vector<const FeedData*>> {
    CHECK(needs.window_candles == 5);
    if (id == 3) return failure("its news are late");
    return std::vector<const FeedData*>();
  });
  const auto answers = serve_round(fixture);
  CHECK(answers[0].kind == AnswerKind::ok);
  CHECK(answers[1].kind == AnswerKind::refused);
  CHECK_THAT(answers[1].cause, Contains("period must not be 13"));
  CHECK(answers[2].kind == AnswerKind::refused);
  CHECK(answers[2].cause == "its news are late");
}
