// What the exchange says about itself, with what it never said yet.
#include <catch2/catch.hpp>

#include "host/binance/exchange_info.hpp"

using namespace stratdock;
using namespace stratdock::binance;

namespace {

std::string with(const std::string& symbols, const std::string& more = "") {
  return R"({"timezone":"UTC","serverTime":1565246363776,"rateLimits":[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100}],
    "exchangeFilters":[{"filterType":"EXCHANGE_MAX_NUM_ORDERS","maxNumOrders":1000},{"filterType":"EXCHANGE_MOOD"}],)" +
         more + R"("symbols":[)" + symbols + "]}";
}

std::string symbol(const std::string& name, const std::string& filters, const std::string& more = "") {
  return R"({"symbol":")" + name +
         R"(","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","baseAssetPrecision":8,"quoteAssetPrecision":8,
    "orderTypes":["LIMIT","MARKET"],"ocoAllowed":true,)" +
         more + R"("filters":[)" + filters + "]}";
}

const std::string price_filter =
    R"({"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000.00000000","tickSize":"0.01"})";

} // namespace

TEST_CASE("a symbol's filters become core's") {
  const ExchangeInfo info =
      parse_exchange_info(with(symbol("BTCUSDT", price_filter + R"(,{"filterType":"MIN_NOTIONAL","minNotional":"10",
    "applyToMarket":true,"avgPriceMins":5},{"filterType":"PERCENT_PRICE","multiplierUp":"5","multiplierDown":"0.2","avgPriceMins":1},
    {"filterType":"MAX_NUM_ORDERS","limit":25})")))
          .value();
  CHECK(info.server_time_ms == 1565246363776);
  CHECK(info.limits.max_orders == 1000);
  CHECK(info.unknown_filters == std::vector<std::string>{"EXCHANGE_MOOD"});
  REQUIRE(info.find("BTCUSDT") != nullptr);
  CHECK(info.find("ETHUSDT") == nullptr);
  const Symbol& read = info.find("BTCUSDT")->symbol;
  CHECK(read.price.max.text() == "1000000");
  CHECK(read.notional.min.text() == "10");
  CHECK(read.notional.min_applies_to_market);
  CHECK(read.percent_price.bid_down == read.percent_price.ask_down);
  CHECK(read.percent_price.average_minutes == 1);
  CHECK(read.max_orders == 25);
  CHECK(read.oco_allowed);
  CHECK_FALSE(read.opo_allowed); // not named: not allowed
}

TEST_CASE("filters, words and fields to come break nothing") {
  const ExchangeInfo info =
      parse_exchange_info(
          with(symbol(
                   "BTCUSDT", price_filter + R"(,{"filterType":"T_PLUS_SELL","endTime":5,"deep":{"a":[{"b":1}]}})",
                   R"("novelty":[[{"x":[1,2,{"symbol":"NOT_ME"}]}]],"permissionSets":[["SPOT","TRD_GRP_256"],["A"]],)"),
               R"("sors":[{"baseAsset":"BTC","symbols":["BTCUSDT","BTCUSDC"]}],)"))
          .value();
  CHECK(info.unreadable.empty());
  REQUIRE(info.symbols.size() == 1);
  CHECK(info.symbols[0].symbol.name == "BTCUSDT");
  CHECK(info.symbols[0].unknown_filters == std::vector<std::string>{"T_PLUS_SELL"});
  CHECK(info.symbols[0].permission_sets == std::vector<std::vector<std::string>>{{"SPOT", "TRD_GRP_256"}, {"A"}});
  std::string sleeping = with(symbol("BTCUSDT", price_filter));
  sleeping.replace(sleeping.find("TRADING"), 7, "ASLEEP");
  const ExchangeInfo asleep = parse_exchange_info(sleeping).value();
  CHECK(asleep.symbols[0].symbol.status == SymbolStatus::unknown);
  CHECK(asleep.symbols[0].status_text == "ASLEEP");
}

TEST_CASE("one symbol that cannot be read is named and leaves the others alone") {
  const auto [broken, reason] = GENERATE(table<std::string, std::string>({
      {symbol("BAD", R"({"filterType":"LOT_SIZE","minQty":"1","maxQty":"x","stepSize":"1"})"),
       "field maxQty of filter LOT_SIZE is \"x\" where a decimal was expected"},
      {symbol("BAD", R"({"minQty":"1","maxQty":"2","filterType":"LOT_SIZE"})"),
       "field stepSize of filter LOT_SIZE is missing"},
      {symbol("BAD", R"({"filterType":"PRICE_FILTER","minPrice":"-1","maxPrice":"2","tickSize":"1"})"),
       "field minPrice of filter PRICE_FILTER is \"-1\""},
      {R"({"symbol":"BAD","status":"TRADING","baseAsset":"A","filters":[]})", "it names no base or quote asset"},
      {R"({"symbol":"BAD","status":"TRADING","baseAsset":"A","quoteAsset":"B","baseAssetPrecision":18,"filters":[]})",
       "baseAssetPrecision is 18"},
  }));
  const ExchangeInfo info =
      parse_exchange_info(with(symbol("FIRST", price_filter) + "," + broken + "," + symbol("LAST", price_filter)))
          .value();
  CHECK(info.symbols.size() == 2);
  REQUIRE(info.unreadable.size() == 1);
  CHECK(info.unreadable[0].name == "BAD");
  CHECK(info.unreadable[0].reason.find(reason) != std::string::npos);
}

TEST_CASE("what is no exchangeInfo is an error that says what it is") {
  CHECK(parse_exchange_info("{}").error().message.find("no serverTime or no symbols") != std::string::npos);
  CHECK(parse_exchange_info("[1]").error().message.find("no serverTime or no symbols") != std::string::npos);
  CHECK(parse_exchange_info("<html><title>403 Forbidden</title>").error().message.find("403 Forbidden") !=
        std::string::npos);
  CHECK(parse_exchange_info(with("").substr(0, 150)).error().message.find("150 bytes are not JSON") !=
        std::string::npos);
  CHECK(parse_exchange_info(std::string(1000, '[')).error().message.find("nests more than") != std::string::npos);
  CHECK(parse_exchange_info(R"({"code":-1121,"msg":"Invalid symbol."})").error().code == -1121);
}

TEST_CASE("the windows of limits are known, or nothing is said") {
  CHECK(RateLimit{"ORDERS", "DAY", 1, 1, 0}.window_ms() == 86'400'000);
  CHECK(RateLimit{"ORDERS", "FORTNIGHT", 1, 1, 0}.window_ms() == 0);
  CHECK(RateLimit{"ORDERS", "DAY", INT64_MAX, 1, 0}.window_ms() == 0);
}
