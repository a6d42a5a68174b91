// The order of candles under everything a stream can do to them; and that a week of it keeps no memory.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <deque>
#include <limits>
#include <random>

#include "binance_allocated.hpp"
#include "host/binance/candle_sequencer.hpp"

using namespace stratdock;
using namespace stratdock::binance;

namespace {

constexpr int64_t start_ms = 1'764'288'000'000;  // a midnight

Candle candle_at(int64_t open_ms) {
  const double price = 100 + static_cast<double>(open_ms / minute_ms % 977);
  return {open_ms, price, price + 1, price - 1, price + 0.5, 10, 1'000, 5, 42};
}

// What the exchange knows: a candle for every interval but where it was down.
struct Exchange {
  int64_t interval_ms;
  std::vector<std::pair<int64_t, int64_t>> outages;
  bool has(int64_t open_ms) const {
    for (const auto& [from, to] : outages)
      if (open_ms >= from && open_ms < to) return false;
    return true;
  }
  // As REST answers: closed ones that have settled, `lag_ms` behind.
  std::vector<Candle> rows(const CandleRange& asked, int64_t server_ms, int64_t lag_ms) const {
    std::vector<Candle> found;
    for (int64_t open_ms = asked.from_ms; open_ms < asked.to_ms; open_ms += interval_ms)
      if (has(open_ms) && open_ms + interval_ms + lag_ms <= server_ms) found.push_back(candle_at(open_ms));
    return found;
  }
};

uint64_t seed_of_this_run() {
  const char* set = std::getenv("STRATDOCK_SEED");
  const uint64_t seed = set != nullptr ? std::strtoull(set, nullptr, 10) : std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

// Plays `minutes` of a stream that cuts, stalls, repeats, reorders and garbles; `each` gets every candle delivered.
template <typename Each>
void play(CandleSequencer& sequencer, const Exchange& exchange, std::mt19937_64& random, int64_t from_ms, int64_t to_ms, bool faults, Each each) {
  const auto chance = [&](int percent) { return faults && static_cast<int>(random() % 100) < percent; };
  std::deque<Candle> late;
  int64_t cut_until_ms = 0, rest_away_until_ms = 0;
  for (int64_t now_ms = from_ms; now_ms < to_ms; now_ms += 1'000) {
    if (chance(1) && random() % 30 == 0) cut_until_ms = now_ms + static_cast<int64_t>(random() % 20) * minute_ms;
    if (chance(1) && random() % 60 == 0) rest_away_until_ms = now_ms + static_cast<int64_t>(random() % 10) * minute_ms;
    const int64_t open_ms = now_ms - exchange.interval_ms;
    if (now_ms % exchange.interval_ms == 0 && exchange.has(open_ms)) {
      Candle candle = candle_at(open_ms);
      const bool lost = now_ms < cut_until_ms || chance(10);
      if (chance(5)) {
        Candle bad = candle;  // somebody else's figures, or a bit that fell over
        switch (random() % 5) {
        case 0: bad.high = -1; break;
        case 1: bad.open_time_ms += 1; break;
        case 2: bad.close = bad.high * 2; break;
        case 3: bad.open_time_ms += exchange.interval_ms * static_cast<int64_t>(1 + random() % 1'000'000); break;
        case 4: bad.volume = std::numeric_limits<double>::quiet_NaN(); break;
        }
        sequencer.on_stream(bad, now_ms);
      }
      if (!lost && chance(15)) late.push_back(candle);
      else if (!lost) sequencer.on_stream(candle, now_ms);
      if (!lost && chance(15)) sequencer.on_stream(candle, now_ms);
    }
    while (!late.empty() && chance(2)) {
      const size_t pick = random() % late.size();
      sequencer.on_stream(late[pick], now_ms);
      late.erase(late.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    if (now_ms % 5'000 == 0 && now_ms >= rest_away_until_ms)
      if (const auto asked = sequencer.missing(now_ms, 100)) {
        std::vector<Candle> rows = exchange.rows(*asked, now_ms, chance(5) ? 6'000 : 0);
        if (!rows.empty() && chance(5)) rows.resize(rows.size() / 2 + 1);  // cut by a limit
        const bool complete = rows.size() == exchange.rows(*asked, now_ms, 0).size();
        if (!rows.empty() && chance(2)) rows.back().low = rows.back().high + 1;
        sequencer.on_rest(*asked, rows, complete, now_ms);
      }
    for (const Candle& candle : sequencer.take()) each(candle, now_ms);
  }
}

}  // namespace

TEST_CASE("a quiet stream is delivered as it comes, without asking REST") {
  CandleSequencer sequencer(minute_ms, start_ms);
  for (int i = 0; i < 100; ++i) {
    const int64_t now_ms = start_ms + (i + 1) * minute_ms;
    sequencer.on_stream(candle_at(start_ms + i * minute_ms), now_ms);
    CHECK_FALSE(sequencer.missing(now_ms + 2'000, 1'000));
    const auto taken = sequencer.take();
    REQUIRE(taken.size() == 1);
    CHECK(taken[0] == candle_at(start_ms + i * minute_ms));
  }
  CHECK(sequencer.counts().from_rest == 0);
}

TEST_CASE("what does not come is asked for after the patience, what is ahead waits, and a candle not over yet is refused") {
  CandleSequencer sequencer(minute_ms, start_ms);
  const int64_t close_ms = start_ms + minute_ms;
  CHECK_FALSE(sequencer.missing(close_ms + CandleSequencer::stream_patience_ms - 1, 1'000));
  CHECK(sequencer.missing(close_ms + CandleSequencer::stream_patience_ms, 1'000) == CandleRange{start_ms, close_ms});
  sequencer.on_stream(candle_at(start_ms + 2 * minute_ms), start_ms + 2 * minute_ms);
  CHECK(sequencer.counts().garbled == 1);
  sequencer.on_stream(candle_at(start_ms + 2 * minute_ms), start_ms + 3 * minute_ms);
  CHECK(sequencer.take().empty());
  CHECK(sequencer.missing(start_ms + 3 * minute_ms, 1'000) == CandleRange{start_ms, start_ms + 2 * minute_ms});
  CHECK(sequencer.missing(start_ms + 3 * minute_ms, 1) == CandleRange{start_ms, start_ms + minute_ms});
  const std::vector<Candle> rows{candle_at(start_ms), candle_at(start_ms + minute_ms)};
  sequencer.on_rest({start_ms, start_ms + 2 * minute_ms}, rows, true, start_ms + 3 * minute_ms);
  CHECK(sequencer.take().size() == 3);
  CHECK(sequencer.next_open_ms() == start_ms + 3 * minute_ms);
}

TEST_CASE("one answer without a candle proves nothing, a second one later does") {
  CandleSequencer sequencer(minute_ms, start_ms);
  const CandleRange asked{start_ms, start_ms + 3 * minute_ms};
  const std::vector<Candle> rows{candle_at(start_ms + 2 * minute_ms)};
  const int64_t now_ms = asked.to_ms + 5'000;
  sequencer.on_rest(asked, rows, true, now_ms);
  sequencer.on_rest(asked, rows, true, now_ms + CandleSequencer::proof_ms - 1);
  CHECK(sequencer.take().empty());
  SECTION("and then it is gone") {
    sequencer.on_rest(asked, rows, true, now_ms + CandleSequencer::proof_ms);
    CHECK(sequencer.take().size() == 1);
    CHECK(sequencer.counts().absent == 2);
  }
  SECTION("or it comes after all") {
    sequencer.on_stream(candle_at(start_ms), now_ms + 9'000);
    sequencer.on_rest(asked, rows, true, now_ms + CandleSequencer::proof_ms);
    CHECK(sequencer.take().size() == 1);
    CHECK(sequencer.next_open_ms() == start_ms + minute_ms);
    CHECK(sequencer.counts().absent == 0);
  }
}

TEST_CASE("a halted symbol is waited for less, until it speaks again") {
  CandleSequencer sequencer(minute_ms, start_ms);
  // How long after the close the candle that opens at `open_ms` is given up, asked for every second.
  const auto given_up_after_ms = [&](int64_t open_ms) {
    for (int64_t now_ms = open_ms + minute_ms;; now_ms += 1'000) {
      if (const auto asked = sequencer.missing(now_ms, 100)) sequencer.on_rest(*asked, {}, true, now_ms);
      if (sequencer.next_open_ms() > open_ms) return now_ms - open_ms - minute_ms;
    }
  };
  CHECK(given_up_after_ms(start_ms) >= CandleSequencer::last_proof_ms);
  CHECK(given_up_after_ms(start_ms + minute_ms) < 10'000);
  CHECK(given_up_after_ms(start_ms + 2 * minute_ms) < 10'000);
  sequencer.on_stream(candle_at(start_ms + 3 * minute_ms), start_ms + 4 * minute_ms);
  CHECK(sequencer.take().size() == 1);
  CHECK(given_up_after_ms(start_ms + 4 * minute_ms) >= CandleSequencer::last_proof_ms);
}

TEST_CASE("a candle is doubted once REST has not got it either, and what is known not to exist is skipped") {
  CandleSequencer sequencer(minute_ms, start_ms);
  CHECK_FALSE(sequencer.doubts());
  const int64_t now_ms = start_ms + minute_ms + CandleSequencer::stream_patience_ms;
  sequencer.on_rest(*sequencer.missing(now_ms, 100), {}, true, now_ms);
  CHECK(sequencer.doubts());
  sequencer.skip_to(start_ms + 3 * minute_ms);
  CHECK_FALSE(sequencer.doubts());
  CHECK(sequencer.counts().absent == 3);
  sequencer.skip_to(start_ms + 2 * minute_ms);  // never back
  CHECK(sequencer.next_open_ms() == start_ms + 3 * minute_ms);
  sequencer.on_stream(candle_at(start_ms + minute_ms), start_ms + 4 * minute_ms);
  CHECK(sequencer.take().empty());
  sequencer.on_stream(candle_at(start_ms + 4 * minute_ms), start_ms + 5 * minute_ms);
  sequencer.skip_to(start_ms + 4 * minute_ms);  // what waited behind the gap is next
  REQUIRE(sequencer.take().size() == 1);
  CHECK(sequencer.next_open_ms() == start_ms + 5 * minute_ms);
}

TEST_CASE("every candle once and in order, whatever the stream does") {
  const uint64_t seed = seed_of_this_run();
  std::mt19937_64 random(seed);
  for (int run = 0; run < 40; ++run) {
    const int64_t interval_ms = run % 2 == 0 ? minute_ms : 5 * minute_ms;
    Exchange exchange{interval_ms, {}};
    const int64_t end_ms = start_ms + 12 * 60 * minute_ms;
    if (run % 4 >= 2) exchange.outages = {{start_ms + 120 * minute_ms, start_ms + 180 * minute_ms}, {start_ms + 300 * minute_ms, start_ms + 305 * minute_ms}};
    CandleSequencer sequencer(interval_ms, start_ms);
    std::vector<Candle> got;
    const auto keep = [&](const Candle& candle, int64_t) { got.push_back(candle); };
    play(sequencer, exchange, random, start_ms, end_ms, true, keep);
    play(sequencer, exchange, random, end_ms, end_ms + 10 * minute_ms, false, keep);  // faults over
    std::vector<Candle> wanted = exchange.rows({start_ms, end_ms + 10 * minute_ms - interval_ms}, INT64_MAX / 2, 0);
    INFO("seed " << seed << ", run " << run << ", " << got.size() << " of " << wanted.size());
    REQUIRE(got.size() >= wanted.size());
    got.resize(wanted.size());
    CHECK(got == wanted);
    CHECK(sequencer.counts().repeated > 0);
    CHECK(sequencer.counts().garbled > 0);
    CHECK(sequencer.counts().from_rest > 0);
  }
}

TEST_CASE("a week keeps no more memory than a day") {
  const uint64_t seed = seed_of_this_run();
  std::mt19937_64 random(seed);
  const Exchange exchange{minute_ms, {}};
  constexpr int symbols = 20;
  std::vector<CandleSequencer> sequencers(symbols, CandleSequencer(minute_ms, start_ms));
  int64_t after_first_day = 0, delivered = 0;
  for (int day = 0; day < 7; ++day) {
    for (auto& sequencer : sequencers)
      play(sequencer, exchange, random, start_ms + day * day_ms, start_ms + (day + 1) * day_ms, true, [&](const Candle&, int64_t) { ++delivered; });
    if (day == 0) after_first_day = allocated_bytes();
  }
  std::printf("%lld candles; after a day %lld bytes, after a week %+lld\n", static_cast<long long>(delivered), static_cast<long long>(after_first_day),
              static_cast<long long>(allocated_bytes() - after_first_day));
  CHECK(delivered > symbols * 7 * 1'400);
  CHECK(allocated_bytes() - after_first_day < 2 * 1024 * 1024);
}
