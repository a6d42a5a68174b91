// What lets a call in: parameters, signatures, the clock, the limits.
#include <catch2/catch.hpp>

#include "host/exchange_server/api.hpp"

using namespace stratdock;
using namespace stratdock::exchange_server;

namespace {

// Binance's documented example key.
const std::string documented_secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";

ApiKey hmac_key() {
  ApiKey key;
  key.secret = documented_secret;
  return key;
}

template <typename Function> std::string refusal(Function function) {
  try {
    function();
  } catch (const Refusal& refused) {
    return std::to_string(refused.code) + " " + refused.message;
  }
  return "none";
}

Parameters query(std::string_view text) {
  return parse_request(text, {}).parameters;
}

} // namespace

TEST_CASE("what a client signed is query and body as they came, without the signature") {
  const ParsedParameters mixed = parse_request("symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC",
                                               "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559&signature=abc");
  CHECK(mixed.signed_text == "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1&recvWindow=5000&"
                             "timestamp=1499827319559");
  CHECK(mixed.signature == "abc");
  CHECK(signature_is_valid(hmac_key(), mixed.signed_text,
                           "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"));
  CHECK(signature_is_valid(hmac_key(), mixed.signed_text,
                           "0FD168B8DDB4876A0358A8D14D0C9F3DA0E9B20C5D52B2A00FCF7D1C602F9A77"));
  CHECK_FALSE(signature_is_valid(hmac_key(), mixed.signed_text + "x",
                                 "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"));

  const ParsedParameters encoded = parse_request("symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type=LIMIT&timeInForce=GTC&"
                                                 "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
                                                 {});
  CHECK(encoded.parameters.text("symbol") == "１２３４５６");
  CHECK(signature_is_valid(hmac_key(), encoded.signed_text,
                           "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"));
  // The signature may stand in the middle, and in the body alone.
  CHECK(parse_request("a=1&signature=x&b=2", {}).signed_text == "a=1&b=2");
  CHECK(parse_request("a=1&b=2", "signature=x%2By%3D").signature == "x+y=");
  CHECK(parse_request("a=1&b=2", "signature=x").signed_text == "a=1&b=2");
}

TEST_CASE("on the WebSocket API parameters are signed by name and unencoded") {
  Parameters parameters;
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"symbol", "BTCUSDT"}, {"side", "SELL"}, {"type", "LIMIT"}, {"timeInForce", "GTC"}, {"quantity", "0.01000000"},
           {"price", "52000.00"}, {"recvWindow", "100"}, {"timestamp", "1645423376532"},
           {"apiKey", "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"}})
    parameters.add(name, value);
  CHECK(signature_is_valid(hmac_key(), socket_signed_text(parameters),
                           "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"));
}

TEST_CASE("Ed25519 signatures are checked over the raw text") {
  ApiKey key;
  // The public half of RFC 8032's first test key.
  key.secret = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
  REQUIRE(public_key_kind(key.secret));
  key.kind = *public_key_kind(key.secret);
  CHECK(key.kind == KeyKind::ed25519);
  const std::string text = "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2&timestamp=1668481559918&recvWindow=5000";
  CHECK(signature_is_valid(key, text, "XtZirsmmi0noRzUfkqktvkVfxpkq/WtbLg2UOL3QGYdUBZVlqOBEMuEVw8zioY93N54NcKj9UuAXQEa9zgTDBg=="));
  CHECK_FALSE(signature_is_valid(key, text + "0", "XtZirsmmi0noRzUfkqktvkVfxpkq/WtbLg2UOL3QGYdUBZVlqOBEMuEVw8zioY93N54NcKj9UuAXQEa9zgTDBg=="));
  CHECK_FALSE(signature_is_valid(key, text, "no base64"));
  CHECK_FALSE(signature_is_valid(key, text, ""));
  CHECK_FALSE(public_key_kind("-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----\n"));
}

