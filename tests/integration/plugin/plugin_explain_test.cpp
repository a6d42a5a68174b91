// What a strategy draws: as the SDK's indicators say, to the last bit, and whatever a hostile one does is an error in words.
#include <catch2/catch.hpp>
#include <stratdock/indicators.hpp>

#include <cmath>
#include <cstring>

#include "host/plugin/explain_run.hpp"
#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;
using Catch::Matchers::Contains;

namespace {

enum Behaviour : int64_t {
  draws, crashes_describing, crashes_giving_values, loops_describing, loops_giving_values, counts_without_end, names_no_pane, names_a_series_twice,
  gives_no_numbers, gives_bad_texts, gives_null_parts, refuses_to_describe, refuses_values, has_no_extension, writes_past_its_room, loops_taking_in
};

WorkerOptions options() {
  WorkerOptions options;
  const std::string worker = environment("STRATDOCK_TEST_WORKER");
  options.executable = worker.empty() ? "build/dev/tests/stratdock_test_worker" : worker;
  options.call_deadline_ms = 500;
  options.memory_limit_bytes = int64_t{256} << 20;
  return options;
}

Result<Explanation> ask(int64_t behaviour, const CandleSeries& candles, size_t wanted = explain_default_rows, const char* strategy = "test.draws") {
  return run_explain(options(), {std::filesystem::absolute(test_plugin("draws")), strategy, {behaviour}, 1, "BTCUSDT", wanted, candles});
}

// The parameters of a shipped strategy at their defaults, and its file.
struct Shipped {
  std::filesystem::path path;
  StrategyInfo strategy;
  std::vector<ParameterValue> defaults;
};
Shipped shipped(const std::string& name) {
  const std::string folder = environment("STRATDOCK_SHIPPED_PLUGINS");
  Shipped result;
  result.path = std::filesystem::absolute(std::filesystem::path(folder.empty() ? "build/dev/plugins" : folder) / (name + ".so"));
  auto worker = WorkerProcess::spawn(options());
  REQUIRE(worker);
  const auto described = (*worker)->load(result.path, false);
  REQUIRE(described);
  result.strategy = described->strategies.front();
  for (const auto& parameter : result.strategy.parameters) result.defaults.push_back(parameter.default_value);
  return result;
}

size_t column(const Explanation& chart, const std::string& key) {
  for (size_t i = 0; i < chart.series.size(); ++i)
    if (chart.series[i].key == key) return i;
  FAIL("it draws no series " << key);
  return 0;
}

bool same_bits(double a, double b) { return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0; }

// Uneven enough for every indicator to move; row i is the same whatever was asked before.
CandleSeries lively(size_t count) {
  CandleSeries series(interval_ms);
  for (size_t i = 0; i < count; ++i) {
    const double at = static_cast<double>(i), close = 100 + 12 * std::sin(at * 0.11) + 3 * std::sin(at * 1.7) + 0.01 * at;
    series.append({time_of(static_cast<int64_t>(i)), close - std::sin(at), close + 1.5 + std::cos(at), close - 1.7, close, 50 + 40 * std::sin(at * 0.9), 500, 2, 9});
  }
  return series;
}

// Compares the named series with a value computed anew, candle by candle.
void check_series(const Explanation& chart, const CandleSeries& candles, const std::string& key, const std::function<double(const Candle&)>& next) {
  const size_t at = column(chart, key), width = chart.series.size(), first = candles.size() - chart.open_time_ms.size();
  for (size_t row = 0; row < candles.size(); ++row) {
    const double value = next(candles.at(row));
    if (row < first) continue;
    INFO(key << " at row " << row << ": " << chart.values[(row - first) * width + at] << " against " << value);
    REQUIRE(chart.open_time_ms[row - first] == candles.open_time_ms()[row]);
    REQUIRE(same_bits(chart.values[(row - first) * width + at], value));
  }
}

}  // namespace

