// The streaming indicators against windows recomputed from scratch, on long random series and at the edges.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <random>
#include <vector>

#include <stratdock/indicators.hpp>

using namespace stratdock::sdk;

namespace {

std::uint64_t seed() {
  const char* given = std::getenv("STRATDOCK_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20230817;
}

std::vector<double> random_walk(std::size_t count, std::uint64_t with_seed) {
  std::mt19937_64 random(with_seed);
  std::normal_distribution<double> step(0, 0.001);
  std::vector<double> out{20000};
  while (out.size() < count) out.push_back(out.back() * (1 + step(random)));
  return out;
}

double plain_mean(const std::vector<double>& values, std::size_t end, std::size_t length) {
  return std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(end - length), values.begin() + static_cast<std::ptrdiff_t>(end), 0.0) /
         static_cast<double>(length);
}

double plain_deviation(const std::vector<double>& values, std::size_t end, std::size_t length) {
  const double mean = plain_mean(values, end, length);
  double squares = 0;
  for (std::size_t i = end - length; i < end; ++i) squares += (values[i] - mean) * (values[i] - mean);
  return std::sqrt(squares / static_cast<double>(length));
}

bool close_to(double a, double b, double tolerance) { return std::abs(a - b) <= tolerance * std::max(std::abs(a), std::abs(b)); }

}  // namespace

TEST_CASE("rolling figures equal their window recomputed, also after 200,000 values") {
  INFO("seed " << seed());
  const auto values = random_walk(200'000, seed());
  for (const std::size_t length : {1u, 2u, 3u, 14u, 20u, 199u}) {
    RollingMean mean(static_cast<std::int64_t>(length));
    RollingDeviation deviation(static_cast<std::int64_t>(length));
    RollingMin lowest(static_cast<std::int64_t>(length));
    RollingMax highest(static_cast<std::int64_t>(length));
    bool right = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
      mean.update(values[i]);
      deviation.update(values[i]);
      lowest.update(values[i]);
      highest.update(values[i]);
      const bool ready = i + 1 >= length;
      right = right && mean.ready() == ready && deviation.ready() == ready && lowest.ready() == ready && highest.ready() == ready;
      if (!ready) {
        right = right && std::isnan(mean.value()) && std::isnan(deviation.value()) && std::isnan(lowest.value());
        continue;
      }
      // Every row near both ends, a sample between.
      if (i > 500 && i + 500 < values.size() && i % 97 != 0) continue;
      const auto first = values.begin() + static_cast<std::ptrdiff_t>(i + 1 - length);
      const auto last = values.begin() + static_cast<std::ptrdiff_t>(i + 1);
      right = right && close_to(mean.value(), plain_mean(values, i + 1, length), 1e-12) &&
              (length == 1 ? deviation.value() == 0 : close_to(deviation.value(), plain_deviation(values, i + 1, length), 1e-9)) &&
              lowest.value() == *std::min_element(first, last) && highest.value() == *std::max_element(first, last);
      INFO("length " << length << ", row " << i << ": mean " << mean.value() << ", deviation " << deviation.value());
      REQUIRE(right);
    }
    REQUIRE(right);
  }
}

TEST_CASE("equal values have no deviation and no place in the bands, whatever their binary form") {
  Bollinger bands(20, 2);
  Momentum momentum(10);
  for (int i = 0; i < 100; ++i) {
    bands.update(0.1);
    momentum.update(0.1);
  }
  REQUIRE(bands.deviation() == 0);
  REQUIRE(std::isnan(bands.position(0.1)));
  REQUIRE_FALSE(bands.position(0.1) < 0.2);
  REQUIRE_FALSE(bands.position(0.1) > 0.8);
  REQUIRE(momentum.value() == 0);
}

TEST_CASE("huge values leave no trace once they have left the window") {
  RollingMean mean(20);
  RollingDeviation deviation(20);
  for (int i = 0; i < 30; ++i) {
    mean.update(1e18);
    deviation.update(1e18);
  }
  for (int i = 0; i < 20; ++i) {
    mean.update(i % 2);
    deviation.update(i % 2);
  }
  REQUIRE(mean.value() == Approx(0.5).epsilon(1e-12));
  REQUIRE(deviation.value() == Approx(0.5).epsilon(1e-12));
}