TEST_CASE("parameters are refused with the exchange's codes") {
  const Parameters parameters = query("price=1e5&quantity=0.123456789&limit=-1&side=&symbol=btcusdt&time=1700000000000000&big=99999999999999999999");
  CHECK(refusal([&] { parameters.decimal_or_zero("price"); }) ==
        "-1100 Illegal characters found in parameter 'price'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.");
  CHECK(refusal([&] { parameters.decimal_or_zero("quantity"); }) == "-1111 Parameter 'quantity' has too much precision.");
  CHECK(refusal([&] { parameters.maybe_integer("limit"); }).starts_with("-1100 "));
  CHECK(refusal([&] { parameters.text("side"); }) ==
        "-1102 Mandatory parameter 'side' was not sent, was empty/null, or malformed.");
  CHECK(refusal([&] { parameters.text("none"); }) ==
        "-1102 Mandatory parameter 'none' was not sent, was empty/null, or malformed.");
  CHECK(refusal([&] { parameters.symbol(); }).starts_with("-1100 Illegal characters found in parameter 'symbol'"));
  CHECK(refusal([&] { parameters.maybe_integer("big"); }).starts_with("-1108 "));
  CHECK(parameters.maybe_time_ms("time") == 1'700'000'000'000);
  CHECK(query("symbol=%E8%BF%99BTC").symbol() == "这BTC");
  CHECK(query("s=%5B%22A%22,%22B%22%5D").texts("s") == std::vector<std::string>{"A", "B"});
  CHECK(query("s=[\"A\",\"B\"]").texts("s") == std::vector<std::string>{"A", "B"});
  CHECK(refusal([] { query("s=[\"A\",\"A\"]").texts("s"); }).starts_with("-1151 "));
  CHECK(refusal([] { query("a=1&a=2").check_names("a b", false); }).starts_with("-1101 "));
  CHECK(refusal([] { query("a=1&ab=2").check_names("a abc", false); }) ==
        "-1104 Not all sent parameters were read; read '1' parameter(s) but was sent '2'.");
  CHECK(refusal([] { query("a=1&abc=2").check_names("a abc", false); }) == "none");
  CHECK(refusal([] { query("a=1&ab=2").check_names("a abc signature", true); }) ==
        "-1104 Not all sent parameters were read; read '2' parameter(s) but was sent '3'.");
  CHECK(refusal([] { query("x=1").check_names("", false); }) == "-1101 Too many parameters; expected '0' and received '1'.");
  CHECK(refusal([] { query("a=1").check_names("a", true); }) == "-1101 Too many parameters; expected '1' and received '2'.");
  CHECK(query("s=[\"A\",\"B\"]").symbols("s") == std::vector<std::string>{"A", "B"});
  for (const char* text : {"s=A", "s=[\"A\", \"B\"]", "s=[\"a\"]", "s=[]", "s=[\"\"]"})
    CHECK(refusal([text] { query(text).symbols("s"); }).starts_with("-1100 "));
  CHECK(parse_request("a=query", "a=body&b=2").parameters.text("a") == "query");
}

