// What a practice exchange adds: fills at the last price, a price that moves inside a candle, trailing stops, icebergs.
// Figures worked out by hand; commission is 0.1 %.
#include <random>

#include "tests/unit/core_random_trader.hpp"

using namespace stratdock;
using namespace stratdock::paper_test;

namespace {

PaperSettings at_once() {
  PaperSettings settings;
  settings.fill_at_once = true;
  return settings;
}

std::string refusal(const Result<Order>& answer) {
  REQUIRE_FALSE(answer);
  return std::to_string(answer.error().code) + " " + answer.error().message;
}

OrderRequest trailing(Side side, OrderType type, const char* quantity, int bips, const char* stop_price = "0") {
  OrderRequest order = request(side, type, quantity, "0", stop_price);
  order.trailing_delta_bips = bips;
  return order;
}

} // namespace

TEST_CASE("filling at once, a market order answers with its fill at the last price") {
  Bench bench(at_once());
  const Order order = bench.place(request(Side::buy, OrderType::market, "2"));
  CHECK(order.status == OrderStatus::filled);
  CHECK(order.executed_quote_quantity == d("200"));
  CHECK(bench.fills() == Fills{"BUY 2 @ 100 -0.002 BTC taker"});
  CHECK(bench.free("USDT") == "800");
  CHECK(bench.locked("USDT") == "0");
  CHECK(bench.place(market_by_quote(Side::buy, "250.5")).quantity == d("2.505"));
  CHECK(bench.exchange.is_idle("BTCUSDT"));
}

TEST_CASE("filling at once, what slippage makes too dear is refused for lack of money") {
  PaperSettings settings = at_once();
  settings.slippage = d("0.01");
  Bench bench(settings);
  CHECK(refusal(bench.exchange.place_order(request(Side::buy, OrderType::market, "10"))) ==
        "-2010 Account has insufficient balance for requested action.");
  CHECK(bench.place(request(Side::buy, OrderType::market, "9")).executed_quote_quantity == d("909"));
  CHECK(bench.place(request(Side::sell, OrderType::market, "1")).executed_quote_quantity == d("99"));
}

TEST_CASE("filling at once, a limit order that crosses takes the last price and one that does not becomes a maker") {
  Bench bench(at_once());
  CHECK(bench.place(request(Side::buy, OrderType::limit, "1", "105")).status == OrderStatus::filled);
  CHECK(bench.fills() == Fills{"BUY 1 @ 100 -0.001 BTC taker"});
  const Order resting = bench.place(request(Side::buy, OrderType::limit, "1", "95"));
  CHECK(resting.status == OrderStatus::new_);
  CHECK(bench.fills().empty());
  bench.candle(100, 90, 100, 100);
  CHECK(bench.status(resting) == "FILLED");
  CHECK(bench.fills() == Fills{"BUY 1 @ 95 -0.001 BTC maker"});
}

TEST_CASE("filling at once, IOC and FOK orders that find no price end at once") {
  Bench bench(at_once());
  const auto place = [&](TimeInForce time) {
    return bench.status(bench.place(request(Side::buy, OrderType::limit, "1", "95", "0", time)));
  };
  CHECK(place(TimeInForce::ioc) == "EXPIRED UNFILLED_IOC_QUANTITY_EXPIRED");
  CHECK(place(TimeInForce::fok) == "EXPIRED UNFILLED_FOK_ORDER_EXPIRED");
  CHECK(bench.free("USDT") == "1000");
}

TEST_CASE("filling at once with a share of the volume, an order takes what the candle has left") {
  PaperSettings settings = at_once();
  settings.max_volume_share = 0.1;
  Bench bench(settings);
  bench.begin(100, 100, 100, 100, 30); // 3 for our orders
  const Order market = bench.place(request(Side::buy, OrderType::market, "2"));
  CHECK(market.status == OrderStatus::filled);
  const Order more = bench.place(request(Side::buy, OrderType::market, "2"));
  CHECK(bench.status(more) == "EXPIRED INSUFFICIENT_LIQUIDITY");
  CHECK(bench.find(more).executed_quantity == d("1"));
  const Order limit = bench.place(request(Side::buy, OrderType::limit, "1", "100"));
  CHECK(limit.status == OrderStatus::new_);
}

