// Symbols that come and stand still while a live market runs: the others' steps go on, and no candle is lost or seen twice.
#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <map>
#include <random>

#include "host/binance/live_candle_source.hpp"
#include "test_exchange.hpp"

using namespace stratdock;
using namespace stratdock::binance;
using test_exchange::Exchange;

namespace {

constexpr int64_t second_ms = 1'000, warmup = 1'200;

Symbol listed_symbol(const std::string& name, SymbolStatus status = SymbolStatus::trading) {
  Symbol symbol;
  symbol.name = name;
  symbol.base_asset = name.substr(0, name.size() - 4);
  symbol.quote_asset = "USDT";
  symbol.status = status;
  return symbol;
}

// A market of BTCUSDT on `exchange`, whose every step is checked.
struct Market {
  explicit Market(Exchange& on, std::vector<std::string> symbols = {"BTCUSDT"}) : exchange(on), session(*paper_endpoints(on.address()), std::nullopt), rest(session) {
    for (const char* name : {"BTCUSDT", "ETHUSDT", "SOLUSDT"}) listed.emplace(name, listed_symbol(name));
    listed.emplace("OLDUSDT", listed_symbol("OLDUSDT", SymbolStatus::break_));
    LiveCandleOptions options;
    for (const std::string& name : symbols) options.symbols.push_back({name, second_ms});
    options.warmup = warmup;
    options.streams.connection.first_pause_ms = 50;
    options.listed = [this](std::string_view name) {
      const auto found = listed.find(std::string(name));
      return found == listed.end() ? nullptr : &found->second;
    };
    options.told = [this](const Symbol& rules) { listed[rules.name] = rules; };
    auto opened = LiveCandleSource::open(network, session, rest, options);
    INFO((opened ? "" : opened.error().text()));
    REQUIRE(opened);
    source = std::move(*opened);
    position_ms = source->start_ms();
  }

  // Right after the one before, the right candle of BTCUSDT first; what comes of others is right and right after their last.
  size_t step() {
    MarketStep step;
    REQUIRE(source->next(step).value());
    REQUIRE(step.close_time_ms == position_ms + second_ms);
    for (const MarketCandle& one : step.candles) {
      const std::string& name = source->symbols()[one.symbol].rules.name;
      REQUIRE(one.candle == Exchange::candle(name, position_ms, second_ms));
      REQUIRE(exchange.has_candle(name, position_ms, second_ms));
      taken[name].push_back(position_ms);
    }
    REQUIRE(taken["BTCUSDT"].back() == position_ms);
    position_ms = step.close_time_ms;
    return step.candles.size();
  }

  Exchange& exchange;
  std::map<std::string, Symbol> listed;
  NetworkThread network;
  Session session;
  RestClient rest;
  std::unique_ptr<LiveCandleSource> source;
  int64_t position_ms = 0;
  std::map<std::string, std::vector<int64_t>> taken;  // open times handed out
};

uint64_t seed_of_this_run() {
  const char* set = std::getenv("STRATDOCK_SEED");
  const uint64_t seed = set != nullptr ? std::strtoull(set, nullptr, 10) : std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

constexpr int most_steps = 60;  // until something that takes a few seconds on an idle machine

}  // namespace

TEST_CASE("a symbol that is added has its history, joins the others' steps, and they never waited for it") {
  const uint64_t seed = seed_of_this_run();
  Exchange exchange(seed);
  Market market(exchange);
  for (int i = 0; i < 2; ++i) market.step();
  const std::string trouble = GENERATE("none", "added while the stream is cut and REST is away", "added while the connection is renewed", "its stream says nothing", "messages are lost, repeated, reordered, garbled and cut");
  INFO(trouble);
  if (trouble[0] == 'a' && trouble.find("cut") != std::string::npos) {
    exchange.faults.rest_away = true;
    exchange.cut_streams();
  }
  if (trouble.find("renewed") != std::string::npos) exchange.tell_streams(R"({"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1764288000000}})");
  const auto index = market.source->add_symbol("ETHUSDT", second_ms);
  REQUIRE(index);
  CHECK(*index == 1);
  CHECK(market.source->add_symbol("ETHUSDT", second_ms).value() == 1);
  CHECK_FALSE(market.source->joining(1).empty());  // it was not waited for
  CHECK(market.source->candles(1, 0, INT64_MAX)->empty());
  if (exchange.faults.rest_away) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (std::chrono::steady_clock::now() < until) (void)market.source->ready();
    CHECK(market.source->joining(1).find("failed") != std::string::npos);
    exchange.faults.rest_away = false;
  }
  if (trouble.find("says nothing") != std::string::npos) exchange.faults.stall = true;
  if (trouble[0] == 'm') {
    exchange.faults.lose = exchange.faults.repeat = exchange.faults.delay = exchange.faults.garble = 15;
    exchange.faults.cut = 4;
  }
  int alone = 0;
  for (; market.taken["ETHUSDT"].empty() && alone < most_steps; ++alone) market.step();
  REQUIRE_FALSE(market.taken["ETHUSDT"].empty());
  CHECK(market.source->joining(1).empty());
  const int64_t first_ms = market.taken["ETHUSDT"].front();
  const auto history = market.source->candles(1, 0, first_ms);
  REQUIRE(history->size() >= static_cast<size_t>(warmup));
  for (size_t row = 0; row < history->size(); ++row) REQUIRE(history->at(row) == Exchange::candle("ETHUSDT", first_ms - static_cast<int64_t>(history->size() - row) * second_ms, second_ms));
  for (int i = 0; i < (trouble[0] == 'm' ? 12 : 4); ++i) CHECK(market.step() == 2);
}

