// Many kills and many swaps while bots decide: no decision is missed, made twice or different in one bit from those of an
// undisturbed host beside it. STRATDOCK_SOAK=1 for the full counts; the seed is printed.
#include <catch2/catch.hpp>

#include <cstdio>
#include <thread>

#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;

namespace {

const std::vector<int64_t> bots = {1, 2, 3, 4, 5, 6};

bool is_soak() { return environment("STRATDOCK_SOAK") == "1"; }

uint32_t given_seed() {
  const std::string text = environment("STRATDOCK_SEED");
  const uint32_t seed = text.empty() ? std::random_device{}() : static_cast<uint32_t>(std::stoul(text));
  std::printf("seed %u (STRATDOCK_SEED repeats it)\n", seed);
  return seed;
}

// Six bots each on a host that is disturbed and on one that is not.
struct Pair {
  Pair() : disturbed({"steady"}), calm({"steady"}) {
    for (Fixture* fixture : {&disturbed, &calm})
      for (const int64_t bot : bots) REQUIRE(fixture->create(bot, "steady", {int64_t{4 + 10 * bot}}));
  }
  void close_row(int64_t row) {
    disturbed.close_row(row);
    calm.close_row(row);
  }
  // The strategies say how many candles they have seen and their average's bits.
  void compare(int64_t row) {
    const auto expected = calm.evaluate(bots), found = disturbed.evaluate(bots);
    for (size_t i = 0; i < bots.size(); ++i) {
      CAPTURE(row, bots[i], found[i].cause);
      REQUIRE(found[i].kind == AnswerKind::ok);
      REQUIRE(found[i].decision == expected[i].decision);
    }
    decisions += static_cast<int64_t>(bots.size());
  }
  Fixture disturbed, calm;
  int64_t decisions = 0;
};

}  // namespace

TEST_CASE("Workers killed again and again under load: every decision is there, once, to the bit") {
  const int wanted = is_soak() ? 10'000 : 300;
  std::mt19937 random(given_seed());
  Pair pair;
  int kills = 0;
  for (int64_t row = 0; kills < wanted; ++row) {
    REQUIRE(row < 4 * wanted + 100);
    pair.close_row(row);
    const auto pids = pair.disturbed.host->worker_pids();
    std::thread killer;
    bool hit = false;
    if (!pids.empty()) {
      // Before, during and after the evaluation: a decision of six bots takes some 100 us.
      const auto pause = std::chrono::microseconds(random() % 400);
      killer = std::thread([&hit, pause, victim = pids.begin()->second] {
        std::this_thread::sleep_for(pause);
        hit = kill(victim, SIGKILL) == 0;
      });
    }
    pair.compare(row);
    if (killer.joinable()) killer.join();
    kills += hit;
  }
  std::printf("%d kills, %lld decisions\n", kills, static_cast<long long>(pair.decisions));
  CHECK(pair.disturbed.count(PluginEventKind::instance_crashed) == 0);
  CHECK(pair.disturbed.count(PluginEventKind::plugin_quarantined) == 0);
}

TEST_CASE("A plugin replaced again and again while its bots decide: every decision is there, once, to the bit") {
  const size_t wanted = is_soak() ? 1'000 : 50;
  std::mt19937 random(given_seed());
  Pair pair;
  int64_t row = 0;
  for (; row < 30; ++row) pair.close_row(row);
  pair.compare(row);
  for (size_t swaps = 0; swaps < wanted; ++swaps) {
    pair.disturbed.install(swaps % 2 == 0 ? "steady_again" : "steady", "steady");
    // A new file is looked at, loaded and fed beside the old one; the bots decide on.
    const bool taken = pair.disturbed.serve_until([&] {
      if (random() % 2 == 0) pair.close_row(row), pair.compare(row++);
      return pair.disturbed.count(PluginEventKind::swap_done) > swaps;
    });
    CAPTURE(swaps, pair.disturbed.plugin("steady").reason);
    REQUIRE(taken);
  }
  std::printf("%zu swaps, %lld decisions\n", wanted, static_cast<long long>(pair.decisions));
  CHECK(pair.disturbed.count(PluginEventKind::swap_refused) == 0);
  CHECK(pair.disturbed.count(PluginEventKind::worker_lost) == 0);
}
