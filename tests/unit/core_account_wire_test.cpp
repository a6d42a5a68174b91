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

namespace {

Fill sale(const Desk& desk, int64_t trade_id, const char* quantity, const char* commission, const char* asset) {
  Fill fill;
  fill.symbol = "BTCUSDT";
  fill.side = Side::sell;
  fill.trade_id = trade_id;
  fill.price = d("100");
  fill.quantity = d(quantity);
  fill.quote_quantity = multiply(fill.price, fill.quantity, Rounding::down);
  fill.commission = d(commission);
  fill.commission_asset = asset;
  fill.time_ms = desk.next;
  return fill;
}

// A port whose orders rest until the test tells what became of them.
struct SilentPort : ExchangePort {
  const Symbol* find_symbol(const std::string& name) const override { return name == rules.name ? &rules : nullptr; }
  Submission submit(const Intent& intent) override {
    sent.push_back(intent);
    if (refused.contains(intent.purpose)) return {Submission::Kind::refused, {}, {"-2011 Unknown order sent.", ""}, {}};
    Submission answer;
    answer.unbooked = unbooked;
    if (intent.purpose == IntentPurpose::protect) {
      for (const OrderRequest* leg : {&intent.list.above, &intent.list.below}) answer.orders.push_back(order_of(*leg));
    } else if (intent.purpose != IntentPurpose::cancel) {
      answer.orders.push_back(order_of(intent.order));
    }
    return answer;
  }
  Order order_of(const OrderRequest& request) {
    Order order;
    order.order_id = ++last_id, order.list_id = 1;
    order.client_id = request.client_id, order.symbol = request.symbol, order.side = request.side, order.type = request.type;
    order.quantity = request.quantity;
    return order;
  }
  const Intent& last(IntentPurpose purpose) const {
    return *std::find_if(sent.rbegin(), sent.rend(), [&](const Intent& one) { return one.purpose == purpose; });
  }
  size_t count(IntentPurpose purpose) const {
    return static_cast<size_t>(std::count_if(sent.begin(), sent.end(), [&](const Intent& one) { return one.purpose == purpose; }));
  }
  Symbol rules = btc();
  std::vector<Intent> sent;
  std::set<IntentPurpose> refused;
  Decimal unbooked;
  int64_t last_id = 0;
};

// A bot of 100 USDT that has bought 1 BTC at 100, protected.
struct Holder {
  explicit Holder(Symbol rules = btc()) : account(port, diary, {}, "key") {
    port.rules = std::move(rules);
    account.ledger().deposit(port.rules.quote_asset, d("100"));
    Bot seed;
    seed.id = 1;
    seed.settings.name = "one";
    seed.settings.symbol = seed.symbol = port.rules.name;
    seed.settings.trade_amount = d("100");
    account.add_bot(seed);
    REQUIRE(account.apply(1, BotEvent::start, "", "test"));
    account.set_price(port.rules.name, d("100"));
    Decision buy;
    buy.action = Action::buy;
    REQUIRE(account.on_decision(1, buy).kind == Outcome::Kind::intent);
    trade(port.last(IntentPurpose::entry).order, "1", OrderStatus::filled);
    REQUIRE(bot().protection == Protection::resting);
  }
  Bot& bot() { return *account.find_bot(1); }
  Outcome sell() {
    Decision decision;
    decision.action = Action::sell;
    return account.on_decision(1, decision);
  }
  Order order_of(const OrderRequest& request, OrderStatus status, const char* executed, const char* expiry_reason = "") {
    Order order = port.order_of(request);
    order.quantity = d("1");
    order.executed_quantity = d(executed);
    order.status = status;
    order.expiry_reason = expiry_reason;
    return order;
  }
  void tell(const OrderRequest& request, OrderStatus status, const char* executed = "0", const char* expiry_reason = "") {
    account.on_exchange_events({{ExchangeEvent::Kind::order_changed, order_of(request, status, executed, expiry_reason), {}}});
  }
  void trade(const OrderRequest& request, const char* quantity, OrderStatus status, const char* commission = "0", const char* asset = "BNB") {
    Fill fill;
    fill.symbol = port.rules.name;
    fill.side = request.side;
    fill.client_id = request.client_id;
    fill.trade_id = ++trades;
    fill.price = d("100");
    fill.quantity = d(quantity);
    fill.quote_quantity = multiply(fill.price, fill.quantity, Rounding::down);
    fill.commission = d(commission);
    fill.commission_asset = asset;
    account.on_exchange_events({{ExchangeEvent::Kind::fill, order_of(request, status, quantity), fill}});
  }
  bool noticed(const char* code) const { return std::find(diary.notices.begin(), diary.notices.end(), code) != diary.notices.end(); }
  SilentPort port;
  Diary diary;
  Account account;
  int64_t trades = 0;
};

}  // namespace

