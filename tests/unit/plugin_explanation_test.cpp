// A chart on its way out of a worker: comes over whole, and no bytes that a worker may send do harm.
#include <catch2/catch.hpp>

#include <cmath>
#include <iostream>
#include <random>

#include "host/plugin/explanation.hpp"

using namespace stratdock;

namespace {

Explanation example() {
  Explanation chart;
  chart.offered = true;
  chart.panes = {{"rsi", "RSI", 0, 100}, {"price", "listed though it need not be", 0, 0}};
  chart.series = {{"ema", "EMA 9", "USDT", "price", SeriesStyle::dashed}, {"rsi", "", "", "rsi", SeriesStyle::histogram}};
  chart.levels = {{"rsi", "oversold", 30, SeriesStyle::dashed}, {"price", "target", 2, SeriesStyle::line}};
  chart.open_time_ms = {1, 2, 3};
  chart.values = {1.5, std::nan(""), INFINITY, -0.0, 1e300, 0.1};
  return chart;
}

Result<Explanation> sent(const Explanation& chart) {
  MessageWriter writer;
  put_explanation(writer, chart);
  MessageReader reader(writer.bytes());
  return get_explanation(reader);
}

}  // namespace

TEST_CASE("A chart comes over as it was, what is no number as none") {
  const auto chart = sent(example());
  REQUIRE(chart);
  CHECK(chart->panes.size() == 1);
  CHECK(chart->series[0].unit == "USDT");
  CHECK(chart->series[0].style == SeriesStyle::dashed);
  CHECK(chart->series[1].name == "rsi");
  CHECK(chart->levels.size() == 2);
  CHECK(chart->open_time_ms == std::vector<int64_t>{1, 2, 3});
  CHECK(chart->values[0] == 1.5);
  CHECK(std::isnan(chart->values[1]));
  CHECK(std::isnan(chart->values[2]));
  CHECK(chart->values[5] == 0.1);
}

TEST_CASE("A chart that cannot be drawn is refused") {
  const auto refused = [](auto change) {
    Explanation chart = example();
    change(chart);
    return !sent(chart);
  };
  CHECK(refused([](Explanation& c) { c.series[1].key = "ema"; }));
  CHECK(refused([](Explanation& c) { c.series[1].key = ""; }));
  CHECK(refused([](Explanation& c) { c.series[1].pane = "macd"; }));
  CHECK(refused([](Explanation& c) { c.levels[0].pane = ""; }));
  CHECK(refused([](Explanation& c) { c.panes.push_back(c.panes[0]); }));
  CHECK(refused([](Explanation& c) { c.values.pop_back(); }));
  CHECK(refused([](Explanation& c) { c.open_time_ms = {1, 3, 2}; }));
  CHECK(refused([](Explanation& c) { c.open_time_ms = {1, 2, 2}; }));
  CHECK(refused([](Explanation& c) {
    c.series.resize(explain_series_limit + 1, c.series[0]);
    for (size_t i = 0; i < c.series.size(); ++i) c.series[i].key = std::to_string(i);
    c.open_time_ms.clear(), c.values.clear();
  }));
}

TEST_CASE("Bytes that a broken worker sends are refused or make a chart within the limits") {
  const uint64_t seed = std::getenv("STRATDOCK_SEED") ? std::strtoull(std::getenv("STRATDOCK_SEED"), nullptr, 10) : std::random_device()();
  CAPTURE(seed);
  std::mt19937_64 chance(seed);
  MessageWriter writer;
  put_explanation(writer, example());
  const std::vector<std::byte> good(writer.bytes().begin(), writer.bytes().end());
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes = good;
    for (uint64_t changes = 1 + chance() % 4; changes > 0; --changes) bytes[chance() % bytes.size()] = static_cast<std::byte>(chance());
    if (chance() % 4 == 0) bytes.resize(chance() % bytes.size());
    MessageReader reader(bytes);
    const auto chart = get_explanation(reader);
    if (!chart) continue;
    REQUIRE(chart->series.size() <= explain_series_limit);
    REQUIRE(chart->values.size() == chart->series.size() * chart->open_time_ms.size());
    for (const double value : chart->values) REQUIRE_FALSE(std::isinf(value));
  }
}
