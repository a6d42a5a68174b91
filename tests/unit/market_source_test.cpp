// Markets made of files and of a seed: order, resuming, determinism; and the rules of their symbols.
#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "host/market/candle_source.hpp"
#include "host/market/symbol_rules.hpp"

using namespace stratdock;

namespace {

constexpr int64_t interval_ms = 5 * minute_ms;

struct Folder {
  Folder() {
    char pattern[] = "/tmp/stratdock_source_XXXXXX";
    path = mkdtemp(pattern);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  // Candles that open at the given multiples of the interval; the open tells the row.
  CandleFile write(const std::string& symbol, const std::vector<int>& opens, int64_t step_ms = interval_ms) const {
    const auto file = path / (symbol + std::to_string(opens[0]) + ".csv");
    std::ofstream stream(file);
    for (const int open : opens) stream << open * step_ms << "," << open + 1 << "," << open + 2 << ",0.5," << open + 1 << ",1\n";
    return {file, symbol, step_ms, {}};
  }
  std::filesystem::path path;
};

MarketSettings synthetic(uint64_t seed = 7) {
  MarketSettings settings;
  settings.seed = seed;
  settings.start_ms = 1'735'689'600'000;
  settings.warmup = 500;
  settings.symbols = {{"BTCUSDT", Decimal::from_integer(50'000), 0.03, 0}, {"DOGEUSDT", *Decimal::parse("0.12"), 0.06, 0}};
  return settings;
}

std::unique_ptr<CandleSource> open(const MarketSettings& settings) {
  auto source = make_candle_source(settings);
  if (!source) FAIL(source.error().text());
  return std::move(*source);
}

std::vector<MarketStep> steps_of(CandleSource& source, size_t count) {
  std::vector<MarketStep> steps;
  MarketStep step;
  while (steps.size() < count && source.next(step).value()) steps.push_back(step);
  return steps;
}

void check_equal(const std::vector<MarketStep>& a, const std::vector<MarketStep>& b) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    REQUIRE(a[i].close_time_ms == b[i].close_time_ms);
    REQUIRE(a[i].candles.size() == b[i].candles.size());
    for (size_t k = 0; k < a[i].candles.size(); ++k) {
      REQUIRE(a[i].candles[k].symbol == b[i].candles[k].symbol);
      REQUIRE(a[i].candles[k].candle == b[i].candles[k].candle);
    }
  }
}

// A number for all bits of a stretch of candles (FNV-1a).
uint64_t fingerprint(const CandleSeries& candles) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](const void* data, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) hash = (hash ^ static_cast<const unsigned char*>(data)[i]) * 0x100000001b3;
  };
  for (size_t i = 0; i < candles.size(); ++i) {
    const Candle candle = candles.at(i);
    for (const double figure : {candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quote_volume, candle.taker_buy_volume}) add(&figure, sizeof figure);
    add(&candle.open_time_ms, sizeof candle.open_time_ms);
    add(&candle.trade_count, sizeof candle.trade_count);
  }
  return hash;
}

}  // namespace

TEST_CASE("symbols of a replay step together, gaps and different ends included") {
  const Folder folder;
  MarketSettings settings;
  settings.source = MarketSource::replay;
  settings.files = {folder.write("AAAUSDT", {3, 4}), folder.write("BBBUSDT", {1, 2, 4, 5}), folder.write("AAAUSDT", {1, 2})};
  const auto source = open(settings);
  CHECK(source->find_symbol("BBBUSDT") == 1);
  CHECK(source->find_symbol("CCCUSDT") == 2);
  CHECK(source->start_ms() == interval_ms);
  const auto steps = steps_of(*source, 100);
  REQUIRE(steps.size() == 5);
  std::string order;
  for (const auto& step : steps) {
    order += std::to_string(step.close_time_ms / interval_ms) + ":";
    for (const auto& candle : step.candles) order += std::to_string(candle.symbol);
    order += " ";
  }
  CHECK(order == "2:01 3:01 4:0 5:01 6:1 ");
  CHECK(source->history(0, 2)->at(0).open_time_ms == 3 * interval_ms);
  CHECK(source->history(1, 3)->at(0).open_time_ms == 2 * interval_ms);
}

TEST_CASE("different intervals meet at their closes") {
  const Folder folder;
  MarketSettings settings;
  settings.source = MarketSource::replay;
  settings.files = {folder.write("AAAUSDT", {0, 1, 2, 3, 4, 5}), folder.write("BBBUSDT", {0, 1}, 3 * interval_ms)};
  const auto source = open(settings);
  const auto steps = steps_of(*source, 100);
  REQUIRE(steps.size() == 6);
  CHECK(steps[2].candles.size() == 2);
  CHECK(steps[5].candles.size() == 2);
  CHECK(steps[3].candles.size() == 1);
}

TEST_CASE("start, end and warm-up cut a replay, history never shows what has not closed") {
  const Folder folder;
  MarketSettings settings;
  settings.source = MarketSource::replay;
  settings.files = {folder.write("AAAUSDT", {0, 1, 2, 3, 4, 5, 6, 7})};
  settings.start_ms = 4 * interval_ms;
  settings.end_ms = 7 * interval_ms;
  settings.warmup = 2;
  const auto source = open(settings);
  CHECK(source->candles(0, 0, INT64_MAX)->size() == 5);
  CHECK(source->history(0, 10)->size() == 2);
  CHECK(source->history(0, 10)->back().open_time_ms == 3 * interval_ms);
  CHECK(steps_of(*source, 100).size() == 3);
  settings.start_ms = 50 * interval_ms;
  settings.end_ms = 0;
  CHECK_FALSE(make_candle_source(settings));
}

