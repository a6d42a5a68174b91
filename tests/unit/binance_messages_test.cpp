// Messages as values: what the recorded ones do not show. Things to come, things gone wrong, and what an error says.
#include <catch2/catch.hpp>

#include "host/binance/account_messages.hpp"
#include "host/binance/market_messages.hpp"
#include "host/binance/message_reader.hpp"
#include "host/binance/order_messages.hpp"

using namespace stratdock;
using namespace stratdock::binance;

namespace {

template <typename T>
std::string fault(const Result<T>& result) {
  return result ? "" : result.error().text();
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const std::string order_text =
    R"({"symbol":"BTCUSDT","orderId":12569099453,"orderListId":-1,"clientOrderId":"x-1","price":"23416.10000000",
  "origQty":"0.00847000","executedQty":"0.00720000","cummulativeQuoteQty":"172.43931000","status":"PARTIALLY_FILLED","timeInForce":"GTC",
  "type":"LIMIT","side":"SELL","stopPrice":"0.00000000","icebergQty":"0.00000000","time":1660801715639,"updateTime":1660801717945,
  "isWorking":true,"workingTime":1660801715639,"origQuoteOrderQty":"0.00000000","selfTradePreventionMode":"NONE"})";

} // namespace

TEST_CASE("an order is read exactly") {
  const OrderReport report = parse_order(order_text).value();
  CHECK(report.has_state);
  CHECK(report.words_known);
  CHECK(report.order.order_id == 12569099453);
  CHECK(report.order.executed_quote_quantity.text() == "172.43931");
  CHECK(report.order.side == Side::sell);
  CHECK(report.order.status == OrderStatus::partially_filled);
  CHECK(report.order.update_ms == 1660801717945);
  // A market order whose book was too thin is EXPIRED with real fills.
  const OrderReport thin = parse_order(replaced(order_text, "PARTIALLY_FILLED", "EXPIRED")).value();
  CHECK(is_terminal(thin.order.status));
  CHECK(thin.order.executed_quantity.is_positive());
}

TEST_CASE("an acknowledgement says no status, and that is told") {
  const OrderReport report =
      parse_order(
          R"({"symbol":"BTCUSDT","orderId":28,"orderListId":-1,"clientOrderId":"a","transactTime":1507725176595})")
          .value();
  CHECK_FALSE(report.has_state);
  CHECK(report.order.order_id == 28);
  CHECK(report.order.time_ms == 1507725176595);
}

TEST_CASE("words and fields to come break nothing") {
  std::string text =
      replaced(order_text, R"("type":"LIMIT")", R"("type":"ORACLE_LIMIT","newThing":{"deep":[1,{"x":null}]})");
  text = replaced(replaced(text, "PARTIALLY_FILLED", "FROZEN"), R"("GTC")", R"("GTD")");
  const OrderReport report = parse_order(text).value();
  CHECK_FALSE(report.words_known);
  CHECK(report.type_text == "ORACLE_LIMIT");
  CHECK(report.status_text == "FROZEN");
  CHECK(report.time_in_force_text == "GTD");
  CHECK_FALSE(is_terminal(report.order.status)); // nobody may take it for done
  CHECK(report.order.status == OrderStatus::partially_filled);
  const OrderReport whole = parse_order(replaced(text, R"("executedQty":"0.00720000")", R"("executedQty":"0.00847000")")).value();
  CHECK(whole.order.status == OrderStatus::filled); // whatever its word for that is
  CHECK(report.order.executed_quantity.text() == "0.0072");
  CHECK(parse_order(replaced(order_text, "PARTIALLY_FILLED", "EXPIRED_IN_MATCH"))->order.status ==
        OrderStatus::expired);
}

