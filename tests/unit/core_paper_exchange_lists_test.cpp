// Order lists, one example a rule, with figures worked out by hand.
#include "tests/unit/core_paper_exchange_bench.hpp"

using namespace stratdock;
using namespace stratdock::paper_test;

namespace {

// Sells `quantity` at 110 as a maker, or below 95 at the market.
OrderListRequest sell_pair(const char* quantity) {
  OrderListRequest list;
  list.kind = ListKind::oco;
  list.symbol = "BTCUSDT";
  list.above = request(Side::sell, OrderType::limit_maker, quantity, "110");
  list.below = request(Side::sell, OrderType::stop_loss, quantity, "0", "95");
  return list;
}

OrderListRequest with_working(ListKind kind, OrderListRequest list, const OrderRequest& working) {
  list.kind = kind;
  list.working = working;
  return list;
}

std::vector<std::string> changes(Bench& bench) {
  std::vector<std::string> result;
  for (const ExchangeEvent& event : bench.exchange.take_events())
    result.push_back(std::string(text(event.order.type)) + " " + std::string(text(event.order.status)));
  return result;
}

} // namespace

TEST_CASE("OCO: the profit leg fills, the stop expires") {
  Bench bench;
  const auto legs = bench.place(sell_pair("2"));
  REQUIRE(legs.size() == 2);
  CHECK(legs[0].type == OrderType::limit_maker);
  CHECK(legs[0].list_id == legs[1].list_id);
  CHECK(bench.locked("BTC") == "2"); // once for both
  bench.candle(100, 96, 110, 100);
  CHECK(bench.status(legs[0]) == "FILLED");
  CHECK(bench.status(legs[1]) == "EXPIRED OCO_TRIGGER");
  CHECK(bench.fills() == Fills{"SELL 2 @ 110 -0.22 USDT maker"});
  CHECK(bench.locked("BTC") == "0");
  CHECK(bench.free("USDT") == "1219.78");
  CHECK(bench.exchange.is_idle("BTCUSDT"));
}

TEST_CASE("OCO: where one candle reaches both legs the low comes first") {
  Bench bench;
  const auto legs = bench.place(sell_pair("2"));
  bench.candle(100, 90, 120, 115);
  CHECK(bench.status(legs[0]) == "EXPIRED OCO_TRIGGER");
  CHECK(bench.status(legs[1]) == "FILLED");
  CHECK(bench.fills() == Fills{"SELL 2 @ 95 -0.19 USDT taker"});
}

TEST_CASE("OCO: gapped over, the leg fills at the open") {
  Bench bench;
  SECTION("below") {
    bench.place(sell_pair("1"));
    bench.begin(80, 70, 120, 90);
    CHECK(bench.fills() == Fills{"SELL 1 @ 80 -0.08 USDT taker"});
  }
  SECTION("above") {
    bench.place(sell_pair("1"));
    bench.begin(130, 70, 140, 90);
    CHECK(bench.fills() == Fills{"SELL 1 @ 130 -0.13 USDT maker"});
  }
}

TEST_CASE("OCO: a triggered stop limit ends the profit leg although it rests") {
  Bench bench;
  OrderListRequest list = sell_pair("1");
  list.below = request(Side::sell, OrderType::stop_loss_limit, "1", "97", "95");
  const auto legs = bench.place(list);
  bench.candle(100, 94, 96, 96);
  CHECK(bench.status(legs[0]) == "EXPIRED OCO_TRIGGER");
  CHECK(bench.status(legs[1]) == "NEW");
  CHECK(bench.locked("BTC") == "1");
  SECTION("and fills later") {
    bench.candle(96, 96, 120, 96);
    CHECK(bench.fills() == Fills{"SELL 1 @ 97 -0.097 USDT maker"});
  }
  SECTION("and may be cancelled") {
    REQUIRE(bench.exchange.cancel_list(legs[0].list_id));
    CHECK(bench.status(legs[1]) == "CANCELED");
    CHECK(bench.free("BTC") == "10");
  }
}

TEST_CASE("OCO: a partial fill of the profit leg ends the stop") {
  PaperSettings settings;
  settings.max_volume_share = 0.1;
  Bench bench(settings);
  const auto legs = bench.place(sell_pair("3"));
  bench.candle(100, 100, 110, 100, 20);
  CHECK(bench.status(legs[0]) == "PARTIALLY_FILLED");
  CHECK(bench.status(legs[1]) == "EXPIRED OCO_TRIGGER");
  CHECK(bench.locked("BTC") == "1");
  bench.candle(100, 90, 110, 100, 20);
  CHECK(bench.status(legs[0]) == "FILLED");
}

