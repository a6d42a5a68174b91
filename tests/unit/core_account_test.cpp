// An account on the paper exchange: a bot buys, is protected, sells, compounds, waits for money, is closed.
#include <algorithm>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "core/account.hpp"
#include "core/backtest.hpp"

using namespace stratdock;

namespace {

Decimal d(const char* text) { return Decimal::parse(text).value(); }

Symbol btc() {
  Symbol s;
  s.name = "BTCUSDT";
  s.base_asset = "BTC";
  s.quote_asset = "USDT";
  s.price = {d("0.01"), d("1000000"), d("0.01")};
  s.lot = {d("0.00001"), d("9000"), d("0.00001")};
  s.notional.min = d("5");
  s.notional.min_applies_to_market = true;
  return s;
}

struct Diary : Recorder {
  std::vector<Trade> trades;
  std::vector<Fill> fills;
  std::vector<std::string> notices, intents;
  std::map<std::string, OrderStatus> orders;  // client id -> its last status told
  void order_changed(const Bot&, const Intent&, const Order& order) override { orders[order.client_id] = order.status; }
  size_t open_orders() const {
    return static_cast<size_t>(std::count_if(orders.begin(), orders.end(), [](const auto& entry) { return !is_terminal(entry.second); }));
  }
  void position_closed(const Bot&, const Trade& trade) override { trades.push_back(trade); }
  void filled(const Bot&, const Intent&, const Fill& fill) override { fills.push_back(fill); }
  void noticed(const Bot&, const Notice& notice) override { notices.push_back(notice.code); }
  void intent_changed(const Bot&, const Intent& intent) override { intents.push_back(std::string(text(intent.purpose)) + ":" + std::string(text(intent.state))); }
};

// The paper exchange behind a wire that can be told to refuse, and to lose answers: of what the exchange then has, or of
// what never reached it.
struct UnreliablePort : PaperPort {
  using PaperPort::PaperPort;
  Submission submit(const Intent& intent) override {
    if (refused.contains(intent.purpose)) {
      asked.push_back(intent.at_ms);
      return {Submission::Kind::refused, {}, {"HTTP 503 from the exchange", ""}};
    }
    if (!lost.contains(intent.purpose)) return PaperPort::submit(intent);
    asked.push_back(intent.at_ms);
    if (reaches_exchange) (void)PaperPort::submit(intent);
    return {Submission::Kind::unknown, {}, {"no answer within 5 s", ""}};
  }
  std::set<IntentPurpose> refused, lost;
  bool reaches_exchange = true;
  std::vector<int64_t> asked;  // times of the refused and the lost
};

// One bot with 100 USDT of 1,000; candles of five minutes, one after the other.
struct Desk {
  explicit Desk(const char* fee = "0", const char* deposit = "1000", RiskLimits limits = {}) : exchange(settings(fee)), port(exchange), account(port, diary, limits, "key") {
    exchange.set_symbol(btc());
    exchange.deposit("USDT", d(deposit));
    account.ledger().deposit("USDT", d(deposit));
    Bot seed;
    seed.id = 1;
    seed.settings.name = "one";
    seed.settings.symbol = seed.symbol = "BTCUSDT";
    seed.settings.trade_amount = d("100");
    account.add_bot(seed);
    REQUIRE(account.apply(1, BotEvent::start, "", "test"));
    candle(100, 100, 100, 100);
  }
  static PaperSettings settings(const char* fee) {
    PaperSettings s;
    s.fees.maker = s.fees.taker = d(fee);
    return s;
  }
  Bot& bot() { return *account.find_bot(1); }
  Outcome advise(Action action) {
    Decision decision;
    decision.action = action;
    return account.on_decision(1, decision);
  }
  void candle(double open, double high, double low, double close) {
    Candle c;
    c.open_time_ms = next;
    c.open = open, c.high = high, c.low = low, c.close = close, c.volume = 1;
    const std::string symbol = "BTCUSDT";
    StepCandle step{&symbol, exchange.symbol_index(symbol), c, 300'000};
    next += 300'000;
    trade_step(exchange, account, {&step, 1}, next);
    // At every moment: the books agree.
    for (const char* asset : {"USDT", "BTC"}) {
      Balance b = exchange.balance(asset);
      CHECK((b.free + b.locked).text() == account.ledger().expected_exchange_balance(asset).text());
    }
  }

  int64_t next = 1'700'000'100'000;
  PaperExchange exchange;
  UnreliablePort port;
  Diary diary;
  Account account;
};

}  // namespace

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

TEST_CASE("a holding that lies unallocated is adopted on request, protected, and sold as the bot's own") {
  Desk desk;
  CHECK_FALSE(desk.account.adopt(1, d("0.5"), d("90"), {}, {}));  // nobody holds it
  desk.exchange.deposit("BTC", d("0.5"));
  desk.account.ledger().deposit("BTC", d("0.5"));
  CHECK_FALSE(desk.account.adopt(1, d("0.5"), d("90"), d("95"), {}));
  REQUIRE(desk.account.adopt(1, d("0.5"), d("90"), d("85"), d("110")));
  CHECK(desk.bot().stop_price == d("85"));
  CHECK(desk.bot().take_price == d("110"));
  CHECK(desk.bot().protection == Protection::resting);
  CHECK_FALSE(desk.account.adopt(1, d("0.1"), d("90"), {}, {}));
  desk.candle(100, 111, 100, 110);
  REQUIRE(desk.diary.trades.size() == 1);
  CHECK(desk.diary.trades[0].profit == d("10"));  // 0.5 * (110 - 90)
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
