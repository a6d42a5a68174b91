// The account, its coins without a bot, and the prices of symbols that nobody follows.
#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <tuple>

#include "tests/integration/dashboard/dashboard_fixture.hpp"

using namespace stratdock;
using dashboard_test::Fixture;
using nlohmann::json;

namespace {

Decimal d(const char* text) { return Decimal::parse(text).value(); }
int64_t now_ms() { return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

json asset_of(const json& account, const std::string& asset) {
  for (const auto& row : account["accounts"])
    if (row["asset"] == asset) return row;
  return nullptr;
}

}  // namespace

TEST_CASE("the account tells whose everything is, what it is worth, and how old the balances are") {
  Fixture server;
  server.sign_in();
  server.make_bot("one");
  server.write([](store::Journal& journal) {
    for (const auto& [account, asset, amount] : {std::tuple{"unallocated", "BTC", "0.5"}, {"bot:1", "USDT", "100"}, {"unallocated", "USDT", "900"}, {"unallocated", "ETH", "2"}})
      REQUIRE(journal.add_ledger({0, 0, 1, account, asset, d(amount), {}, "deposit", ""}));
  });
  CHECK(server.get("/api/v1/account").json()["balances_age_ms"].is_null());  // nobody has told them yet
  REQUIRE(server.live->begin());
  server.live->set_balances({{"BTC", d("0.4"), d("0.1")}, {"USDT", d("1000"), d("0")}});
  server.live->put_health({"balances_ms", std::to_string(now_ms() - 12'000), now_ms()});
  REQUIRE(server.live->commit());
  server.write([](store::Journal&) {});
  json account;
  do account = server.get("/api/v1/account").json();
  while (account["balances_ms"].is_null());
  CHECK(account["balances_age_ms"] >= 12'000);
  const json btc = asset_of(account, "BTC"), usdt = asset_of(account, "USDT"), eth = asset_of(account, "ETH");
  CHECK(btc["free"] == "0.4");
  CHECK(btc["locked"] == "0.1");
  CHECK(btc["unallocated"] == "0.5");
  CHECK(btc["value"] == "25000");
  CHECK(btc["value_asset"] == "USDT");
  CHECK(usdt["bots"] == json::array({{{"id", 1}, {"name", "one"}, {"amount", "100"}}}));
  CHECK(usdt["value"] == "1000");
  CHECK(eth["free"].is_null());
  CHECK(eth["value"].is_null());
  REQUIRE(account["holdings"].size() == 2);
  CHECK(account["holdings"][0]["asset"] == "BTC");
  CHECK(account["holdings"][0]["takers"] == json::array({{{"id", 1}, {"name", "one"}}}));
  CHECK(account["holdings"][1]["asset"] == "ETH");
  CHECK(account["holdings"][1]["is_traded"] == false);
}

TEST_CASE("prices of symbols that nobody follows are asked for while somebody searches, and not shown when they are old") {
  Fixture server;
  server.sign_in();
  const auto price = [&] { return server.get("/api/v1/markets?query=ETHUSDT").json()["symbols"][0]["price"]; };
  CHECK(price().is_null());
  for (int i = 0; i < 5; ++i) price();
  auto asked = server.commands->after(0, 100);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].id == 1);  // a second one would have taken its place
  CHECK(asked[0].kind == "prices");
  server.live->set_market_prices({{"BTCUSDT", d("1"), now_ms()}, {"ETHUSDT", d("2000.5"), now_ms()}});
  CHECK(price() == "2000.5");
  CHECK(server.get("/api/v1/markets?query=BTCUSDT").json()["symbols"][0]["price"] == "50000");  // the engine's own is newer
  CHECK(server.request("GET", "/api/search-coins?q=ETHUSDT").json()["coins"][0]["price"] == 2000.5);
  server.live->set_market_prices({{"ETHUSDT", d("2000.5"), now_ms() - 3'600'000}});
  CHECK(price().is_null());
  CHECK(server.get("/api/v1/audit").json()["rows"].empty());
}

TEST_CASE("what is given to a bot is checked before the engine is asked") {
  Fixture server;
  server.sign_in();
  server.make_bot("one");
  const auto fields = [&](const json& body) {
    const auto answer = server.post("/api/v1/bots/1/adopt", body);
    CHECK(answer.status == 422);
    std::set<std::string> names;
    const json faults = answer.json()["error"]["fields"];
    for (const auto& [key, value] : faults.items()) names.insert(key);
    return names;
  };
  CHECK(fields(json::object()) == std::set<std::string>{"quantity", "entry_price"});
  CHECK(fields({{"quantity", 0.5}, {"entry_price", "0"}}) == std::set<std::string>{"quantity", "entry_price"});
  CHECK(fields({{"quantity", "0.5"}, {"entry_price", "100"}, {"stop_loss", "-1"}, {"take_profit", "much"}}) == std::set<std::string>{"stop_loss", "take_profit"});
  CHECK(fields({{"quantity", "0.5"}, {"entry_price", "100"}, {"deposit", true}}) == std::set<std::string>{"deposit"});
  CHECK(server.commands->after(0, 100).empty());
  CHECK(server.post("/api/v1/bots/99/adopt", {{"quantity", "0.5"}, {"entry_price", "100"}}).status == 404);
  const auto pending = server.post("/api/v1/bots/1/adopt", {{"quantity", "0.5"}, {"entry_price", "100"}, {"stop_loss", nullptr}});
  CHECK(pending.status == 202);
  const auto asked = server.commands->after(0, 100);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].kind == "adopt");
  CHECK(asked[0].bot == "one");
  CHECK(json::parse(asked[0].arguments)["quantity"] == "0.5");
}
