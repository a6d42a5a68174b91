// Candles of other symbols and intervals as feeds: the same decisions live, after kills, and offline.
#include <catch2/catch.hpp>

#include "host/plugin/feed_history.hpp"
#include "host/plugin/offline_worker.hpp"
#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;
using Catch::Matchers::Contains;

namespace {

constexpr int64_t row_count = 900;

// ETHUSDT: other prices, and a hole.
CandleSeries other_rows(int64_t end) {
  CandleSeries series(interval_ms);
  for (int64_t row = -20; row < end; ++row) {
    if (row > 200 && row < 215) continue;
    Candle candle = candle_at(row + 5'000);
    candle.open_time_ms = time_of(row);
    series.append(candle);
  }
  return series;
}

struct Market {
  CandleSeries own = rows(0, row_count), other = other_rows(row_count);
  RecordedHistory history;
  Market() {
    history.add("BTCUSDT", own);
    history.add("ETHUSDT", other);
  }
};

// A host whose history is a market that grows.
struct LiveFeeds {
  explicit LiveFeeds(const Market& market) : fixture({"feeds"}), market_(market) {
    PluginHostOptions options;
    options.plugin_folders = {fixture.plugins()};
    options.cache_folder = fixture.folder.path() / "cache2";
    options.worker_executable = environment("STRATDOCK_TEST_WORKER");
    history.add("BTCUSDT", own);
    history.add("ETHUSDT", other);
    host = std::make_unique<PluginHost>(options, history);
    REQUIRE(host->start());
    REQUIRE(host->create_instance({1, "feeds", {}, 1, "BTCUSDT", interval_ms, time_of(0)}));
  }
  void close_row(int64_t row) {
    own.append(market_.own.at(static_cast<size_t>(row)));
    while (other.size() < market_.other.size() && market_.other.open_time_ms()[other.size()] <= time_of(row)) other.append(market_.other.at(other.size()));
    CandleSeries one(interval_ms);
    one.append(own.back());
    host->append_candles("BTCUSDT", interval_ms, one);
  }
  EvaluateAnswer evaluate() {
    EvaluateRequest request;
    request.instance_id = 1;
    request.now_ms = own.open_time_ms().back() + interval_ms;
    return host->evaluate(std::span(&request, 1)).front();
  }
  Fixture fixture;
  const Market& market_;
  CandleSeries own{interval_ms}, other{interval_ms};
  RecordedHistory history;
  std::unique_ptr<PluginHost> host;
};

PluginHostOptions offline_options(const Fixture& fixture) {
  PluginHostOptions options;
  options.plugin_folders = {fixture.plugins()};
  options.cache_folder = fixture.folder.path() / "cache";
  options.worker_executable = environment("STRATDOCK_TEST_WORKER");
  return options;
}

// The decision at each row of a bot that is asked at every third only, as the decider of every row cannot be.
std::vector<EvaluateAnswer> live_answers(const Market& market, bool with_kills) {
  LiveFeeds live(market);
  std::vector<EvaluateAnswer> answers;
  std::mt19937 chance(7);
  for (int64_t row = 0; row < row_count; ++row) {
    live.close_row(row);
    if (row % 3 != 2) continue;
    if (with_kills && chance() % 8 == 0)
      for (const pid_t worker : workers()) kill(worker, SIGKILL);
    answers.push_back(live.evaluate());
    REQUIRE(answers.back().kind == AnswerKind::ok);
  }
  return answers;
}

}  // namespace

TEST_CASE("Candles of longer intervals are made of shorter ones, gaps and all") {
  CandleSeries base(interval_ms);
  const int64_t hour_ms = 60 * minute_ms, begin_ms = first_ms / hour_ms * hour_ms + hour_ms;
  for (int64_t row = 0; row < 36; ++row)
    if (row < 5 || row > 25) base.append({begin_ms + row * interval_ms, 10.0 + double(row), 20.0 + double(row), 5.0 - double(row) / 10, 11.0 + double(row), 1, 2, 3, 4});
  const CandleSeries hours = aggregate(base, hour_ms);
  REQUIRE(hours.size() == 2);  // the hour without any candle has none
  CHECK(hours.at(0) == Candle{begin_ms, 10, 24, 4.6, 15, 5, 10, 15, 20});
  CHECK(hours.at(1) == Candle{begin_ms + 2 * hour_ms, 36, 55, 1.5, 46, 10, 20, 30, 40});
  CHECK(can_aggregate(interval_ms, hour_ms));
  CHECK(can_aggregate(interval_ms, interval_ms));
  CHECK_FALSE(can_aggregate(hour_ms, interval_ms));
  CHECK_FALSE(can_aggregate(2 * minute_ms, 3 * minute_ms));
  CHECK_FALSE(can_aggregate(hour_ms, 7 * 24 * hour_ms));
}

TEST_CASE("A history says what it has not, and gives longer candles whole, in any pieces") {
  const Market market;
  RecordedHistory history = market.history;
  const auto none = [](const CandleSeries&) {};
  CHECK_THAT(history.read("XRPUSDT", interval_ms, 0, INT64_MAX, none).error().text(), Contains("no candles of XRPUSDT"));
  CHECK_THAT(history.read("BTCUSDT", minute_ms, 0, INT64_MAX, none).error().text(), Contains("5m"));
  const int64_t longer_ms = 6 * interval_ms;
  CandleSeries whole(longer_ms), pieces(longer_ms);
  REQUIRE(history.read("ETHUSDT", longer_ms, 0, INT64_MAX, [&](const CandleSeries& rows) { whole.append(rows, 0, rows.size()); }));
  int64_t from_ms = 0;
  for (int64_t now_ms = time_of(0); now_ms < time_of(row_count); now_ms += 2 * interval_ms)
    REQUIRE(history.read("ETHUSDT", longer_ms, from_ms, now_ms - longer_ms + 1, [&](const CandleSeries& rows) {
      pieces.append(rows, 0, rows.size());
      from_ms = rows.open_time_ms().back() + 1;
    }));
  REQUIRE(pieces.size() > 100);
  for (size_t row = 0; row < pieces.size(); ++row) REQUIRE(pieces.at(row) == whole.at(row));
}

TEST_CASE("A strategy on candle feeds decides alike with and without kills, and sees each feed's rows once and in order") {
  const Market market;
  const auto calm = live_answers(market, false), killed = live_answers(market, true);
  REQUIRE(calm.size() == killed.size());
  size_t buys = 0;
  for (size_t i = 0; i < calm.size(); ++i) {
    INFO("decision " << i);
    // What lies behind the new rows, and how many rows a call brings, may differ; every figure that comes of them may not.
    const auto figures = [](const std::string& reasons) { return reasons.substr(0, reasons.find(", behind")); };
    CHECK(figures(calm[i].decision.reasons) == figures(killed[i].decision.reasons));
    CHECK(calm[i].decision.action == killed[i].decision.action);
    CHECK_THAT(calm[i].decision.reasons, !Contains("LOOKED AHEAD"));
    CHECK_THAT(calm[i].decision.reasons, Contains("third: this market has no candles of NONEUSDT"));
    buys += calm[i].decision.action == Action::buy;
  }
  CHECK(buys > 10);
}

TEST_CASE("decide and a backtest give a strategy the feeds that a bot has") {
  const Market market;
  const auto live = live_answers(market, false);
  Fixture fixture({"feeds"});
  RecordedHistory history = market.history;
  auto worker = OfflineWorker::open(offline_options(fixture), "feeds");
  REQUIRE(worker);
  std::vector<std::string> offline;
  REQUIRE(worker->decide({{}, 1, "BTCUSDT", market.own, &history}, 0, [&](size_t, const EvaluateAnswer& answer) {
    REQUIRE(answer.kind == AnswerKind::ok);
    offline.push_back(answer.decision.reasons);
  }));
  REQUIRE(offline.size() == static_cast<size_t>(row_count));
  for (size_t i = 0; i < live.size(); ++i) {
    const auto figures = [](const std::string& reasons) { return reasons.substr(0, reasons.find(", behind")); };
    CHECK(figures(live[i].decision.reasons) == figures(offline[3 * i + 2]));
  }
  // Without a history a feed is absent, and says so.
  REQUIRE(worker->decide({{}, 1, "BTCUSDT", market.own}, 0, [&](size_t, const EvaluateAnswer& answer) { CHECK_THAT(answer.decision.reasons, Contains("absent: ")); }));
  BacktestSettings settings;
  settings.bot.trade_amount = Decimal::from_integer(1'000);
  settings.symbol.name = settings.bot.symbol = "BTCUSDT";
  settings.symbol.base_asset = "BTC";
  settings.symbol.quote_asset = "USDT";
  settings.symbol.price = {*Decimal::parse("0.01"), *Decimal::parse("1000000"), *Decimal::parse("0.01")};
  settings.symbol.lot = {*Decimal::parse("0.00001"), *Decimal::parse("9000"), *Decimal::parse("0.00001")};
  const auto result = worker->backtest({{}, 1, "BTCUSDT", market.own, &history}, settings, 60'000);
  REQUIRE(result);
  CHECK(result->failed_evaluations == 0);
  // The first BUY of the live bot is the first fill of the backtest, at the open of the candle after it.
  const auto first = std::find_if(live.begin(), live.end(), [](const EvaluateAnswer& answer) { return answer.decision.action == Action::buy; }) - live.begin();
  REQUIRE_FALSE(result->fills.empty());
  CHECK(result->fills.front().time_ms == time_of(3 * first + 3));
}
