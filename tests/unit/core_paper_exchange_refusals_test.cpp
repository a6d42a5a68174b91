// What the exchange refuses: every code and text, and which check comes first.
#include <functional>

#include "tests/unit/core_paper_exchange_bench.hpp"

using namespace stratdock;
using namespace stratdock::paper_test;

namespace {

OrderRequest named(OrderRequest order, const char* client_id) {
  order.client_id = client_id;
  return order;
}

OrderRequest on(OrderRequest order, const char* symbol) {
  order.symbol = symbol;
  return order;
}

OrderRequest with_time_in_force(OrderRequest order, TimeInForce time_in_force) {
  order.time_in_force = time_in_force;
  return order;
}

OrderRequest with_quote(OrderRequest order, const char* quote_quantity) {
  order.quote_quantity = d(quote_quantity);
  return order;
}

OrderListRequest pair(Side side, OrderRequest above, OrderRequest below) {
  OrderListRequest list;
  list.kind = ListKind::oco;
  list.symbol = "BTCUSDT";
  above.side = below.side = side;
  list.above = above;
  list.below = below;
  return list;
}

OrderListRequest good_pair() {
  return pair(Side::sell, request(Side::sell, OrderType::limit_maker, "1", "110"),
              request(Side::sell, OrderType::stop_loss, "1", "0", "95"));
}

OrderListRequest good_otoco(ListKind kind = ListKind::otoco) {
  OrderListRequest list = good_pair();
  list.kind = kind;
  list.working = request(Side::buy, OrderType::limit, "1", "99");
  if (kind == ListKind::opoco) list.above.quantity = list.below.quantity = Decimal();
  return list;
}

struct Refusal {
  const char* what;
  OrderRequest order;
  int code;
  const char* text;
  std::function<void(Symbol&)> rules = nullptr;
};

void check_refused(const Result<Order>& answer, int code, const std::string& text) {
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == code);
  CHECK(answer.error().message == text);
}

const std::string no_client_id =
    "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.";

} // namespace