TEST_CASE("any market resumes at any position as if it had never stopped") {
  const Folder folder;
  MarketSettings replay;
  replay.source = MarketSource::replay;
  replay.files = {folder.write("AAAUSDT", {1, 2, 3, 4}), folder.write("BBBUSDT", {1, 3, 5})};
  for (const MarketSettings& settings : {replay, synthetic()}) {
    const auto source = open(settings);
    const auto whole = steps_of(*source, 40);
    for (size_t stop = 0; stop <= whole.size(); stop += 1 + stop / 8) {
      const auto again = open(settings);
      REQUIRE(again->seek(stop == 0 ? again->start_ms() : whole[stop - 1].close_time_ms));
      check_equal(steps_of(*again, whole.size() - stop), {whole.begin() + static_cast<std::ptrdiff_t>(stop), whole.end()});
    }
  }
}

TEST_CASE("a synthetic market is a function of its seed, to the last bit") {
  const auto source = open(synthetic());
  const auto far = source->candles(0, source->start_ms() + 20'000 * interval_ms, source->start_ms() + 20'010 * interval_ms);
  check_equal(steps_of(*open(synthetic()), 300), steps_of(*source, 300));
  CHECK(fingerprint(*far) == fingerprint(*source->candles(0, source->start_ms() + 20'000 * interval_ms, source->start_ms() + 20'010 * interval_ms)));
  CHECK(fingerprint(*open(synthetic(8))->history(0, 500)) != fingerprint(*open(synthetic(7))->history(0, 500)));
  // Written down once: another figure here means that every demo, screenshot and recorded run changes.
  CHECK(fingerprint(*open(synthetic())->candles(0, 0, source->start_ms() + 5'000 * interval_ms)) == 0xfa66eb62f3e7e281);
}

TEST_CASE("synthetic candles are valid, on the grid of their symbol and in a plausible range for years") {
  const auto source = open(synthetic());
  CHECK(source->history(0, 500)->size() == 500);
  CHECK(source->history(0, 1000)->size() == 500);
  for (size_t symbol = 0; symbol < 2; ++symbol) {
    const Symbol& rules = source->symbols()[symbol].rules;
    const auto candles = source->candles(symbol, 0, source->start_ms() + 200'000 * interval_ms);
    REQUIRE(candles->size() == 200'500);
    double lowest = 1e300, highest = 0, squares = 0;
    for (size_t i = 0; i < candles->size(); ++i) {
      const Candle candle = candles->at(i);
      const Status valid = validate_candle(candle, interval_ms);
      if (!valid) FAIL(valid.error().text());
      lowest = std::min(lowest, candle.low);
      highest = std::max(highest, candle.high);
      const double change = std::log(candle.close / candle.open);
      squares += change * change;
      if (i % 100 != 0) continue;
      REQUIRE(broken_price_filter(rules, Decimal::from_double(candle.close)).empty());
      REQUIRE(Decimal::from_double(candle.volume).is_multiple_of(rules.lot.step));
      REQUIRE(Decimal::from_double(candle.high).to_double() == candle.high);
    }
    const double first = candles->open()[0], daily = std::sqrt(squares / static_cast<double>(candles->size()) * 288);
    INFO("lowest " << lowest / first << " highest " << highest / first << " of the first price, " << daily << " a day");
    CHECK(lowest > first / 10);
    CHECK(highest < first * 10);
    const double asked = symbol == 0 ? 0.03 : 0.06;
    CHECK(daily > asked * 0.7);
    CHECK(daily < asked * 1.5);
  }
}

TEST_CASE("a synthetic market that changed its beginning says so instead of resuming elsewhere") {
  const auto source = open(synthetic());
  const Status sought = source->seek(1000);
  REQUIRE_FALSE(sought);
  CHECK(sought.error().hint.find("market.start") != std::string::npos);
}

TEST_CASE("paper symbols carry rules that the exchange could have") {
  const MarketSymbol btc = paper_market_symbol("BTCUSDT", 50'000, interval_ms);
  CHECK(btc.rules.price.tick == *Decimal::parse("0.01"));
  CHECK(btc.rules.lot.step == *Decimal::parse("0.00001"));
  CHECK(btc.rules.base_asset == "BTC");
  CHECK(btc.title == "Bitcoin / Tether");
  CHECK(minimum_notional(btc.rules, true) == Decimal::from_integer(5));
  const MarketSymbol unknown = paper_market_symbol("NEWUSDC", 0.034, interval_ms);
  CHECK(unknown.rules.price.tick == *Decimal::parse("0.000001"));
  CHECK(unknown.rules.lot.step == Decimal::from_integer(1));
  CHECK(broken_price_filter(unknown.rules, *Decimal::parse("0.034")).empty());
  CHECK(paper_market_symbol("NEWUSDC", 0.034, interval_ms, *Decimal::parse("0.001")).rules.price.tick == *Decimal::parse("0.001"));
  CHECK(split_symbol("ETHBTC") == std::pair<std::string, std::string>("ETH", "BTC"));
  CHECK(split_symbol("BTCFDUSD").second == "FDUSD");
  CHECK(split_symbol("USDT").second.empty());
}