TEST_CASE("what cannot be followed is refused with its reason") {
  Exchange exchange(1);
  Market market(exchange);
  const auto refused = [&](const char* name, int64_t interval_ms) {
    const auto index = market.source->add_symbol(name, interval_ms);
    REQUIRE_FALSE(index);
    return index.error().text();
  };
  CHECK(refused("NONEUSDT", second_ms).find("does not list NONEUSDT") != std::string::npos);
  CHECK(refused("OLDUSDT", second_ms).find("it says BREAK") != std::string::npos);
  CHECK(refused("BTCUSDT", minute_ms).find("are of 1s, not of 1m") != std::string::npos);
  CHECK(market.source->symbols().size() == 1);
  market.step();
}

TEST_CASE("a market that follows nothing yet begins with the first symbol that is added") {
  Exchange exchange(1);
  Market market(exchange, {});
  CHECK_FALSE(market.source->ready());
  REQUIRE(market.source->add_symbol("BTCUSDT", second_ms));
  market.position_ms = market.source->position_ms();
  market.step();
  CHECK(market.source->candles(0, 0, market.position_ms)->size() == static_cast<size_t>(warmup) + 1);
}

TEST_CASE("steps do not wait for a symbol that is halted, and hold it again from its first candle on") {
  Exchange exchange(1);
  Market market(exchange, {"BTCUSDT", "ETHUSDT"});
  for (int i = 0; i < 2; ++i) CHECK(market.step() == 2);
  const int asked_before = exchange.info_requests();
  exchange.halt("ETHUSDT");
  int steps = 0;
  for (; !market.source->stands_still(1) && steps < most_steps; ++steps) market.step();
  REQUIRE(market.source->stands_still(1));
  CHECK(market.source->symbols()[1].rules.status == SymbolStatus::halt);
  CHECK(market.listed["ETHUSDT"].status == SymbolStatus::halt);
  // Proof that there is none takes two questions for every candle; what is known is not asked for.
  const int questions_before = exchange.kline_requests("ETHUSDT");
  for (int i = 0; i < 15; ++i) CHECK(market.step() == 1);
  CHECK(exchange.kline_requests("ETHUSDT") - questions_before < 15);
  CHECK(exchange.info_requests() - asked_before <= 2);
  // Another may come meanwhile, and the connection may go.
  exchange.cut_streams();
  REQUIRE(market.source->add_symbol("SOLUSDT", second_ms));
  for (steps = 0; market.taken["SOLUSDT"].empty() && steps < most_steps; ++steps) market.step();
  CHECK_FALSE(market.taken["SOLUSDT"].empty());
  CHECK(market.source->stands_still(1));
  const size_t before = market.taken["ETHUSDT"].size();
  exchange.resume("ETHUSDT");
  for (steps = 0; market.taken["ETHUSDT"].size() < before + 5 && steps < most_steps; ++steps) market.step();
  const std::vector<int64_t>& taken = market.taken["ETHUSDT"];
  REQUIRE(taken.size() == before + 5);
  for (size_t i = before + 1; i < taken.size(); ++i) CHECK(taken[i] == taken[i - 1] + second_ms);
  CHECK_FALSE(exchange.has_candle("ETHUSDT", taken[before] - second_ms, second_ms));
  CHECK_FALSE(market.source->stands_still(1));
  for (steps = 0; market.source->symbols()[1].rules.status != SymbolStatus::trading && steps < most_steps; ++steps) market.step();
  CHECK(market.source->symbols()[1].rules.status == SymbolStatus::trading);
}
