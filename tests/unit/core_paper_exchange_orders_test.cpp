// Single orders, one example a rule, with figures worked out by hand. Commission is 0.1 % unless said otherwise.
#include "tests/unit/core_paper_exchange_bench.hpp"

using namespace stratdock;
using namespace stratdock::paper_test;

TEST_CASE("a market buy by quantity fills at the next open") {
  Bench bench;
  const Order order = bench.place(request(Side::buy, OrderType::market, "2"));
  CHECK(bench.status(order) == "NEW");
  CHECK(bench.locked("USDT") == "200"); // at the last price
  bench.begin(101, 90, 110, 105);
  CHECK(bench.status(order) == "FILLED");
  CHECK(bench.fills() == Fills{"BUY 2 @ 101 -0.002 BTC taker"});
  CHECK(bench.free("USDT") == "798");
  CHECK(bench.locked("USDT") == "0");
  CHECK(bench.free("BTC") == "11.998");
  CHECK(bench.find(order).executed_quote_quantity == d("202"));
  bench.end();
  CHECK(bench.fills().empty());
  CHECK(bench.exchange.is_idle("BTCUSDT"));
}

TEST_CASE("a market order placed inside a candle waits for the next open") {
  Bench bench;
  bench.begin(100, 90, 110, 105);
  const Order order = bench.place(request(Side::sell, OrderType::market, "1"));
  bench.end();
  CHECK(bench.status(order) == "NEW");
  CHECK(bench.locked("BTC") == "1");
  bench.begin(104, 104, 104, 104);
  CHECK(bench.fills() == Fills{"SELL 1 @ 104 -0.104 USDT taker"});
  CHECK(bench.free("USDT") == "1103.896");
  CHECK(bench.free("BTC") == "9");
}

TEST_CASE("a market buy by quote spends at most what was asked for") {
  Bench bench;
  const Order order = bench.place(market_by_quote(Side::buy, "250"));
  CHECK(bench.locked("USDT") == "250");
  bench.candle(99, 99, 99, 99); // 250 / 99 = 2.52525..., floored to 0.001: 2.525 for 249.975
  const Order now = bench.find(order);
  CHECK(now.status == OrderStatus::filled);
  CHECK(now.quantity == d("2.525"));
  CHECK(now.requested_quote_quantity == d("250"));
  CHECK(now.executed_quote_quantity == d("249.975"));
  CHECK(bench.free("USDT") == "750.025");
  CHECK(bench.free("BTC") == "12.522475");
}

TEST_CASE("a market sell by quote sells the quantity that brings it") {
  Bench bench;
  const Order order = bench.place(market_by_quote(Side::sell, "250"));
  CHECK(bench.locked("BTC") == "2.5");
  bench.candle(80, 80, 80, 80); // 3.125 are needed now: the rest comes from the free balance
  CHECK(bench.status(order) == "FILLED");
  CHECK(bench.fills() == Fills{"SELL 3.125 @ 80 -0.25 USDT taker"});
  CHECK(bench.free("BTC") == "6.875");
  CHECK(bench.locked("BTC") == "0");
}

TEST_CASE("a market buy that the open made too dear expires") {
  Bench bench;
  const Order order = bench.place(request(Side::buy, OrderType::market, "10"));
  CHECK(bench.free("USDT") == "0");
  bench.candle(100.01, 100, 101, 101);
  CHECK(bench.status(order) == "EXPIRED REJECTED");
  CHECK(bench.fills().empty());
  CHECK(bench.free("USDT") == "1000");
}

TEST_CASE("a quote amount that no longer buys one lot expires") {
  Symbol symbol = bitcoin();
  symbol.lot.step = symbol.lot.min = d("1");
  Bench bench({}, symbol);
  const Order order = bench.place(market_by_quote(Side::buy, "100"));
  bench.candle(101, 101, 101, 101);
  CHECK(bench.status(order) == "EXPIRED INSUFFICIENT_LIQUIDITY");
  CHECK(bench.free("USDT") == "1000");
}

TEST_CASE("slippage is paid by market orders, in whole ticks against the trader") {
  PaperSettings settings;
  settings.slippage = d("0.0005");
  Bench bench(settings);
  bench.place(request(Side::buy, OrderType::market, "1"));
  bench.place(request(Side::sell, OrderType::market, "1"));
  bench.place(request(Side::sell, OrderType::limit, "1", "90"));
  bench.candle(100.03, 100.03, 100.03, 100.03); // +0.050015 -> 100.09; -0.050015 -> 99.97
  CHECK(bench.fills() == Fills{"BUY 1 @ 100.09 -0.001 BTC taker", "SELL 1 @ 99.97 -0.09997 USDT taker",
                               "SELL 1 @ 100.03 -0.10003 USDT taker"});
}

