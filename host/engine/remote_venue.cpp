#include "host/engine/remote_venue.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <set>

#include <nlohmann/json.hpp>

#include "core/retry.hpp"
#include "host/engine/clocks.hpp"
#include "host/engine/remote_books.hpp"

namespace stratdock {
namespace {

using Json = nlohmann::json;

// What was told of an order so far. `executed` is the sum of the trades told.
struct Told {
  OrderStatus status = OrderStatus::new_;
  Decimal executed, executed_quote;
  std::set<int64_t> trades;
  bool heard_of = false;
};

// The exchange numbers the orders of each symbol for themselves.
using OrderKey = std::pair<std::string, int64_t>;
OrderKey key_of(const Order& order) { return {order.symbol, order.order_id}; }

// How far an order has come; only forwards is news.
int stage(OrderStatus status) {
  if (is_terminal(status)) return 3;
  return status == OrderStatus::partially_filled ? 2 : status == OrderStatus::new_ ? 1 : 0;
}

// Finished orders are remembered for as long as late reports of them may come.
// That state() names them all is paid for before every order.
constexpr size_t remembered_orders = 300;

// Of questions that were not answered.
constexpr int questions_at_start = 3;
constexpr Retry unasked{.failures = 0, .not_before_ms = 0, .first_pause_ms = 1'000, .longest_pause_ms = 30'000};

class RemoteVenue final : public Venue, private ExchangePort {
public:
  RemoteVenue(ExchangeSession& session, const CandleSource& source, RemoteVenueOptions options)
      : session_(session), source_(source), options_(std::move(options)), books_(session, options_) {
    if (!options_.steady_ms) options_.steady_ms = steady_clock_ms;
  }

  ExchangePort& port() override { return *this; }
  std::map<std::string, Balance> balances() const override { return session_.holdings().balances; }
  int64_t balances_ms() const override { return session_.holdings().at_ms; }
  bool has_news() override {
    return session_.has_events() || (must_ask_ && ask_again_.due(options_.steady_ms())) || books_.due();
  }
  bool knows_all() const override { return !must_ask_; }
  std::string trouble() const override { return session_.trouble(); }

  Status begin(Account& account, std::span<const MarketCandle> history, int64_t now_ms) override;
  Status restore(Account& account, std::string_view state) override;
  std::string state() const override;
  Status trade(Account& account, const MarketStep& step) override;
  Status settle(Account& account) override;
  Status deposit(const std::string& asset, Decimal amount) override {
    return failure("adding " + amount.text() + " " + asset + " to the account: it is the exchange's, not a paper one", "deposit it there");
  }

private:
  // ExchangePort
  // Of a symbol that the exchange lists no more, or lists so that it cannot be read: as it was when it was traded last.
  const Symbol* find_symbol(const std::string& name) const override {
    if (const Symbol* listed = session_.find_symbol(name)) return listed;
    const auto traded = traded_.find(name);
    return traded == traded_.end() ? nullptr : &traded->second;
  }
  Submission submit(const Intent& intent) override;

  Submission send(const Intent& intent, int64_t sent_ms);
  // Tells the account what is new in it: nothing where all of it was told before.
  void hear(const Order& order, std::span<const Fill> fills, Account& account);
  void tell(ExchangeEvent::Kind kind, const Order& order, bool whole, const Fill* fill, Account& account);
  void hear_answers(Account& account);
  void hear(const SessionEvent& event, Account& account);
  // What is not known is asked for with the next settle().
  void want_ask() {
    must_ask_ = ask_resting_ = true;
    ask_again_ = unasked;
  }
  // Asks for every order whose end is not known. One that cannot be asked for keeps no other from being asked.
  void ask(Account& account);
  // For one; false: no answer, it will be asked again.
  bool ask_about(const std::string& symbol, const std::string& client_id, Account& account);
  Status hear_of_reached(Account& account, const MarketStep& step);
  void forget_old();