TEST_CASE("an order is refused with the exchange's code and text, and changes nothing") {
  constexpr Side buy = Side::buy, sell = Side::sell;
  const OrderRequest good = request(buy, OrderType::limit, "1", "99");
  const Refusal rows[] = {
      {"unknown symbol", on(good, "NOPE"), -1121, "Invalid symbol."},
      {"client id with a dot", named(good, "a.b"), -1100, no_client_id.c_str()},
      {"client id of 37 characters", named(good, "1234567890123456789012345678901234567"), -1100, no_client_id.c_str()},
      {"limit without time in force", with_time_in_force(good, TimeInForce::none), -1102,
       "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed."},
      {"limit without price", request(buy, OrderType::limit, "1"), -1102,
       "Mandatory parameter 'price' was not sent, was empty/null, or malformed."},
      {"limit without quantity", request(buy, OrderType::limit, "0", "99"), -1102,
       "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."},
      {"limit with stop price", request(buy, OrderType::limit, "1", "99", "98"), -1106,
       "Parameter 'stopPrice' sent when not required."},
      {"limit by quote", with_quote(good, "99"), -1106, "Parameter 'quoteOrderQty' sent when not required."},
      {"market with time in force", with_time_in_force(request(buy, OrderType::market, "1"), TimeInForce::ioc), -1106,
       "Parameter 'timeInForce' sent when not required."},
      {"market with price", request(buy, OrderType::market, "1", "99"), -1106,
       "Parameter 'price' sent when not required."},
      {"market without any quantity", request(buy, OrderType::market, "0"), -1102,
       "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!"},
      {"market with both quantities", with_quote(request(buy, OrderType::market, "1"), "100"), -1128,
       "Combination of optional parameters invalid."},
      {"limit maker with time in force",
       with_time_in_force(request(buy, OrderType::limit_maker, "1", "99"), TimeInForce::gtc), -1106,
       "Parameter 'timeInForce' sent when not required."},
      {"stop without stop price", request(sell, OrderType::stop_loss, "1"), -1102,
       "Mandatory parameter 'stopPrice' was not sent, was empty/null, or malformed."},
      {"take profit with price", request(sell, OrderType::take_profit, "1", "110", "110"), -1106,
       "Parameter 'price' sent when not required."},
      {"negative quantity", request(buy, OrderType::limit, "-1", "99"), -1100,
       "Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'."},
      {"quantity too precise", request(buy, OrderType::limit, "1.00000001", "99"), -1111,
       "Parameter 'quantity' has too much precision.", [](Symbol& s) { s.base_precision = 5; }},
      {"precision before filters", request(buy, OrderType::limit, "1", "9999999.12345678"), -1111,
       "Parameter 'price' has too much precision.", [](Symbol& s) { s.quote_precision = 2; }},
      {"stop price too precise", request(sell, OrderType::stop_loss, "1", "0", "95.12345678"), -1111,
       "Parameter 'stopPrice' has too much precision.", [](Symbol& s) { s.quote_precision = 2; }},
      {"quote amount too precise", market_by_quote(buy, "100.12345678"), -1111,
       "Parameter 'quoteOrderQty' has too much precision.", [](Symbol& s) { s.quote_precision = 2; }},
      {"halted", good, -1013, "Market is closed.", [](Symbol& s) { s.status = SymbolStatus::halt; }},
      {"break", good, -1013, "Market is closed.", [](Symbol& s) { s.status = SymbolStatus::break_; }},
      {"cancel only", good, -1013, "Market is closed.", [](Symbol& s) { s.status = SymbolStatus::cancel_only; }},
      {"market not offered", request(buy, OrderType::market, "1"), -2010,
       "Market orders are not supported for this symbol.", [](Symbol& s) { s.order_types = {"LIMIT"}; }},
      {"stop loss not offered", request(sell, OrderType::stop_loss, "1", "0", "95"), -2010,
       "Stop loss orders are not supported for this symbol.", [](Symbol& s) { s.order_types = {"LIMIT"}; }},
      {"stop loss limit not offered", request(sell, OrderType::stop_loss_limit, "1", "95", "95"), -2010,
       "Stop loss limit orders are not supported for this symbol.", [](Symbol& s) { s.order_types = {"LIMIT"}; }},
      {"take profit not offered", request(sell, OrderType::take_profit, "1", "0", "105"), -2010,
       "Take profit orders are not supported for this symbol.", [](Symbol& s) { s.order_types = {"LIMIT"}; }},
      {"take profit limit not offered", request(sell, OrderType::take_profit_limit, "1", "105", "105"), -2010,
       "Take profit limit orders are not supported for this symbol.", [](Symbol& s) { s.order_types = {"LIMIT"}; }},
      {"limit maker not offered", request(buy, OrderType::limit_maker, "1", "99"), -1014,
       "Unsupported order combination.", [](Symbol& s) { s.order_types = {"LIMIT"}; }},
      {"by quote not offered", market_by_quote(buy, "100"), -2010,
       "Quote order qty market orders are not support for this symbol.",
       [](Symbol& s) { s.quote_order_quantity_allowed = false; }},
      {"price off the tick", request(buy, OrderType::limit, "1", "99.001"), -1013, "Filter failure: PRICE_FILTER"},
      {"stop price off the tick", request(sell, OrderType::stop_loss, "1", "0", "95.001"), -1013,
       "Filter failure: PRICE_FILTER"},
      {"price far from the average", request(sell, OrderType::limit, "1", "121"), -1013,
       "Filter failure: PERCENT_PRICE_BY_SIDE",
       [](Symbol& s) { s.percent_price = {true, d("1.1"), d("0.8"), d("1.2"), d("0.9"), 5}; }},
      {"quantity off the step", request(buy, OrderType::limit, "1.0005", "99"), -1013, "Filter failure: LOT_SIZE"},
      {"quantity above the maximum", request(sell, OrderType::limit, "9001", "110"), -1013, "Filter failure: LOT_SIZE"},
      {"market quantity above its maximum", request(sell, OrderType::market, "1001"), -1013,
       "Filter failure: MARKET_LOT_SIZE"},
      {"quote amount above the largest lot", market_by_quote(sell, "900001"), -1013, "Filter failure: LOT_SIZE"},
      {"quote amount above the largest market lot", market_by_quote(sell, "100001"), -1013,
       "Filter failure: MARKET_LOT_SIZE"},
      {"quote amount below a lot", market_by_quote(buy, "5"), -1013, "Filter failure: LOT_SIZE",
       [](Symbol& s) { s.lot.step = s.lot.min = d("1"); }},
      {"notional too small", request(buy, OrderType::limit, "0.05", "99"), -1013, "Filter failure: NOTIONAL"},
      {"notional of a market order, by the average price", request(buy, OrderType::market, "0.049"), -1013,
       "Filter failure: NOTIONAL"},
      {"notional of a quote amount", market_by_quote(buy, "4.99"), -1013, "Filter failure: NOTIONAL"},
      {"notional of a stop, by its stop price", request(sell, OrderType::stop_loss, "0.05", "0", "99"), -1013,
       "Filter failure: NOTIONAL"},
      {"nothing at all", request(buy, OrderType::limit, "0.00000001", "0.1"), -1013, "Price * QTY is zero or less.",
       [](Symbol& s) { s.lot = {}, s.notional = {}; }},
      {"stop loss sell above the market", request(sell, OrderType::stop_loss, "1", "0", "100"), -2010,
       "Order would trigger immediately."},
      {"stop loss buy below the market", request(buy, OrderType::stop_loss, "1", "0", "99"), -2010,
       "Order would trigger immediately."},
      {"take profit sell below the market", request(sell, OrderType::take_profit, "1", "0", "99"), -2010,
       "Order would trigger immediately."},
      {"take profit buy above the market", request(buy, OrderType::take_profit_limit, "1", "100", "101"), -2010,
       "Order would trigger immediately."},
      {"limit maker that takes", request(buy, OrderType::limit_maker, "1", "100"), -2010,
       "Order would immediately match and take."},
      {"limit maker sell that takes", request(sell, OrderType::limit_maker, "1", "99"), -2010,
       "Order would immediately match and take."},
      {"too little quote", request(buy, OrderType::limit, "11", "99"), -2010,
       "Account has insufficient balance for requested action."},
      {"too little base", request(sell, OrderType::market, "10.001"), -2010,
       "Account has insufficient balance for requested action."},
      {"too little for a quote amount", market_by_quote(buy, "1000.01"), -2010,
       "Account has insufficient balance for requested action."},
      {"position too large", request(buy, OrderType::limit, "1.001", "99"), -2010, "Filter failure: MAX_POSITION",
       [](Symbol& s) { s.max_position = d("11"); }},
  };
  for (const Refusal& row : rows) {
    Symbol symbol = bitcoin();
    if (row.rules) row.rules(symbol);
    Bench bench({}, symbol);
    INFO(row.what);
    check_refused(bench.exchange.place_order(row.order), row.code, row.text);
    CHECK(bench.exchange.is_idle("BTCUSDT"));
    CHECK_FALSE(bench.exchange.has_events());
    CHECK(bench.free("USDT") == "1000");
    CHECK(bench.exchange.state().next_order_id == 1);
    // The test endpoint knows everything but what the matching engine alone would say.
    const bool by_engine = row.code == -2010 && std::string(row.text).find("supported") == std::string::npos &&
                           std::string(row.text).find("not support ") == std::string::npos;
    const Result<Order> tested = bench.exchange.test_order(row.order);
    CHECK(tested.has_value() == by_engine);
    if (!tested) CHECK(tested.error().code == row.code);
  }
}

