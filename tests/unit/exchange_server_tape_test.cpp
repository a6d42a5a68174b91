// What clients see of a symbol: candles of any interval, the one that forms, trades and a book.
#include <catch2/catch.hpp>

#include "host/exchange_server/tape.hpp"

using namespace stratdock;
using namespace stratdock::exchange_server;

namespace {

constexpr int64_t monday_ms = 1'704'067'200'000; // 2024-01-01

Decimal d(const char* text) {
  return Decimal::parse(text).value();
}

Symbol bitcoin() {
  Symbol symbol;
  symbol.name = "BTCUSDT";
  symbol.base_asset = "BTC";
  symbol.quote_asset = "USDT";
  symbol.price = {d("0.01"), d("1000000"), d("0.01")};
  symbol.lot = {d("0.001"), d("9000"), d("0.001")};
  return symbol;
}

Candle candle(int64_t minute, double open, double low, double high, double close) {
  return {monday_ms + minute * minute_ms, open, high, low, close, 6, 600, 3, 12};
}

void play(Tape& tape, const Candle& whole) {
  tape.begin(whole, whole.open_time_ms);
  tape.end(whole, whole.open_time_ms + minute_ms);
}

} // namespace

TEST_CASE("a forming candle shows what was played of it, and no more") {
  Tape tape(bitcoin(), minute_ms);
  const Candle whole = candle(0, 100, 90, 120, 110);
  tape.begin(whole, whole.open_time_ms);
  std::optional<TapeCandle> last = tape.last_candle({minute_ms});
  REQUIRE(last);
  CHECK(last->candle.high == 100);
  CHECK(last->candle.close == 100);
  CHECK(last->candle.volume == 0);
  CHECK_FALSE(last->is_closed);
  tape.move(whole, 95, 0.25, whole.open_time_ms + 15'000);
  last = tape.last_candle({minute_ms});
  CHECK(last->candle.low == 95);
  CHECK(last->candle.high == 100);
  CHECK(last->candle.volume == 1.5);
  CHECK(tape.price() == d("95"));
  tape.end(whole, whole.open_time_ms + minute_ms);
  last = tape.last_candle({minute_ms});
  CHECK(last->candle == whole);
  CHECK(last->is_closed);
  CHECK(last->close_time_ms == monday_ms + minute_ms - 1);
  CHECK(tape.price() == d("110"));
}

TEST_CASE("trades have the symbol's own numbers, a client's among them, and its price moves nothing") {
  Tape tape(bitcoin(), minute_ms);
  const Candle whole = candle(0, 100, 90, 120, 110);
  tape.begin(whole, 1);
  CHECK(tape.add_trade(d("99"), d("2"), true, 2) == 2);
  CHECK(tape.price() == d("100"));
  tape.end(whole, 3);
  std::vector<std::string> prices;
  for (const TapeTrade& trade : tape.trades())
    prices.push_back(std::to_string(trade.id) + "@" + trade.price.text());
  CHECK(prices == std::vector<std::string>{"1@100", "2@99", "3@90", "4@120", "5@110"}); // nobody watched: all corners
  const auto last = tape.last_candle({minute_ms});
  CHECK(last->first_trade_id == 1);
  CHECK(last->last_trade_id == 5);
}

TEST_CASE("longer candles are made of the played ones and say when they are closed") {
  Tape tape(bitcoin(), minute_ms);
  for (int64_t minute = 0; minute < 7; ++minute)
    play(tape, candle(minute, 100 + static_cast<double>(minute), 90, 120 + static_cast<double>(minute), 110 + static_cast<double>(minute)));
  const auto rows = tape.candles({5 * minute_ms}, std::nullopt, std::nullopt, 10);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].candle.open == 100);
  CHECK(rows[0].candle.close == 114);
  CHECK(rows[0].candle.high == 124);
  CHECK(rows[0].candle.volume == 30);
  CHECK(rows[0].is_closed);
  CHECK_FALSE(rows[1].is_closed);
  CHECK(rows[1].close_time_ms == monday_ms + 10 * minute_ms - 1);
}