TEST_CASE("a NaN spoils the windows it is in and no other") {
  RollingMean mean(3);
  const double none = kNone;
  std::vector<bool> defined;
  for (const double value : {1.0, 2.0, 3.0, none, 5.0, 6.0, 7.0, 8.0}) {
    mean.update(value);
    defined.push_back(!std::isnan(mean.value()));
  }
  REQUIRE(defined == std::vector<bool>{false, false, true, false, false, false, true, true});
  REQUIRE(mean.value() == Approx(7));
}

TEST_CASE("stochastic of a window without any range is unknown, and so is %D as long as it holds one") {
  Stochastic stochastic(3, 2);
  for (int i = 0; i < 5; ++i) stochastic.update(10, 10, 10);
  REQUIRE(std::isnan(stochastic.k()));
  stochastic.update(12, 10, 11);
  REQUIRE(stochastic.k() == Approx(50));
  REQUIRE(std::isnan(stochastic.d()));
  stochastic.update(12, 10, 12);
  REQUIRE(stochastic.d() == Approx(75));
}

TEST_CASE("EMA starts at its first value, RSI and ATR at the mean of the first n") {
  Ema ema(3);
  ema.update(10);
  REQUIRE(ema.value() == 10);
  ema.update(20);
  REQUIRE(ema.value() == 15);
  REQUIRE_FALSE(ema.ready());

  Rsi rsi(2);
  rsi.update(10);
  rsi.update(13);
  REQUIRE(std::isnan(rsi.value()));
  rsi.update(12);
  REQUIRE(rsi.value() == Approx(75));
  rsi.update(12);
  REQUIRE(rsi.value() == Approx(75));

  Atr atr(2);
  atr.update(12, 10, 11);  // no close before: high - low
  REQUIRE_FALSE(atr.ready());
  atr.update(15, 14, 14);  // 15 - 11
  REQUIRE(atr.value() == Approx(3));
  atr.update(14, 13, 13);
  REQUIRE(atr.value() == Approx(2));
}

TEST_CASE("RSI knows gains only, losses only, and nothing at all") {
  Rsi up(3), down(3), flat(3);
  for (int i = 0; i < 10; ++i) {
    up.update(i);
    down.update(-i);
    flat.update(5);
  }
  REQUIRE(up.value() == 100);
  REQUIRE(down.value() == 0);
  REQUIRE(flat.value() == 50);
}

TEST_CASE("ADX: first after twice its length, all one way in a straight rise, 0 without movement") {
  Adx rising(3), flat(3);
  for (int i = 0; i < 6; ++i) {
    REQUIRE_FALSE(rising.ready());
    rising.update(11 + i, 10 + i, 10.5 + i);
    flat.update(10, 10, 10);
  }
  REQUIRE(rising.ready());
  REQUIRE(rising.value() == Approx(100));
  REQUIRE(rising.plus_di() > 0);
  REQUIRE(rising.minus_di() == 0);
  REQUIRE(flat.value() == 0);
  REQUIRE(flat.plus_di() == 0);
}

TEST_CASE("MACD tells a crossing on the candle where it happens") {
  Macd macd(2, 4, 2);
  for (int i = 0; i < 20; ++i) macd.update(100 - i);
  REQUIRE_FALSE(macd.crossed_above());
  int crossings = 0;
  for (int i = 0; i < 20; ++i) {
    macd.update(80 + 3 * i);
    if (macd.crossed_above()) {
      ++crossings;
      REQUIRE(i < 3);
    }
    REQUIRE_FALSE(macd.crossed_below());
  }
  REQUIRE(crossings == 1);
}

TEST_CASE("an impossible length is refused") {
  REQUIRE_THROWS_AS(Ema(0), std::invalid_argument);
  REQUIRE_THROWS_AS(RollingMean(-3), std::invalid_argument);
  REQUIRE_THROWS_AS(Lag(2'000'000), std::invalid_argument);
}
