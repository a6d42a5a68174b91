// An account on the paper exchange: a bot buys, is protected, sells, compounds, waits for money, is closed.
#include "tests/unit/core_account_desk.hpp"

using namespace stratdock;
using namespace stratdock::test;

TEST_CASE("a BUY fills at the next open and is protected from the open after it") {
  Desk desk;
  CHECK(desk.advise(Action::buy).kind == Outcome::Kind::intent);
  CHECK(desk.bot().phase == Phase::entering);
  desk.candle(110, 111, 90, 110);  // the fall to 90 comes before protection acts
  REQUIRE(desk.bot().phase == Phase::open);
  CHECK(desk.bot().entry_price == d("110"));
  CHECK(desk.bot().stop_price == d("107.8"));
  CHECK(desk.bot().take_price == d("115.5"));
  CHECK(desk.bot().protection == Protection::resting);
  CHECK(desk.exchange.open_orders().size() == 2);
  desk.candle(110, 112, 107, 108);
  REQUIRE(desk.diary.trades.size() == 1);
  const Trade& trade = desk.diary.trades[0];
  CHECK(trade.exit_reason == "stop_loss");
  CHECK(trade.exit_price == d("107.8"));
  CHECK(trade.profit == multiply(trade.quantity, d("-2.2"), Rounding::half_even));
  CHECK(desk.bot().is_flat());
  CHECK(desk.exchange.open_orders().empty());
}

TEST_CASE("the take-profit sells between evaluations and the next BUY spends what it brought") {
  Desk desk;
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  desk.candle(100, 106, 99, 104);
  REQUIRE(desk.diary.trades.size() == 1);
  CHECK(desk.diary.trades[0].exit_reason == "take_profit");
  CHECK(desk.account.cash(desk.bot()) == d("105"));
  desk.advise(Action::buy);
  desk.candle(104, 104, 104, 104);
  CHECK(desk.diary.fills.back().side == Side::buy);
  CHECK(desk.diary.fills.back().quote_quantity > d("104.9"));
  CHECK(desk.account.ledger().balance(Ledger::unallocated, "USDT") == d("900"));
}

TEST_CASE("a SELL takes the protection off first and never sells twice") {
  Desk desk("0.001");
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  CHECK(desk.advise(Action::sell).kind == Outcome::Kind::intent);
  CHECK(desk.advise(Action::sell).kind == Outcome::Kind::blocked);
  CHECK(desk.exchange.open_orders().size() == 1);
  desk.candle(101, 101, 101, 101);
  REQUIRE(desk.diary.trades.size() == 1);
  CHECK(desk.diary.trades[0].exit_reason == "signal");
  // 1 BTC less 0.1 % = 0.999; sold at 101 less 0.1 %.
  CHECK(desk.diary.trades[0].quantity == d("0.999"));
  CHECK(desk.diary.trades[0].proceeds == d("100.798101"));
  CHECK(desk.diary.trades[0].profit == d("0.798101"));
  CHECK(desk.account.cash(desk.bot()) == d("100.798101"));
}

TEST_CASE("a second BUY, a SELL without a position and a BUY while paused are blocked with a reason") {
  Desk desk;
  CHECK(desk.advise(Action::sell).blocked_reason.find("holds no position") != std::string::npos);
  REQUIRE(desk.account.apply(1, BotEvent::pause, "", "test"));
  CHECK(desk.advise(Action::buy).blocked_reason.find("paused") != std::string::npos);
  REQUIRE(desk.account.apply(1, BotEvent::start, "", "test"));
  desk.advise(Action::buy);
  CHECK(desk.advise(Action::buy).kind == Outcome::Kind::blocked);
  desk.candle(100, 100, 100, 100);
  CHECK(desk.advise(Action::buy).blocked_reason.find("already holds") != std::string::npos);
  CHECK(desk.diary.fills.size() == 1);
}

TEST_CASE("a paused bot still sells") {
  Desk desk;
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  REQUIRE(desk.account.apply(1, BotEvent::pause, "", "test"));
  CHECK(desk.advise(Action::sell).kind == Outcome::Kind::intent);
}