TEST_CASE("an open order's client id is refused, a finished one's is free") {
  Bench bench;
  bench.place(named(request(Side::buy, OrderType::limit, "1", "99"), "one"));
  check_refused(bench.exchange.place_order(named(request(Side::sell, OrderType::market, "1"), "one")), -2010,
                "Duplicate order sent.");
  bench.candle(100, 99, 100, 100); // fills
  bench.place(named(request(Side::buy, OrderType::limit, "1", "99"), "one"));
  OrderListRequest list = good_pair();
  list.below.client_id = "one";
  CHECK(bench.exchange.place_list(list).error().message == "Duplicate order sent.");
  list.below.client_id = "two";
  list.above.client_id = "two";
  CHECK(bench.exchange.place_list(list).error().message == "Duplicate order sent.");
  list.above.client_id = "three";
  list.list_client_id = "pair";
  bench.place(list);
  OrderListRequest again = good_pair();
  again.list_client_id = "pair";
  CHECK(bench.exchange.place_list(again).error().message == "Duplicate order sent.");
  REQUIRE(bench.exchange.cancel_order("BTCUSDT", std::string("two")));
  bench.place(again);
}

TEST_CASE("open orders are counted by symbol") {
  Symbol symbol = bitcoin();
  symbol.max_orders = 3;
  symbol.max_algo_orders = 1;
  symbol.max_order_lists = 1;
  Bench bench({}, symbol);
  bench.place(request(Side::sell, OrderType::stop_loss, "1", "0", "95"));
  check_refused(bench.exchange.place_order(request(Side::sell, OrderType::take_profit, "1", "0", "105")), -2010,
                "Filter failure: MAX_NUM_ALGO_ORDERS");
  CHECK(bench.exchange.place_list(good_pair()).error().message == "Filter failure: MAX_NUM_ALGO_ORDERS");
  bench.place(request(Side::sell, OrderType::limit, "1", "105"));
  CHECK(bench.exchange.place_list(good_pair()).error().message == "Filter failure: MAX_NUM_ORDERS");
  bench.place(request(Side::sell, OrderType::limit, "1", "105"));
  check_refused(bench.exchange.place_order(request(Side::sell, OrderType::market, "1")), -2010,
                "Filter failure: MAX_NUM_ORDERS");
  for (const Order& order : bench.exchange.open_orders())
    REQUIRE(bench.exchange.cancel_order("BTCUSDT", order.order_id));

  const auto first = bench.place(good_pair());
  OrderListRequest second;
  second.kind = ListKind::oto;
  second.symbol = "BTCUSDT";
  second.working = request(Side::buy, OrderType::limit, "1", "99");
  second.above = request(Side::sell, OrderType::limit, "1", "105");
  CHECK(bench.exchange.place_list(second).error().message == "Filter failure: MAX_NUM_ORDERS");
  symbol.max_orders = 9;
  bench.exchange.set_symbol(symbol);
  CHECK(bench.exchange.place_list(second).error().message == "Filter failure: MAX_NUM_ORDER_LISTS");
  CHECK(bench.exchange.place_list(second).error().code == -2010);
  REQUIRE(bench.exchange.cancel_list(first[0].list_id));
  bench.place(second);
}