TEST_CASE("filling at once, a list's pending orders are set free with the fill and act in the same candle") {
  Bench bench(at_once());
  OrderListRequest list;
  list.kind = ListKind::opoco;
  list.symbol = "BTCUSDT";
  list.working = request(Side::buy, OrderType::limit, "1", "101", "0", TimeInForce::fok);
  list.above = request(Side::sell, OrderType::limit_maker, "0", "110");
  list.below = request(Side::sell, OrderType::stop_loss, "0", "0", "90");
  bench.begin(100, 85, 120, 100);
  const std::vector<Order> orders = bench.place(list);
  CHECK(bench.status(orders[0]) == "FILLED");
  CHECK(bench.status(orders[1]) == "NEW");
  CHECK(bench.find(orders[2]).quantity == d("1")); // commission came from the free balance
  bench.fills();
  bench.end();
  CHECK(bench.fills() == Fills{"SELL 1 @ 90 -0.09 USDT taker"});
  CHECK(bench.status(orders[1]) == "EXPIRED OCO_TRIGGER");
}

TEST_CASE("a trailing stop follows the price up and sells when it has fallen by the delta") {
  Bench bench;
  const Order order = bench.place(trailing(Side::sell, OrderType::stop_loss, "1", 500)); // 5 %
  bench.candle(100, 96, 120, 118); // best 120 on the way: 114 is not reached
  CHECK(bench.status(order) == "NEW");
  CHECK(bench.find(order).trailing_ms > 0);
  bench.candle(118, 113, 119, 118); // 120 * 0.95 = 114
  CHECK(bench.fills() == Fills{"SELL 1 @ 114 -0.114 USDT taker"});
}

TEST_CASE("a trailing stop that buys follows the price down") {
  Bench bench;
  bench.place(trailing(Side::buy, OrderType::stop_loss, "1", 1000));
  bench.candle(100, 80, 87, 86);
  CHECK(bench.fills().empty()); // 80 * 1.1 = 88
  bench.candle(86, 86, 90, 90);
  CHECK(bench.fills() == Fills{"BUY 1 @ 88 -0.001 BTC taker"});
}

TEST_CASE("a trailing order with a stop price begins to follow there") {
  Bench bench;
  const Order order = bench.place(trailing(Side::sell, OrderType::stop_loss, "1", 1000, "90"));
  bench.candle(100, 91, 150, 100); // never at 90: the fall from 150 does not count
  CHECK(bench.status(order) == "NEW");
  CHECK(bench.find(order).trailing_ms == 0);
  bench.candle(100, 88, 95, 94); // follows from 90 on, and up to 95
  CHECK(bench.status(order) == "NEW");
  bench.candle(94, 85, 94, 90); // 95 * 0.9 = 85.5
  CHECK(bench.fills() == Fills{"SELL 1 @ 85.5 -0.0855 USDT taker"});
}

TEST_CASE("a trailing order that was saved goes on following from the best price it saw") {
  Bench bench;
  bench.place(trailing(Side::sell, OrderType::stop_loss, "1", 500));
  bench.candle(100, 100, 120, 118);
  const PaperExchange::State state = bench.exchange.state();
  REQUIRE(bench.exchange.restore(state));
  bench.candle(118, 100, 118, 100);
  CHECK(bench.fills() == Fills{"SELL 1 @ 114 -0.114 USDT taker"});
}

TEST_CASE("a trailing stop can be a leg of an OCO") {
  Bench bench;
  OrderListRequest list;
  list.symbol = "BTCUSDT";
  list.above = request(Side::sell, OrderType::limit_maker, "1", "200");
  list.below = trailing(Side::sell, OrderType::stop_loss, "1", 500);
  const std::vector<Order> orders = bench.place(list);
  bench.candle(100, 100, 120, 110);
  CHECK(bench.status(orders[0]) == "EXPIRED OCO_TRIGGER");
  CHECK(bench.fills() == Fills{"SELL 1 @ 114 -0.114 USDT taker"});
}

