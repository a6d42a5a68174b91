// The live market as a candle source, against an exchange that cuts, stalls, repeats, delays and garbles.
#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <random>

#include "host/binance/live_candle_source.hpp"
#include "test_exchange.hpp"

using namespace stratdock;
using namespace stratdock::binance;
using test_exchange::Exchange;

namespace {

constexpr int64_t second_ms = 1'000;

uint64_t seed_of_this_run() {
  const char* set = std::getenv("STRATDOCK_SEED");
  const uint64_t seed = set != nullptr ? std::strtoull(set, nullptr, 10) : std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

struct Client {
  explicit Client(const Exchange& exchange) : session(*paper_endpoints(exchange.address()), std::nullopt), rest(session) {}

  std::unique_ptr<LiveCandleSource> open(const std::vector<std::string>& symbols, int64_t warmup, MarketStreamsOptions streams = {}) {
    LiveCandleOptions options;
    for (const std::string& name : symbols) options.symbols.push_back({name, second_ms});
    options.warmup = warmup;
    options.streams = std::move(streams);
    options.streams.connection.first_pause_ms = 50;
    auto source = LiveCandleSource::open(network, session, rest, options);
    INFO((source ? "" : source.error().text()));
    REQUIRE(source);
    return std::move(*source);
  }

  NetworkThread network;
  Session session;
  RestClient rest;
};

// The next step holds the right candle of every symbol, right after the one before.
void check_step(CandleSource& source, int64_t& position_ms) {
  MarketStep step;
  const auto more = source.next(step);
  REQUIRE(more);
  REQUIRE(*more);
  REQUIRE(step.close_time_ms == position_ms + second_ms);
  REQUIRE(step.candles.size() == source.symbols().size());
  for (size_t i = 0; i < step.candles.size(); ++i) {
    REQUIRE(step.candles[i].symbol == i);
    REQUIRE(step.candles[i].candle == Exchange::candle(source.symbols()[i].rules.name, position_ms, second_ms));
  }
  position_ms = step.close_time_ms;
  REQUIRE(source.position_ms() == position_ms);
}

}  // namespace

TEST_CASE("closed candles of all symbols, step by step, after a history without a seam") {
  Exchange exchange(1);
  Client client(exchange);
  const auto source = client.open({"BTCUSDT", "ETHUSDT", "SOLUSDT"}, 1'500);
  CHECK(source->symbols()[1].rules.base_asset == "ETH");
  int64_t position_ms = source->start_ms();
  CHECK(position_ms % second_ms == 0);
  const auto history = source->candles(0, 0, position_ms);
  REQUIRE(history);
  REQUIRE(history->size() == 1'500);
  CHECK(history->back().open_time_ms == position_ms - second_ms);
  for (size_t row = 0; row < history->size(); ++row) REQUIRE(history->at(row) == Exchange::candle("BTCUSDT", position_ms - static_cast<int64_t>(1'500 - row) * second_ms, second_ms));
  for (int i = 0; i < 8; ++i) check_step(*source, position_ms);
  CHECK(source->candles(2, position_ms - 4 * second_ms, position_ms)->size() == 4);
  CHECK(source->price(0).price > 0);
  CHECK(source->streams().counts().delivered > source->streams().counts().from_rest);
  CHECK(exchange.stream_connections() == 1);
}

TEST_CASE("what closed while nobody was there is handed out first") {
  Exchange exchange(1);
  Client client(exchange);
  const auto source = client.open({"BTCUSDT", "ETHUSDT"}, 10);
  int64_t position_ms = source->start_ms() - 2'500 * second_ms;
  REQUIRE(source->seek(position_ms));
  const int64_t began_ms = position_ms;
  while (position_ms < source->start_ms() + 2 * second_ms) check_step(*source, position_ms);
  CHECK(position_ms - began_ms >= 2'502 * second_ms);
}

TEST_CASE("every candle once and in order over real connections, whatever they do") {
  const uint64_t seed = seed_of_this_run();
  Exchange exchange(seed);
  Client client(exchange);
  MarketStreamsOptions streams;
  streams.streams_per_connection = 2;  // three connections
  const auto source = client.open({"BTCUSDT", "ETHUSDT", "SOLUSDT", "ADAUSDT", "XRPUSDT"}, 5, streams);
  int64_t position_ms = source->start_ms();
  INFO("seed " << seed);
  exchange.faults.lose = 15;
  exchange.faults.repeat = 15;
  exchange.faults.delay = 15;
  exchange.faults.garble = 15;
  exchange.faults.cut = 4;
  for (int i = 0; i < 12; ++i) check_step(*source, position_ms);
  exchange.faults.stall = true;  // pings are answered, but no candle comes: REST brings them
  for (int i = 0; i < 4; ++i) check_step(*source, position_ms);
  exchange.faults.stall = false;
  exchange.cut_streams();
  exchange.faults.rest_away = true;
  for (int i = 0; i < 2; ++i) (void)source->ready();
  exchange.faults.rest_away = false;
  for (int i = 0; i < 6; ++i) check_step(*source, position_ms);
  const SequencerCounts counts = source->streams().counts();
  const MarketStreamsState state = source->streams().state();
  std::printf("%lld candles, %lld of them over REST; %lld repeated, %lld garbled, %lld messages unreadable, %lld connections lost\n", static_cast<long long>(counts.delivered),
              static_cast<long long>(counts.from_rest), static_cast<long long>(counts.repeated), static_cast<long long>(counts.garbled), static_cast<long long>(state.unreadable),
              static_cast<long long>(state.connections_lost));
  CHECK(counts.absent == 0);
  CHECK(counts.from_rest > 0);
  CHECK(counts.repeated > 0);
  CHECK(state.unreadable > 0);
  CHECK(exchange.stream_connections() > 3);
  CHECK(exchange.most_messages_a_second() <= 5);
}

TEST_CASE("a connection is renewed before its time, and at once when the exchange says so, without a gap") {
  Exchange exchange(1);
  Client client(exchange);
  MarketStreamsOptions streams;
  const bool told = GENERATE(false, true);
  if (!told) streams.connection.renew_after_ms = 1'500;
  const auto source = client.open({"BTCUSDT", "ETHUSDT"}, 5, streams);
  int64_t position_ms = source->start_ms();
  for (int i = 0; i < 3; ++i) check_step(*source, position_ms);
  if (told) exchange.tell_streams(R"({"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1764288000000}})");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (source->streams().state().renewals < (told ? 1 : 2) && std::chrono::steady_clock::now() < deadline) check_step(*source, position_ms);
  CHECK(source->streams().state().renewals >= (told ? 1 : 2));
  CHECK(source->streams().state().connections_lost == 0);
  CHECK(exchange.stream_connections() >= 2);
}

TEST_CASE("many streams are spread over connections within the exchange's limits") {
  Exchange exchange(1);
  Client client(exchange);
  MarketStreamsOptions streams;
  streams.streams_per_connection = 300;
  std::vector<std::string> symbols;
  for (int i = 0; i < 700; ++i) symbols.push_back("A" + std::to_string(i) + "USDT");
  MarketStreams many(client.network, client.session, streams, [](const KlineQuestion&, const KlineHandler&) { return false; });
  for (const std::string& symbol : symbols) many.subscribe({symbol, 60 * second_ms, Exchange::now_ms() / (60 * second_ms) * (60 * second_ms)});
  CHECK(many.subscribe({symbols[5], 60 * second_ms, 0}) == 5);
  while (many.state().connections_open < 3) {
    client.session.wakeup->drain();
    const int64_t now_ms = steady_now_ms();
    client.rest.poll(now_ms);
    many.poll(now_ms);
    client.session.wakeup->wait(static_cast<int>(std::max<int64_t>(0, many.next_poll_ms() - now_ms)));
  }
  CHECK(exchange.stream_connections() == 3);
  CHECK(exchange.most_messages_a_second() <= 5);
}

TEST_CASE("an unknown symbol and an absent exchange are said clearly") {
  Exchange exchange(1);
  NetworkThread network;
  Session session(*paper_endpoints("http://127.0.0.1:" + std::to_string(test_peer::closed_port())), std::nullopt);
  RestClient rest(session);
  LiveCandleOptions options;
  options.symbols = {{"BTCUSDT", second_ms}};
  options.timeout_ms = 300;
  const auto source = LiveCandleSource::open(network, session, rest, options);
  REQUIRE_FALSE(source);
  CHECK(source.error().text().find("did not tell its time") != std::string::npos);
}
