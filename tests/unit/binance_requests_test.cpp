// What is sent for every type of order and list, and what is refused before it is sent.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "host/binance/requests.hpp"

using namespace stratdock;
using namespace stratdock::binance;

namespace {

Decimal decimal(const char* text) {
  return Decimal::parse(text).value();
}

OrderRequest order(Side side, OrderType type, const char* quantity, const char* price, const char* stop,
                   TimeInForce time = TimeInForce::none, const char* id = "") {
  OrderRequest request;
  request.symbol = "BTCUSDT";
  request.side = side;
  request.type = type;
  request.quantity = decimal(quantity);
  request.price = decimal(price);
  request.stop_price = decimal(stop);
  request.time_in_force = time;
  request.client_id = id;
  return request;
}

std::string sent(const OrderRequest& request, ResponseType response = ResponseType::full) {
  const Result<Call> call = call_place_order(request, response);
  return call ? call->parameters.query() : call.error().text();
}

std::string sent(const OrderListRequest& request) {
  const Result<Call> call = call_place_list(request, ResponseType::result);
  return call ? call->path + '?' + call->parameters.query() : call.error().text();
}

OrderListRequest exits(ListKind kind) {
  OrderListRequest list;
  list.kind = kind;
  list.symbol = "BTCUSDT";
  list.list_client_id = "list";
  list.working = order(Side::buy, OrderType::limit, "0.02", "60000", "0", TimeInForce::fok, "w");
  list.above = order(Side::sell, OrderType::limit_maker, "0.02", "63000", "0", TimeInForce::none, "a");
  list.below = order(Side::sell, OrderType::stop_loss, "0.02", "0", "58800", TimeInForce::none, "b");
  return list;
}

} // namespace

TEST_CASE("every type of order is sent with what it needs and nothing else") {
  CHECK(sent(order(Side::buy, OrderType::limit, "0.02000000", "60000.10", "0", TimeInForce::ioc, "x-1")) ==
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=IOC&quantity=0.02&price=60000.1&newClientOrderId=x-1&"
        "newOrderRespType=FULL");
  CHECK(sent(order(Side::sell, OrderType::market, "0.00000001", "0", "0"), ResponseType::ack) ==
        "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.00000001&newOrderRespType=ACK");
  OrderRequest by_quote = order(Side::buy, OrderType::market, "0", "0", "0");
  by_quote.quote_quantity = decimal("100000000000.5");
  CHECK(sent(by_quote, ResponseType::result) ==
        "symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=100000000000.5&newOrderRespType=RESULT");
  CHECK(sent(order(Side::sell, OrderType::stop_loss, "1", "0", "58000")) ==
        "symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=1&stopPrice=58000&newOrderRespType=FULL");
  CHECK(sent(order(Side::sell, OrderType::stop_loss_limit, "1", "57000", "58000", TimeInForce::gtc)) ==
        "symbol=BTCUSDT&side=SELL&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=1&price=57000&stopPrice=58000&"
        "newOrderRespType=FULL");
  CHECK(sent(order(Side::sell, OrderType::take_profit, "1", "0", "70000")) ==
        "symbol=BTCUSDT&side=SELL&type=TAKE_PROFIT&quantity=1&stopPrice=70000&newOrderRespType=FULL");
  CHECK(sent(order(Side::sell, OrderType::take_profit_limit, "1", "70001", "70000", TimeInForce::fok)) ==
        "symbol=BTCUSDT&side=SELL&type=TAKE_PROFIT_LIMIT&timeInForce=FOK&quantity=1&price=70001&stopPrice=70000&"
        "newOrderRespType=FULL");
  CHECK(sent(order(Side::sell, OrderType::limit_maker, "1", "70000", "0")) ==
        "symbol=BTCUSDT&side=SELL&type=LIMIT_MAKER&quantity=1&price=70000&newOrderRespType=FULL");
}

