#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include "core/candle.hpp"

using namespace stratdock;

namespace {

constexpr int64_t five_minutes_ms = 5 * minute_ms;

Candle candle(int64_t open_time_ms) {
  return {open_time_ms, 10, 12, 9, 11, 100, 1050, 60, 7};
}

} // namespace

TEST_CASE("intervals have the exchange's names") {
  const struct {
    const char* name;
    int64_t ms;
  } rows[] = {{"1s", 1'000},      {"1m", 60'000},      {"3m", 180'000},    {"5m", 300'000},     {"15m", 900'000},
              {"30m", 1'800'000}, {"1h", 3'600'000},   {"2h", 7'200'000},  {"4h", 14'400'000},  {"6h", 21'600'000},
              {"8h", 28'800'000}, {"12h", 43'200'000}, {"1d", 86'400'000}, {"3d", 259'200'000}, {"1w", 604'800'000}};
  for (const auto& row : rows) {
    INFO(row.name);
    REQUIRE(parse_interval(row.name));
    CHECK(*parse_interval(row.name) == row.ms);
    CHECK(interval_text(row.ms) == row.name);
  }
  for (const char* text : {"", "5", "5M", "1M", "5 m", "1H", "7m", "m5", "300000"}) {
    INFO(text);
    CHECK_FALSE(parse_interval(text));
  }
}

TEST_CASE("a damaged candle is refused and says why") {
  const auto broken = [](auto change, int64_t interval_ms = five_minutes_ms) {
    Candle value = candle(600'000);
    change(value);
    const Status status = validate_candle(value, interval_ms);
    return status ? std::string() : status.error().message;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  CHECK(broken([](Candle&) {}) == "");
  CHECK(broken([](Candle& c) {
          c.low = c.open = c.high = c.close = 5;
          c.volume = 0;
        }) == "");
  CHECK(broken([](Candle& c) { c.open_time_ms += 1; }).find("grid") != std::string::npos);
  CHECK(broken([](Candle& c) { c.open_time_ms = -300'000; }).find("negative") != std::string::npos);
  CHECK(broken([&](Candle& c) { c.open = nan; }).find("price") != std::string::npos);
  CHECK(broken([&](Candle& c) { c.high = infinity; }).find("price") != std::string::npos);
  CHECK(broken([](Candle& c) { c.low = 0; }).find("price") != std::string::npos);
  CHECK(broken([](Candle& c) { c.close = -1; }).find("price") != std::string::npos);
  CHECK(broken([](Candle& c) { c.low = 10.5; }).find("low") != std::string::npos);
  CHECK(broken([](Candle& c) { c.high = 10.5; }).find("high") != std::string::npos);
  CHECK(broken([](Candle& c) { c.volume = -1; }).find("volume") != std::string::npos);
  CHECK(broken([&](Candle& c) { c.quote_volume = nan; }).find("volume") != std::string::npos);
  CHECK(broken([](Candle& c) { c.trade_count = -1; }).find("count") != std::string::npos);
  // Weeks open on Monday: 2023-01-02 did, the day before did not.
  const int64_t week_ms = *parse_interval("1w");
  CHECK(broken([](Candle& c) { c.open_time_ms = 1'672'617'600'000; }, week_ms) == "");
  CHECK(broken([](Candle& c) { c.open_time_ms = 1'672'531'200'000; }, week_ms).find("grid") != std::string::npos);
}

TEST_CASE("a series keeps its columns in step") {
  CandleSeries series(five_minutes_ms);
  CHECK(series.empty());
  series.reserve(4);
  for (int64_t row = 0; row < 4; ++row)
    series.append(candle(row * five_minutes_ms));
  REQUIRE(series.size() == 4);
  CHECK(series.at(2) == candle(2 * five_minutes_ms));
  CHECK(series.back() == candle(3 * five_minutes_ms));
  CHECK(series.close().size() == 4);
  CHECK(series.trade_count()[3] == 7);

  CHECK(series.lower_bound(-5) == 0);
  CHECK(series.lower_bound(five_minutes_ms) == 1);
  CHECK(series.lower_bound(five_minutes_ms + 1) == 2);
  CHECK(series.lower_bound(100 * five_minutes_ms) == 4);

  CandleSeries later(five_minutes_ms);
  for (int64_t row = 2; row < 7; ++row)
    later.append(candle(row * five_minutes_ms));
  series.append(later, 2, 3);
  series.append(later, 0, 0);
  REQUIRE(series.size() == 7);
  CHECK(series.back() == candle(6 * five_minutes_ms));

  series.keep_last(3);
  REQUIRE(series.size() == 3);
  CHECK(series.at(0) == candle(4 * five_minutes_ms));
  CHECK(series.volume().size() == 3);
  series.keep_last(9);
  CHECK(series.size() == 3);
  series.clear();
  CHECK(series.empty());
  CHECK(series.lower_bound(0) == 0);
}