TEST_CASE("commission in the very coin that was sold whole is paid from what else the account has of it") {
  Symbol bnb = btc();
  bnb.name = "BNBUSDT";
  bnb.base_asset = "BNB";
  Holder holder(bnb);
  const bool booked = GENERATE(true, false);  // the owner's BNB may have come without anybody telling
  if (booked) holder.account.ledger().deposit("BNB", d("3"));
  REQUIRE(holder.sell().kind == Outcome::Kind::intent);
  holder.trade(holder.port.last(IntentPurpose::exit).order, "1", OrderStatus::filled, "0.00075");
  CHECK(holder.bot().phase == Phase::flat);
  CHECK(holder.bot().quantity.is_zero());
  CHECK(holder.account.ledger().bot_balance(1, "BNB").is_zero());
  CHECK(holder.account.ledger().expected_exchange_balance("BNB") == (booked ? d("2.99925") : d("0")));
  CHECK(holder.noticed("ACCOUNT_CHANGED") == !booked);
  CHECK_FALSE(holder.noticed("BOOKS_DISAGREE"));
}

TEST_CASE("commission in a third asset that the ledger never heard of is booked, and told") {
  Desk desk("0");
  desk.advise(Action::buy);
  desk.candle(100, 100, 100, 100);
  Ledger& ledger = desk.account.ledger();
  const auto shortages = ledger.apply_fill(1, sale(desk, 77, "0.5", "0.01", "BNB"), "BTC", "USDT");
  REQUIRE(shortages.size() == 1);
  CHECK(shortages[0].asset == "BNB");
  CHECK(shortages[0].found == d("0.01"));
  CHECK(ledger.expected_exchange_balance("BNB").is_zero());
}

TEST_CASE("a sale of more than the bot holds ends nothing and is told as a difference of the books") {
  Holder holder;
  holder.account.ledger().deposit("BTC", d("5"));  // the owner's own
  REQUIRE(holder.sell().kind == Outcome::Kind::intent);
  holder.trade(holder.port.last(IntentPurpose::exit).order, "1.4", OrderStatus::filled);
  CHECK(holder.bot().quantity.is_zero());
  CHECK(holder.account.ledger().expected_exchange_balance("BTC") == d("4.6"));
  CHECK(holder.noticed("BOOKS_DISAGREE"));
}

TEST_CASE("what is written down of a bot after a refusal is what it is, not what it was before the send") {
  struct Written : Diary {
    std::map<int64_t, Phase> phases;
    void bot_changed(const Bot& bot) override { phases[bot.id] = bot.phase; }
  } written;
  SilentPort port;
  Account account(port, written, {}, "key");
  account.ledger().deposit("USDT", d("100"));
  Bot seed;
  seed.id = 1;
  seed.settings.name = "one";
  seed.settings.symbol = seed.symbol = "BTCUSDT";
  seed.settings.trade_amount = d("100");
  account.add_bot(seed);
  REQUIRE(account.apply(1, BotEvent::start, "", "test"));
  account.set_price("BTCUSDT", d("100"));
  port.refused = {IntentPurpose::entry};
  Decision buy;
  buy.action = Action::buy;
  CHECK(account.on_decision(1, buy).kind == Outcome::Kind::blocked);
  CHECK(written.phases.at(1) == Phase::flat);
}

TEST_CASE("what a cancel says was sold already is not sold a second time") {
  Holder holder;
  holder.account.ledger().deposit("BTC", d("5"));
  holder.port.unbooked = d("0.4");  // the take-profit's trade is on its way to us
  REQUIRE(holder.sell().kind == Outcome::Kind::intent);
  CHECK(holder.port.last(IntentPurpose::exit).order.quantity == d("0.6"));
}

TEST_CASE("protection that is gone although its cancel was refused is placed again, and nothing stands still") {
  Holder holder;
  const OrderListRequest list = holder.port.last(IntentPurpose::protect).list;
  holder.port.refused = {IntentPurpose::cancel};  // its owner was faster
  CHECK(holder.sell().kind == Outcome::Kind::blocked);
  holder.tell(list.above, OrderStatus::canceled);
  holder.tell(list.below, OrderStatus::canceled);
  CHECK(holder.bot().protection == Protection::resting);
  CHECK(holder.port.count(IntentPurpose::protect) == 2);
  holder.port.refused = {};
  CHECK(holder.sell().kind == Outcome::Kind::intent);
}

TEST_CASE("a leg that expires without saying why is no protection lost: the other one has triggered") {
  Holder holder;
  const OrderListRequest list = holder.port.last(IntentPurpose::protect).list;
  holder.tell(list.above, OrderStatus::expired);  // messages of before March 2026 give no reason
  CHECK(holder.port.count(IntentPurpose::protect) == 1);
  SECTION("and sells") {
    holder.trade(list.below, "1", OrderStatus::filled);
    CHECK(holder.bot().phase == Phase::flat);
    CHECK(holder.port.count(IntentPurpose::protect) == 1);
  }
  SECTION("or ends as well, sold nothing") {
    holder.tell(list.below, OrderStatus::expired);
    CHECK(holder.port.count(IntentPurpose::protect) == 2);
    CHECK(holder.noticed("PROTECTION_CANCELLED"));
  }
}

TEST_CASE("a take-profit that its owner cancels when almost all is sold leaves dust, not a position") {
  Holder holder;
  const OrderListRequest list = holder.port.last(IntentPurpose::protect).list;
  holder.trade(list.above, "0.99", OrderStatus::partially_filled);
  holder.tell(list.above, OrderStatus::canceled, "0.99");
  CHECK(holder.bot().phase == Phase::flat);
  CHECK(holder.bot().quantity == d("0.01"));
  CHECK(holder.port.count(IntentPurpose::protect) == 1);
}
