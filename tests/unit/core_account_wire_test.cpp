// An account whose exchange loses answers, or fills less than was asked for: nothing is sent twice, nothing stands still.
#include "tests/unit/core_account_desk.hpp"

using namespace stratdock;
using namespace stratdock::test;

TEST_CASE("a BUY that ends with too little to be sold leaves dust, not a position, and the next one sweeps it") {
  Desk desk("0", "1000", {}, 0.04);
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);  // of its volume of 1 the order may take 0.04: worth 4, where 5 are asked for
  CHECK(desk.bot().phase == Phase::flat);
  CHECK(desk.bot().quantity == d("0.04"));
  CHECK(desk.diary.notices.back() == "BUY_EXPIRED");
  CHECK(desk.advise(Action::sell).blocked_reason.find("nothing to sell") != std::string::npos);
  CHECK(desk.advise(Action::buy).kind == Outcome::Kind::intent);
  desk.candle(100, 100, 100, 100);
  CHECK(desk.bot().phase == Phase::open);
  CHECK(desk.bot().quantity == d("0.08"));
  CHECK(desk.bot().cost == d("8"));
  desk.advise(Action::sell);
  for (int i = 0; i < 3; ++i) desk.candle(101, 101, 101, 101);
  REQUIRE(desk.diary.trades.size() == 1);
  CHECK(desk.account.find_bot(1)->trip == RoundTrip{});
}

TEST_CASE("a stop-loss that the market cannot fill whole is a sale that goes on, not protection that somebody cancelled") {
  Desk desk("0", "1000", {}, 0.6);
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  REQUIRE(desk.bot().quantity == d("0.6"));
  desk.candle(100, 100, 100, 100);
  desk.exchange.begin_candle("BTCUSDT", {desk.next, 99, 99, 97, 97, 0.5});  // of a thinner candle the stop gets the half
  desk.account.on_exchange_events(desk.exchange.take_events());
  desk.exchange.end_candle("BTCUSDT");
  desk.next += 300'000;
  desk.account.set_time(desk.next);
  desk.account.on_exchange_events(desk.exchange.take_events());
  CHECK(desk.bot().quantity == d("0.3"));
  CHECK(desk.bot().phase == Phase::open);
  CHECK(std::find(desk.diary.notices.begin(), desk.diary.notices.end(), "PROTECTION_CANCELLED") == desk.diary.notices.end());
  for (int i = 0; i < 3; ++i) desk.candle(97, 97, 97, 97);
  REQUIRE(desk.diary.trades.size() == 1);
  CHECK(desk.diary.trades[0].exit_reason == "stop_loss");
  CHECK(desk.diary.trades[0].quantity == d("0.6"));
}

TEST_CASE("a BUY whose answer is lost is never sent again and is booked when the exchange shows it") {
  Desk desk;
  desk.port.lost = {IntentPurpose::entry};
  desk.port.reaches_exchange = GENERATE(true, false);
  CHECK(desk.advise(Action::buy).kind == Outcome::Kind::intent);
  CHECK(desk.bot().phase == Phase::entering);
  CHECK(desk.diary.notices.back() == "ORDER_UNKNOWN");
  CHECK(desk.account.has_unknown(1));
  CHECK(desk.advise(Action::buy).kind == Outcome::Kind::blocked);
  if (desk.port.reaches_exchange) {  // its fill is evidence
    desk.candle(100, 100, 100, 100);
    CHECK(desk.bot().phase == Phase::open);
    CHECK(desk.bot().protection == Protection::resting);
    CHECK_FALSE(desk.account.has_unknown(1));
  } else {  // the bot waits, and its money is not spent twice
    for (int i = 0; i < 3; ++i) {
      desk.candle(100, 100, 100, 100);
      CHECK(desk.advise(Action::buy).kind == Outcome::Kind::blocked);
    }
    CHECK(desk.bot().phase == Phase::entering);
  }
  CHECK(desk.port.asked.size() == 1);
}

TEST_CASE("protection whose answer is lost is not doubled: it counts again once the exchange shows it") {
  Desk desk;
  desk.port.lost = {IntentPurpose::protect};
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  CHECK(desk.bot().phase == Phase::open);
  CHECK(desk.port.asked.size() == 1);
  desk.candle(100, 100, 100, 100);  // its orders' own events have come by now
  desk.account.verify(1);
  CHECK(desk.bot().protection == Protection::resting);
  CHECK(desk.exchange.open_orders().size() == 2);
  desk.candle(100, 100, 97, 97);
  CHECK(desk.diary.trades.at(0).exit_reason == "stop_loss");
}

TEST_CASE("while nobody knows whether protection rests, the engine watches and sells, once") {
  Desk desk;
  desk.port.lost = {IntentPurpose::protect};
  desk.port.reaches_exchange = false;
  desk.advise(Action::buy);
  for (int i = 0; i < 5; ++i) {
    desk.candle(100, 100, 100, 100);
    desk.account.verify(1);
  }
  CHECK(desk.bot().protection == Protection::placing);
  CHECK(desk.port.asked.size() == 1);
  desk.candle(100, 100, 97, 97);
  for (int i = 0; i < 3; ++i) desk.candle(97, 97, 97, 97);
  REQUIRE(desk.diary.trades.size() == 1);
  CHECK(desk.diary.trades[0].exit_reason == "stop_loss");
}

TEST_CASE("bot and intent say what is under way before anything leaves") {
  // What a port that makes things durable would find, at the moment it is asked to send.
  struct Witness : UnreliablePort {
    using UnreliablePort::UnreliablePort;
    Submission submit(const Intent& intent) override {
      seen.push_back(std::string(text(intent.purpose)) + " " + std::string(text(intent.state)) + " " + std::string(text(bot->phase)) + " " + std::string(text(bot->protection)));
      return UnreliablePort::submit(intent);
    }
    const Bot* bot = nullptr;
    std::vector<std::string> seen;
  };
  Desk desk;
  Witness port(desk.exchange);
  Account account(port, desk.diary, {}, "key");
  account.ledger().deposit("USDT", d("1000"));
  Bot seed;
  seed.id = 1;
  seed.settings.symbol = seed.symbol = "BTCUSDT";
  seed.settings.trade_amount = d("100");
  port.bot = &account.add_bot(seed);
  REQUIRE(account.apply(1, BotEvent::start, "", "test"));
  const std::string symbol = "BTCUSDT";
  const auto candle = [&] {
    StepCandle step{&symbol, desk.exchange.symbol_index(symbol), {desk.next, 100, 100, 100, 100, 1}, 300'000};
    desk.next += 300'000;
    trade_step(desk.exchange, account, {&step, 1}, desk.next);
  };
  candle();
  Decision decision;
  decision.action = Action::buy;
  account.on_decision(1, decision);
  candle();
  decision.action = Action::sell;
  account.on_decision(1, decision);
  CHECK(port.seen == std::vector<std::string>{"entry sent entering none", "protect sent open placing", "cancel sent open resting", "exit sent exiting none"});
}