TEST_CASE("OCO of a buy locks what its dearer leg may need") {
  Bench bench;
  OrderListRequest list = sell_pair("1");
  list.above = request(Side::buy, OrderType::stop_loss_limit, "2", "120", "110");
  list.below = request(Side::buy, OrderType::limit_maker, "2", "90");
  const auto legs = bench.place(list);
  CHECK(bench.locked("USDT") == "240");
  bench.candle(100, 90, 100, 95);
  CHECK(bench.status(legs[1]) == "FILLED");
  CHECK(bench.locked("USDT") == "0");
  CHECK(bench.free("USDT") == "820");
}

TEST_CASE("cancelling one leg cancels its list") {
  Bench bench;
  const auto legs = bench.place(sell_pair("2"));
  REQUIRE(bench.exchange.cancel_order("BTCUSDT", legs[1].order_id));
  CHECK(bench.status(legs[0]) == "CANCELED");
  CHECK(bench.status(legs[1]) == "CANCELED");
  CHECK(bench.free("BTC") == "10");
  CHECK(bench.exchange.cancel_list(legs[0].list_id).error().code == -2011);
}

TEST_CASE("OTO: the pending order is activated by the full fill and acts from the next open") {
  Bench bench;
  OrderListRequest list;
  list.kind = ListKind::oto;
  list.symbol = "BTCUSDT";
  list.working = request(Side::buy, OrderType::limit, "2", "95");
  list.above = request(Side::sell, OrderType::limit, "2", "97");
  const auto orders = bench.place(list);
  CHECK(bench.status(orders[1]) == "PENDING_NEW");
  CHECK(bench.locked("BTC") == "0");
  bench.candle(100, 95, 120, 100); // 97 is passed on the way up, but the pending order is too young
  CHECK(bench.status(orders[0]) == "FILLED");
  CHECK(bench.status(orders[1]) == "NEW");
  CHECK(bench.locked("BTC") == "2");
  CHECK(changes(bench) == std::vector<std::string>{"LIMIT NEW", "LIMIT PENDING_NEW", "LIMIT FILLED", "LIMIT NEW"});
  bench.begin(100, 100, 100, 100);
  CHECK(bench.fills() == Fills{"SELL 2 @ 100 -0.2 USDT taker"});
  CHECK(bench.exchange.is_idle("BTCUSDT"));
}

TEST_CASE("OTO: the pending order may be a market order") {
  Bench bench;
  OrderListRequest list;
  list.kind = ListKind::oto;
  list.symbol = "BTCUSDT";
  list.working = request(Side::sell, OrderType::limit_maker, "2", "105");
  list.above = request(Side::buy, OrderType::market, "1");
  const auto orders = bench.place(list);
  bench.candle(100, 100, 105, 104);
  CHECK(bench.locked("USDT") == "105"); // at the price of the moment
  bench.begin(103, 103, 103, 103);
  CHECK(bench.status(orders[1]) == "FILLED");
}

TEST_CASE("OTOCO: the pair comes to life after the fill") {
  Bench bench;
  const auto orders =
      bench.place(with_working(ListKind::otoco, sell_pair("2"), request(Side::buy, OrderType::limit, "2", "99")));
  REQUIRE(orders.size() == 3);
  CHECK(bench.status(orders[1]) == "PENDING_NEW");
  CHECK(bench.status(orders[2]) == "PENDING_NEW");
  CHECK(bench.locked("USDT") == "198");
  CHECK(bench.locked("BTC") == "0");
  bench.candle(100, 90, 120, 100);
  CHECK(bench.status(orders[0]) == "FILLED");
  CHECK(bench.status(orders[1]) == "NEW");
  CHECK(bench.locked("BTC") == "2");
  bench.candle(100, 94, 100, 95);
  CHECK(bench.status(orders[1]) == "EXPIRED OCO_TRIGGER");
  CHECK(bench.status(orders[2]) == "FILLED");
  CHECK(bench.fills() == Fills{"BUY 2 @ 99 -0.002 BTC maker", "SELL 2 @ 95 -0.19 USDT taker"});
  CHECK(bench.locked("BTC") == "0");
}

TEST_CASE("OTOCO: what cannot be placed when its turn comes expires") {
  SECTION("the bought coin less commission does not cover the pending quantity") {
    Bench bench;
    bench.exchange.deposit("BTC", d("-10"));
    const auto orders =
        bench.place(with_working(ListKind::otoco, sell_pair("2"), request(Side::buy, OrderType::limit, "2", "99")));
    bench.candle(100, 99, 100, 100);
    CHECK(bench.status(orders[1]) == "EXPIRED REJECTED");
    CHECK(bench.status(orders[2]) == "EXPIRED REJECTED");
    CHECK(bench.free("BTC") == "1.998");
    CHECK(bench.exchange.is_idle("BTCUSDT"));
  }
  SECTION("the price has passed the stop") {
    Bench bench;
    const auto orders =
        bench.place(with_working(ListKind::otoco, sell_pair("2"), request(Side::buy, OrderType::limit, "2", "99")));
    bench.candle(94, 94, 94, 94);
    CHECK(bench.status(orders[0]) == "FILLED");
    CHECK(bench.status(orders[2]) == "EXPIRED REJECTED");
    CHECK(bench.free("BTC") == "11.998");
  }
}

