// What the page reads is what the journal says.
#include <zlib.h>

#include <catch2/catch.hpp>

#include "tests/integration/dashboard/dashboard_fixture.hpp"

using namespace stratdock;
using dashboard_test::Connection;
using dashboard_test::Fixture;

namespace {

Decimal dec(const char* text) { return *Decimal::parse(text); }

constexpr int64_t start_ms = 1'700'000'000'000;

// A bot that made 10, lost 4, and holds 0.002 BTC bought for 99.9 with its stop at 49000.
store::BotRow trading_bot(Fixture& server) {
  auto bot = server.make_bot("btc-trend");
  bot.state = bot.wanted = "running";
  bot.cash = dec("6.1");
  bot.quantity = dec("0.002");
  bot.cost = dec("99.9");
  bot.entry_price = dec("49900");
  bot.entry_ms = start_ms + 3'000'000;
  bot.stop_price = dec("49000");
  bot.take_profit_price = dec("52395");
  bot.stop_source = bot.take_profit_source = "default";
  bot.protection = "resting";
  bot.realised = dec("6");
  bot.trade_count = 2;
  bot.win_count = 1;
  server.write([&](store::Journal& store) {
    REQUIRE(store.add_ledger({0, 0, start_ms, "bot:" + std::to_string(bot.id), "USDT", dec("100"), {}, "allot", ""}));
    REQUIRE(store.add_trade({0, 0, bot.id, "BTCUSDT", start_ms, start_ms + 900'000, dec("0.002"), dec("50000"), dec("55000"), dec("100"), dec("110"), dec("0.2"), dec("10"), 0.1, "signal"}));
    REQUIRE(store.add_trade({0, 0, bot.id, "BTCUSDT", start_ms + 1'000'000, start_ms + 2'000'000, dec("0.002"), dec("50000"), dec("48000"), dec("100"), dec("96"), dec("0.2"), dec("-4"), -0.04, "stop_loss"}));
    REQUIRE(store.add_equity({bot.id, start_ms + 900'000, 0, dec("110"), dec("110")}));
    REQUIRE(store.add_equity({bot.id, start_ms + 2'000'000, 0, dec("106"), dec("106")}));
    REQUIRE(store.put_bot(bot));
    store::DecisionRow decision;
    decision.bot_id = bot.id;
    decision.first_ms = decision.last_ms = start_ms + 3'000'000;
    decision.symbol = "BTCUSDT";
    decision.action = "BUY";
    decision.confidence = 0.85;
    decision.price = dec("49900");
    decision.reasons = "RSI 24.1 < 25: +20; =cmd|' /C calc'!A0";
    decision.outcome = "blocked";
    decision.blocked_reason = "NOTIONAL: below the smallest order";
    REQUIRE(store.put_decision(decision));
  });
  return bot;
}

std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string out(1 << 22, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  CHECK(result == Z_STREAM_END);
  CHECK(stream.avail_in == 0);
  return out;
}

// Pasts are read after the first look; the stream of later looks ends when they are in.
nlohmann::json bot_when_loaded(Fixture& server, int64_t id) {
  for (int i = 0; i < 100; ++i) {
    auto bot = server.get("/api/v1/bots/" + std::to_string(id)).json()["bot"];
    if (!bot["losses"].is_null() && bot["losses"] == 1) return bot;
    server.ring();
  }
  return server.get("/api/v1/bots/" + std::to_string(id)).json()["bot"];
}

}  // namespace

TEST_CASE("a bot's figures are those worked out by hand") {
  Fixture server;
  const auto row = trading_bot(server);
  server.sign_in();
  const auto bot = bot_when_loaded(server, row.id);
  CHECK(bot["status"] == "running");
  CHECK(bot["position"] == "LONG");
  CHECK(bot["position_value"] == "100");       // 0.002 x 50000
  CHECK(bot["equity"] == "106.1");             // 6.1 + 100
  CHECK(bot["net_pnl"] == "6.1");              // - 100 allotted
  CHECK(bot["profit"] == "6");
  CHECK(bot["unrealised"] == "0.1");
  CHECK(bot["net_pnl_fraction"].get<double>() == Approx(0.061));
  CHECK(bot["win_rate"].get<double>() == Approx(0.5));
  CHECK(bot["profit_factor"].get<double>() == Approx(2.5));
  CHECK(bot["max_drawdown"].get<double>() == Approx(-4.0 / 110));  // peak P 10, then 6
  CHECK(bot["at_stop"] == "-1.998");           // 0.002 x 49000 x 0.999 - 99.9
  CHECK(bot["at_take"] == "4.78521");          // 0.002 x 52395 x 0.999 - 99.9
  CHECK(bot["protection"] == "active");
  CHECK(bot["initial_investment"] == "100");
  CHECK(bot["strategy"] == "volatile");
  CHECK(bot["parameters"]["rsi_low"] == 30);
  CHECK(bot["last_decision"]["blocked"]["code"] == "NOTIONAL");
  CHECK(bot["last_decision"]["confidence"].get<double>() == Approx(85));
  const auto preview = server.get("/api/v1/bots/1/close-preview").json();
  CHECK(preview["possible"] == true);
  CHECK(preview["quantity"] == "0.002");
  CHECK(preview["value"] == "100");
  CHECK(preview["fee"] == "0.1");
  CHECK(preview["result"] == "0");             // 100 - 0.1 - 99.9
  const auto equity = server.get("/api/v1/bots/1/equity").json();
  REQUIRE(equity["rows"].size() == 2);
  CHECK(equity["rows"][1][2] == "6");
}

TEST_CASE("the overview is one snapshot, compressed or not, and 304 while nothing changes") {
  Fixture server;
  const auto row = trading_bot(server);
  server.sign_in();
  bot_when_loaded(server, row.id);
  const auto plain = server.get("/api/v1/overview");
  REQUIRE(plain.status == 200);
  const auto body = plain.json();
  CHECK(body["bots"].size() == 1);
  CHECK(body["server_ms"].get<int64_t>() > start_ms);
  CHECK(body["totals"][0]["currency"] == "USDT");
  CHECK(body["totals"][0]["equity"] == "106.1");
  CHECK(body["totals"][0]["at_stop"] == "-1.998");
  const auto zipped = server.request("GET", "/api/v1/overview", {}, {"Cookie: " + server.cookie, "Accept-Encoding: gzip"});
  CHECK(zipped.headers.at("content-encoding") == "gzip");
  const auto unzipped = nlohmann::json::parse(gunzip(zipped.body));
  CHECK(unzipped["bots"] == body["bots"]);
  CHECK(unzipped["rev"] == body["rev"]);
  const auto again = server.request("GET", "/api/v1/overview", {}, {"Cookie: " + server.cookie, "If-None-Match: " + zipped.headers.at("etag")});
  CHECK(again.status == 304);
}

TEST_CASE("the old routes keep their names and kinds") {
  Fixture server;
  const auto row = trading_bot(server);
  server.sign_in();
  bot_when_loaded(server, row.id);
  const auto overview = server.request("GET", "/api/overview").json();
  const auto& bot = overview["bots"][0];
  CHECK(bot["id"] == 1);
  CHECK(bot["trade_amount"].is_number());
  CHECK(bot["profit"] == 6.0);
  CHECK(bot["entry_price"] == 49900.0);
  CHECK(bot["timestamp"] == "2023-11-14T23:03:20.000+00:00");
  CHECK(bot["strategy"] == "volatile");
  CHECK(overview["balance"].is_number());
  const auto details = server.request("GET", "/api/bot/1/details").json();
  CHECK(details["trades"].size() == 2);
  CHECK(details["trades"][0]["exit_reason"] == "stop_loss");
  CHECK(details["decisions"].size() == 1);
  const auto coins = server.request("GET", "/api/search-coins?q=btc").json();
  REQUIRE(coins["coins"].size() == 1);
  CHECK(coins["coins"][0]["price"] == 50'000.0);
  CHECK(server.request("GET", "/api/bot/99/details").json()["success"] == false);
}

TEST_CASE("tables page back and come as CSV that runs nothing") {
  Fixture server;
  trading_bot(server);
  server.sign_in();
  const auto first = server.get("/api/v1/trades?limit=1").json();
  REQUIRE(first["rows"].size() == 1);
  CHECK(first["rows"][0]["profit"] == "-4");
  const auto second = server.get("/api/v1/trades?limit=1&before=" + first["next_before"].dump()).json();
  CHECK(second["rows"][0]["profit"] == "10");
  CHECK(server.get("/api/v1/decisions?outcome=blocked").json()["rows"].size() == 1);
  CHECK(server.get("/api/v1/decisions?action=SELL").json()["rows"].empty());
  const auto csv = server.get("/api/v1/bots/1/trades?format=csv");
  CHECK(csv.headers.at("content-type") == "text/csv; charset=utf-8");
  CHECK(csv.headers.at("content-disposition").rfind("attachment", 0) == 0);
  CHECK(csv.body.find(",-4,") != std::string::npos);
  CHECK(server.get("/api/v1/trades?limit=0").status == 400);
}

TEST_CASE("metrics and the description of the API") {
  Fixture server;
  trading_bot(server);
  server.sign_in();
  const auto metrics = server.get("/metrics");
  CHECK(metrics.body.find("# TYPE stratdock_engine_up gauge\nstratdock_engine_up 0\n") != std::string::npos);
  CHECK(metrics.body.find("stratdock_bot_profit{bot=\"btc-trend\",symbol=\"BTCUSDT\"} 6\n") != std::string::npos);
  const auto api = server.get("/api/v1/openapi.json").json();
  CHECK(api["paths"]["/api/v1/bots/{id}/close"]["post"]["parameters"].size() == 2);
}

TEST_CASE("candles come oldest first and within their range") {
  Fixture server;
  server.make_bot("one");
  server.write([&](store::Journal& store) {
    for (int i = 0; i < 10; ++i) REQUIRE(store.add_candle("BTCUSDT", 300'000, {1'700'000'100'000 + i * 300'000, 1, 2, 0.5, 1.5, 10, 0, 0, 0}));
  });
  server.sign_in();
  const auto candles = server.get("/api/v1/bots/1/candles?limit=3").json();
  REQUIRE(candles["rows"].size() == 3);
  CHECK(candles["rows"][2][0] == 1'700'000'100'000 + 9 * 300'000);
  CHECK(server.get("/api/v1/bots/1/candles?limit=5001").status == 400);
  CHECK(server.get("/api/v1/bots/1/candles?interval=7m").status == 400);
}

TEST_CASE("the page is served, with its security headers, compressed and cached") {
  Fixture server;
  const auto page = server.request("GET", "/");
  CHECK(page.status == 200);
  CHECK(page.headers.at("content-type").find("text/html") == 0);
  CHECK(page.headers.at("cache-control") == "no-cache");
  CHECK(page.body.find("{{assets}}") == std::string::npos);
  CHECK(server.request("GET", "/bots/1/trades").body == page.body);
  const auto cached = server.request("GET", "/", {}, {"If-None-Match: " + page.headers.at("etag")});
  CHECK(cached.status == 304);
  for (const char* path : {"/assets/x/../../etc/passwd", "/assets/x/%2e%2e/%2e%2e/etc/passwd", "/assets/x//etc/passwd", "/assets/x/.htaccess"})
    CHECK(server.request("GET", path).status == 404);
}