TEST_CASE("a limit order rests until the path reaches it") {
  Bench bench;
  const Order buy = bench.place(request(Side::buy, OrderType::limit, "2", "95"));
  const Order sell = bench.place(request(Side::sell, OrderType::limit, "3", "110"));
  CHECK(bench.locked("USDT") == "190");
  CHECK(bench.locked("BTC") == "3");
  bench.candle(100, 95.01, 109.99, 100);
  CHECK(bench.fills().empty());
  bench.candle(100, 95, 110, 100);
  CHECK(bench.fills() == Fills{"BUY 2 @ 95 -0.002 BTC maker", "SELL 3 @ 110 -0.33 USDT maker"});
  CHECK(bench.status(buy) == "FILLED");
  CHECK(bench.status(sell) == "FILLED");
  CHECK(bench.free("USDT") == "1139.67");
  CHECK(bench.free("BTC") == "8.998");
}

TEST_CASE("a limit order fills at the open where that is better") {
  PaperSettings settings;
  settings.fees.maker = d("0.0002");
  Bench bench(settings);
  bench.place(request(Side::buy, OrderType::limit, "2", "105")); // crosses at once: the taker
  const Order resting = bench.place(request(Side::buy, OrderType::limit, "1", "95"));
  bench.candle(101, 99, 102, 100);
  CHECK(bench.fills() == Fills{"BUY 2 @ 101 -0.002 BTC taker"});
  CHECK(bench.free("USDT") == "703"); // 1000 - 202 - 95 locked
  bench.candle(90, 90, 90, 90);       // gapped over: the maker, at the open
  CHECK(bench.fills() == Fills{"BUY 1 @ 90 -0.0002 BTC maker"});
  CHECK(bench.status(resting) == "FILLED");
  CHECK(bench.free("USDT") == "708");
}

TEST_CASE("an order placed inside a candle does not see the rest of it") {
  Bench bench;
  bench.begin(100, 80, 120, 100);
  bench.place(request(Side::buy, OrderType::limit, "1", "90"));
  bench.place(request(Side::sell, OrderType::stop_loss, "1", "0", "90"));
  bench.end();
  CHECK(bench.fills().empty());
  bench.candle(100, 89, 101, 100);
  CHECK(bench.fills() == Fills{"BUY 1 @ 90 -0.001 BTC maker", "SELL 1 @ 90 -0.09 USDT taker"});
}

TEST_CASE("IOC takes what is there at the open and drops the rest") {
  PaperSettings settings;
  settings.max_volume_share = 0.1;
  Bench bench(settings);
  const Order part = bench.place(request(Side::buy, OrderType::limit, "5", "100", "0", TimeInForce::ioc));
  const Order none = bench.place(request(Side::buy, OrderType::limit, "1", "99", "0", TimeInForce::ioc));
  bench.candle(100, 90, 100, 95, 20); // 10 % of 20: two may be bought
  CHECK(bench.status(part) == "EXPIRED UNFILLED_IOC_QUANTITY_EXPIRED");
  CHECK(bench.find(part).executed_quantity == d("2"));
  CHECK(bench.status(none) == "EXPIRED UNFILLED_IOC_QUANTITY_EXPIRED");
  CHECK(bench.find(none).executed_quantity == d("0"));
  CHECK(bench.free("USDT") == "800");
  CHECK(bench.locked("USDT") == "0");
}

TEST_CASE("FOK fills whole or not at all") {
  PaperSettings settings;
  settings.max_volume_share = 0.1;
  Bench bench(settings);
  const Order too_large = bench.place(request(Side::buy, OrderType::limit, "5", "100", "0", TimeInForce::fok));
  const Order fits = bench.place(request(Side::buy, OrderType::limit, "2", "100", "0", TimeInForce::fok));
  const Order too_low = bench.place(request(Side::buy, OrderType::limit, "1", "99", "0", TimeInForce::fok));
  bench.candle(100, 90, 100, 95, 20);
  CHECK(bench.status(too_large) == "EXPIRED UNFILLED_FOK_ORDER_EXPIRED");
  CHECK(bench.status(fits) == "FILLED");
  CHECK(bench.status(too_low) == "EXPIRED UNFILLED_FOK_ORDER_EXPIRED");
  CHECK(bench.free("USDT") == "800");
}