TEST_CASE("a stopped bot's protective orders stay and their fill is booked") {
  Desk desk;
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  REQUIRE(desk.account.apply(1, BotEvent::stop, "", "test"));
  desk.candle(100, 100, 97, 98);
  REQUIRE(desk.diary.trades.size() == 1);
  CHECK(desk.diary.trades[0].exit_reason == "stop_loss");
  CHECK(desk.bot().state == BotState::stopped);
}

TEST_CASE("closing sells and then stops, closing a flat bot stops at once") {
  Desk desk;
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  REQUIRE(desk.account.apply(1, BotEvent::close, "", "test"));
  CHECK(desk.bot().state == BotState::closing);
  desk.candle(100, 100, 100, 100);
  CHECK(desk.bot().state == BotState::stopped);
  CHECK(desk.diary.trades.at(0).exit_reason == "close");
  REQUIRE(desk.account.apply(1, BotEvent::close, "", "test"));
  CHECK(desk.bot().state == BotState::stopped);
}

TEST_CASE("a bot whose amount exceeds the unallocated money waits, naming both figures") {
  Desk desk("0", "60");
  CHECK(desk.bot().reason.find("needs 100 USDT, unallocated are 60 USDT") != std::string::npos);
  CHECK(desk.advise(Action::buy).kind == Outcome::Kind::blocked);
  desk.exchange.deposit("USDT", d("40"));
  desk.account.ledger().deposit("USDT", d("40"));
  CHECK(desk.advise(Action::buy).kind == Outcome::Kind::intent);
  CHECK(desk.bot().allotted == d("100"));
}

TEST_CASE("money taken out as profit does not make the bot ask for its trade amount again") {
  Desk desk;
  REQUIRE(desk.account.release(1, d("100")));
  CHECK(desk.bot().allotted == d("0"));
  desk.account.verify(1);
  CHECK(desk.account.cash(desk.bot()) == d("0"));
  CHECK(desk.advise(Action::buy).blocked_reason.find("low balance") != std::string::npos);
  CHECK_FALSE(desk.account.release(1, d("1")));
}

TEST_CASE("a risk limit blocks the entry and names both figures, exits pass") {
  RiskLimits limits;
  limits.max_daily_loss = d("1");
  Desk desk("0", "1000", limits);
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  desk.candle(100, 100, 90, 95);
  REQUIRE(desk.diary.trades.size() == 1);
  Outcome outcome = desk.advise(Action::buy);
  CHECK(outcome.kind == Outcome::Kind::blocked);
  CHECK(outcome.blocked_reason.find("lost 2 USDT today, allowed are 1 USDT") != std::string::npos);
}

TEST_CASE("protection cancelled by somebody else is placed again once, then the bot is paused and watched") {
  Desk desk;
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  auto cancel_all = [&] {
    REQUIRE(desk.exchange.cancel_list(desk.bot().protect_list_id));
    desk.account.on_exchange_events(desk.exchange.take_events());
  };
  cancel_all();
  CHECK(desk.bot().protection == Protection::resting);
  desk.candle(100, 100, 100, 100);
  cancel_all();
  CHECK(desk.bot().protection == Protection::watched);
  CHECK(desk.bot().state == BotState::paused);
  desk.candle(100, 100, 97, 97);  // the engine sees the stop
  desk.candle(97, 97, 97, 97);    // and sells at the next open
  REQUIRE(desk.diary.trades.size() == 1);
  CHECK(desk.diary.trades[0].exit_reason == "stop_loss");
}

