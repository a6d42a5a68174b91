// Whatever a plugin does wrong stays its own: charged to the bot in flight, while others decide in the same round.
#include <catch2/catch.hpp>

#include "host/plugin/plugin_file.hpp"
#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;
using Catch::Matchers::Contains;

namespace {

// As in hostile.c.
enum Behaviour : int64_t {
  holds, segfaults, loops, aborts, allocates, answers_nan, exits, opens_file, opens_socket, sleeps, overflows_stack, forks, kills_parent,
  answers_bad_action, reports_error, answers_endless_text, writes_to_host, starts_thread, maps_code, traces_parent, divides, closes_socket,
  crashes_on_destroy, crashes_on_create, waits_for_ever
};

struct Attack {
  Behaviour behaviour;
  AnswerKind kind;
  std::string words;
};

bool is_instrumented() {
#ifdef STRATDOCK_SANITIZE
  return true;
#else
  return false;
#endif
}

}  // namespace

TEST_CASE("Every misbehaviour is contained and named, and the rest of the round decides") {
  if (is_instrumented()) return;  // without the sandbox these attacks are real
  const auto attack = GENERATE(values<Attack>({
      {segfaults, AnswerKind::crashed, "segmentation fault (SIGSEGV), at plugin.so+0x"},
      {loops, AnswerKind::timed_out, "did not answer within 100 ms"},
      {waits_for_ever, AnswerKind::timed_out, "did not answer within 100 ms"},
      {aborts, AnswerKind::crashed, "SIGABRT"},
      {allocates, AnswerKind::failed, "ran out of memory"},
      {answers_nan, AnswerKind::failed, "confidence is nan"},
      {exits, AnswerKind::crashed, "exit code 3"},
      {opens_file, AnswerKind::crashed, "sandbox forbids (SIGSYS): openat, at "},
      {opens_socket, AnswerKind::crashed, "sandbox forbids"},
      {sleeps, AnswerKind::crashed, "sandbox forbids"},
      {overflows_stack, AnswerKind::crashed, "segmentation fault (SIGSEGV), at plugin.so+0x"},
      {forks, AnswerKind::crashed, "sandbox forbids (SIGSYS): clone, at "},
      {kills_parent, AnswerKind::crashed, "sandbox forbids"},
      {answers_bad_action, AnswerKind::failed, "action is 7"},
      {reports_error, AnswerKind::failed, "out of ideas"},
      {answers_endless_text, AnswerKind::ok, ""},
      {writes_to_host, AnswerKind::ok, ""},
      {starts_thread, AnswerKind::crashed, "sandbox forbids"},
      {maps_code, AnswerKind::crashed, "sandbox forbids"},
      {traces_parent, AnswerKind::crashed, "sandbox forbids"},
      {divides, AnswerKind::crashed, "arithmetic fault (SIGFPE), at plugin.so+0x"},
      {closes_socket, AnswerKind::crashed, "sandbox forbids"},
  }));
  CAPTURE(static_cast<int64_t>(attack.behaviour));
  Fixture fixture({"steady", "hostile"});
  REQUIRE(fixture.create(1, "steady", {int64_t{5}}));
  REQUIRE(fixture.create_hostile(2, holds, 0));
  REQUIRE(fixture.create_hostile(3, attack.behaviour, 10));
  REQUIRE(fixture.create_hostile(4, holds, 0));
  for (int64_t row = 0; row < 10; ++row) fixture.close_row(row);
  for (const auto& answer : fixture.evaluate({1, 2, 3, 4})) REQUIRE(answer.kind == AnswerKind::ok);
  fixture.close_row(10);
  const int64_t start_ms = steady_now_ms();
  const auto answers = fixture.evaluate({1, 2, 3, 4});
  CHECK(steady_now_ms() - start_ms < 1'000);
  CHECK(answers[0].kind == AnswerKind::ok);
  CHECK_THAT(answers[0].decision.reasons, Contains("of 11 candles"));
  CHECK(answers[1].kind == AnswerKind::ok);
  CHECK(text(answers[2].kind) == std::string(text(attack.kind)));
  CHECK_THAT(answers[2].cause, Contains(attack.words));
  if (attack.kind != AnswerKind::ok) CHECK(answers[2].decision == Decision{});
  CHECK(answers[3].kind == AnswerKind::ok);
  // The next candle goes on as if nothing had been.
  fixture.close_row(11);
  const auto next = fixture.evaluate({1, 2, 3, 4});
  CHECK_THAT(next[0].decision.reasons, Contains("of 12 candles"));
  CHECK(next[1].kind == AnswerKind::ok);
  CHECK(next[3].kind == AnswerKind::ok);
}

TEST_CASE("An exception that leaves a call ends the worker, not the host") {
  Fixture fixture({"throws"});
  REQUIRE(fixture.create(1, "test.throws", {}));
  fixture.close_row(0);
  const auto answers = fixture.evaluate({1});
  CHECK(answers[0].kind == AnswerKind::crashed);
  CHECK_THAT(answers[0].cause, Contains("SIGABRT"));
}

TEST_CASE("The same bot three times is quarantined, the others go on, a release gives it another chance") {
  Fixture fixture({"hostile"});
  REQUIRE(fixture.create_hostile(1, segfaults, 5));
  REQUIRE(fixture.create_hostile(2, holds, 0));
  for (int64_t row = 0; row < 6; ++row) fixture.close_row(row);
  // Its fatal candle is the last one each time.
  CHECK(fixture.evaluate({1, 2})[0].kind == AnswerKind::crashed);
  CHECK(fixture.evaluate({1, 2})[0].kind == AnswerKind::crashed);
  auto answers = fixture.evaluate({1, 2});
  CHECK(answers[0].kind == AnswerKind::quarantined);
  CHECK_THAT(answers[0].cause, Contains("three times") && Contains("segmentation fault"));
  CHECK(answers[1].kind == AnswerKind::ok);
  CHECK(fixture.evaluate({1, 2})[0].kind == AnswerKind::quarantined);
  CHECK(fixture.count(PluginEventKind::instance_crashed) == 3);
  CHECK(fixture.count(PluginEventKind::instance_quarantined) == 1);
  CHECK(fixture.count(PluginEventKind::plugin_quarantined) == 0);
  REQUIRE(fixture.host->release_instance(1));
  CHECK_FALSE(fixture.host->release_instance(1));
  CHECK(fixture.evaluate({1})[0].kind == AnswerKind::crashed);
}

TEST_CASE("In a batch of hundreds the bot in flight is charged, and every other one decides in the same round") {
  if (is_instrumented()) return;  // a sanitizer's report takes longer than a call may
  Fixture fixture({"hostile"});
  const int64_t culprit = GENERATE(1, 137, 300);
  const Behaviour behaviour = GENERATE(segfaults, loops);
  CAPTURE(culprit, static_cast<int64_t>(behaviour));
  std::vector<int64_t> bots;
  for (int64_t id = 1; id <= 300; ++id) {
    REQUIRE(fixture.create_hostile(id, id == culprit ? behaviour : holds, 1));
    bots.push_back(id);
  }
  fixture.close_row(0);
  fixture.close_row(1);
  const auto answers = fixture.evaluate(bots);
  for (const int64_t id : bots) {
    const AnswerKind expected = id != culprit ? AnswerKind::ok : behaviour == loops ? AnswerKind::timed_out : AnswerKind::crashed;
    if (answers[static_cast<size_t>(id) - 1].kind != expected) FAIL("bot " << id << ": " << text(answers[static_cast<size_t>(id) - 1].kind));
  }
}

TEST_CASE("Two bots of a plugin within ten minutes: the plugin is quarantined, and a repaired file takes over by itself") {
  Fixture fixture({"steady", "hostile"});
  REQUIRE(fixture.create_hostile(1, segfaults, 2));
  REQUIRE(fixture.create_hostile(2, loops, 2));
  REQUIRE(fixture.create_hostile(3, holds, 0));
  REQUIRE(fixture.create(4, "steady", {int64_t{5}}));
  for (int64_t row = 0; row < 3; ++row) fixture.close_row(row);
  auto answers = fixture.evaluate({1, 2, 3, 4});
  CHECK(answers[0].kind == AnswerKind::crashed);
  CHECK(answers[1].kind == AnswerKind::quarantined);
  CHECK(answers[2].kind == AnswerKind::quarantined);
  CHECK(answers[3].kind == AnswerKind::ok);
  CHECK(fixture.plugin("hostile").state == PluginState::quarantined);
  CHECK(fixture.count(PluginEventKind::plugin_quarantined) == 1);
  CHECK_FALSE(fixture.create_hostile(5, holds, 0));
  fixture.install("repaired", "hostile");
  REQUIRE(fixture.serve_until([&] { return fixture.plugin("hostile").state == PluginState::ready; }));
  answers = fixture.evaluate({1, 2, 3, 4});
  for (const auto& answer : answers) CHECK(answer.kind == AnswerKind::ok);
  CHECK(fixture.count(PluginEventKind::released) == 1);
  CHECK(fixture.host->find_strategy("hostile")->version == "1.0.1");
}

TEST_CASE("A plugin that loads when it is looked at and not when it is needed is tried three times, not for ever") {
  if (is_instrumented()) return;  // a sanitizer's report takes longer than a call may
  Fixture fixture({"steady"});
  const auto cache = fixture.folder.path() / "cache";
  // As if it had loaded once: what it said of itself then is remembered by its hash.
  std::filesystem::copy_file(cache / (fixture.plugin("steady").sha256 + ".description-1.json"),
                             cache / (*hash_of_file(test_plugin("constructor_crash")) + ".description-1.json"));
  REQUIRE(fixture.create(1, "steady", {int64_t{5}}));
  fixture.close_row(0);
  SECTION("a bot that is new") {
    fixture.host->destroy_instance(1);
    std::filesystem::remove(fixture.plugins() / "steady.so");
    fixture.install("constructor_crash", "liar");
    REQUIRE(fixture.serve_until([&] { return fixture.plugin("liar").state == PluginState::ready && fixture.plugin("steady").file.empty(); }));
    for (int times = 0; times < 3; ++times) CHECK_THAT(fixture.create(1, "steady", {int64_t{5}}).error().text(), Contains("segmentation fault"));
    CHECK_THAT(fixture.create(1, "steady", {int64_t{5}}).error().text(), Contains("failed to load three times"));
  }
  SECTION("a bot whose worker has to be started again") {
    // The same file name and the running version: only its private copy turns bad.
    const auto copy = cache / (fixture.plugin("steady").sha256 + ".so");
    REQUIRE(fixture.evaluate({1})[0].kind == AnswerKind::ok);
    std::filesystem::remove(copy);
    REQUIRE(kill(workers().at(0), SIGKILL) == 0);
    CHECK(fixture.evaluate({1})[0].kind == AnswerKind::no_plugin);
    CHECK(fixture.plugin("steady").state == PluginState::ready);  // not the plugin's doing
  }
}

TEST_CASE("A constructor that speaks for the worker and never returns gains nothing but a line in the list") {
  Fixture fixture({"steady", "constructor_impostor"});
  REQUIRE(fixture.plugin("constructor_impostor").state == PluginState::ready);
  CHECK(fixture.plugin("constructor_impostor").build_info == "?[31m");
  CHECK(fixture.host->find_strategy("test.impostor")->name == "a?b");
  const int64_t start_ms = steady_now_ms();
  const auto created = fixture.create(1, "test.impostor", {});
  REQUIRE_FALSE(created);
  CHECK_THAT(created.error().text(), Contains("did not answer within 100 ms"));
  CHECK(steady_now_ms() - start_ms < 2'000);
  REQUIRE(fixture.create(2, "steady", {int64_t{5}}));
  fixture.close_row(0);
  CHECK(fixture.evaluate({2})[0].kind == AnswerKind::ok);
}

TEST_CASE("Crashes in creating and destroying are charged to the instance, not to the call after them") {
  Fixture fixture({"hostile"});
  REQUIRE(fixture.create_hostile(2, holds, 0));
  fixture.close_row(0);
  REQUIRE(fixture.evaluate({2})[0].kind == AnswerKind::ok);
  SECTION("creating") {
    const auto refused = fixture.create(1, "hostile", {int64_t{0}, int64_t{crashes_on_create}});
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().text(), Contains("segmentation fault"));
  }
  SECTION("destroying") {
    REQUIRE(fixture.create_hostile(3, crashes_on_destroy, 0));
    fixture.host->destroy_instance(3);
    CHECK(fixture.evaluate({3})[0].kind == AnswerKind::no_plugin);
  }
  CHECK(fixture.count(PluginEventKind::instance_crashed) == 1);
  CHECK(fixture.evaluate({2})[0].kind == AnswerKind::ok);
}

TEST_CASE("A history that cannot be read fails the decision and says so") {
  Fixture fixture({"steady"});
  REQUIRE(fixture.create(1, "steady", {int64_t{5}}));
  fixture.close_row(0);
  fixture.history.broken = true;
  const auto answers = fixture.evaluate({1});
  CHECK(answers[0].kind == AnswerKind::failed);
  CHECK_THAT(answers[0].cause, Contains("disk is on fire"));
  fixture.history.broken = false;
  CHECK(fixture.evaluate({1})[0].kind == AnswerKind::ok);
}
