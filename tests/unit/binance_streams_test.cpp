// Streams, the account's events and the WebSocket API's envelopes.
#include <catch2/catch.hpp>

#include "host/binance/api_messages.hpp"
#include "host/binance/stream_messages.hpp"
#include "host/binance/user_messages.hpp"

using namespace stratdock;
using namespace stratdock::binance;

namespace {

template <typename T>
T only(const Result<StreamMessage>& message) {
  if (!message) FAIL(message.error().text());
  REQUIRE(message->events.size() == 1);
  REQUIRE(std::holds_alternative<T>(message->events[0]));
  return std::get<T>(message->events[0]);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const std::string kline =
    R"({"e":"kline","E":1672515782136,"s":"BNBBTC","k":{"t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m","f":100,
  "L":200,"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0015","v":"1000","n":100,"x":true,"q":"1.0000","V":"500","Q":"0.500","B":"123456"}})";
const std::string book =
    R"({"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"})";
const std::string execution =
    R"({"e":"executionReport","E":1499405658658,"s":"ETHBTC","c":"mine","S":"BUY","o":"LIMIT","f":"GTC",
  "q":"1.00000000","p":"0.10264410","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"TRADE","X":"PARTIALLY_FILLED","r":"NONE","i":4293153,
  "l":"0.40000000","z":"0.50000000","L":"0.10264000","n":"0.0004","N":"ETH","T":1499405658657,"t":77,"I":8641984,"w":true,"m":true,"M":false,
  "O":1499405658000,"Z":"0.05132000","Y":"0.04105600","Q":"0.00000000","W":1499405658000,"V":"NONE"})";

} // namespace

TEST_CASE("events are the same raw and combined") {
  CHECK(only<KlineEvent>(parse_stream_message(kline)).closed);
  const Result<StreamMessage> combined = parse_stream_message(R"({"stream":"bnbbtc@kline_1m","data":)" + kline + "}");
  CHECK(combined->stream == "bnbbtc@kline_1m");
  CHECK(only<KlineEvent>(combined).kline.candle.high == 0.0025);
  CHECK(only<BookTickerEvent>(parse_stream_message(book)).book.ask_price.text() == "25.3652");
  CHECK(only<PartialDepthEvent>(parse_stream_message(R"({"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[]})"))
            .depth.bids.size() == 1);
  CHECK(only<ServerShutdownEvent>(
            parse_stream_message(R"({"stream":"!serverShutdown","data":{"e":"serverShutdown","E":5}})"))
            .event_ms == 5);
}

TEST_CASE("an array stream brings as many events as it has") {
  const std::string mini = R"({"e":"24hrMiniTicker","E":1,"s":"A","c":"1","o":"1","h":"1","l":"1","v":"1","q":"1"})";
  CHECK(parse_stream_message("[" + mini + "," + mini + "]")->events.size() == 2);
  CHECK(parse_stream_message(R"({"stream":"!miniTicker@arr","data":[]})")->events.empty());
}

TEST_CASE("events to come are told from broken ones") {
  CHECK(only<UnknownEvent>(parse_stream_message(R"({"e":"moonPhase","E":1})")).type == "moonPhase");
  CHECK(only<UnknownEvent>(parse_stream_message(R"({"stream":"x","data":{"hello":1}})")).type.empty());
  CHECK(parse_stream_message(replaced(kline, "\"x\":true,", "")).error().message ==
        "reading Binance's message \"market stream\": field k.x is nothing");
  CHECK(parse_stream_message(R"({"stream":"x","data":7})").error().message.find("field data is 7 where an event") !=
        std::string::npos);
}

TEST_CASE("answers on a stream connection carry their id, and errors theirs") {
  CHECK(only<StreamAnswer>(parse_stream_message(R"({"result":null,"id":1})")).id == "1");
  const StreamAnswer silent = only<StreamAnswer>(parse_stream_message(R"({"error":{"code":2,"msg":""},"id":"x"})"));
  REQUIRE(silent.error);
  CHECK(silent.error->code == 2);
  CHECK(silent.error->message == "the exchange gave no reason");
  CHECK(only<StreamAnswer>(parse_stream_message(R"({"result":["a@trade"],"id":"x"})")).result == R"(["a@trade"])");
  for (const char* text : {R"({"code":2,"msg":"Invalid request: unknown variant"})",
                           R"({"error":{"code":2,"msg":"Invalid request"},"id":9})"}) {
    const StreamAnswer answer = only<StreamAnswer>(parse_stream_message(text));
    REQUIRE(answer.error);
    CHECK(answer.error->code == 2);
  }
  CHECK(stream_request("SUBSCRIBE", {"btcusdt@kline_1m"}, 7) ==
        R"({"method":"SUBSCRIBE","params":["btcusdt@kline_1m"],"id":7})");
  CHECK(stream_request("LIST_SUBSCRIPTIONS", {}, 8) == R"({"method":"LIST_SUBSCRIPTIONS","id":8})");
}