TEST_CASE("what matters must be there, and be what it should be") {
  const auto [from, to, expected] = GENERATE(table<std::string, std::string, std::string>({
      {R"("executedQty":"0.00720000",)", "", "field executedQty is nothing"},
      {R"("executedQty":"0.00720000")", R"("executedQty":"much")", R"(field executedQty is "much" where a decimal)"},
      {R"("executedQty":"0.00720000")", R"("executedQty":0.0072)",
       "field executedQty is 0.0072 where a decimal as text"},
      {R"("executedQty":"0.00720000")", R"("executedQty":"0.000000001")", "at most eight digits"},
      {R"("executedQty":"0.00720000")", R"("executedQty":"1e3")", "field executedQty is \"1e3\""},
      {R"("orderId":12569099453)", R"("orderId":"12")", "field orderId is \"12\" where an integer"},
      {R"("orderId":12569099453)", R"("orderId":12.5)", "field orderId is 12.5"},
      {R"("orderId":12569099453)", R"("orderId":18446744073709551615)", "at most 63 bits"},
      {R"("side":"SELL")", R"("side":[])", "field side is an array of 0 where a text"},
      {R"("isWorking":true)", R"("isWorking":1)", "field isWorking is 1 where true or false"},
      {R"("symbol":"BTCUSDT")", R"("symbol":null)", "field symbol is null where a text"},
  }));
  CHECK(has(fault(parse_order(replaced(order_text, from, to))), "reading Binance's message \"order\": "));
  CHECK(has(fault(parse_order(replaced(order_text, from, to))), expected));
}

TEST_CASE("an error names the place within a list") {
  CHECK(has(fault(parse_orders("[" + order_text + "," + replaced(order_text, "\"0.00720000\"", "\"?\"") + "]")),
            "field [1].executedQty is \"?\""));
  CHECK(has(fault(parse_klines(R"([[1,"1","1","1","1","1",2,"1",1,"1","1","0"],[1,"1","x"]])")),
            "field [1][2] is \"x\""));
  CHECK(has(fault(parse_klines(R"([[1,"1"]])")), "field [0] is an array of 2 where an array of more than 2 elements"));
  CHECK(has(fault(parse_klines("{}")), "the whole of it is an object where an array"));
}