  ExchangeSession& session_;
  const CandleSource& source_;
  RemoteVenueOptions options_;
  RemoteBooks books_;
  std::map<OrderKey, Told> told_;
  std::map<std::string, Symbol> traded_;  // rules of the symbols of those
  std::deque<OrderKey> ended_;  // of those, the finished ones, the longest finished first
  struct Heard {
    Order order;
    std::vector<Fill> fills;
  };
  std::deque<Heard> answers_;  // of own calls, not told yet
  bool must_ask_ = false, asking_ = false;
  bool ask_resting_ = false;  // protective orders as well, not only those that are to be over at once
  Retry ask_again_ = unasked;  // by the steady clock
  std::string ask_after_;      // the client id that could not be asked for the last time
};

Submission RemoteVenue::submit(const Intent& intent) {
  const auto not_sent = [](const Error& error) { return Submission{Submission::Kind::refused, {}, {"not sent: " + error.message, error.hint}, {}}; };
  const Result<int64_t> sent_ms = session_.send_time_ms();
  if (!sent_ms) return not_sent(sent_ms.error());
  if (Status durable = options_.make_durable(); !durable) return not_sent(durable.error());
  Submission answer = send(intent, *sent_ms);
  // A cancel is refused where what it was for has ended already.
  const bool is_cancel = intent.purpose == IntentPurpose::cancel;
  if (answer.kind == Submission::Kind::unknown || (is_cancel && answer.kind == Submission::Kind::refused)) want_ask();
  for (const Order& order : answer.orders) {
    const auto told = told_.find(key_of(order));
    if (is_cancel && order.side == Side::sell) answer.unbooked += std::max(Decimal(), order.executed_quantity - (told == told_.end() ? Decimal() : told->second.executed));
  }
  // Heard after the account has heard that it was accepted.
  for (const Order& order : answer.orders) answers_.push_back({order, answer.fills});
  return answer;
}

Submission RemoteVenue::send(const Intent& intent, int64_t sent_ms) {
  switch (intent.purpose) {
    case IntentPurpose::protect: return session_.place_list(intent.list, sent_ms);
    case IntentPurpose::cancel: return session_.cancel_list(intent.symbol, intent.cancel_list_id, sent_ms);
    case IntentPurpose::entry:
    case IntentPurpose::exit: break;
  }
  return session_.place_order(intent.order, sent_ms);
}

void RemoteVenue::hear(const Order& order, std::span<const Fill> fills, Account& account) {
  const Symbol* rules = find_symbol(order.symbol);
  if (rules == nullptr) {  // nobody could say which coins it moved
    must_ask_ = ask_resting_ = true;
    return;
  }
  if (!traded_.contains(order.symbol)) traded_[order.symbol] = *rules;
  Decimal executed;
  std::vector<const Fill*> fresh;
  {
    const Told& told = told_[key_of(order)];
    executed = told.executed;
    for (const Fill& fill : fills) {
      const auto same = [&](const Fill* other) { return other->trade_id == fill.trade_id; };
      if (told.trades.contains(fill.trade_id) || std::any_of(fresh.begin(), fresh.end(), same)) continue;
      fresh.push_back(&fill);
      executed += fill.quantity;
    }
  }
  // The end of an order is told when all its trades have been: before, the sums would not add up.
  const bool whole = executed >= order.executed_quantity;
  if (!whole && !asking_) want_ask();
  if (!whole) must_ask_ = true;
  for (const Fill* fill : fresh) {
    Told& told = told_[key_of(order)];
    told.trades.insert(fill->trade_id);
    told.executed += fill->quantity;
    told.executed_quote += fill->quote_quantity;
    const bool last = fill == fresh.back();
    tell(ExchangeEvent::Kind::fill, order, last && whole, fill, account);
  }
  if (fresh.empty()) tell(ExchangeEvent::Kind::order_changed, order, whole, nullptr, account);
}

// One event, booked at once: what state() calls told is what the account has, also when booking it sends an order.
void RemoteVenue::tell(ExchangeEvent::Kind kind, const Order& order, bool whole, const Fill* fill, Account& account) {
  Told& told = told_[key_of(order)];
  Order now = order;
  if (!whole) {
    now.executed_quantity = told.executed;
    now.executed_quote_quantity = told.executed_quote;
    if (is_terminal(now.status)) now.status = told.executed.is_zero() ? OrderStatus::new_ : OrderStatus::partially_filled;
  }
  if (is_terminal(told.status)) now.status = told.status;  // a trade after the end is booked all the same
  const bool further = !told.heard_of || stage(now.status) > stage(told.status);
  if (kind == ExchangeEvent::Kind::order_changed && !further) return;
  if (further) told.status = now.status;
  if (further && is_terminal(now.status)) ended_.push_back(key_of(order));
  told.heard_of = true;
  account.set_time(std::max(account.now_ms(), now.update_ms));
  account.on_exchange_events({{kind, now, fill == nullptr ? Fill{} : *fill}});
}

void RemoteVenue::hear(const SessionEvent& event, Account& account) {
  switch (event.kind) {
    case SessionEvent::Kind::gap: want_ask(); return;
    case SessionEvent::Kind::balance:
      (void)books_.adjust(account, event.asset, event.change, "a deposit, withdrawal or transfer");
      return;
    case SessionEvent::Kind::order: break;
  }
  if (!account.knows_client_id(event.order.client_id) && !told_.contains(key_of(event.order))) {
    if (event.fill) books_.book_foreign(event.order, *event.fill, account);
    return;
  }
  if (event.fill) hear(event.order, {&*event.fill, 1}, account);
  else hear(event.order, {}, account);
}

void RemoteVenue::ask(Account& account) {
  must_ask_ = false;
  std::vector<std::pair<std::string, std::string>> wanted;  // symbol, client id
  for (const auto& [id, intent] : account.open_intents()) {
    if (intent.purpose == IntentPurpose::cancel) continue;
    if (intent.purpose != IntentPurpose::protect) wanted.emplace_back(intent.symbol, intent.client_id);
    else if (ask_resting_ || intent.state == IntentState::unknown || intent.state == IntentState::stuck)
      for (const OrderRequest* leg : {&intent.list.above, &intent.list.below}) wanted.emplace_back(intent.symbol, leg->client_id);
  }
  const auto failed = std::find_if(wanted.begin(), wanted.end(), [&](const auto& one) { return one.second == ask_after_; });
  if (failed != wanted.end()) std::rotate(wanted.begin(), std::next(failed), wanted.end());
  asking_ = true;
  for (const auto& [symbol, client_id] : wanted) {
    if (ask_about(symbol, client_id, account)) continue;
    ask_after_ = client_id;
    break;
  }
  asking_ = false;
  // That the exchange does not know an order proves nothing for a while, and its trades may come later than it.
  must_ask_ = must_ask_ || account.has_unknown();
  if (must_ask_) return ask_again_.failed(options_.steady_ms());
  ask_again_ = unasked;
  ask_resting_ = false;
}

bool RemoteVenue::ask_about(const std::string& symbol, const std::string& client_id, Account& account) {
  const auto order = session_.find_order(symbol, client_id);
  if (!order) {
    must_ask_ = ask_resting_ = true;
    return false;
  }
  if (!*order) return true;
  std::vector<Fill> fills;
  const auto told = told_.find(key_of(**order));
  if ((**order).executed_quantity > (told == told_.end() ? Decimal() : told->second.executed)) {
    auto found = session_.fills_of(symbol, (**order).order_id);
    if (!found) {
      must_ask_ = ask_resting_ = true;
      return false;
    }
    fills = std::move(*found);
    for (Fill& fill : fills) fill.client_id = client_id;
  }
  hear(**order, fills, account);
  return true;
}

// Candles and the account come over two connections, and a candle that shows a price beyond a resting order may be here
// before the news that it was filled. Nobody decides on such a candle without having looked.
Status RemoteVenue::hear_of_reached(Account& account, const MarketStep& step) {
  struct Leg {
    int64_t intent;
    std::string symbol, client_id;
  };
  std::vector<Leg> reached;
  for (const MarketCandle& one : step.candles) {
    const std::string& symbol = source_.symbols()[one.symbol].rules.name;
    for (const auto& [id, intent] : account.open_intents()) {
      if (intent.purpose != IntentPurpose::protect || intent.symbol != symbol) continue;
      if (one.candle.high >= intent.list.above.price.to_double()) reached.push_back({id, symbol, intent.list.above.client_id});
      if (one.candle.low <= intent.list.below.stop_price.to_double()) reached.push_back({id, symbol, intent.list.below.client_id});
    }
  }
  for (const Leg& leg : reached) {
    if (!account.open_intents().contains(leg.intent)) continue;
    if (!ask_about(leg.symbol, leg.client_id, account)) return {};
    if (Status settled = settle(account); !settled) return settled;
  }
  return {};
}

void RemoteVenue::hear_answers(Account& account) {
  // Each may send another order, whose answer comes behind it.
  for (; !answers_.empty(); answers_.pop_front()) {
    const Heard heard = answers_.front();
    std::vector<Fill> fills;
    std::copy_if(heard.fills.begin(), heard.fills.end(), std::back_inserter(fills), [&](const Fill& fill) { return fill.order_id == heard.order.order_id; });
    hear(heard.order, fills, account);
  }
}

Status RemoteVenue::settle(Account& account) {
  hear_answers(account);
  for (const SessionEvent& event : session_.take_events()) {
    hear(event, account);
    hear_answers(account);
  }
  if (must_ask_ && ask_again_.due(options_.steady_ms())) {
    ask(account);
    hear_answers(account);
  }
  const auto executed = [&](const std::string& symbol) {
    Decimal sum;
    for (const auto& [key, told] : told_)
      if (key.first == symbol && !is_terminal(told.status)) sum += told.executed;
    return sum;
  };
  if (!books_.due()) return forget_old(), Status();
  switch (books_.look(account, !must_ask_ && answers_.empty() && !session_.has_events(), executed)) {
    case RemoteBooks::Finding::nothing: break;
    case RemoteBooks::Finding::ask_moving: must_ask_ = true; break;
    case RemoteBooks::Finding::ask_all: want_ask(); break;
  }
  forget_old();
  return {};
}

Status RemoteVenue::trade(Account& account, const MarketStep& step) {
  account.set_time(std::max(account.now_ms(), step.close_time_ms));
  for (const MarketCandle& one : step.candles) account.set_price(source_.symbols()[one.symbol].rules.name, Decimal::from_double(one.candle.close));
  if (Status settled = settle(account); !settled) return settled;
  if (Status heard = hear_of_reached(account, step); !heard) return heard;
  if (!account.watches_prices()) return {};
  for (const MarketCandle& one : step.candles)
    account.on_candle(source_.symbols()[one.symbol].rules.name, Decimal::from_double(one.candle.low), Decimal::from_double(one.candle.high));
  return settle(account);
}

Status RemoteVenue::begin(Account& account, std::span<const MarketCandle> history, int64_t) {
  const auto held = session_.balances();
  if (!held) return tl::unexpected(held.error());
  for (const auto& [asset, balance] : *held)
    if (const Decimal amount = balance.free + balance.locked; amount.is_positive()) account.ledger().deposit(asset, amount);
  for (const MarketCandle& last : history) account.set_price(source_.symbols()[last.symbol].rules.name, Decimal::from_double(last.candle.close));
  return {};
}

Status RemoteVenue::restore(Account& account, std::string_view state) {
  try {
    const Json parsed = Json::parse(state);
    for (const auto& row : parsed.at("orders")) {
      const OrderKey key{row.at(0).get<std::string>(), row.at(1).get<int64_t>()};
      Told& told = told_[key];
      told.heard_of = true;
      told.status = static_cast<OrderStatus>(row.at(2).get<int>());
      const auto executed = Decimal::parse(row.at(3).get<std::string>()), executed_quote = Decimal::parse(row.at(4).get<std::string>());
      if (!executed || !executed_quote) return failure("reading what the exchange had told: an order's quantities are no decimals");
      told.executed = *executed;
      told.executed_quote = *executed_quote;
      for (const auto& trade : row.at(5)) told.trades.insert(trade.get<int64_t>());
      if (is_terminal(told.status)) ended_.push_back(key);
    }
    for (const auto& row : parsed.value("symbols", Json::array())) {
      Symbol& rules = traded_[row.at(0).get<std::string>()];
      rules.name = row.at(0).get<std::string>(), rules.base_asset = row.at(1).get<std::string>(), rules.quote_asset = row.at(2).get<std::string>();
      rules.status = SymbolStatus::unknown;
      rules.price.tick = Decimal::parse(row.at(3).get<std::string>()).value_or(Decimal());
      rules.lot.min = Decimal::parse(row.at(4).get<std::string>()).value_or(Decimal());
      rules.lot.step = Decimal::parse(row.at(5).get<std::string>()).value_or(Decimal());
    }
  } catch (const Json::exception& error) {
    return failure(std::string("reading what the exchange had told: ") + error.what());
  }
  // Nobody knows whether what was about to be sent was.
  account.lose_unanswered();
  want_ask();
  for (int round = 0; round < questions_at_start; ++round) {
    for (const SessionEvent& event : session_.take_events()) hear(event, account);
    if (must_ask_) ask(account);
    hear_answers(account);
    if (!session_.has_events() && (!must_ask_ || account.has_unknown())) break;
  }
  if (const auto balances = session_.balances(); !balances) return tl::unexpected(balances.error());
  // Money that came or went meanwhile is nobody's. What is missing from the bots' own stays a difference, and is told. While
  // something could not be asked it may be what the orders did: a later look will see.
  if (!must_ask_ && !session_.has_events())
    for (const auto& [asset, change] : books_.differences(account)) (void)books_.adjust(account, asset, change, "something while the engine was away");
  for (const auto& symbol : source_.symbols())
    if (auto last = source_.history(static_cast<size_t>(&symbol - source_.symbols().data()), 1); last && !last->empty())
      account.set_price(symbol.rules.name, Decimal::from_double(last->back().close));
  return {};
}

std::string RemoteVenue::state() const {
  Json orders = Json::array();
  const auto put = [&](const OrderKey& key, const Told& told) {
    orders.push_back(Json::array({key.first, key.second, static_cast<int>(told.status), told.executed.text(), told.executed_quote.text(), told.trades}));
  };
  for (const auto& [key, told] : told_)
    if (!is_terminal(told.status)) put(key, told);
  for (const OrderKey& key : ended_) put(key, told_.at(key));  // in the order in which they will be forgotten
  Json symbols = Json::array();
  for (const auto& [name, rules] : traded_)
    symbols.push_back({name, rules.base_asset, rules.quote_asset, rules.price.tick.text(), rules.lot.min.text(), rules.lot.step.text()});
  return Json{{"orders", orders}, {"symbols", symbols}}.dump();
}

void RemoteVenue::forget_old() {
  for (; ended_.size() > remembered_orders; ended_.pop_front()) told_.erase(ended_.front());
}

}  // namespace

std::unique_ptr<Venue> make_remote_venue(ExchangeSession& session, const CandleSource& source, RemoteVenueOptions options) {
  return std::make_unique<RemoteVenue>(session, source, std::move(options));
}

}  // namespace stratdock