TEST_CASE("an order that the exchange would refuse for its form is not built") {
  const auto [request, expected] = GENERATE(table<OrderRequest, std::string>({
      {order(Side::buy, OrderType::limit, "1", "0", "0", TimeInForce::gtc), "its price is 0, it needs one"},
      {order(Side::buy, OrderType::limit, "1", "5", "0"), "it needs a time in force"},
      {order(Side::buy, OrderType::market, "1", "0", "0", TimeInForce::ioc), "this type has no time in force"},
      {order(Side::buy, OrderType::market, "1", "5", "0"), "this type has none"},
      {order(Side::buy, OrderType::market, "0", "0", "0"), "it has no quantity"},
      {order(Side::buy, OrderType::market, "-1", "0", "0"), "its quantity is negative"},
      {order(Side::buy, OrderType::limit, "1", "-5", "0", TimeInForce::gtc), "its price is -5"},
      {order(Side::buy, OrderType::stop_loss, "1", "0", "0"), "its stop price is 0, it needs one"},
      {order(Side::buy, OrderType::limit_maker, "1", "5", "4"), "its stop price is 4, this type has none"},
      {order(Side::buy, OrderType::market, "1", "0", "0", TimeInForce::none, "no dots.here"),
       "client id \"no dots.here\""},
      {order(Side::buy, OrderType::market, "1", "0", "0", TimeInForce::none, "0123456789012345678901234567890123456"),
       "client id"},
  }));
  const std::string found = sent(request);
  CHECK(found.find("building a BUY " + std::string(text(request.type)) + " order for BTCUSDT: ") == 0);
  CHECK(found.find(expected) != std::string::npos);

  OrderRequest both = order(Side::buy, OrderType::market, "1", "0", "0");
  both.quote_quantity = decimal("5");
  CHECK(sent(both).find("a quantity and a quote quantity") != std::string::npos);
  both.type = OrderType::limit_maker;
  both.price = decimal("5");
  CHECK(sent(both).find("only a MARKET order") != std::string::npos);
}

TEST_CASE("every kind of list is sent with the names of its legs") {
  CHECK(sent(exits(ListKind::oco)) ==
        "/api/v3/orderList/"
        "oco?symbol=BTCUSDT&listClientOrderId=list&side=SELL&quantity=0.02&aboveType=LIMIT_MAKER&aboveClientOrderId=a&"
        "abovePrice=63000&belowType=STOP_LOSS&belowClientOrderId=b&belowStopPrice=58800&newOrderRespType=RESULT");
  const std::string working =
      "symbol=BTCUSDT&listClientOrderId=list&workingType=LIMIT&workingClientOrderId=w&workingPrice=60000&"
      "workingTimeInForce=FOK&workingSide=BUY&workingQuantity=0.02&pendingSide=SELL";
  const std::string pair =
      "&pendingAboveType=LIMIT_MAKER&pendingAboveClientOrderId=a&pendingAbovePrice=63000&pendingBelowType=STOP_LOSS&"
      "pendingBelowClientOrderId=b&pendingBelowStopPrice=58800&newOrderRespType=RESULT";
  const std::string single =
      "&pendingType=LIMIT_MAKER&pendingClientOrderId=a&pendingPrice=63000&newOrderRespType=RESULT";
  CHECK(sent(exits(ListKind::otoco)) == "/api/v3/orderList/otoco?" + working + "&pendingQuantity=0.02" + pair);
  CHECK(sent(exits(ListKind::oto)) == "/api/v3/orderList/oto?" + working + "&pendingQuantity=0.02" + single);
  // The exchange takes what the working order bought.
  OrderListRequest bought = exits(ListKind::opoco);
  bought.above.quantity = bought.below.quantity = {};
  CHECK(sent(bought) == "/api/v3/orderList/opoco?" + working + pair);
  bought.kind = ListKind::opo;
  CHECK(sent(bought) == "/api/v3/orderList/opo?" + working + single);
  CHECK(call_place_list(bought, ResponseType::ack)->method == "orderList.place.opo");
  CHECK(call_place_list(exits(ListKind::otoco), ResponseType::ack)->unfilled_orders == 3);

  OrderListRequest limits = exits(ListKind::oco);
  limits.above = order(Side::sell, OrderType::take_profit_limit, "0.02", "63000", "62900", TimeInForce::gtc);
  limits.below = order(Side::sell, OrderType::stop_loss_limit, "0.02", "58000", "58800", TimeInForce::ioc);
  limits.list_client_id.clear();
  CHECK(sent(limits) ==
        "/api/v3/orderList/"
        "oco?symbol=BTCUSDT&side=SELL&quantity=0.02&aboveType=TAKE_PROFIT_LIMIT&abovePrice=63000&aboveStopPrice=62900&"
        "aboveTimeInForce=GTC&belowType=STOP_LOSS_LIMIT&belowPrice=58000&belowStopPrice=58800&belowTimeInForce=IOC&"
        "newOrderRespType=RESULT");
}

