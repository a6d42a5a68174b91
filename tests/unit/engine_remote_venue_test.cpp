// Trading over a wire that repeats, reorders and loses what it tells: the same trades as inside the process.
#include <cstdlib>
#include <random>

#include <catch2/catch.hpp>

#include "core/backtest.hpp"
#include "host/engine/remote_venue.hpp"

using namespace stratdock;

namespace {

constexpr int64_t interval_ms = 300'000, start_ms = 1'700'000'100'000;

Decimal d(const char* text) { return Decimal::parse(text).value(); }

MarketSymbol btc() {
  MarketSymbol symbol;
  symbol.rules.name = "BTCUSDT";
  symbol.rules.base_asset = "BTC";
  symbol.rules.quote_asset = "USDT";
  symbol.rules.price = {d("0.01"), d("1000000"), d("0.01")};
  symbol.rules.lot = {d("0.00001"), d("9000"), d("0.00001")};
  symbol.rules.notional.min = d("5");
  symbol.rules.notional.min_applies_to_market = true;
  symbol.interval_ms = interval_ms;
  return symbol;
}

struct OneSymbol : CandleSource {
  std::vector<MarketSymbol> all{btc()};
  const std::vector<MarketSymbol>& symbols() const override { return all; }
  int64_t start_ms() const override { return ::start_ms; }
  Result<bool> next(MarketStep&) override { return false; }
  int64_t position_ms() const override { return ::start_ms; }
  Status seek(int64_t) override { return {}; }
  Result<CandleSeries> candles(size_t, int64_t, int64_t) const override { return CandleSeries(interval_ms); }
};

struct Faults {
  double repeat = 0, swap = 0, drop = 0, lose_answer = 0;
  bool candles_first = false;  // a candle is here before the news of what was filled in it
};

// The paper exchange at the other end of a wire.
class Wire : public ExchangeSession {
public:
  Wire(PaperExchange& exchange, Faults faults, std::mt19937_64& random) : exchange_(exchange), faults_(faults), random_(random) {}

  const Symbol* find_symbol(std::string_view name) const override { return exchange_.find_symbol(name); }
  Result<int64_t> send_time_ms() override { return 0; }
  Submission place_order(const OrderRequest& request, int64_t) override {
    ++sent[request.client_id];
    auto order = exchange_.place_order(request);
    if (!order) return {Submission::Kind::refused, {}, order.error(), {}};
    return answer({*order});
  }
  Submission place_list(const OrderListRequest& request, int64_t) override {
    ++sent[request.list_client_id];
    auto orders = exchange_.place_list(request);
    if (!orders) return {Submission::Kind::refused, {}, orders.error(), {}};
    return answer(*orders);
  }
  Submission cancel_list(const std::string&, int64_t list_id, int64_t) override {
    auto orders = exchange_.cancel_list(list_id);
    if (!orders) return {Submission::Kind::refused, {}, orders.error(), {}};
    return {Submission::Kind::accepted, *orders, {}, {}};  // a cancel whose answer is lost is asked again: other tests show that
  }
  Result<std::optional<Order>> find_order(const std::string& symbol, const std::string& client_id) override {
    ++questions;
    if (is_deaf) return failure("asking for the order " + client_id + ": no answer within 5 s");
    auto order = exchange_.find_order(symbol, client_id);
    if (!order) return std::optional<Order>{};
    return std::optional<Order>{*order};
  }
  Result<std::vector<Fill>> fills_of(const std::string&, int64_t order_id) override {
    collect();
    std::vector<Fill> fills;
    for (const Fill& fill : all_fills_)
      if (fill.order_id == order_id) fills.push_back(fill);
    return fills;
  }
  Result<std::map<std::string, Balance>> balances() override { return exchange_.balances(); }
  const Holdings& holdings() const override { return holdings_ = {exchange_.balances(), 0}; }
  std::vector<SessionEvent> take_events() override {
    collect();
    if (is_behind) return {};
    std::vector<SessionEvent> told;
    for (SessionEvent& event : std::exchange(waiting_, {})) {
      if (chance(faults_.drop)) {
        told.push_back({SessionEvent::Kind::gap, {}, {}, {}, {}});
        continue;
      }
      told.push_back(event);
      if (chance(faults_.repeat)) told.push_back(event);
      if (told.size() > 1 && chance(faults_.swap)) std::swap(told.back(), told[told.size() - 2]);
    }
    return told;
  }
  bool has_events() override { return exchange_.has_events() || !waiting_.empty(); }