TEST_CASE("a trade of ours is a fill with its commission") {
  const UserMessage message = parse_user_message(R"({"subscriptionId":3,"event":)" + execution + "}").value();
  CHECK(message.subscription_id == 3);
  const ExecutionReport& report = std::get<ExecutionReport>(message.event);
  CHECK(report.kind == ExecutionKind::trade);
  REQUIRE(report.fill);
  CHECK(report.fill->trade_id == 77);
  CHECK(report.fill->quantity.text() == "0.4");
  CHECK(report.fill->quote_quantity.text() == "0.041056");
  CHECK(report.fill->commission_asset == "ETH");
  CHECK(report.fill->client_id == "mine");
  CHECK(report.fill->is_maker);
  CHECK(report.report.order.executed_quantity.text() == "0.5");
  CHECK(parse_user_message(execution)->subscription_id == -1);
}

TEST_CASE("client ids are told apart on a cancel and on an amend") {
  const auto read = [](const std::string& text) { return std::get<ExecutionReport>(parse_user_message(text)->event); };
  std::string text = replaced(replaced(execution, R"("C":"")", R"("C":"mine")"), R"("c":"mine")", R"("c":"cancel-1")");
  const ExecutionReport canceled = read(replaced(replaced(text, "TRADE", "CANCELED"), "PARTIALLY_FILLED", "CANCELED"));
  CHECK(canceled.report.order.client_id == "mine");
  CHECK(canceled.report.cancel_id == "cancel-1");
  CHECK_FALSE(canceled.fill);
  const ExecutionReport replaced_order = read(replaced(text, "TRADE", "REPLACED"));
  CHECK(replaced_order.report.order.client_id == "cancel-1");
  CHECK(replaced_order.previous_client_id == "mine");
}

TEST_CASE("an execution with words to come keeps their text") {
  const std::string text = replaced(replaced(execution, "TRADE", "TELEPORT"), "PARTIALLY_FILLED", "SOMEWHERE");
  const ExecutionReport report = std::get<ExecutionReport>(parse_user_message(text)->event);
  CHECK(report.kind == ExecutionKind::unknown);
  CHECK(report.kind_text == "TELEPORT");
  CHECK(report.report.status_text == "SOMEWHERE");
  CHECK_FALSE(report.report.words_known);
  CHECK(report.report.order.status == OrderStatus::partially_filled);
  CHECK(std::get<UnknownUserEvent>(parse_user_message(R"({"e":"loanCalled"})")->event).type == "loanCalled");
}

TEST_CASE("the WebSocket API's envelope is read with either kind of id") {
  const auto read = [](const std::string& text) { return std::get<ApiAnswer>(parse_api_message(text).value()); };
  const ApiAnswer answer =
      read(R"({"id":17,"status":200,"result":{"subscriptionId":4},"rateLimits":[{"rateLimitType":"ORDERS",
    "interval":"SECOND","intervalNum":10,"limit":50,"count":12}]})");
  CHECK(answer.id == "17");
  CHECK(parse_subscription(answer.result) == 4);
  REQUIRE(answer.rate_limits.size() == 1);
  CHECK(answer.rate_limits[0].count == 12);
  CHECK(answer.rate_limits[0].window_ms() == 10'000);
  // Limits of a kind to come cost nobody the answer they stand beside.
  CHECK(read(R"({"id":"1","status":200,"result":{"subscriptionId":4},"rateLimits":[{"rateLimitType":7}]})").result == R"({"subscriptionId":4})");
  CHECK(read(R"({"id":"1","status":200,"result":{"subscriptionId":4},"rateLimits":{"x":1}})").result == R"({"subscriptionId":4})");
  const ApiAnswer revoked = read(
      R"({"id":null,"status":401,"error":{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}})");
  CHECK(revoked.id.empty());
  CHECK(revoked.error->code == -2015);
  CHECK(std::holds_alternative<UserMessage>(
      parse_api_message(R"({"subscriptionId":0,"event":)" + execution + "}").value()));
  CHECK(std::get<ApiShutdown>(parse_api_message(R"({"event":{"e":"serverShutdown","E":9}})").value()).event_ms == 9);
  CHECK(parse_api_message(R"({"id":1})").error().message.find("an answer with a status, or an event") !=
        std::string::npos);
}