TEST_CASE("a limit order larger than its share of the volume fills over several candles") {
  PaperSettings settings;
  settings.max_volume_share = 0.1;
  Bench bench(settings);
  const Order order = bench.place(request(Side::sell, OrderType::limit, "5", "110"));
  bench.candle(100, 100, 111, 100, 20.0059); // 2.00059, floored to 0.001
  CHECK(bench.status(order) == "PARTIALLY_FILLED");
  CHECK(bench.locked("BTC") == "3");
  bench.candle(112, 100, 113, 100, 20); // at the better open
  bench.candle(100, 100, 113, 100, 1000);
  CHECK(bench.status(order) == "FILLED");
  CHECK(bench.fills() ==
        Fills{"SELL 2 @ 110 -0.22 USDT maker", "SELL 2 @ 112 -0.224 USDT maker", "SELL 1 @ 110 -0.11 USDT maker"});
}

TEST_CASE("a market order larger than its share of the volume expires with what it got") {
  PaperSettings settings;
  settings.max_volume_share = 0.1;
  Bench bench(settings);
  const Order order = bench.place(request(Side::buy, OrderType::market, "5"));
  bench.candle(100, 100, 100, 100, 20);
  CHECK(bench.status(order) == "EXPIRED INSUFFICIENT_LIQUIDITY");
  CHECK(bench.find(order).executed_quantity == d("2"));
  CHECK(bench.free("USDT") == "800");
  CHECK(bench.locked("USDT") == "0");
}

TEST_CASE("a stop loss fills at its stop price, or at the open beyond it") {
  SECTION("inside the candle") {
    Bench bench;
    const Order order = bench.place(request(Side::sell, OrderType::stop_loss, "1", "0", "95"));
    CHECK_FALSE(order.is_working);
    bench.candle(100, 95.01, 101, 100);
    CHECK(bench.fills().empty());
    bench.candle(100, 90, 101, 100);
    CHECK(bench.fills() == Fills{"SELL 1 @ 95 -0.095 USDT taker"});
  }
  SECTION("gapped over") {
    Bench bench;
    bench.place(request(Side::sell, OrderType::stop_loss, "1", "0", "95"));
    bench.candle(100, 99, 101, 100);
    bench.begin(90, 85, 96, 95);
    CHECK(bench.fills() == Fills{"SELL 1 @ 90 -0.09 USDT taker"});
  }
  SECTION("a buy, dearer than its lock") {
    Bench bench;
    const Order order = bench.place(request(Side::buy, OrderType::stop_loss, "2", "0", "110"));
    CHECK(bench.locked("USDT") == "220");
    bench.candle(120, 120, 120, 120);
    CHECK(bench.status(order) == "FILLED");
    CHECK(bench.free("USDT") == "760");
  }
  SECTION("a buy that the gap made too dear") {
    Bench bench;
    const Order order = bench.place(request(Side::buy, OrderType::stop_loss, "9", "0", "110"));
    bench.candle(120, 120, 120, 120);
    CHECK(bench.status(order) == "EXPIRED REJECTED");
    CHECK(bench.free("USDT") == "1000");
  }
}

TEST_CASE("a take profit fires on the other side of the market") {
  Bench bench;
  bench.place(request(Side::sell, OrderType::take_profit, "1", "0", "110"));
  bench.place(request(Side::buy, OrderType::take_profit, "1", "0", "90"));
  bench.candle(100, 90.01, 109.99, 100);
  CHECK(bench.fills().empty());
  bench.candle(100, 90, 110, 100);
  CHECK(bench.fills() == Fills{"BUY 1 @ 90 -0.001 BTC taker", "SELL 1 @ 110 -0.11 USDT taker"});
}

