// A strategy on its own: candle by candle, by windows, and a whole backtest inside the worker.
#include <catch2/catch.hpp>

#include "host/plugin/offline_worker.hpp"
#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;
using Catch::Matchers::Contains;

namespace {

PluginHostOptions offline_options(const Fixture& fixture) {
  PluginHostOptions options;
  options.plugin_folders = {fixture.plugins()};
  options.cache_folder = fixture.folder.path() / "cache";
  const std::string worker = environment("STRATDOCK_TEST_WORKER");
  options.worker_executable = worker.empty() ? "build/dev/tests/stratdock_test_worker" : worker;
  return options;
}

std::vector<EvaluateAnswer> decide(const Fixture& fixture, const CandleSeries& candles, uint32_t window_rows) {
  auto worker = OfflineWorker::open(offline_options(fixture), "steady");
  REQUIRE(worker);
  std::vector<EvaluateAnswer> answers;
  REQUIRE(worker->decide({{int64_t{50}}, 1, "BTCUSDT", candles}, window_rows, [&](size_t row, const EvaluateAnswer& answer) {
    REQUIRE(row == answers.size());
    answers.push_back(answer);
  }));
  return answers;
}

}  // namespace

TEST_CASE("Deciding every candle offline gives what a bot decides that was fed the same") {
  Fixture fixture({"steady"});
  const CandleSeries candles = rows(0, 1'300);
  const auto answers = decide(fixture, candles, 0);
  REQUIRE(answers.size() == 1'300);
  REQUIRE(fixture.create(1, "steady", {int64_t{50}}));
  for (int64_t row = 0; row < 1'300; ++row) {
    fixture.close_row(row);
    if (row % 7 == 0) REQUIRE(fixture.evaluate({1})[0].decision == answers[static_cast<size_t>(row)].decision);
  }
}

TEST_CASE("With a window each candle has a fresh instance that saw so many rows") {
  Fixture fixture({"steady"});
  const auto answers = decide(fixture, rows(0, 600), 40);
  REQUIRE(answers.size() == 600);
  CHECK_THAT(answers[9].decision.reasons, Contains("of 10 candles"));
  CHECK_THAT(answers[39].decision.reasons, Contains("of 40 candles"));
  CHECK_THAT(answers[599].decision.reasons, Contains("of 40 candles"));
}

TEST_CASE("A strategy that crashes offline is an error that names the candle") {
  Fixture fixture({"hostile"});
  auto worker = OfflineWorker::open(offline_options(fixture), "hostile");
  REQUIRE(worker);
  const auto status = worker->decide({{time_of(5), int64_t{1}}, 1, "BTCUSDT", rows(0, 10)}, 0, [](size_t, const auto&) {});
  REQUIRE_FALSE(status);
  CHECK_THAT(status.error().text(), Contains(std::to_string(time_of(5))) && Contains("segmentation fault"));
  CHECK_FALSE(OfflineWorker::open(offline_options(fixture), "nobody"));
}

TEST_CASE("A backtest runs inside the worker, twice with the same result") {
  Fixture fixture({"steady"});
  auto worker = OfflineWorker::open(offline_options(fixture), "steady");
  REQUIRE(worker);
  BacktestSettings settings;
  settings.bot.name = "one";
  settings.bot.symbol = "BTCUSDT";
  settings.bot.strategy = "steady";
  settings.bot.trade_amount = *Decimal::parse("1000");
  settings.bot.stop_loss = 0.03;
  settings.symbol.name = "BTCUSDT";
  settings.symbol.base_asset = "BTC";
  settings.symbol.quote_asset = "USDT";
  settings.symbol.order_types = {"LIMIT", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT", "LIMIT_MAKER"};
  settings.symbol.price = {*Decimal::parse("0.01"), *Decimal::parse("1000000"), *Decimal::parse("0.01")};
  settings.symbol.lot = {*Decimal::parse("0.00001"), *Decimal::parse("9000"), *Decimal::parse("0.00001")};
  const CandleSeries candles = rows(0, 3'000);
  const OfflineWorker::Run run{{int64_t{50}}, 1, "BTCUSDT", candles};
  const auto first = worker->backtest(run, settings, 20'000);
  CAPTURE(first ? "" : first.error().text());
  REQUIRE(first);
  CHECK(first->candles == 3'000);
  CHECK(first->failed_evaluations == 0);
  CAPTURE(first->blocked, first->first_failure);
  CHECK(first->trades.size() > 5);
  const auto second = worker->backtest(run, settings, 20'000);
  REQUIRE(second);
  CHECK(first->trades == second->trades);
  CHECK(first->equity == second->equity);
}