TEST_CASE("what is no message at all is told by what it is") {
  CHECK(has(fault(parse_order("")), "it is empty"));
  CHECK(has(fault(parse_order("<!DOCTYPE html><html><title>502 Bad Gateway</title>")),
            "it is a web page, not JSON: \"502 Bad Gateway\""));
  CHECK(has(fault(parse_order(order_text.substr(0, 100))), "its 100 bytes are not JSON"));
  CHECK(has(fault(parse_order("nonsense\x01\n")), "not JSON: \"nonsense  \""));
  CHECK(has(fault(parse_order(std::string(100'000, '['))), "nests more than 32 deep"));
  CHECK(has(fault(parse_server_time("[]")), "the whole of it is an array of 0 where an object"));
  const Result<OrderReport> refused = parse_order(R"({"code":-2013,"msg":"Order does not exist."})");
  CHECK(has(fault(refused), "the exchange refused: -2013 \"Order does not exist.\""));
  CHECK(refused.error().code == -2013);
}

TEST_CASE("no error shows what could be a key") {
  const std::string key = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
  CHECK(fault(parse_order(key)).find(key.substr(0, 12)) == std::string::npos);
  CHECK(fault(parse_order("{\"symbol\":[],\"apiKey\":\"" + key)).find(key.substr(0, 12)) == std::string::npos);
  CHECK(fault(parse_order(replaced(order_text, "BTCUSDT\"", "BTCUSDT\",\"x\":\"" + key + "\",\"status\":\"" + key)))
            .find(key.substr(0, 12)) == std::string::npos);
  CHECK(fault(parse_order(replaced(order_text, "0.00720000", key))).find(key.substr(0, 12)) == std::string::npos);
  // Client ids, which are shorter, stay readable.
  CHECK(short_quote("x-0123456789012345678901234567890123") == "x-0123456789012345678901234567890123");
  CHECK(short_quote(std::string(30, 'a') + " " + std::string(28, 'b') + " " + "这是测试") ==
        std::string(30, 'a') + " " + std::string(28, 'b') + " ...");
}

TEST_CASE("a cancel's answer names the order by its own id") {
  const std::string text =
      replaced(order_text, R"("clientOrderId":"x-1")", R"("origClientOrderId":"x-1","clientOrderId":"cancel-1")");
  const OrdersAndLists read =
      parse_orders_and_lists("[" + text + R"(,{"orderListId":5,"contingencyType":"OCO","listStatusType":"ALL_DONE",
    "listOrderStatus":"ALL_DONE","listClientOrderId":"l","transactionTime":1,"symbol":"BTCUSDT","orders":[{"symbol":"BTCUSDT","orderId":1,
    "clientOrderId":"q"}],"orderReports":[)" +
                             text + "]}]")
          .value();
  REQUIRE(read.orders.size() == 1);
  CHECK(read.orders[0].order.client_id == "x-1");
  CHECK(read.orders[0].cancel_id == "cancel-1");
  REQUIRE(read.lists.size() == 1);
  CHECK(read.lists[0].is_done());
  CHECK(read.lists[0].reports[0].order.client_id == "x-1");
}

TEST_CASE("both halves of a replaced order are told") {
  const CancelReplaceReport report =
      parse_cancel_replace(R"({"code":-2021,"msg":"Order cancel-replace partially failed.","data":{
    "cancelResult":"SUCCESS","newOrderResult":"FAILURE","cancelResponse":)" +
                           order_text + R"(,
    "newOrderResponse":{"code":-2010,"msg":"Account has insufficient balance for requested action."}}})")
          .value();
  CHECK(report.canceled.orders.size() == 1);
  CHECK_FALSE(report.placed);
  CHECK(report.new_order_error->code == -2010);
}

TEST_CASE("whether a candle is closed is judged by the exchange's clock") {
  const Kline kline =
      parse_klines(R"([[1499040000000,"0.01634790","0.8","0.015758","0.01577100","148976.11427815",1499644799999,
    "2434.19055334",308,"1756.87402397","28.46694368","0"]])")
          .value()
          .at(0);
  CHECK_FALSE(kline.is_closed(1499644799999));
  CHECK(kline.is_closed(1499644800000));
  CHECK(kline.candle.close == 0.015771);
  CHECK(kline.candle.taker_buy_volume == 1756.87402397);
}

TEST_CASE("one symbol asked singly and many come alike") {
  CHECK(parse_prices(R"({"symbol":"LTCBTC","price":"4.00000200"})")->size() == 1);
  CHECK(parse_prices(R"([{"symbol":"LTCBTC","price":"4.00000200"}])")->at(0).price.text() == "4.000002");
  CHECK(parse_prices("[]")->empty());
}

TEST_CASE("what a trade costs adds up as the exchange says") {
  // The example of the exchange's commission FAQ.
  const CommissionReport report =
      parse_commission(R"({"symbol":"BTCUSDT","standardCommission":{"maker":"0.00000010","taker":"0.00000020",
    "buyer":"0.00000030","seller":"0.00000040"},"specialCommission":{"maker":"0.01000000","taker":"0.02000000","buyer":"0.03000000",
    "seller":"0.04000000"},"taxCommission":{"maker":"0.00000112","taker":"0.00000114","buyer":"0.00000118","seller":"0.00000116"},
    "discount":{"enabledForAccount":true,"enabledForSymbol":true,"discountAsset":"BNB","discount":"0.25000000"}})")
          .value();
  CHECK(commission_rate(report, Side::sell, false, false).text() == "0.0600029"); // 0.0000006 + 0.06 + 0.0000023
  CHECK(commission_rate(report, Side::sell, false, true).text() == "0.06000245"); // a quarter of the standard part
  CHECK(has(fault(parse_commission(R"({"standardCommission":{"maker":"10000000000000000000"}})")),
            "a rate between -1 and 1"));
}

TEST_CASE("a key's rights that are not named are none") {
  const KeyPermissions permissions =
      parse_key_permissions(R"({"enableReading":true,"enableWithdrawals":false})").value();
  CHECK(permissions.reading);
  CHECK_FALSE(permissions.spot_and_margin_trading);
  CHECK(has(fault(parse_key_permissions(R"({"enableReading":true})")), "field enableWithdrawals is nothing"));
}

TEST_CASE("figures that no exchange could send are faults, not overflows") {
  const std::string huge = "99999999999999999999";
  CHECK(has(fault(parse_account_trades(
                R"([{"symbol":"A","id":1,"orderId":1,"price":")" + huge + R"(","qty":")" + huge +
                R"(","commission":"0","commissionAsset":"A","time":1,"isBuyer":true,"isMaker":true}])")),
            "a trade of possible size"));
}

TEST_CASE("a body beyond any message is refused before memory is spent on it") {
  const std::string large = "[" + std::string(50 << 20, ' ') + "]";
  CHECK(has(fault(parse_orders(large)), "more than any message has"));
}
