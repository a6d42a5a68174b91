#include <catch2/catch.hpp>

#include "dashboard/holdings.hpp"

using namespace stratdock;
using namespace stratdock::dashboard;

namespace {

Decimal dec(const char* text) { return *Decimal::parse(text); }

void list(AccountView& view, const std::string& base, const std::string& quote) {
  view.symbols[base + quote] = {base + quote, base, quote, "TRADING", dec("0.01"), dec("0.0001"), dec("5")};
}

AccountView account() {
  AccountView view;
  for (const char* base : {"BTC", "ETH", "DOGE"}) list(view, base, "USDT");
  list(view, "ETH", "BTC");
  list(view, "USDT", "TRY");
  view.prices = {{"BTCUSDT", dec("50000")}, {"ETHUSDT", dec("2000")}};
  return view;
}

std::vector<std::string> assets(const AccountView& view) {
  std::vector<std::string> names;
  for (const Holding& one : find_holdings(view)) names.push_back(one.asset);
  return names;
}

}  // namespace

TEST_CASE("unallocated coins are holdings, money and dust are not") {
  AccountView view = account();
  view.accounts = {{"unallocated", "BTC", dec("0.5")}, {"unallocated", "USDT", dec("1000")}, {"bot:1", "ETH", dec("3")}, {"unallocated", "DOGE", dec("0.00001")},
                   {"unallocated", "NOPE", dec("7")}, {"exchange", "BTC", dec("-0.5")}};
  CHECK(money_of(view) == "USDT");
  CHECK(assets(view) == std::vector<std::string>{"BTC"});
  view.accounts[0].amount = dec("0.00009");  // below the step
  CHECK(assets(view).empty());
  view.accounts[0].amount = dec("0.0001");  // worth 5, the smallest order
  CHECK(assets(view) == std::vector<std::string>{"BTC"});
  view.prices["BTCUSDT"] = dec("49999");
  CHECK(assets(view).empty());
  view.accounts[3].amount = dec("20");  // no price is known: the step alone tells
  CHECK(assets(view) == std::vector<std::string>{"DOGE"});
}

TEST_CASE("who could take a holding: flat bots that trade the coin, by whichever symbol") {
  AccountView view = account();
  view.accounts = {{"unallocated", "ETH", dec("2")}, {"unallocated", "BTC", dec("0.5")}};
  view.bots = {{1, "eth-in-btc", "ETHBTC", true}, {2, "eth-holds", "ETHUSDT", false}};
  auto found = find_holdings(view);
  REQUIRE(found.size() == 1);  // BTC is what bot 1 trades for
  CHECK(found[0].is_traded);
  REQUIRE(found[0].takers.size() == 1);
  CHECK(found[0].takers[0].name == "eth-in-btc");
  view.bots.push_back({3, "btc", "BTCUSDT", true});  // now BTC is what a bot trades
  found = find_holdings(view);
  REQUIRE(found.size() == 2);
  CHECK(found[0].symbol == "BTCUSDT");
  CHECK(found[0].price == dec("50000"));
  CHECK(found[1].symbol == "ETHUSDT");
}

TEST_CASE("worth is known only where a symbol of the two has a price") {
  const AccountView view = account();
  CHECK(price_in(view, "USDT", "USDT") == dec("1"));
  CHECK(price_in(view, "ETH", "USDT") == dec("2000"));
  CHECK_FALSE(price_in(view, "DOGE", "USDT"));
  CHECK_FALSE(price_in(view, "", ""));
}