TEST_CASE("trailing deltas and icebergs are refused as the exchange refuses them") {
  Bench bench;
  const auto placed = [&](const OrderRequest& order) { return refusal(bench.exchange.place_order(order)); };
  CHECK(placed(trailing(Side::sell, OrderType::stop_loss, "1", 9)) == "-1013 Filter failure: TRAILING_DELTA");
  CHECK(placed(trailing(Side::sell, OrderType::stop_loss, "1", 2001)) == "-1013 Filter failure: TRAILING_DELTA");
  CHECK(placed(trailing(Side::sell, OrderType::market, "1", 100)) ==
        "-1106 Parameter 'trailingDelta' sent when not required.");
  OrderRequest iceberg = request(Side::sell, OrderType::limit, "5", "110");
  iceberg.iceberg_quantity = d("0.04"); // 125 parts
  CHECK(placed(iceberg) == "-1013 Filter failure: ICEBERG_PARTS");
  iceberg.iceberg_quantity = d("0.0505");
  CHECK(placed(iceberg) == "-1013 Filter failure: LOT_SIZE");
  iceberg.iceberg_quantity = d("5.01");
  CHECK(placed(iceberg) == "-2010 IcebergQty exceeds QTY.");
  iceberg.iceberg_quantity = d("0.05");
  iceberg.time_in_force = TimeInForce::ioc;
  CHECK(placed(iceberg) == "-1106 Parameter 'timeInForce' sent when not required.");
  iceberg.time_in_force = TimeInForce::gtc;
  CHECK(bench.place(iceberg).iceberg_quantity == d("0.05"));
}

TEST_CASE("a candle that is moved through price by price trades as one played at once") {
  const uint64_t first_seed = std::random_device{}();
  int64_t fills = 0;
  for (uint64_t seed = first_seed; seed < first_seed + 4; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    RandomTrader trader(seed);
    PaperExchange whole = fresh(trader.settings()), moved = fresh(trader.settings());
    std::map<std::string, Candle> candles;
    for (int step = 0; step < 1500; ++step) {
      INFO("step " << step);
      const Command command = trader.next(whole);
      if (command.kind == Command::Kind::begin) candles[command.symbol] = command.candle;
      if (command.kind == Command::Kind::end) {
        const Candle& candle = candles[command.symbol];
        moved.set_time(command.now_ms);
        const double corners[] = {candle.open, candle.low, candle.high, candle.close};
        for (int i = 1; i < 4; ++i)
          for (const double part : {static_cast<double>(random() % 100) / 100, 1.0}) {
            const double price = corners[i - 1] + (corners[i] - corners[i - 1]) * part;
            moved.move_price(moved.symbol_index(command.symbol), Decimal::from_double(price).floor_to(d("0.01")).to_double());
          }
      }
      const std::string answer = apply(whole, command);
      REQUIRE(apply(moved, command) == answer);
      const std::vector<ExchangeEvent> events = whole.take_events();
      REQUIRE(describe(moved.take_events()) == describe(events));
      REQUIRE(describe(moved.balances()) == describe(whole.balances()));
      for (const ExchangeEvent& event : events)
        fills += event.kind == ExchangeEvent::Kind::fill;
    }
  }
  CHECK(fills > 300);
}

TEST_CASE("filling at once keeps the books, and a restored exchange goes on to the same bits") {
  const uint64_t first_seed = std::random_device{}();
  int64_t fills = 0;
  for (uint64_t seed = first_seed; seed < first_seed + 4; ++seed) {
    INFO("seed " << seed);
    RandomTrader trader(seed);
    PaperSettings settings = trader.settings();
    settings.fill_at_once = true;
    PaperExchange exchange = fresh(settings), restored = fresh(settings);
    for (int step = 0; step < 1500; ++step) {
      INFO("step " << step);
      const Command command = trader.next(exchange);
      REQUIRE(apply(restored, command) == apply(exchange, command));
      const std::vector<ExchangeEvent> events = exchange.take_events();
      REQUIRE(describe(restored.take_events()) == describe(events));
      for (const ExchangeEvent& event : events)
        fills += event.kind == ExchangeEvent::Kind::fill;
      // No order that could execute is left standing.
      for (const Order& order : exchange.open_orders())
        REQUIRE(order.type != OrderType::market);
      PaperExchange again(settings);
      for (const Symbol& symbol : two_symbols())
        again.set_symbol(symbol);
      const Status status = again.restore(restored.state()); // checks that what is locked is what orders hold
      INFO((status ? std::string() : status.error().text()));
      REQUIRE(status);
      restored = std::move(again);
    }
  }
  CHECK(fills > 300);
}
