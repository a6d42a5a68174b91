// What an exchange does not tell, tells late, or will not answer: it is asked for until the books agree, and nothing is guessed.
#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "host/engine/remote_venue.hpp"

using namespace stratdock;

namespace {

Decimal d(const char* text) { return Decimal::parse(text).value(); }

Symbol rules_of(const char* name, const char* base) {
  Symbol rules;
  rules.name = name;
  rules.base_asset = base;
  rules.quote_asset = "USDT";
  rules.price = {d("0.01"), d("1000000"), d("0.01")};
  rules.lot = {d("0.00001"), d("9000"), d("0.00001")};
  rules.notional.min = d("5");
  rules.notional.min_applies_to_market = true;
  return rules;
}

struct TwoSymbols : CandleSource {
  std::vector<MarketSymbol> all;
  TwoSymbols() {
    for (const Symbol& rules : {rules_of("BTCUSDT", "BTC"), rules_of("ETHUSDT", "ETH")}) {
      all.emplace_back();
      all.back().rules = rules;
      all.back().interval_ms = 300'000;
    }
  }
  const std::vector<MarketSymbol>& symbols() const override { return all; }
  int64_t start_ms() const override { return 0; }
  Result<bool> next(MarketStep&) override { return false; }
  int64_t position_ms() const override { return 0; }
  Status seek(int64_t) override { return {}; }
  Result<CandleSeries> candles(size_t, int64_t, int64_t) const override { return CandleSeries(300'000); }
};

// An exchange that does what the test says, and tells of it only what the test lets it tell.
struct Scripted : ExchangeSession {
  TwoSymbols source;
  std::map<std::string, Order> orders;  // by client id
  std::vector<Fill> fills;
  std::vector<SessionEvent> events;
  Holdings known{{{"USDT", {d("1000"), {}}}}, 1};
  std::set<std::string> unanswered;  // client ids that no question about is answered
  std::vector<std::string> asked;
  bool loses_answers = false, hides_orders = false, hides_fills = false, refuses_cancels = false;
  bool refuses_lists = false;
  std::string vanished;      // a symbol that it does not list any more
  bool is_taciturn = false;  // its answers say that there is an order, and no more
  int64_t numbers = 0;

  const Symbol* find_symbol(std::string_view name) const override {
    for (const MarketSymbol& one : source.all)
      if (one.rules.name == name && name != vanished) return &one.rules;
    return nullptr;
  }
  Result<int64_t> send_time_ms() override { return 0; }
  Order& add(const OrderRequest& request) {
    Order order;
    order.order_id = ++numbers;
    order.list_id = 1;
    order.client_id = request.client_id, order.symbol = request.symbol, order.side = request.side, order.type = request.type;
    order.quantity = request.quantity, order.price = request.price, order.stop_price = request.stop_price;
    return orders[request.client_id] = order;
  }
  // The order executes `quantity` at 100, of which the account's balances tell at once.
  Fill fill(const std::string& client_id, const char* quantity, OrderStatus status) {
    Order& order = orders.at(client_id);
    Fill one;
    one.trade_id = ++numbers, one.order_id = order.order_id, one.client_id = client_id, one.symbol = order.symbol, one.side = order.side;
    one.price = d("100"), one.quantity = d(quantity), one.quote_quantity = multiply(one.price, one.quantity, Rounding::down);
    one.commission_asset = "USDT";
    fills.push_back(one);
    order.executed_quantity += one.quantity;
    order.executed_quote_quantity += one.quote_quantity;
    order.status = status;
    const std::string base = find_symbol(order.symbol)->base_asset;
    const bool buys = order.side == Side::buy;
    change(base, buys ? one.quantity : -one.quantity);
    change("USDT", buys ? -one.quote_quantity : one.quote_quantity);
    return one;
  }
  void change(const std::string& asset, Decimal amount) {
    Balance& balance = known.balances[asset];
    balance.free += amount;
    if (balance.free.is_negative()) balance.locked += std::exchange(balance.free, {});  // what was sold had been locked
  }
  Submission place_order(const OrderRequest& request, int64_t) override {
    add(request);
    const Fill one = fill(request.client_id, "1", OrderStatus::filled);
    orders[request.client_id].quantity = d("1");
    if (is_taciturn) {
      Order order = orders[request.client_id];
      order.status = OrderStatus::new_;
      order.executed_quantity = order.executed_quote_quantity = {};
      return {Submission::Kind::accepted, {order}, {}, {}};
    }
    if (loses_answers) return {Submission::Kind::unknown, {}, {"no answer", ""}, {}};
    return {Submission::Kind::accepted, {orders[request.client_id]}, {}, {one}};
  }
  Submission place_list(const OrderListRequest& request, int64_t) override {
    if (refuses_lists) return {Submission::Kind::refused, {}, {"-1121 Invalid symbol.", ""}, {}};
    Submission answer;
    Balance& held = known.balances[find_symbol(request.symbol)->base_asset];
    held.free -= request.above.quantity, held.locked += request.above.quantity;
    for (const OrderRequest* leg : {&request.above, &request.below}) answer.orders.push_back(add(*leg));
    return answer;
  }
  Submission cancel_list(const std::string&, int64_t, int64_t) override {
    if (refuses_cancels) return {Submission::Kind::refused, {}, {"-2011", ""}, {}};
    Submission answer;
    for (auto& [id, order] : orders)
      if (order.side == Side::sell && !is_terminal(order.status)) order.status = OrderStatus::canceled, answer.orders.push_back(order);
    return answer;
  }
  Result<std::optional<Order>> find_order(const std::string&, const std::string& client_id) override {
    asked.push_back(client_id);
    if (unanswered.contains(client_id)) return failure("asking for the order " + client_id + ": what came could not be read");
    const auto found = orders.find(client_id);
    if (found == orders.end() || hides_orders) return std::optional<Order>{};
    return std::optional<Order>(found->second);
  }
  Result<std::vector<Fill>> fills_of(const std::string& symbol, int64_t order_id) override {
    std::vector<Fill> found;
    for (const Fill& one : fills)
      if (!hides_fills && one.symbol == symbol && one.order_id == order_id) found.push_back(one);
    return found;
  }
  Result<std::map<std::string, Balance>> balances() override { return known.balances; }
  const Holdings& holdings() const override { return known; }
  bool has_events() override { return !events.empty(); }
  std::vector<SessionEvent> take_events() override { return std::exchange(events, {}); }
};

struct Diary : Recorder {
  std::vector<std::string> notices;
  void noticed(const Bot&, const Notice& notice) override { notices.push_back(notice.code); }
};

// Two bots, each about to hold one coin bought at 100.
struct Desk {
  Scripted session;
  Diary diary;
  int64_t now_ms = 1'000'000;
  std::vector<std::string> told, disagreed;
  int agreed = 0;
  RemoteVenueOptions options{[] { return Status{}; }, [this](const std::string& line) { told.push_back(line); }, [this](const std::string& line) { disagreed.push_back(line); },
                             [this] { return now_ms; }, [this] { ++agreed; }};
  std::unique_ptr<Venue> venue = make_remote_venue(session, session.source, options);
  struct Relay : ExchangePort {
    Desk* desk = nullptr;
    const Symbol* find_symbol(const std::string& name) const override { return desk->venue->port().find_symbol(name); }
    Submission submit(const Intent& intent) override { return desk->venue->port().submit(intent); }
  } relay;
  Account account{relay, diary, {}, "desk"};

  Desk() {
    relay.desk = this;
    REQUIRE(venue->begin(account, {}, 0));
    for (const auto& [id, symbol] : {std::pair(1, "BTCUSDT"), std::pair(2, "ETHUSDT")}) {
      Bot bot;
      bot.id = id;
      bot.settings.name = symbol;
      bot.settings.symbol = bot.symbol = symbol;
      bot.settings.trade_amount = d("100");
      account.set_price(symbol, d("100"));
      account.add_bot(bot);
      REQUIRE(account.apply(id, BotEvent::start, "", "test"));
    }
  }
  Bot& bot(int64_t id) { return *account.find_bot(id); }
  Outcome advise(int64_t id, Action action) {
    Decision decision;
    decision.action = action;
    return account.on_decision(id, decision);
  }
  void buy(int64_t id) {
    REQUIRE(advise(id, Action::buy).kind == Outcome::Kind::intent);
    settle();
    REQUIRE(bot(id).protection == Protection::resting);
  }
  void settle() { REQUIRE(venue->settle(account)); }
  // The account is looked at as a whole, as it is every 20 s.
  void look() {
    ++session.known.at_ms;
    REQUIRE(venue->has_news());
    settle();
  }
  std::string leg(int64_t id, bool take) {
    const OrderListRequest& list = account.open_intents().at(bot(id).protect_intent).list;
    return take ? list.above.client_id : list.below.client_id;
  }
  void start_anew() {
    const std::string state = venue->state();
    venue = make_remote_venue(session, session.source, options);
    REQUIRE(venue->restore(account, state));
  }
};

}  // namespace

TEST_CASE("an order that the exchange does not know yet is asked for again, at growing pauses, until it shows") {
  Desk desk;
  desk.session.loses_answers = desk.session.hides_orders = true;
  REQUIRE(desk.advise(1, Action::buy).kind == Outcome::Kind::intent);
  desk.settle();
  REQUIRE(desk.account.has_unknown());
  for (const int64_t pause_ms : {1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000}) {
    const size_t asked = desk.session.asked.size();
    desk.now_ms += pause_ms - 1;
    CHECK(!desk.venue->has_news());
    desk.settle();
    CHECK(desk.session.asked.size() == asked);
    ++desk.now_ms;
    REQUIRE(desk.venue->has_news());
    desk.settle();
    CHECK(desk.session.asked.size() == asked + 1);
  }
  desk.session.hides_orders = false;
  desk.now_ms += 30'000;
  desk.settle();
  CHECK(!desk.account.has_unknown());
  CHECK(desk.bot(1).protection == Protection::resting);
}

TEST_CASE("trades that lag behind their order are asked for at growing pauses as well") {
  Desk desk;
  desk.session.loses_answers = desk.session.hides_fills = true;
  REQUIRE(desk.advise(1, Action::buy).kind == Outcome::Kind::intent);
  int questions = 0;
  for (int second = 0; second < 60; ++second, desk.now_ms += 1'000) {
    const size_t before = desk.session.asked.size();
    for (int loop = 0; loop < 10; ++loop)
      if (desk.venue->has_news()) desk.settle();
    questions += static_cast<int>(desk.session.asked.size() - before);
  }
  CHECK(questions <= 10);
  desk.session.hides_fills = false;
  desk.now_ms += 30'000;
  desk.settle();
  CHECK(desk.bot(1).quantity == d("1"));
}

TEST_CASE("an order whose answer cannot be read keeps no other from being asked for") {
  Desk desk;
  desk.buy(1);
  desk.buy(2);
  desk.session.unanswered = {desk.leg(1, true)};
  desk.session.fill(desk.leg(2, true), "1", OrderStatus::filled);  // and nobody tells
  desk.session.orders.at(desk.leg(2, false)).status = OrderStatus::expired;
  desk.session.events.push_back({SessionEvent::Kind::gap, {}, {}, {}, {}});
  for (int round = 0; round < 3; ++round, desk.now_ms += 60'000) desk.settle();
  CHECK(desk.bot(2).phase == Phase::flat);
  CHECK(desk.bot(1).protection == Protection::resting);
}

TEST_CASE("at a start nothing is called foreign money while the end of an order cannot be asked for") {
  Desk desk;
  desk.buy(1);
  const std::string take = desk.leg(1, true);
  desk.session.fill(take, "1", OrderStatus::filled);  // while the engine was away
  desk.session.orders.at(desk.leg(1, false)).status = OrderStatus::expired;
  desk.session.unanswered = {take};
  desk.start_anew();
  CHECK_FALSE(desk.venue->knows_all());
  CHECK(desk.told.empty());
  CHECK(desk.disagreed.empty());
  desk.session.unanswered.clear();
  desk.now_ms += 60'000;
  desk.settle();
  CHECK(desk.venue->knows_all());
  CHECK(desk.bot(1).phase == Phase::flat);
  CHECK(desk.account.ledger().expected_exchange_balance("USDT") == d("1000"));
  CHECK(desk.account.ledger().expected_exchange_balance("BTC").is_zero());
  desk.look();
  desk.look();
  CHECK(desk.told.empty());
  CHECK(desk.agreed > 0);
}

TEST_CASE("what is filled while a start asks for it is no foreign money") {
  Desk desk;
  desk.buy(1);
  SessionEvent event;
  event.fill = desk.session.fill(desk.leg(1, true), "1", OrderStatus::filled);
  event.order = desk.session.orders.at(desk.leg(1, true));
  desk.session.events.push_back({SessionEvent::Kind::gap, {}, {}, {}, {}});
  desk.session.events.push_back(event);
  desk.start_anew();
  CHECK(desk.told.empty());
  CHECK(desk.disagreed.empty());
  CHECK(desk.bot(1).phase == Phase::flat);
}

TEST_CASE("a symbol that the exchange lists no more ends nothing: what happens to its orders is booked") {
  Desk desk;
  desk.buy(1);
  const std::string take = desk.leg(1, true), stop = desk.leg(1, false);
  desk.session.vanished = "BTCUSDT";
  SECTION("its take-profit fills while the engine is away") {
    desk.session.vanished.clear();
    desk.session.fill(take, "1", OrderStatus::filled);
    desk.session.orders.at(stop).status = OrderStatus::expired;
    desk.session.vanished = "BTCUSDT";
    desk.start_anew();
    CHECK(desk.bot(1).phase == Phase::flat);
    CHECK(desk.account.ledger().expected_exchange_balance("USDT") == d("1000"));
  }
  SECTION("they are cancelled with the listing") {
    desk.session.refuses_lists = true;
    for (const std::string& leg : {take, stop}) desk.session.orders.at(leg).status = OrderStatus::canceled;
    desk.start_anew();
    CHECK(desk.bot(1).protection == Protection::failed);
    CHECK(std::find(desk.diary.notices.begin(), desk.diary.notices.end(), "PROTECTION_REFUSED") != desk.diary.notices.end());
  }
  CHECK(desk.disagreed.empty());
}

TEST_CASE("a deposit that nobody told of is unallocated money after the second look") {
  Desk desk;
  desk.buy(1);
  desk.look();
  desk.session.change("USDT", d("250"));
  desk.look();
  CHECK(desk.told.empty());
  desk.look();
  REQUIRE(desk.told.size() == 1);
  CHECK(desk.account.ledger().expected_exchange_balance("USDT") == d("1150"));
  desk.look();
  desk.look();
  CHECK(desk.told.size() == 1);
  CHECK(desk.disagreed.empty());
}

TEST_CASE("coins of a bot that its owner sold unseen are a difference of the books, told once, until they agree again") {
  Desk desk;
  desk.buy(1);
  desk.session.known.balances["BTC"] = {};
  for (int i = 0; i < 4; ++i) desk.look();
  CHECK(desk.disagreed.empty());  // protection is missing as well: its orders are asked for first
  for (const bool take : {true, false}) desk.session.orders.at(desk.leg(1, take)).status = OrderStatus::canceled;
  for (int i = 0; i < 2; ++i) desk.look();
  CHECK(std::count(desk.diary.notices.begin(), desk.diary.notices.end(), "PROTECTION_CANCELLED") == 1);
  desk.session.known.balances["BTC"] = {{}, d("1")};
  for (int i = 0; i < 3; ++i) desk.look();
  CHECK(desk.agreed > 0);
  desk.session.known.balances["BTC"].locked = d("1.5");
  desk.session.known.balances["ETH"] = {};
  for (int i = 0; i < 4; ++i) desk.look();
  CHECK(desk.told.size() == 1);
}

TEST_CASE("protective orders that were cancelled without a word are missed at the next look") {
  Desk desk;
  desk.buy(1);
  desk.look();
  const std::string before = desk.leg(1, true);
  for (const bool take : {true, false}) desk.session.orders.at(desk.leg(1, take)).status = OrderStatus::canceled;
  Balance& held = desk.session.known.balances["BTC"];
  held.free += std::exchange(held.locked, {});
  desk.look();
  desk.settle();
  CHECK(desk.bot(1).protection == Protection::resting);
  CHECK(desk.leg(1, true) != before);
}

TEST_CASE("an order that was to be over long ago is asked for at the next look, and no resting one with it") {
  Desk desk;
  desk.buy(2);
  desk.session.is_taciturn = true;
  REQUIRE(desk.advise(1, Action::buy).kind == Outcome::Kind::intent);
  desk.settle();
  CHECK(desk.bot(1).phase == Phase::entering);
  const size_t asked = desk.session.asked.size();
  desk.look();
  desk.settle();
  CHECK(desk.bot(1).protection == Protection::resting);
  CHECK(desk.session.asked.size() == asked + 1);
}

TEST_CASE("a cancel that is refused asks what became of the orders") {
  Desk desk;
  desk.buy(1);
  desk.session.fill(desk.leg(1, true), "1", OrderStatus::filled);  // and nobody tells
  desk.session.orders.at(desk.leg(1, false)).status = OrderStatus::expired;
  desk.session.refuses_cancels = true;
  CHECK(desk.advise(1, Action::sell).kind == Outcome::Kind::blocked);
  desk.settle();
  CHECK(desk.bot(1).phase == Phase::flat);
}

TEST_CASE("a part that the take-profit sold before its cancel is not sold again") {
  Desk desk;
  desk.buy(1);
  desk.session.change("BTC", d("5"));  // the owner's own
  desk.session.fill(desk.leg(1, true), "0.4", OrderStatus::partially_filled);
  REQUIRE(desk.advise(1, Action::sell).kind == Outcome::Kind::intent);
  const auto sale = std::max_element(desk.session.orders.begin(), desk.session.orders.end(), [](const auto& a, const auto& b) { return a.second.order_id < b.second.order_id; });
  CHECK(sale->second.client_id == desk.account.open_intents().at(desk.bot(1).exit_intent).client_id);
  CHECK(desk.account.open_intents().at(desk.bot(1).exit_intent).order.quantity == d("0.6"));
}
