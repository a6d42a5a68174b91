// The exchange's clock out of answers with delays that nobody knows.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>

#include "host/binance/clock_offset.hpp"

using namespace stratdock::binance;

TEST_CASE("the smallest round trip counts") {
  ClockOffset clock;
  CHECK_FALSE(clock.known());
  CHECK(clock.due(0));
  clock.sample(1'000, 1'900, 1'000'000);  // 900 ms: the server stood there somewhere between
  CHECK(clock.server_ms(1'900) == 1'000'450);
  CHECK(clock.uncertainty_ms(1'900) == 451);
  CHECK(clock.certain(1'900));
  clock.sample(2'000, 2'020, 1'000'700);
  CHECK(clock.server_ms(2'020) == 1'000'710);
  CHECK(clock.uncertainty_ms(2'020) == 11);
  clock.sample(3'000, 3'800, 1'555'000);  // slow and far off: ignored while there is a better one
  CHECK(clock.server_ms(3'800) == 1'002'490);
}

TEST_CASE("age makes uncertain, a refusal forgets") {
  ClockOffset clock;
  clock.sample(0, 20, 5'000);
  clock.sample(100, 120, 5'100);
  clock.sample(200, 220, 5'200);
  CHECK_FALSE(clock.due(300));
  CHECK(clock.due(220 + ClockOffset::resync_after_ms));
  CHECK(clock.certain(60'000));
  CHECK_FALSE(clock.certain(220 + 5'000'000));  // 100 ppm of 5,000 s
  clock.refused();
  CHECK_FALSE(clock.known());
  CHECK_FALSE(clock.certain(300));
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(clock.certain(1'000 + i * 100));
    CHECK(clock.due(1'000 + i * 100));
    clock.sample(1'000 + i * 100, 1'010 + i * 100, 9'000 + i * 100);
  }
  CHECK(clock.certain(1'300));
}

TEST_CASE("answers that make no sense are ignored") {
  ClockOffset clock;
  clock.sample(500, 400, 1'000);
  clock.sample(500, 600, 0);
  CHECK_FALSE(clock.known());
}

TEST_CASE("the error stays within the uncertainty, whatever the delays and the drift") {
  const char* set = std::getenv("STRATDOCK_SEED");
  const uint64_t seed = set != nullptr ? std::strtoull(set, nullptr, 10) : std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  for (int run = 0; run < 200; ++run) {
    ClockOffset clock;
    const double drift = (static_cast<double>(random() % 2'001) - 1'000) / 1e7;  // +-100 ppm
    const int64_t offset = static_cast<int64_t>(random() % 1'000'000'000);
    const auto server_at = [&](int64_t steady_ms) { return offset + steady_ms + static_cast<int64_t>(static_cast<double>(steady_ms) * drift); };
    for (int64_t now_ms = 1'000; now_ms < 2'000'000; now_ms += 1'000 + static_cast<int64_t>(random() % 60'000)) {
      if (clock.due(now_ms)) {
        const int64_t there = static_cast<int64_t>(random() % 300), back = static_cast<int64_t>(random() % 300);
        clock.sample(now_ms, now_ms + there + back, server_at(now_ms + there));
        now_ms += there + back;
      }
      const int64_t error = clock.server_ms(now_ms) - server_at(now_ms);
      INFO("seed " << seed << ", run " << run << ", error " << error);
      REQUIRE(std::abs(error) <= clock.uncertainty_ms(now_ms) + 1);
    }
  }
}

TEST_CASE("a message from later than what we take for the exchange's clock moves that clock on") {
  ClockOffset clock;
  for (int i = 0; i < 3; ++i) clock.sample(1'000, 1'010, 50'005);
  clock.heard(2'000, 50'900);  // older than our idea: nothing new
  CHECK(clock.server_ms(2'000) == 51'000);
  CHECK_FALSE(clock.due(2'000));
  clock.heard(3'000, 112'000);
  CHECK(clock.server_ms(3'000) == 112'000);
  CHECK(clock.certain(3'000));  // good enough for orders, and asked for again
  CHECK(clock.due(3'000));
  clock.sample(3'001, 3'005, 112'103);
  CHECK(clock.server_ms(3'005) == 112'105);
}

TEST_CASE("an answer that was under way while a message told of a later time does not turn the clock back") {
  ClockOffset clock;
  clock.sample(1'000, 1'010, 50'000);
  clock.heard(2'000, 351'000);  // the exchange's clock has moved on by five minutes
  clock.sample(1'990, 2'002, 50'995);  // asked before and answered before, read after
  CHECK(clock.server_ms(2'010) == 351'010);
  clock.sample(2'010, 2'020, 351'016);
  CHECK(clock.server_ms(2'020) == 351'021);
  clock.refused();  // unless the exchange itself says that we are wrong
  clock.sample(3'000, 3'010, 52'000);
  CHECK(clock.server_ms(3'010) == 52'005);
}

TEST_CASE("what stands where a time is expected is not always one") {
  for (const int64_t time_ms : {INT64_MIN, int64_t{-1}, int64_t{0}, int64_t{1}, int64_t{1'483'228'799'999}, int64_t{9'007'199'254'740'993}, INT64_MAX}) CHECK_FALSE(is_plausible_time(time_ms));
  CHECK(is_plausible_time(1'499'827'319'559));
  CHECK(is_plausible_time(1'764'367'200'000));
}