TEST_CASE("a list whose legs do not fit together is not built") {
  OrderListRequest list = exits(ListKind::oco);
  std::swap(list.above, list.below);
  CHECK(sent(list).find("a SELL pair takes profit above and stops below") != std::string::npos);
  list.above.side = list.below.side = Side::buy;
  CHECK(sent(list).find("aboveType=STOP_LOSS") != std::string::npos); // right for a BUY
  list.below.side = Side::sell;
  CHECK(sent(list).find("different sides") != std::string::npos);
  list = exits(ListKind::oco);
  list.below.quantity = decimal("0.03");
  CHECK(sent(list).find("different quantities") != std::string::npos);
  list = exits(ListKind::otoco);
  list.working = order(Side::buy, OrderType::market, "1", "0", "0");
  CHECK(sent(list).find("working order must be LIMIT") != std::string::npos);
  CHECK(sent(exits(ListKind::opoco)).find("no quantity of its own") != std::string::npos);
  list = exits(ListKind::opo);
  list.above.quantity = {};
  list.working.side = Side::sell;
  CHECK(sent(list).find("only buy first and sell then") != std::string::npos);
  list = exits(ListKind::oto);
  list.above.price = {};
  CHECK(sent(list).find("of the pending order, its price is 0") != std::string::npos);
  list = exits(ListKind::oco);
  list.list_client_id = "a:b";
  CHECK(sent(list).find("client id \"a:b\"") != std::string::npos);
}

TEST_CASE("orders and lists are looked up and cancelled by either id") {
  CHECK(call_query_order("BTCUSDT", {{}, "mine"}).parameters.query() == "symbol=BTCUSDT&origClientOrderId=mine");
  CHECK(call_query_order("BTCUSDT", {12569099453, ""}).parameters.query() == "symbol=BTCUSDT&orderId=12569099453");
  CHECK(call_query_list({{}, "mine"}).parameters.query() == "origClientOrderId=mine");
  CHECK(call_cancel_order("BTCUSDT", {7, "mine"}, "c").parameters.query() ==
        "symbol=BTCUSDT&orderId=7&origClientOrderId=mine&newClientOrderId=c");
  CHECK(call_cancel_list("BTCUSDT", {{}, "mine"}, "").parameters.query() == "symbol=BTCUSDT&listClientOrderId=mine");
  CHECK(call_cancel_all("BTCUSDT").changes());
  CHECK_FALSE(call_query_list({1, ""}).changes());
  const Call replace =
      call_cancel_replace({7, ""}, order(Side::buy, OrderType::limit_maker, "1", "5", "0"), ResponseType::ack).value();
  CHECK(replace.parameters.query() ==
        "symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=1&price=5&cancelReplaceMode=STOP_ON_FAILURE&"
        "cancelOrderId=7&newOrderRespType=ACK");
}

TEST_CASE("questions carry their parameters, and weigh what the exchange says") {
  CHECK(rest_request(call_time()).path_and_query == "/api/v3/time");
  CHECK(rest_request(call_prices({"BTCUSDT", "ETHUSDT"})).path_and_query ==
        "/api/v3/ticker/price?symbols=%5B%22BTCUSDT%22%2C%22ETHUSDT%22%5D");
  CHECK(api_request(call_prices({"BTCUSDT"}), "7") ==
        R"({"id":"7","method":"ticker.price","params":{"symbols":["BTCUSDT"]}})");
  CHECK(rest_request(call_klines("BTCUSDT", "1M", {1, 2, 1000}).value()).path_and_query ==
        "/api/v3/klines?symbol=BTCUSDT&interval=1M&startTime=1&endTime=2&limit=1000");
  CHECK(call_klines("BTCUSDT", "1m", {{}, {}, 1001}).error().message.find("1001 at once") != std::string::npos);
  CHECK(call_open_orders("").weight == 80);
  CHECK(call_open_orders("BTCUSDT").weight == 6);
  CHECK(call_account_trades("BTCUSDT", {7, {}, {}, {}, 500}).weight == 5);
  CHECK(call_account_trades("BTCUSDT", {{}, 9, {}, {}, 500}).parameters.query() == "symbol=BTCUSDT&fromId=9&limit=500");
  CHECK(call_depth("BTCUSDT", 5000).weight == 250);
  CHECK(call_exchange_info({}).parameters.query() == "permissions=SPOT");
}