TEST_CASE("a timestamp is judged by the wall's clock") {
  const ServerClock clock(false);
  const auto at = [&](int64_t offset_ms) { return (clock.now_ms() + offset_ms) * 1000; };
  CHECK_FALSE(clock.is_ahead(at(900)));
  CHECK(clock.is_ahead(at(60'000)));
  CHECK_FALSE(clock.is_outside(at(-4'000), 5'000'000));
  CHECK(clock.is_outside(at(-60'000), 5'000'000));
}

TEST_CASE("with market time a client may go by the market's clock or by its own") {
  ServerClock clock(true);
  const int64_t market_ms = 1'600'000'000'000;
  clock.set_market(market_ms, 0);
  CHECK(clock.now_ms() == market_ms);
  CHECK_FALSE(clock.is_ahead(market_ms * 1000));
  CHECK_FALSE(clock.is_outside(market_ms * 1000, 5'000'000));
  CHECK_FALSE(clock.is_ahead(ServerClock::wall_ms() * 1000));
  CHECK_FALSE(clock.is_outside(ServerClock::wall_ms() * 1000, 5'000'000));
  CHECK(clock.is_outside((market_ms - 60'000) * 1000, 5'000'000));
  CHECK(clock.is_outside((market_ms + 3'600'000) * 1000, 5'000'000));
  clock.set_market(market_ms - 5000, 0);
  CHECK(clock.now_ms() == market_ms); // never back
}

TEST_CASE("request weight is counted by the minute, and who goes on is banned") {
  LimitSettings settings;
  settings.weight_per_minute = 100;
  settings.ban_after = 3;
  Limits limits(settings);
  const int64_t start_ms = 1'700'000'040'000; // a minute begins
  CHECK(limits.charge("a", 100, start_ms + 5'000).status == 200);
  const Limits::Verdict full = limits.charge("a", 1, start_ms + 10'000);
  CHECK(full.status == 429);
  CHECK(full.retry_at_ms == start_ms + 60'000);
  CHECK(limits.charge("b", 1, start_ms + 10'000).status == 200); // another address
  CHECK(limits.charge("a", 1, start_ms + 60'000).status == 200);
  CHECK(limits.used_weight("a", start_ms + 60'000) == 1);

  limits.charge("a", 100, start_ms + 61'000);
  limits.charge("a", 1, start_ms + 61'001);
  limits.charge("a", 1, start_ms + 61'002);
  const Limits::Verdict banned = limits.charge("a", 1, start_ms + 61'003);
  CHECK(banned.status == 418);
  CHECK(banned.retry_at_ms == start_ms + 61'003 + 120'000);
  CHECK(limits.charge("a", 1, banned.retry_at_ms - 1).status == 418);
  CHECK(limits.charge("a", 1, banned.retry_at_ms).status == 200);
}

TEST_CASE("orders are counted by ten seconds and by the day, and fills give some back") {
  LimitSettings settings;
  settings.orders_per_10_seconds = 3;
  Limits limits(settings);
  const int64_t start_ms = 1'700'000'040'000;
  limits.add_orders("one", 2, start_ms);
  CHECK(limits.exceeded("one", 1, start_ms).limit == 0);
  CHECK(limits.exceeded("one", 2, start_ms).limit == 3);
  CHECK(limits.exceeded("two", 2, start_ms).limit == 0);
  limits.add_orders("one", 1, start_ms);
  limits.order_filled("one", false, start_ms);
  CHECK(limits.of_account("one", start_ms).front().count == 2);
  limits.order_filled("one", true, start_ms);
  CHECK(limits.of_account("one", start_ms).front().count == 0);
  limits.add_orders("one", 3, start_ms);
  CHECK(limits.exceeded("one", 3, start_ms + 10'000).limit == 0); // a new window
}

TEST_CASE("weights are those of the table, and some follow the parameters") {
  const auto weight = [](const char* verb, const char* path, std::string_view text) {
    const Route* route = find_route(verb, path);
    REQUIRE(route != nullptr);
    return weight_of(*route, query(text));
  };
  CHECK(weight("GET", "/api/v3/depth", "symbol=A&limit=100") == 5);
  CHECK(weight("GET", "/api/v3/depth", "symbol=A&limit=5000") == 250);
  CHECK(weight("GET", "/api/v3/ticker/24hr", "symbol=A") == 2);
  CHECK(weight("GET", "/api/v3/ticker/24hr", "") == 80);
  CHECK(weight("GET", "/api/v3/openOrders", "") == 80);
  CHECK(weight("GET", "/api/v3/openOrders", "symbol=A") == 6);
  CHECK(weight("GET", "/api/v3/myTrades", "symbol=A&orderId=1") == 5);
  CHECK(weight("POST", "/api/v3/order/test", "computeCommissionRates=true") == 20);
  CHECK(weight("GET", "/api/v3/aggTrades", "symbol=A") == 4);
  CHECK(find_route("GET", "/sapi/v1/capital/withdraw/apply") == nullptr);
  CHECK(find_route("POST", "/sapi/v1/capital/withdraw/apply") == nullptr);
}
