#include <catch2/catch.hpp>

#include <random>

#include "core/order.hpp"
#include "core/symbol.hpp"

using namespace stratdock;

namespace {

Decimal d(const char* text) {
  return Decimal::parse(text).value();
}

Symbol bitcoin() {
  Symbol symbol;
  symbol.name = "BTCUSDT";
  symbol.base_asset = "BTC";
  symbol.quote_asset = "USDT";
  symbol.price = {d("0.01"), d("1000000"), d("0.01")};
  symbol.lot = {d("0.00001"), d("9000"), d("0.00001")};
  symbol.market_lot = {d("0"), d("120"), d("0")};
  symbol.percent_price = {true, d("1.1"), d("0.8"), d("1.2"), d("0.9"), 5};
  symbol.notional = {d("5"), d("9000000"), true, false};
  return symbol;
}

} // namespace

TEST_CASE("price filter: limits and tick, zero means off") {
  const Symbol symbol = bitcoin();
  CHECK(broken_price_filter(symbol, d("27123.45")) == "");
  CHECK(broken_price_filter(symbol, d("0.01")) == "");
  CHECK(broken_price_filter(symbol, d("1000000")) == "");
  CHECK(broken_price_filter(symbol, d("0")) == "PRICE_FILTER");
  CHECK(broken_price_filter(symbol, d("1000000.01")) == "PRICE_FILTER");
  CHECK(broken_price_filter(symbol, d("27123.455")) == "PRICE_FILTER");
  CHECK(broken_price_filter(Symbol{}, d("0.00000001")) == "");
}

TEST_CASE("lot filters: a market order has to meet both") {
  const Symbol symbol = bitcoin();
  CHECK(broken_lot_filter(symbol, d("0.00001"), true) == "");
  CHECK(broken_lot_filter(symbol, d("0.000015"), false) == "LOT_SIZE");
  CHECK(broken_lot_filter(symbol, d("0"), false) == "LOT_SIZE");
  CHECK(broken_lot_filter(symbol, d("9000.00001"), false) == "LOT_SIZE");
  CHECK(broken_lot_filter(symbol, d("121"), false) == "");
  CHECK(broken_lot_filter(symbol, d("121"), true) == "MARKET_LOT_SIZE");
}

TEST_CASE("notional: exact at its edges, market orders as the flags say") {
  Symbol symbol = bitcoin();
  CHECK(broken_notional_filter(symbol, d("25000"), d("0.0002"), false) == "");
  CHECK(broken_notional_filter(symbol, d("24999.99"), d("0.0002"), false) == "NOTIONAL");
  CHECK(broken_notional_filter(symbol, d("24999.99"), d("0.0002"), true) == "NOTIONAL");
  CHECK(broken_notional_filter(symbol, d("90000.01"), d("100"), false) == "NOTIONAL");
  CHECK(broken_notional_filter(symbol, d("90000.01"), d("100"), true) == "");
  CHECK(broken_notional_filter(symbol, d("90000"), d("100"), false) == "");
  // Less than a unit short, or over, decides too.
  symbol.notional = {d("1"), d("2"), true, true};
  CHECK(broken_notional_filter(symbol, d("0.33333333"), d("3.00000003"), false) == "NOTIONAL");
  CHECK(broken_notional_filter(symbol, d("0.66666667"), d("3"), true) == "NOTIONAL");
  CHECK(minimum_notional(symbol, true) == d("1"));
  symbol.notional.min_applies_to_market = false;
  CHECK(minimum_notional(symbol, true) == d("0"));
  CHECK(minimum_notional(symbol, false) == d("1"));
}

TEST_CASE("percent price: each side has its pair") {
  const Symbol symbol = bitcoin();
  const Decimal average = d("20000");
  CHECK(broken_percent_price_filter(symbol, d("22000"), average, true) == "");
  CHECK(broken_percent_price_filter(symbol, d("22000.01"), average, true) == "PERCENT_PRICE_BY_SIDE");
  CHECK(broken_percent_price_filter(symbol, d("22000.01"), average, false) == "");
  CHECK(broken_percent_price_filter(symbol, d("24000.01"), average, false) == "PERCENT_PRICE_BY_SIDE");
  CHECK(broken_percent_price_filter(symbol, d("16000"), average, true) == "");
  CHECK(broken_percent_price_filter(symbol, d("15999.99"), average, true) == "PERCENT_PRICE_BY_SIDE");
  CHECK(broken_percent_price_filter(symbol, d("17999.99"), average, false) == "PERCENT_PRICE_BY_SIDE");
  CHECK(broken_percent_price_filter(symbol, d("1"), d("0"), false) == ""); // no price yet: nothing to compare with
}

TEST_CASE("sellable quantity is the largest that the lot filters accept") {
  const Symbol symbol = bitcoin();
  CHECK(sellable_quantity(symbol, d("0.000999"), true) == d("0.00099"));
  CHECK(sellable_quantity(symbol, d("0.00000999"), true) == d("0"));
  CHECK(sellable_quantity(symbol, d("0"), true) == d("0"));
  CHECK(sellable_quantity(symbol, d("500"), true) == d("120"));
  CHECK(sellable_quantity(symbol, d("9999"), false) == d("9000"));

  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 5'000; ++round) {
    Symbol any;
    const auto pick = [&](int64_t below) {
      return Decimal::from_units(static_cast<int64_t>(random() % static_cast<uint64_t>(below)));
    };
    any.lot = {pick(50), pick(3).is_zero() ? Decimal() : Decimal::from_units(500) + pick(500), pick(12)};
    any.market_lot = {pick(50), pick(3).is_zero() ? Decimal() : Decimal::from_units(500) + pick(500), pick(12)};
    const bool market = random() % 2;
    const Decimal wanted = pick(1500);
    const Decimal best = sellable_quantity(any, wanted, market);
    Decimal expected;
    for (Decimal q = wanted; q.is_positive(); q -= Decimal::from_units(1))
      if (broken_lot_filter(any, q, market).empty()) {
        expected = q;
        break;
      }
    REQUIRE(best == expected);
  }
}

TEST_CASE("orders are named as the exchange names them") {
  CHECK(text(Side::buy) == "BUY");
  CHECK(text(Side::sell) == "SELL");
  CHECK(text(OrderType::take_profit_limit) == "TAKE_PROFIT_LIMIT");
  CHECK(text(OrderType::limit_maker) == "LIMIT_MAKER");
  CHECK(text(TimeInForce::none) == "");
  CHECK(text(TimeInForce::fok) == "FOK");
  CHECK(text(OrderStatus::new_) == "NEW");
  CHECK(text(OrderStatus::pending_new) == "PENDING_NEW");
  CHECK(text(OrderStatus::canceled) == "CANCELED");
  for (const auto open : {OrderStatus::pending_new, OrderStatus::new_, OrderStatus::partially_filled})
    CHECK_FALSE(is_terminal(open));
  for (const auto done : {OrderStatus::filled, OrderStatus::canceled, OrderStatus::rejected, OrderStatus::expired})
    CHECK(is_terminal(done));
}