  std::map<std::string, int> sent;
  bool is_behind = false, is_deaf = false;
  int questions = 0;

private:
  bool chance(double p) { return p > 0 && std::uniform_real_distribution<>(0, 1)(random_) < p; }
  Submission answer(std::vector<Order> orders) {
    if (chance(faults_.lose_answer)) return {Submission::Kind::unknown, {}, {"no answer within 5 s", ""}, {}};
    return {Submission::Kind::accepted, std::move(orders), {}, {}};
  }
  void collect() {
    for (ExchangeEvent& event : exchange_.take_events()) {
      SessionEvent told;
      told.order = event.order;
      if (event.kind == ExchangeEvent::Kind::fill) {
        told.fill = event.fill;
        all_fills_.push_back(event.fill);
      }
      waiting_.push_back(std::move(told));
    }
  }

  PaperExchange& exchange_;
  Faults faults_;
  std::mt19937_64& random_;
  std::vector<SessionEvent> waiting_;
  std::vector<Fill> all_fills_;
  mutable Holdings holdings_;
};

struct Trades : Recorder {
  std::vector<Trade> closed;
  void position_closed(const Bot&, const Trade& trade) override { closed.push_back(trade); }
};

Bot one_bot() {
  Bot bot;
  bot.id = 1;
  bot.settings.name = "one";
  bot.settings.symbol = bot.symbol = "BTCUSDT";
  bot.settings.trade_amount = d("100");
  return bot;
}

std::vector<Candle> random_candles(std::mt19937_64& random, size_t count) {
  std::vector<Candle> candles;
  double price = 100;
  std::normal_distribution<> move(0, 0.01);
  for (size_t i = 0; i < count; ++i) {
    Candle c;
    c.open_time_ms = start_ms + static_cast<int64_t>(i) * interval_ms;
    c.open = price;
    c.close = std::round(price * std::exp(move(random)) * 100) / 100;
    c.high = std::round(std::max(c.open, c.close) * (1 + std::abs(move(random)) / 2) * 100) / 100 + 0.01;
    c.low = std::round(std::min(c.open, c.close) * (1 - std::abs(move(random)) / 2) * 100) / 100 - 0.01;
    c.volume = std::uniform_real_distribution<>(5, 40)(random);
    price = c.close;
    candles.push_back(c);
  }
  return candles;
}

Action advice(std::mt19937_64& random) {
  const auto roll = std::uniform_int_distribution<>(0, 9)(random);
  return roll < 4 ? Action::buy : roll < 6 ? Action::sell : Action::hold;
}

PaperSettings fees() {
  PaperSettings settings;
  settings.fees.maker = settings.fees.taker = d("0.001");
  settings.max_volume_share = 0.03;  // most orders fill in parts
  return settings;
}

std::vector<Trade> trades_inside(const std::vector<Candle>& candles, std::mt19937_64 advice_random) {
  PaperExchange exchange(fees());
  exchange.set_symbol(btc().rules);
  exchange.deposit("USDT", d("1000"));
  PaperPort port(exchange);
  Trades trades;
  Account account(port, trades, {}, "inside");
  account.ledger().deposit("USDT", d("1000"));
  account.add_bot(one_bot());
  REQUIRE(account.apply(1, BotEvent::start, "", "test"));
  const std::string symbol = "BTCUSDT";
  for (const Candle& candle : candles) {
    StepCandle step{&symbol, 0, candle, interval_ms};
    trade_step(exchange, account, {&step, 1}, candle.open_time_ms + interval_ms);
    Decision decision;
    decision.action = advice(advice_random);
    account.verify(1);
    account.on_decision(1, decision);
  }
  return trades.closed;
}

struct Outside {
  std::vector<Trade> trades;
  int most_sent = 0;
};

// The venue is made anew from its journaled state every `restart_every` candles.
Outside trades_outside(const std::vector<Candle>& candles, std::mt19937_64 advice_random, Faults faults, std::mt19937_64& random, size_t restart_every) {
  PaperExchange exchange(fees());
  exchange.set_symbol(btc().rules);
  exchange.deposit("USDT", d("1000"));
  Wire wire(exchange, faults, random);
  OneSymbol source;
  Trades trades;
  std::vector<std::string> told, disagreements;
  int durable = 0;
  const RemoteVenueOptions options{[&] { return ++durable, Status{}; }, [&](const std::string& line) { told.push_back(line); },
                                   [&](const std::string& line) { disagreements.push_back(line); }, {}};
  auto venue = make_remote_venue(wire, source, options);
  struct Relay : ExchangePort {  // the account outlives a venue here, which it does not in the engine
    std::unique_ptr<Venue>* venue = nullptr;
    const Symbol* find_symbol(const std::string& name) const override { return (*venue)->port().find_symbol(name); }
    Submission submit(const Intent& intent) override { return (*venue)->port().submit(intent); }
  } relay;
  relay.venue = &venue;
  Account account(relay, trades, {}, "outside");
  REQUIRE(venue->begin(account, {}, start_ms));
  CHECK(account.ledger().balance(Ledger::unallocated, "USDT") == d("1000"));
  account.add_bot(one_bot());
  REQUIRE(account.apply(1, BotEvent::start, "", "test"));
  size_t row = 0;
  for (const Candle& candle : candles) {
    account.set_time(candle.open_time_ms);
    exchange.set_time(candle.open_time_ms);
    exchange.begin_candle("BTCUSDT", candle);
    account.set_price("BTCUSDT", exchange.last_price("BTCUSDT"));
    REQUIRE(venue->settle(account));
    REQUIRE(venue->settle(account));  // what the first asked for, of its own answers
    if (restart_every != 0 && ++row % restart_every == 0) {
      const std::string state = venue->state();
      venue = make_remote_venue(wire, source, options);
      REQUIRE(venue->restore(account, state));
    }
    exchange.set_time(candle.open_time_ms + interval_ms);
    exchange.end_candle("BTCUSDT");
    wire.is_behind = faults.candles_first;
    REQUIRE(venue->trade(account, {candle.open_time_ms + interval_ms, {{0, candle}}}));
    wire.is_behind = false;
    Decision decision;
    decision.action = advice(advice_random);
    account.verify(1);
    account.on_decision(1, decision);
    REQUIRE(venue->settle(account));
    for (const char* asset : {"USDT", "BTC"}) {
      const Balance held = exchange.balance(asset);
      if (account.has_unknown() || !account.open_intents().empty()) continue;
      CHECK((held.free + held.locked).text() == account.ledger().expected_exchange_balance(asset).text());
    }
  }
  CHECK(disagreements.empty());
  CHECK(told.empty());
  CHECK(durable > 0);
  Outside outside{trades.closed, 0};
  for (const auto& [id, count] : wire.sent) outside.most_sent = std::max(outside.most_sent, count);
  return outside;
}

std::string text_of(const Trade& trade) {
  return std::to_string(trade.entry_ms) + ".." + std::to_string(trade.exit_ms) + " " + trade.quantity.text() + " " + trade.entry_price.text() + " -> " + trade.exit_price.text() + " fees " +
         trade.fees.text() + " profit " + trade.profit.text() + " " + trade.exit_reason;
}

void compare(Faults faults, size_t restart_every) {
  const char* given = std::getenv("STRATDOCK_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const std::vector<Candle> candles = random_candles(random, 1'500);
  const std::mt19937_64 advice_random(random());
  const std::vector<Trade> inside = trades_inside(candles, advice_random);
  const Outside outside = trades_outside(candles, advice_random, faults, random, restart_every);
  REQUIRE(!inside.empty());
  CHECK(outside.most_sent == 1);
  REQUIRE(outside.trades.size() == inside.size());
  for (size_t i = 0; i < inside.size(); ++i) {
    INFO("trade " << i << ": " << text_of(outside.trades[i]) << " instead of " << text_of(inside[i]));
    REQUIRE((outside.trades[i] == inside[i]));
  }
}

}  // namespace

TEST_CASE("over a good wire trades are those made inside the process") { compare({}, 0); }

TEST_CASE("events that come twice, out of order or not at all change no trade") { compare({0.3, 0.3, 0.3, 0, false}, 0); }

TEST_CASE("a candle that comes before the news of what was filled in it is decided on with that news") { compare({0, 0, 0, 0, true}, 0); }

TEST_CASE("answers that are lost double no order and lose none") { compare({0.2, 0.2, 0.2, 0.3, false}, 0); }

TEST_CASE("a venue made anew from its state goes on as if nothing had been") { compare({0.2, 0.2, 0.2, 0.2, true}, 7); }

TEST_CASE("orders and trades of two symbols may have the same numbers") {
  // As on the exchange, where every symbol counts for itself.
  struct Numbers : ExchangeSession {
    Symbol rules[2] = {btc().rules, btc().rules};
    std::vector<Order> orders;
    Holdings known{{{"USDT", {d("1000"), {}}}}, 0};
    Numbers() { rules[1].name = "ETHUSDT", rules[1].base_asset = "ETH"; }
    const Symbol* find_symbol(std::string_view name) const override { return name == rules[0].name ? &rules[0] : name == rules[1].name ? &rules[1] : nullptr; }
    Result<int64_t> send_time_ms() override { return 0; }
    Submission place_order(const OrderRequest& request, int64_t) override {
      Order order;
      order.order_id = 7;
      order.client_id = request.client_id, order.symbol = request.symbol, order.side = request.side, order.type = request.type;
      order.status = OrderStatus::filled;
      order.quantity = order.executed_quantity = d("1");
      order.executed_quote_quantity = d("100");
      Fill fill;
      fill.trade_id = 3, fill.order_id = order.order_id, fill.client_id = request.client_id, fill.symbol = request.symbol, fill.side = request.side;
      fill.price = fill.quote_quantity = d("100"), fill.quantity = d("1"), fill.commission_asset = "USDT";
      return {Submission::Kind::accepted, {order}, {}, {fill}};
    }
    Submission place_list(const OrderListRequest& request, int64_t) override {
      Submission answer;
      for (const OrderRequest* leg : {&request.above, &request.below}) {
        Order order;
        order.order_id = leg == &request.above ? 8 : 9, order.list_id = 1;
        order.client_id = leg->client_id, order.symbol = request.symbol, order.side = Side::sell, order.type = leg->type, order.quantity = leg->quantity;
        answer.orders.push_back(order);
      }
      return answer;
    }
    Submission cancel_list(const std::string&, int64_t, int64_t) override { return {}; }
    Result<std::optional<Order>> find_order(const std::string&, const std::string&) override { return std::optional<Order>{}; }
    Result<std::vector<Fill>> fills_of(const std::string&, int64_t) override { return std::vector<Fill>{}; }
    Result<std::map<std::string, Balance>> balances() override { return known.balances; }
    const Holdings& holdings() const override { return known; }
    bool has_events() override { return false; }
    std::vector<SessionEvent> take_events() override { return {}; }
  } session;
  OneSymbol source;
  const auto ignore = [](const std::string&) {};
  const auto venue = make_remote_venue(session, source, {[] { return Status{}; }, ignore, ignore, {}});
  Trades trades;
  Account account(venue->port(), trades, {}, "outside");
  REQUIRE(venue->begin(account, {}, start_ms));
  Bot first = one_bot(), second = one_bot();
  second.id = 2;
  second.settings.name = "two";
  second.settings.symbol = second.symbol = "ETHUSDT";
  Decision buy;
  buy.action = Action::buy;
  for (const Bot& bot : {first, second}) {
    account.set_price(bot.symbol, d("100"));
    account.add_bot(bot);
    REQUIRE(account.apply(bot.id, BotEvent::start, "", "test"));
    account.on_decision(bot.id, buy);
    REQUIRE(venue->settle(account));
    CHECK(account.find_bot(bot.id)->quantity == d("1"));
  }
  const std::string state = venue->state();
  const auto anew = make_remote_venue(session, source, {[] { return Status{}; }, ignore, ignore, {}});
  REQUIRE(anew->restore(account, state));
  CHECK(anew->state() == state);
}

TEST_CASE("what could not be asked is asked again at growing pauses, without any news") {
  std::mt19937_64 random(1);
  PaperExchange exchange(fees());
  exchange.set_symbol(btc().rules);
  exchange.deposit("USDT", d("1000"));
  Wire wire(exchange, {0, 0, 0, 1, false}, random);  // no answer to any order
  OneSymbol source;
  int64_t now_ms = 1'000'000;
  const auto ignore = [](const std::string&) {};
  const auto venue = make_remote_venue(wire, source, {[] { return Status{}; }, ignore, ignore, [&] { return now_ms; }});
  Trades trades;
  Account account(venue->port(), trades, {}, "outside");
  REQUIRE(venue->begin(account, {}, start_ms));
  account.add_bot(one_bot());
  REQUIRE(account.apply(1, BotEvent::start, "", "test"));
  const Candle candle{start_ms, 100, 101, 99, 100, 1'000};
  exchange.set_time(start_ms);
  exchange.begin_candle("BTCUSDT", candle);
  exchange.set_time(start_ms + interval_ms);
  exchange.end_candle("BTCUSDT");
  REQUIRE(venue->trade(account, {start_ms + interval_ms, {{0, candle}}}));

  wire.is_deaf = true;
  Decision decision;
  decision.action = Action::buy;
  account.on_decision(1, decision);
  REQUIRE(account.has_unknown());
  REQUIRE(venue->settle(account));
  (void)wire.take_events();  // what the exchange tells of it is lost as well
  REQUIRE(wire.questions == 1);
  int64_t pause_ms = 1'000;
  for (int question = 2; question < 9; ++question) {
    INFO("question " << question);
    now_ms += pause_ms - 1;
    CHECK(!venue->has_news());
    now_ms += 1;
    REQUIRE(venue->has_news());
    REQUIRE(venue->settle(account));
    CHECK(wire.questions == question);
    pause_ms = std::min<int64_t>(2 * pause_ms, 30'000);
  }
  wire.is_deaf = false;
  now_ms += pause_ms;
  REQUIRE(venue->has_news());
  REQUIRE(venue->settle(account));
  CHECK(!account.has_unknown());
  CHECK(account.open_intents().size() == 1);
  CHECK(wire.sent.size() == 1);
  now_ms += 3'600'000;
  CHECK(!venue->has_news());
}