TEST_CASE("a triggered limit order takes at once or rests as a maker") {
  PaperSettings settings;
  settings.fees.maker = d("0.0005");
  Bench bench(settings);
  SECTION("takes: the limit lies beyond the stop") {
    bench.place(request(Side::sell, OrderType::stop_loss_limit, "1", "94", "95"));
    bench.candle(100, 90, 100, 92);
    CHECK(bench.fills() == Fills{"SELL 1 @ 95 -0.095 USDT taker"});
  }
  SECTION("rests, and fills on the way up in the same candle") {
    const Order order = bench.place(request(Side::sell, OrderType::stop_loss_limit, "1", "97", "95"));
    bench.candle(100, 94, 96, 96); // triggered at 95 on the way down; 97 is not reached again
    CHECK(bench.status(order) == "NEW");
    CHECK(bench.find(order).is_working);
    CHECK(bench.fills().empty());
    bench.candle(96, 96, 98, 97);
    CHECK(bench.fills() == Fills{"SELL 1 @ 97 -0.0485 USDT maker"});
  }
  SECTION("gapped below its limit: triggered, unfilled") {
    const Order order = bench.place(request(Side::sell, OrderType::stop_loss_limit, "1", "94", "95"));
    bench.candle(90, 88, 93, 91);
    CHECK(bench.find(order).is_working);
    CHECK(bench.locked("BTC") == "1");
    bench.candle(91, 90, 95, 95);
    CHECK(bench.fills() == Fills{"SELL 1 @ 94 -0.047 USDT maker"});
  }
  SECTION("take profit limit") {
    bench.place(request(Side::sell, OrderType::take_profit_limit, "1", "110", "108"));
    bench.candle(100, 100, 109, 109);
    CHECK(bench.fills().empty());
    bench.candle(109, 100, 111, 109);
    CHECK(bench.fills() == Fills{"SELL 1 @ 110 -0.055 USDT maker"});
  }
  SECTION("with FOK") {
    const Order order = bench.place(request(Side::sell, OrderType::stop_loss_limit, "1", "97", "95", TimeInForce::fok));
    bench.candle(100, 94, 99, 96);
    CHECK(bench.status(order) == "EXPIRED UNFILLED_FOK_ORDER_EXPIRED");
    CHECK(bench.free("BTC") == "10");
  }
}

TEST_CASE("a limit maker is always the maker") {
  PaperSettings settings;
  settings.fees.maker = d("0");
  Bench bench(settings);
  bench.place(request(Side::buy, OrderType::limit_maker, "1", "99.99"));
  bench.candle(99, 99, 99, 99);
  CHECK(bench.fills() == Fills{"BUY 1 @ 99 -0 BTC maker"});
}

TEST_CASE("the path is open, low, high, close") {
  Bench bench;
  // Reached in this order: 95 (down), 90 (down), 105 (up), 120 (up).
  bench.place(request(Side::sell, OrderType::limit, "1", "120"));
  bench.place(request(Side::sell, OrderType::limit, "1", "105"));
  bench.place(request(Side::buy, OrderType::limit, "1", "90"));
  bench.place(request(Side::buy, OrderType::limit, "1", "95"));
  bench.candle(100, 90, 120, 100);
  CHECK(bench.fills() == Fills{"BUY 1 @ 95 -0.001 BTC maker", "BUY 1 @ 90 -0.001 BTC maker",
                               "SELL 1 @ 105 -0.105 USDT maker", "SELL 1 @ 120 -0.12 USDT maker"});
}

TEST_CASE("commission is paid in BNB where a price and a balance exist") {
  PaperSettings settings;
  settings.fees.pay_with_bnb = true;
  Bench bench(settings);
  Symbol bnb = bitcoin();
  bnb.name = "BNBUSDT";
  bnb.base_asset = "BNB";
  bench.exchange.set_symbol(bnb);

  const auto buy = [&] {
    bench.place(request(Side::buy, OrderType::market, "1"));
    bench.candle(100, 100, 100, 100);
    return bench.fills();
  };
  CHECK(buy() == Fills{"BUY 1 @ 100 -0.001 BTC taker"}); // no price of BNB yet
  const int bnb_index = bench.exchange.symbol_index("BNBUSDT");
  bench.exchange.begin_candle(bnb_index, {0, 300, 300, 300, 300, 1, 300, 0, 1});
  bench.exchange.end_candle(bnb_index);
  CHECK(buy() == Fills{"BUY 1 @ 100 -0.001 BTC taker"}); // no BNB
  bench.exchange.deposit("BNB", d("0.0003"));
  CHECK(buy() == Fills{"BUY 1 @ 100 -0.00025 BNB taker"}); // 100 * 0.001 * 0.75 / 300
  CHECK(bench.free("BNB") == "0.00005");
  CHECK(buy() == Fills{"BUY 1 @ 100 -0.001 BTC taker"}); // no longer enough: the full fee

  OrderRequest buy_bnb = request(Side::buy, OrderType::market, "0.1");
  buy_bnb.symbol = "BNBUSDT";
  REQUIRE(bench.exchange.place_order(buy_bnb));
  bench.exchange.begin_candle(bnb_index, {Bench::interval_ms, 300, 300, 300, 300, 1, 300, 0, 1});
  CHECK(bench.fills() == Fills{"BUY 0.1 @ 300 -0.000075 BNB taker"}); // out of what was bought
  CHECK(bench.free("BNB") == "0.099975");
}