namespace {

// In candles: how long after one another the exchange was asked.
std::vector<int64_t> pauses(const std::vector<int64_t>& times) {
  std::vector<int64_t> result;
  for (size_t i = 1; i < times.size(); ++i) result.push_back((times[i] - times[i - 1]) / 300'000);
  return result;
}

}  // namespace

TEST_CASE("protection that the exchange refuses is asked for with growing pauses, and the prices are watched meanwhile") {
  Desk desk;
  desk.port.refused = {IntentPurpose::protect};
  desk.advise(Action::buy);
  for (int i = 0; i < 20; ++i) {
    desk.candle(100, 100, 100, 100);
    desk.account.verify(1);  // an evaluation does not shorten the pause
  }
  CHECK(desk.bot().protection == Protection::failed);
  CHECK(pauses(desk.port.asked) == std::vector<int64_t>{1, 1, 1, 1, 1, 1, 2, 3, 3, 3, 3});
  SECTION("the exchange is back: it rests, and nothing is asked any more") {
    desk.port.refused.clear();
    for (int i = 0; i < 3; ++i) desk.candle(100, 100, 100, 100);
    CHECK(desk.bot().protection == Protection::resting);
    CHECK(desk.bot().exchange_retry == Retry{});
    desk.candle(100, 100, 97, 97);
    CHECK(desk.diary.trades.size() == 1);
  }
  SECTION("the stop is reached: sold at market, once") {
    desk.candle(100, 100, 97, 97);
    for (int i = 0; i < 3; ++i) desk.candle(97, 97, 97, 97);
    REQUIRE(desk.diary.trades.size() == 1);
    CHECK(desk.diary.trades[0].exit_reason == "stop_loss");
    CHECK(desk.bot().is_flat());
  }
}

TEST_CASE("a sale that the exchange refuses is tried again until it is done, protected in between") {
  Desk desk;
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  desk.port.refused = {IntentPurpose::exit};
  SECTION("closing") {
    REQUIRE(desk.account.apply(1, BotEvent::close, "", "test"));
    for (int i = 0; i < 12; ++i) {
      desk.candle(100, 100, 100, 100);
      CHECK(desk.bot().state == BotState::closing);
      CHECK(desk.bot().protection == Protection::resting);
    }
    CHECK(pauses(desk.port.asked) == std::vector<int64_t>{1, 1, 1, 1, 1, 1, 2, 3});
    desk.port.refused.clear();
    for (int i = 0; i < 4; ++i) desk.candle(100, 100, 100, 100);
    CHECK(desk.bot().state == BotState::stopped);
    REQUIRE(desk.diary.trades.size() == 1);
    CHECK(desk.diary.trades[0].exit_reason == "close");
    CHECK(desk.diary.open_orders() == 0);
  }
  SECTION("a signal") {
    CHECK(desk.advise(Action::sell).blocked_reason.find("HTTP 503") != std::string::npos);
    CHECK(desk.bot().protection == Protection::resting);
    desk.port.refused.clear();
    CHECK(desk.advise(Action::sell).kind == Outcome::Kind::intent);
    desk.candle(100, 100, 100, 100);
    CHECK(desk.diary.trades.size() == 1);
  }
}

TEST_CASE("what is too small to be sold does not stand in closing, whatever the exchange refused before") {
  Desk desk;
  desk.port.refused = {IntentPurpose::protect};
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  REQUIRE(desk.bot().exchange_retry.failures > 0);
  desk.bot().quantity = d("0.00001");
  const Status closed = desk.account.apply(1, BotEvent::close, "", "test");
  CHECK_FALSE(closed);
  CHECK(desk.bot().state == BotState::stopped);
}

TEST_CASE("a BUY that the exchange refuses costs nothing and is made afresh at the next evaluation") {
  Desk desk;
  desk.port.refused = {IntentPurpose::entry};
  CHECK(desk.advise(Action::buy).blocked_reason.find("HTTP 503") != std::string::npos);
  CHECK(desk.bot().is_flat());
  CHECK(desk.account.cash(desk.bot()).text() == "100");
  desk.port.refused.clear();
  CHECK(desk.advise(Action::buy).kind == Outcome::Kind::intent);
  desk.candle(100, 100, 100, 100);
  CHECK(desk.bot().protection == Protection::resting);
}

TEST_CASE("a holding that lies unallocated is adopted on request, protected, and sold as the bot's own") {
  Desk desk;
  CHECK_FALSE(desk.account.adopt(1, {d("0.5"), d("90"), d("85"), d("110")}));  // nobody holds it
  desk.exchange.deposit("BTC", d("0.5"));
  desk.account.ledger().deposit("BTC", d("0.5"));
  CHECK_FALSE(desk.account.adopt(1, {d("0.5"), d("90"), d("95"), {}}));
  REQUIRE(desk.account.adopt(1, {d("0.5"), d("90"), d("85"), d("110")}));
  CHECK(desk.bot().stop_price == d("85"));
  CHECK(desk.bot().take_price == d("110"));
  CHECK(desk.bot().protection == Protection::resting);
  CHECK_FALSE(desk.account.adopt(1, {d("0.1"), d("90"), {}, {}}));
  desk.candle(100, 111, 100, 110);
  REQUIRE(desk.diary.trades.size() == 1);
  CHECK(desk.diary.trades[0].profit == d("10"));  // 0.5 * (110 - 90)
}

TEST_CASE("no holding is adopted that would be sold at once, or cannot be sold at all") {
  Desk desk;  // the price is 100, the levels -2 % and +5 %
  desk.exchange.deposit("BTC", d("0.5"));
  desk.account.ledger().deposit("BTC", d("0.5"));
  const auto refusal = [&](const Adoption& adoption) {
    const Status adopted = desk.account.adopt(1, adoption);
    return adopted ? std::string("adopted") : adopted.error().text();
  };
  CHECK(refusal({d("0.5"), d("103"), {}, {}}).find("not above its stop-loss of 100.94: it would be sold at once") != std::string::npos);
  CHECK(refusal({d("0.5"), d("95"), {}, {}}).find("not below its take-profit of 99.75: it would be sold at once") != std::string::npos);
  CHECK(refusal({d("0.000001"), d("100"), {}, {}}).find("less than the exchange sells") != std::string::npos);
  CHECK(refusal({d("0.01"), d("100"), {}, {}}).find("sells nothing below 5") != std::string::npos);
  CHECK(refusal({d("0.6"), d("100"), {}, {}}).find("0.5") != std::string::npos);
  CHECK(desk.bot().is_flat());
  CHECK(desk.account.ledger().balance(Ledger::unallocated, "BTC") == d("0.5"));
  CHECK(refusal({d("0.5"), d("103"), d("97"), {}}) == "adopted");
  CHECK(desk.bot().protection == Protection::resting);
  CHECK(desk.account.ledger().balance(Ledger::unallocated, "BTC").is_zero());
}

TEST_CASE("the end of both protective orders is told, whichever way the position ends") {
  Desk desk;
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  CHECK(desk.diary.open_orders() == 2);
  SECTION("by the stop-loss") { desk.candle(100, 100, 90, 95); }
  SECTION("by the take-profit") { desk.candle(100, 120, 100, 110); }
  SECTION("by a signal") {
    desk.advise(Action::sell);
    desk.candle(100, 100, 100, 100);
  }
  REQUIRE(desk.bot().is_flat());
  CHECK(desk.diary.orders.size() >= 3);
  CHECK(desk.diary.open_orders() == 0);
  CHECK(desk.account.open_intents().empty());
}

TEST_CASE("a holding is released unsold: protection ends, the coins are unallocated, the bot can go") {
  Desk desk("0.001");
  CHECK_FALSE(desk.account.release_holding(1));  // flat
  desk.advise(Action::buy);
  CHECK_FALSE(desk.account.release_holding(1));  // its BUY is in flight
  desk.candle(100, 100, 100, 100);
  REQUIRE(desk.bot().protection == Protection::resting);
  const Decimal cash = desk.account.cash(desk.bot());
  REQUIRE(desk.account.release_holding(1));
  desk.account.on_exchange_events(desk.exchange.take_events());
  CHECK(desk.bot().is_flat());
  CHECK(desk.bot().quantity.is_zero());
  CHECK(desk.bot().cost.is_zero());
  CHECK(desk.bot().allotted.is_zero());
  CHECK(desk.account.cash(desk.bot()) == cash);
  CHECK(desk.exchange.open_orders().empty());
  CHECK(desk.account.open_intents().empty());
  CHECK(desk.diary.open_orders() == 0);
  CHECK(desk.account.ledger().balance(Ledger::unallocated, "BTC") == d("0.999"));
  CHECK(desk.account.ledger().bot_balance(1, "BTC").is_zero());
  CHECK(desk.diary.trades.empty());  // nothing was sold
  desk.candle(100, 120, 80, 100);  // neither level sells what is no longer its own
  CHECK(desk.diary.fills.size() == 1);
  desk.account.remove_bot(1);
  CHECK(desk.account.find_bot(1) == nullptr);
  desk.candle(100, 120, 80, 100);
}

TEST_CASE("an encoded bot decodes to the same bot") {
  Desk desk("0.001");
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  Bot copy;
  copy.settings = desk.bot().settings;
  REQUIRE(decode_bot(encode_bot(desk.bot()), copy));
  CHECK(encode_bot(copy) == encode_bot(desk.bot()));
  CHECK(copy.quantity == d("0.999"));
  CHECK_FALSE(decode_bot("{}", copy));
}