TEST_CASE("A strategy is asked after each of the last candles, having seen all since the first") {
  const CandleSeries candles = rows(0, 1'700);
  const auto chart = ask(draws, candles, 1'000);
  CAPTURE(chart ? "" : chart.error().text());
  REQUIRE(chart);
  REQUIRE(chart->offered);
  CHECK(chart->panes.size() == 1);
  CHECK(chart->series[1].pane == price_pane);
  CHECK(chart->levels.at(0).value == 10);
  REQUIRE(chart->open_time_ms.size() == 1'000);
  double count = 0, sum = 0;
  check_series(*chart, candles, "count", [&](const Candle&) { return ++count; });
  check_series(*chart, candles, "sum", [&](const Candle& candle) { return sum += candle.close; });
}

TEST_CASE("How many rows are told is bounded, and none are told where there are none") {
  const CandleSeries candles = rows(0, 5'600);
  const auto most = ask(draws, candles, 1'000'000);
  REQUIRE(most);
  CHECK(most->open_time_ms.size() == explain_row_limit);
  CHECK(most->open_time_ms.back() == candles.back().open_time_ms);
  CHECK(explain_rows(5'000, explain_series_limit) * explain_series_limit <= explain_value_limit);
  const auto none = ask(draws, rows(0, 0));
  REQUIRE(none);
  CHECK(none->open_time_ms.empty());
  const auto nothing = ask(draws, candles, 10, "test.draws_nothing");
  REQUIRE(nothing);
  CHECK_FALSE(nothing->offered);
}

TEST_CASE("Whatever a strategy does when it is asked for its chart is an error in words") {
  const CandleSeries candles = rows(0, 40);
  const auto [behaviour, words] = GENERATE(table<int64_t, const char*>({
      {crashes_describing, "segmentation fault"},
      {crashes_giving_values, "segmentation fault"},
      {loops_describing, "did not answer within 500 ms"},
      {loops_giving_values, "did not answer within 500 ms"},
      {loops_taking_in, "did not answer within 500 ms"},
      {counts_without_end, "more series than the 64"},
      {names_no_pane, "'nowhere', which it does not describe"},
      {names_a_series_twice, "the series 'count' twice"},
      {gives_null_parts, "a part of it is missing"},
      {refuses_to_describe, "it is shy"},
      {refuses_values, "failed with status"},
      {writes_past_its_room, "the plugin ended"},
  }));
  CAPTURE(behaviour);
  const auto chart = ask(behaviour, candles);
  REQUIRE_FALSE(chart);
  CHECK_THAT(chart.error().text(), Contains(words));
  CHECK(workers().empty());
}

TEST_CASE("Texts are cleaned and what is no number is none") {
  const CandleSeries candles = rows(0, 20);
  const auto odd = ask(gives_bad_texts, candles);
  REQUIRE(odd);
  CHECK(odd->panes[0].name == "A?B?");
  CHECK(odd->panes[0].min == odd->panes[0].max);
  CHECK(odd->series[1].name == "?(<b> &");
  CHECK(odd->levels.empty());
  const auto none = ask(gives_no_numbers, candles);
  REQUIRE(none);
  for (const double value : none->values) CHECK(std::isnan(value));
}

TEST_CASE("The shipped strategies draw what the indicators of the SDK say, bit by bit") {
  namespace sdk = stratdock::sdk;
  const CandleSeries candles = lively(1'400);
  for (const std::string name : {"volatile", "enhanced", "simple_profitable", "ticker_news"}) {
    CAPTURE(name);
    const Shipped plugin = shipped(name);
    const auto chart = run_explain(options(), {plugin.path, plugin.strategy.id, plugin.defaults, 1, "BTCUSDT", 1'000, candles});
    CAPTURE(chart ? "" : chart.error().text());
    REQUIRE(chart);
    REQUIRE(chart->offered);
    sdk::Rsi rsi(14);
    check_series(*chart, candles, "rsi", [&](const Candle& candle) { return rsi.update(candle.close), rsi.value(); });
    CHECK_FALSE(chart->levels.empty());
    if (name != "simple_profitable") {
      sdk::Macd macd(12, 26, 9);
      check_series(*chart, candles, "macd_histogram", [&](const Candle& candle) { return macd.update(candle.close), macd.histogram(); });
    }
    if (name != "ticker_news") {
      sdk::Ema ema(50);
      check_series(*chart, candles, name == "simple_profitable" ? "ema" : "ema_long", [&](const Candle& candle) { return ema.update(candle.close), ema.value(); });
      sdk::Adx adx(14);
      check_series(*chart, candles, "adx", [&](const Candle& candle) { return adx.update(candle.high, candle.low, candle.close), adx.value(); });
      sdk::Obv obv;
      check_series(*chart, candles, "obv", [&](const Candle& candle) { return obv.update(candle.close, candle.volume), obv.value(); });
    }
    if (name == "volatile") {
      CHECK(chart->series[column(*chart, "ema_trend")].name == "EMA 200");
      sdk::Bollinger bands(20, 2.5);
      check_series(*chart, candles, "bollinger_upper", [&](const Candle& candle) { return bands.update(candle.close), bands.upper(); });
      sdk::Stochastic stochastic(14, 3);
      check_series(*chart, candles, "stochastic_d", [&](const Candle& candle) { return stochastic.update(candle.high, candle.low, candle.close), stochastic.d(); });
      sdk::Atr atr(14);
      check_series(*chart, candles, "atr_percent", [&](const Candle& candle) { return atr.update(candle.high, candle.low, candle.close), 100 * atr.value() / candle.close; });
    }
  }
}