TEST_CASE("commission is rounded half to even, as in the exchange's own example") {
  PaperSettings settings;
  settings.fees.taker = d("0.0000023");
  Symbol symbol = bitcoin();
  symbol.lot.step = symbol.lot.min = d("0.00001");
  Bench bench(settings, symbol);
  bench.candle(35000, 35000, 35000, 35000);
  bench.place(request(Side::sell, OrderType::market, "0.49975"));
  bench.candle(35000, 35000, 35000, 35000);
  CHECK(bench.fills() == Fills{"SELL 0.49975 @ 35000 -0.04022988 USDT taker"}); // 17491.25 * 0.0000023 = 0.040229875
}

TEST_CASE("cancelling gives the funds back") {
  Bench bench;
  OrderRequest named = request(Side::buy, OrderType::limit, "2", "95");
  named.client_id = "mine-1";
  const Order order = bench.place(named);
  const Result<Order> canceled = bench.exchange.cancel_order("BTCUSDT", std::string("mine-1"));
  REQUIRE(canceled);
  CHECK(canceled->status == OrderStatus::canceled);
  CHECK(canceled->order_id == order.order_id);
  CHECK(bench.free("USDT") == "1000");
  CHECK(bench.exchange.is_idle("BTCUSDT"));
  bench.candle(90, 90, 90, 90);
  CHECK(bench.fills().empty());

  SECTION("its client id may be used again, and then names the newer order") {
    const Order again = bench.place(named);
    CHECK(again.order_id != order.order_id);
    CHECK(bench.exchange.find_order("BTCUSDT", std::string("mine-1"))->order_id == again.order_id);
    CHECK(bench.find(order).status == OrderStatus::canceled);
  }
  SECTION("a market order may be cancelled before its open") {
    const Order market = bench.place(request(Side::sell, OrderType::market, "1"));
    REQUIRE(bench.exchange.cancel_order("BTCUSDT", market.order_id));
    CHECK(bench.free("BTC") == "10");
  }
}

TEST_CASE("every change of an order is an event") {
  Bench bench;
  const Order order = bench.place(request(Side::sell, OrderType::stop_loss_limit, "1", "94", "95"));
  bench.candle(100, 90, 100, 92);
  std::vector<std::string> seen;
  CHECK(bench.exchange.has_events());
  for (const ExchangeEvent& event : bench.exchange.take_events()) {
    CHECK(event.order.order_id == order.order_id);
    seen.push_back((event.kind == ExchangeEvent::Kind::fill ? "fill " : "order ") +
                   std::string(text(event.order.status)) + (event.order.is_working ? " working" : ""));
  }
  CHECK(seen == std::vector<std::string>{"order NEW", "order NEW working", "fill FILLED"});
  CHECK_FALSE(bench.exchange.has_events());
}

TEST_CASE("finished orders are remembered up to a bound") {
  Bench bench;
  const Order first = bench.place(request(Side::buy, OrderType::limit, "1", "90"));
  REQUIRE(bench.exchange.cancel_order("BTCUSDT", first.order_id));
  for (size_t i = 0; i + 1 < PaperExchange::remembered_orders; ++i)
    REQUIRE(
        bench.exchange.cancel_order("BTCUSDT", bench.place(request(Side::buy, OrderType::limit, "1", "90")).order_id));
  CHECK(bench.exchange.find_order("BTCUSDT", first.order_id));
  REQUIRE(
      bench.exchange.cancel_order("BTCUSDT", bench.place(request(Side::buy, OrderType::limit, "1", "90")).order_id));
  CHECK(bench.exchange.find_order("BTCUSDT", first.order_id).error().code == -2013);
}

TEST_CASE("the average price is that of the last minutes' volume") {
  Symbol symbol = bitcoin();
  symbol.percent_price.average_minutes = 10;
  Bench bench({}, symbol);
  CHECK(bench.exchange.average_price("BTCUSDT") == d("100"));
  bench.candle(100, 100, 110, 110, 3000);
  CHECK(bench.exchange.average_price("BTCUSDT") == d("107.5")); // (1000 * 100 + 3000 * 110) / 4000
  bench.candle(110, 110, 120, 120, 1000);                       // the first candle leaves the window
  CHECK(bench.exchange.average_price("BTCUSDT") == d("112.5"));
  bench.candle(130, 130, 130, 130, 0);
  bench.candle(130, 130, 130, 130, 0);
  CHECK(bench.exchange.average_price("BTCUSDT") == d("130")); // nothing traded: the last price
}