TEST_CASE("a stretch of candles is told as the exchange tells it") {
  Tape tape(bitcoin(), minute_ms);
  for (int64_t minute = 0; minute < 10; ++minute)
    play(tape, candle(minute, 100, 90, 120, 110));
  const auto minutes = [&](std::optional<int64_t> start, std::optional<int64_t> end, size_t limit) {
    std::vector<int64_t> result;
    for (const TapeCandle& row : tape.candles({minute_ms}, start, end, limit))
      result.push_back((row.candle.open_time_ms - monday_ms) / minute_ms);
    return result;
  };
  const int64_t third = monday_ms + 3 * minute_ms;
  CHECK(minutes({}, {}, 3) == std::vector<int64_t>{7, 8, 9});            // the newest
  CHECK(minutes(third, {}, 2) == std::vector<int64_t>{3, 4});            // the oldest from there
  CHECK(minutes(third + 1, {}, 1) == std::vector<int64_t>{4});           // inside one: the next
  CHECK(minutes({}, third, 2) == std::vector<int64_t>{2, 3});            // the newest up to it
  CHECK(minutes(third, third + minute_ms, 10) == std::vector<int64_t>{3, 4});
  CHECK(minutes(monday_ms + day_ms, {}, 10).empty());
}

TEST_CASE("weeks begin on Monday, months on the first, and time zones move the boundaries") {
  const CandleInterval week{7 * day_ms}, month{}, day{day_ms};
  CHECK(week.open_of(monday_ms + 3 * day_ms, 0) == monday_ms);
  CHECK(week.open_of(monday_ms - 1, 0) == monday_ms - 7 * day_ms);
  CHECK(month.open_of(monday_ms + 40 * day_ms, 0) == monday_ms + 31 * day_ms);
  CHECK(month.end_of(monday_ms + 31 * day_ms, 0) == monday_ms + 60 * day_ms); // February 2024 has 29 days
  CHECK(day.open_of(monday_ms, 8 * 60 * minute_ms) == monday_ms - 8 * 60 * minute_ms);
  CHECK(find_interval("1M")->length_ms == 0);
  CHECK(find_interval("1m")->length_ms == minute_ms);
  CHECK_FALSE(find_interval("2m"));
  const Tape tape(bitcoin(), 5 * minute_ms);
  CHECK_FALSE(tape.can_serve({minute_ms}));
  CHECK(tape.can_serve({15 * minute_ms}));
}

TEST_CASE("the book stands around the last price and is the same until that changes") {
  Tape tape(bitcoin(), minute_ms);
  play(tape, candle(0, 100, 90, 120, 110));
  const Book book = tape.book(5), again = tape.book(5);
  REQUIRE(book.bids.size() == 5);
  CHECK(book.bids[0].price == d("109.99"));
  CHECK(book.asks[0].price == d("110.01"));
  CHECK(book.bids[0].quantity == again.bids[0].quantity);
  CHECK(book.update_id == again.update_id);
  for (const BookLevel& level : book.bids)
    CHECK(level.quantity.is_positive());
}

TEST_CASE("the rolling window sums what lies in it") {
  Tape tape(bitcoin(), minute_ms);
  for (int64_t minute = 0; minute < 4; ++minute)
    play(tape, candle(minute, 100 + static_cast<double>(minute), 90 - static_cast<double>(minute), 120, 110));
  const auto window = tape.window(monday_ms + 2 * minute_ms);
  REQUIRE(window);
  CHECK(window->open == 102);
  CHECK(window->low == 87);
  CHECK(window->volume == 12);
  CHECK(window->previous_close == 110);
  CHECK(window->trade_count == 24);
  CHECK_FALSE(tape.window(monday_ms + day_ms));
}