TEST_CASE("a list is refused with the exchange's code and text, and changes nothing") {
  const OrderRequest maker = request(Side::sell, OrderType::limit_maker, "1", "110"),
                     low_maker = request(Side::sell, OrderType::limit_maker, "1", "90");
  const OrderRequest stop = request(Side::sell, OrderType::stop_loss, "1", "0", "95"),
                     high_stop = request(Side::sell, OrderType::stop_loss, "1", "0", "105");
  const OrderRequest take = request(Side::sell, OrderType::take_profit, "1", "0", "105"),
                     low_take = request(Side::sell, OrderType::take_profit, "1", "0", "95");
  const OrderRequest limit = request(Side::sell, OrderType::limit, "1", "110");
  const auto changed = [](OrderListRequest list, const std::function<void(OrderListRequest&)>& change) {
    change(list);
    return list;
  };
  const char* wrong_prices = "The relationship of the prices for the orders is not correct.";
  const struct {
    const char* what;
    OrderListRequest list;
    int code;
    const char* text;
    std::function<void(Symbol&)> rules = nullptr;
  } rows[] = {
      {"unknown symbol", changed(good_pair(), [](auto& l) { l.symbol = "NOPE"; }), -1121, "Invalid symbol."},
      {"a plain limit leg", pair(Side::sell, limit, stop), -1158, "Order type not supported in OCO."},
      {"a market leg", pair(Side::sell, maker, request(Side::sell, OrderType::market, "1")), -1158,
       "Order type not supported in OCO."},
      {"two limits", pair(Side::sell, maker, low_maker), -1168, "At least one OCO order must be contingent."},
      {"sell limit below", pair(Side::sell, high_stop, low_maker), -1166, "A limit order in a sell OCO must be above."},
      {"buy limit above", pair(Side::buy, maker, low_take), -1165, "A limit order in a buy OCO must be below."},
      {"buy stop below", pair(Side::buy, high_stop, stop), -1196, "A stop loss order in a buy OCO must be above."},
      {"sell stop above", pair(Side::sell, high_stop, stop), -1197, "A stop loss order in a sell OCO must be below."},
      {"buy take profit above", pair(Side::buy, take, low_take), -1198,
       "A take profit order in a buy OCO must be below."},
      {"sell take profit below", pair(Side::sell, take, low_take), -1199,
       "A take profit order in a sell OCO must be above."},
      {"profit below the market",
       pair(Side::sell, low_maker, request(Side::sell, OrderType::stop_loss, "1", "0", "80")), -2010, wrong_prices},
      {"profit at the market", pair(Side::sell, request(Side::sell, OrderType::limit_maker, "1", "100"), stop), -2010,
       wrong_prices},
      {"stop above the market", pair(Side::sell, maker, high_stop), -2010, wrong_prices},
      {"stop at the market", pair(Side::sell, maker, request(Side::sell, OrderType::stop_loss, "1", "0", "100")), -2010,
       wrong_prices},
      {"pending legs the wrong way round", changed(good_otoco(), [](auto& l) { l.below.stop_price = d("110.01"); }),
       -2010, wrong_prices},
      {"legs of two sides", changed(good_pair(), [](auto& l) { l.below.side = Side::buy; }), -1130,
       "Data sent for parameter 'side' is not valid."},
      {"legs of two quantities", changed(good_pair(), [](auto& l) { l.below.quantity = d("2"); }), -1130,
       "Data sent for parameter 'quantity' is not valid."},
      {"stop limit without price",
       changed(good_pair(),
               [](auto& l) {
                 l.below.type = OrderType::stop_loss_limit;
                 l.below.time_in_force = TimeInForce::gtc;
               }),
       -1102, "Mandatory parameter 'belowPrice' was not sent, was empty/null, or malformed."},
      {"pending leg without stop price", changed(good_otoco(), [](auto& l) { l.below.stop_price = Decimal(); }), -1102,
       "Mandatory parameter 'pendingBelowStopPrice' was not sent, was empty/null, or malformed."},
      {"bad id of a leg", changed(good_pair(), [](auto& l) { l.above.client_id = "a b"; }), -1100,
       "Illegal characters found in parameter 'aboveClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'."},
      {"bad id of the list", changed(good_pair(), [](auto& l) { l.list_client_id = "a.b"; }), -1100,
       "Illegal characters found in parameter 'listClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'."},
      {"a leg off its filter", changed(good_pair(), [](auto& l) { l.above.price = d("110.001"); }), -1013,
       "Filter failure: PRICE_FILTER"},
      {"working market order",
       changed(good_otoco(), [](auto& l) { l.working = request(Side::buy, OrderType::market, "1"); }), -1130,
       "Data sent for parameter 'workingType' is not valid."},
      {"working limit maker that takes",
       changed(good_otoco(), [](auto& l) { l.working = request(Side::buy, OrderType::limit_maker, "1", "100"); }),
       -2010, "Order would immediately match and take."},
      {"OPO that sells first", changed(good_otoco(ListKind::opoco), [](auto& l) { l.working.side = Side::sell; }),
       -1222, "Working order in an OPO list must be a bid."},
      {"OPO that buys twice",
       changed(good_otoco(ListKind::opoco), [](auto& l) { l.above.side = l.below.side = Side::buy; }), -1223,
       "Pending orders in an OPO list must be asks."},
      {"OPO with a pending quantity", changed(good_otoco(ListKind::opoco), [](auto& l) { l.above.quantity = d("1"); }),
       -1106, "Parameter 'pendingAboveQuantity' sent when not required."},
      {"OCO not offered", good_pair(), -2010, "OCO orders are not supported for this symbol",
       [](Symbol& s) { s.oco_allowed = false; }},
      {"OTO not offered", good_otoco(), -2010, "OTO orders are not supported for this symbol",
       [](Symbol& s) { s.oto_allowed = false; }},
      {"OPO not offered", good_otoco(ListKind::opoco), -2010, "OPO orders are not supported for this symbol",
       [](Symbol& s) { s.opo_allowed = false; }},
      {"halted", good_pair(), -1013, "Market is closed.", [](Symbol& s) { s.status = SymbolStatus::halt; }},
      {"too little base", changed(good_pair(), [](auto& l) { l.above.quantity = l.below.quantity = d("10.001"); }),
       -2010, "Account has insufficient balance for requested action."},
      {"too little quote", changed(good_otoco(), [](auto& l) { l.working.quantity = d("10.102"); }), -2010,
       "Account has insufficient balance for requested action."},
  };
  for (const auto& row : rows) {
    Symbol symbol = bitcoin();
    if (row.rules) row.rules(symbol);
    Bench bench({}, symbol);
    INFO(row.what);
    const auto answer = bench.exchange.place_list(row.list);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == row.code);
    CHECK(answer.error().message == row.text);
    CHECK(bench.exchange.is_idle("BTCUSDT"));
    CHECK_FALSE(bench.exchange.has_events());
    CHECK(bench.exchange.state().next_order_id == 1);
  }
}