TEST_CASE("OTOCO: a working order that expires takes the pending ones along") {
  Bench bench;
  const auto orders = bench.place(with_working(ListKind::otoco, sell_pair("2"),
                                               request(Side::buy, OrderType::limit, "2", "99", "0", TimeInForce::fok)));
  bench.candle(100, 90, 100, 95);
  CHECK(bench.status(orders[0]) == "EXPIRED UNFILLED_FOK_ORDER_EXPIRED");
  CHECK(bench.status(orders[1]) == "EXPIRED OTO_PHASE_ONE_EXPIRED");
  CHECK(bench.status(orders[2]) == "EXPIRED OTO_PHASE_ONE_EXPIRED");
  CHECK(bench.free("USDT") == "1000");
}

TEST_CASE("cancelling a pending order cancels the working one too") {
  Bench bench;
  const auto orders =
      bench.place(with_working(ListKind::otoco, sell_pair("2"), request(Side::buy, OrderType::limit, "2", "99")));
  REQUIRE(bench.exchange.cancel_order("BTCUSDT", orders[2].order_id));
  for (const Order& order : orders)
    CHECK(bench.status(order) == "CANCELED");
  CHECK(bench.free("USDT") == "1000");
  CHECK(bench.exchange.open_orders().empty());
}

TEST_CASE("OPO: the pending order takes what was bought") {
  OrderListRequest list;
  list.kind = ListKind::opo;
  list.symbol = "BTCUSDT";
  list.working = request(Side::buy, OrderType::limit, "2", "99");
  list.above = request(Side::sell, OrderType::limit, "0", "120");
  SECTION("net of commission, in whole lots, where no other coin is free to pay it") {
    Bench bench;
    bench.exchange.deposit("BTC", d("-10"));
    list.working.quantity = d("2.1");
    const auto orders = bench.place(list);
    bench.candle(100, 99, 100, 100);
    CHECK(bench.find(orders[1]).quantity == d("2.097")); // 2.1 - 0.0021 = 2.0979
    CHECK(bench.locked("BTC") == "2.097");
    CHECK(bench.free("BTC") == "0.0009");
    bench.candle(100, 100, 120, 100);
    CHECK(bench.status(orders[1]) == "FILLED");
  }
  SECTION("gross, with the commission out of the free coins") {
    Bench bench;
    const auto orders = bench.place(list);
    bench.candle(100, 99, 100, 100);
    CHECK(bench.find(orders[1]).quantity == d("2"));
    CHECK(bench.locked("BTC") == "2");
    CHECK(bench.free("BTC") == "9.998");
  }
  SECTION("bought coins stay locked until the working order is filled, and come free when the list is cancelled") {
    PaperSettings settings;
    settings.max_volume_share = 0.1;
    Bench bench(settings);
    const auto orders = bench.place(list);
    bench.candle(100, 99, 100, 100, 10);
    CHECK(bench.status(orders[0]) == "PARTIALLY_FILLED");
    CHECK(bench.status(orders[1]) == "PENDING_NEW");
    CHECK(bench.locked("BTC") == "1");
    CHECK(bench.locked("USDT") == "99");
    REQUIRE(bench.exchange.cancel_order("BTCUSDT", orders[0].order_id));
    CHECK(bench.locked("BTC") == "0");
    CHECK(bench.free("BTC") == "10.999");
    CHECK(bench.locked("USDT") == "0");
  }
}

TEST_CASE("OPOCO: both legs take what was bought") {
  Bench bench;
  bench.exchange.deposit("BTC", d("-10"));
  const auto orders = bench.place(with_working(ListKind::opoco, sell_pair("0"),
                                               request(Side::buy, OrderType::limit, "2", "99", "0", TimeInForce::fok)));
  bench.candle(98, 98, 98, 98);
  CHECK(bench.status(orders[0]) == "FILLED");
  CHECK(bench.find(orders[1]).quantity == d("1.998"));
  CHECK(bench.find(orders[2]).quantity == d("1.998"));
  CHECK(bench.locked("BTC") == "1.998");
  bench.candle(98, 98, 112, 110);
  CHECK(bench.status(orders[1]) == "FILLED");
  CHECK(bench.status(orders[2]) == "EXPIRED OCO_TRIGGER");
  CHECK(bench.locked("BTC") == "0");
  CHECK(bench.fills() == Fills{"BUY 2 @ 98 -0.002 BTC taker", "SELL 1.998 @ 110 -0.21978 USDT maker"});
}