TEST_CASE("before the first candle there is no price to trade at") {
  PaperExchange exchange(PaperSettings{});
  exchange.set_symbol(bitcoin());
  exchange.deposit("USDT", d("1000"));
  check_refused(exchange.place_order(request(Side::buy, OrderType::market, "1")), -1112,
                "No orders on book for symbol.");
  check_refused(exchange.place_order(market_by_quote(Side::buy, "100")), -1112, "No orders on book for symbol.");
  check_refused(exchange.place_order(request(Side::buy, OrderType::stop_loss, "1", "0", "100")), -1112,
                "No orders on book for symbol.");
  CHECK(exchange.place_list(good_pair()).error().code == -1112);
  CHECK(exchange.place_order(request(Side::buy, OrderType::limit, "1", "100")));
  CHECK(exchange.last_price("BTCUSDT") == d("0"));
}

TEST_CASE("queries and cancels of what is not there") {
  Bench bench;
  CHECK(bench.exchange.cancel_order("BTCUSDT", 99).error().text() == "Unknown order sent.");
  CHECK(bench.exchange.cancel_order("BTCUSDT", 99).error().code == -2011);
  CHECK(bench.exchange.cancel_order("BTCUSDT", std::string("none")).error().code == -2011);
  CHECK(bench.exchange.cancel_list(99).error().code == -2011);
  CHECK(bench.exchange.find_order("BTCUSDT", 99).error().text() == "Order does not exist.");
  CHECK(bench.exchange.find_order("BTCUSDT", 99).error().code == -2013);
  CHECK(bench.exchange.find_order("BTCUSDT", std::string("none")).error().code == -2013);
  CHECK(bench.exchange.find_order("NOPE", 99).error().code == -1121);
  CHECK(bench.exchange.cancel_order("NOPE", 99).error().code == -1121);
  const Order order = bench.place(request(Side::buy, OrderType::market, "1"));
  bench.candle(100, 100, 100, 100);
  CHECK(bench.exchange.cancel_order("BTCUSDT", order.order_id).error().code == -2011);
}

TEST_CASE("an order of a halted symbol may still be cancelled") {
  Bench bench;
  const Order order = bench.place(request(Side::buy, OrderType::limit, "1", "99"));
  Symbol symbol = bitcoin();
  symbol.status = SymbolStatus::cancel_only;
  bench.exchange.set_symbol(symbol);
  CHECK(bench.exchange.cancel_order("BTCUSDT", order.order_id));
}
