// Random trading against rules that must hold whatever happens, and against an exchange that is saved and restored all
// the time.
#include <map>
#include <set>

#include "tests/unit/core_random_trader.hpp"

using namespace stratdock;
using namespace stratdock::paper_test;

namespace {

// The filters as the exchange documents them, in plain integers.
void check_filters_by_hand(const Symbol& symbol, const Order& order, Decimal average) {
  const int128 price = order.price.units(), stop = order.stop_price.units(), quantity = order.quantity.units();
  for (const int128 value : {price, stop}) {
    if (value == 0) continue;
    REQUIRE(value % 1'000'000 == 0);
    REQUIRE(value >= 1'000'000);
    REQUIRE(value <= int128{100'000'000'000'000});
  }
  if (quantity == 0) {
    REQUIRE(order.requested_quote_quantity.units() >= 500'000'000);
    return;
  }
  REQUIRE(quantity % 100'000 == 0);
  const int128 unit = 100'000'000, measured = price != 0 ? price : stop != 0 ? stop : average.units();
  REQUIRE(measured * quantity >= 5 * unit * unit);
  if (!symbol.percent_price.present || price == 0) return;
  const bool is_buy = order.side == Side::buy;
  REQUIRE(price * 10 <= average.units() * (is_buy ? 11 : 12));
  REQUIRE(price * 10 >= average.units() * (is_buy ? 8 : 9));
}

Decimal product(Decimal a, Decimal b) {
  return Decimal::from_units(a.units() * b.units() / Decimal::units_per_one);
}

// What must hold after every call, told from the outside: from answers and events alone.
class Auditor {
public:
  Auditor(const PaperExchange& exchange, const PaperSettings& settings) : exchange_(exchange), settings_(settings) {
    for (const auto& [asset, balance] : exchange.balances())
      totals_[asset] = balance.free + balance.locked;
  }

  void before(const Command& command) {
    if (command.kind == Command::Kind::begin) candles_[command.symbol] = command.candle;
    if (command.kind == Command::Kind::deposit) totals_["USDT"] += command.amount;
    last_price_ = exchange_.last_price(command.symbol);
    average_price_ = exchange_.average_price(command.symbol);
  }

  void after(const Command& command, const std::vector<ExchangeEvent>& events) {
    for (const ExchangeEvent& event : events) {
      if (event.kind == ExchangeEvent::Kind::fill) take(event.fill, event.order);
      const bool is_new = !known_.contains(event.order.order_id);
      known_[event.order.order_id] = event.order;
      if (is_new) {
        REQUIRE((command.kind == Command::Kind::place || command.kind == Command::Kind::place_list));
        const bool comes_later = event.order.quantity.is_zero() && event.order.requested_quote_quantity.is_zero();
        if (!comes_later) check_filters_by_hand(*exchange_.find_symbol(command.symbol), event.order, average_price_);
        if (event.order.type == OrderType::market) market_locks_[event.order.order_id] = market_lock(event.order);
      }
      REQUIRE(event.order.executed_quantity <= event.order.quantity);
      if (event.order.status == OrderStatus::filled) REQUIRE(event.order.executed_quantity == event.order.quantity);
    }
    check_balances();
    check_locks();
    // What the events told is what a query answers.
    for (const Order& open : exchange_.open_orders())
      REQUIRE(describe(open) == describe(known_.at(open.order_id)));
  }

  int64_t fill_count() const { return fill_count_; }
  const std::set<std::string>& endings() const { return endings_; }

private:
  void take(const Fill& fill, const Order& order) {
    ++fill_count_;
    REQUIRE(trade_ids_.insert(fill.trade_id).second);
    const Symbol& symbol = *exchange_.find_symbol(fill.symbol);
    const bool is_buy = fill.side == Side::buy;
    totals_[symbol.base_asset] += is_buy ? fill.quantity : -fill.quantity;
    totals_[symbol.quote_asset] += is_buy ? -fill.quote_quantity : fill.quote_quantity;
    totals_[fill.commission_asset] -= fill.commission;
    REQUIRE(fill.quote_quantity == product(fill.price, fill.quantity));
    REQUIRE(fill.quantity.is_multiple_of(d("0.001")));
    REQUIRE_FALSE(fill.commission.is_negative());
    const Candle& candle = candles_.at(fill.symbol);
    if (settings_.slippage.is_zero()) {
      REQUIRE(fill.price >= Decimal::from_double(candle.low));
      REQUIRE(fill.price <= Decimal::from_double(candle.high));
    }
    if (order.price.is_positive()) REQUIRE((is_buy ? fill.price <= order.price : fill.price >= order.price));
    if (order.requested_quote_quantity.is_positive())
      REQUIRE(order.executed_quote_quantity <= order.requested_quote_quantity);
    if (order.list_id >= 0) {
      // Of two legs only one ever executes.
      const auto known = executed_legs_.emplace(order.list_id, order.order_id);
      if (!known.second && order.order_id != known.first->second) {
        const Order& earlier = known_.at(known.first->second);
        REQUIRE(earlier.status == OrderStatus::filled); // the working order
        REQUIRE(earlier.order_id < order.order_id);
        executed_legs_[order.list_id] = order.order_id;
        REQUIRE(list_executions_[order.list_id]++ == 0);
      }
    }
    if (fill.commission_asset == symbol.base_asset && is_buy) base_commission_[order.order_id] += fill.commission;
  }

  void check_balances() {
    for (const auto& [asset, balance] : exchange_.balances()) {
      REQUIRE_FALSE(balance.free.is_negative());
      REQUIRE_FALSE(balance.locked.is_negative());
      REQUIRE((balance.free + balance.locked).text() == totals_[asset].text());
    }
  }

  Decimal market_lock(const Order& order) const {
    if (order.requested_quote_quantity.is_positive()) {
      if (order.side == Side::buy) return order.requested_quote_quantity;
      return Decimal::from_units(order.requested_quote_quantity.units() * Decimal::units_per_one / last_price_.units() /
                                 100'000 * 100'000);
    }
    return order.side == Side::sell ? order.quantity : product(last_price_, order.quantity);
  }

  Decimal own_lock(const Order& order) const {
    if (order.type == OrderType::market) return market_locks_.at(order.order_id);
    const Decimal rest = order.quantity - order.executed_quantity;
    if (order.side == Side::sell) return rest;
    return product(order.price.is_positive() ? order.price : order.stop_price, rest);
  }

  // Locked money = what the open orders hold; a pair holds once, a pending order nothing, an unfinished OPO also what
  // it bought.
  void check_locks() {
    std::map<std::string, Decimal> lowest, highest;
    std::map<int64_t, Decimal> list_locks;
    std::set<int64_t> paid_lists;
    for (const Order& order : exchange_.open_orders()) {
      const Symbol& symbol = *exchange_.find_symbol(order.symbol);
      if (order.status == OrderStatus::pending_new) {
        if (order.quantity.is_zero() && paid_lists.insert(order.list_id).second) {
          for (const auto& [id, working] : known_)
            if (working.list_id == order.list_id && working.executed_quantity.is_positive()) {
              const Decimal commission = base_commission_.contains(id) ? base_commission_.at(id) : Decimal();
              lowest[symbol.base_asset] += working.executed_quantity - commission;
              highest[symbol.base_asset] += working.executed_quantity;
            }
        }
        continue;
      }
      const std::string& asset = order.side == Side::buy ? symbol.quote_asset : symbol.base_asset;
      Decimal held = own_lock(order);
      if (order.list_id >= 0) {
        const Decimal before = list_locks[order.list_id];
        list_locks[order.list_id] = std::max(before, held);
        held = std::max(before, held) - before;
      }
      lowest[asset] += held;
      highest[asset] += held;
    }
    for (const auto& [asset, balance] : exchange_.balances()) {
      INFO(asset << " locked " << balance.locked.text() << ", held " << lowest[asset].text() << " to "
                 << highest[asset].text());
      REQUIRE(balance.locked >= lowest[asset]);
      REQUIRE(balance.locked <= highest[asset]);
    }
    for (const auto& [id, order] : known_)
      if (is_terminal(order.status))
        endings_.insert(std::string(text(order.type)) + " " + std::string(text(order.status)) + " " +
                        order.expiry_reason);
    std::erase_if(known_, [&](const auto& entry) {
      return is_terminal(entry.second.status) && !executed_legs_.contains(entry.second.list_id);
    });
  }

  const PaperExchange& exchange_;
  const PaperSettings settings_;
  std::map<std::string, Decimal> totals_;
  std::map<std::string, Candle> candles_;
  std::map<int64_t, Order> known_;
  std::map<int64_t, Decimal> market_locks_, base_commission_;
  std::map<int64_t, int64_t> executed_legs_, list_executions_;
  std::set<int64_t> trade_ids_;
  std::set<std::string> endings_;
  Decimal last_price_, average_price_;
  int64_t fill_count_ = 0;
};

void check_same_state(const PaperExchange::State& a, const PaperExchange::State& b) {
  REQUIRE(a.details == b.details);
  REQUIRE(describe(a.balances) == describe(b.balances));
  REQUIRE(a.last_candles == b.last_candles);
  REQUIRE(a.next_order_id == b.next_order_id);
  REQUIRE(a.next_trade_id == b.next_trade_id);
  REQUIRE(a.next_list_id == b.next_list_id);
  REQUIRE(describe(Result<std::vector<Order>>(a.open_orders)) == describe(Result<std::vector<Order>>(b.open_orders)));
  REQUIRE(describe(Result<std::vector<Order>>(a.finished_orders)) ==
          describe(Result<std::vector<Order>>(b.finished_orders)));
}

} // namespace

TEST_CASE("random trading keeps the books, and a restored exchange goes on to the same bits") {
  const uint64_t first_seed = std::random_device{}();
  std::set<std::string> endings;
  int64_t fills = 0, restores = 0;
  const std::set<std::string> wanted_endings = {
      "LIMIT FILLED ", "MARKET FILLED ", "STOP_LOSS FILLED ", "TAKE_PROFIT FILLED ", "STOP_LOSS_LIMIT FILLED ",
      "TAKE_PROFIT_LIMIT FILLED ", "LIMIT_MAKER FILLED ", "LIMIT_MAKER EXPIRED OCO_TRIGGER",
      "STOP_LOSS EXPIRED OCO_TRIGGER", "LIMIT EXPIRED UNFILLED_IOC_QUANTITY_EXPIRED",
      "LIMIT EXPIRED UNFILLED_FOK_ORDER_EXPIRED", "LIMIT_MAKER EXPIRED OTO_PHASE_ONE_EXPIRED", "LIMIT CANCELED ",
      "MARKET EXPIRED INSUFFICIENT_LIQUIDITY"};
  const auto reached_all = [&] { return std::includes(endings.begin(), endings.end(), wanted_endings.begin(), wanted_endings.end()); };
  // Some endings are rare: six seeds reach them nearly always, and a few more make it sure.
  for (uint64_t seed = first_seed; seed < first_seed + (reached_all() ? 6 : 60); ++seed) {
    INFO("seed " << seed);
    RandomTrader trader(seed);
    PaperExchange exchange = fresh(trader.settings()), restored = fresh(trader.settings());
    Auditor auditor(exchange, trader.settings());
    for (int step = 0; step < 2000; ++step) {
      INFO("step " << step);
      const Command command = trader.next(exchange);
      auditor.before(command);
      const std::string answer = apply(exchange, command);
      const std::vector<ExchangeEvent> events = exchange.take_events();
      auditor.after(command, events);

      REQUIRE(apply(restored, command) == answer);
      REQUIRE(describe(restored.take_events()) == describe(events));
      REQUIRE(describe(restored.balances()) == describe(exchange.balances()));
      if (!trader.chance(15)) continue;
      PaperExchange again(trader.settings());
      for (const Symbol& symbol : two_symbols())
        again.set_symbol(symbol);
      const PaperExchange::State state = restored.state();
      const Status status = again.restore(state);
      INFO((status ? std::string() : status.error().text()));
      REQUIRE(status);
      check_same_state(again.state(), exchange.state());
      restored = std::move(again);
      ++restores;
    }
    fills += auditor.fill_count();
    endings.insert(auditor.endings().begin(), auditor.endings().end());
  }
  // The sequences reached what they are there for.
  INFO("first seed " << first_seed << ", " << fills << " fills, " << restores << " restores");
  CHECK(fills > 500);
  CHECK(restores > 1000);
  for (const std::string& ending : wanted_endings) {
    INFO(ending);
    CHECK(endings.contains(ending));
  }
}

TEST_CASE("a state that does not add up is refused and leaves the exchange as it was") {
  Bench bench;
  bench.place(request(Side::buy, OrderType::limit, "1", "90"));
  const PaperExchange::State good = bench.exchange.state();
  const auto refused = [&](auto change) {
    PaperExchange::State bad = good;
    change(bad);
    const Status status = bench.exchange.restore(bad);
    REQUIRE_FALSE(status);
    CHECK(bench.locked("USDT") == "90");
    return status.error().text();
  };
  CHECK(refused([](auto& s) { s.details = "{"; }).find("details") != std::string::npos);
  CHECK(refused([](auto& s) { s.details = "{}"; }).find("details") != std::string::npos);
  CHECK(refused([](auto& s) { s.balances["USDT"].locked = d("89"); }).find("90") != std::string::npos);
  CHECK(refused([](auto& s) { s.balances.erase("USDT"); }).find("USDT") != std::string::npos);
  CHECK(refused([](auto& s) { s.open_orders[0].symbol = "NOPE"; }).find("NOPE") != std::string::npos);
  CHECK(refused([](auto& s) { s.open_orders.clear(); }).find("USDT") != std::string::npos);
  PaperExchange other(PaperSettings{});
  CHECK(other.restore(good).error().message.find("BTCUSDT") != std::string::npos);
  REQUIRE(bench.exchange.restore(good));
  bench.candle(90, 90, 90, 90);
  CHECK(bench.fills() == Fills{"BUY 1 @ 90 -0.001 BTC taker"});
}

TEST_CASE("finished orders may be left out of a state") {
  Bench bench;
  const Order order = bench.place(request(Side::buy, OrderType::limit, "1", "90"));
  REQUIRE(bench.exchange.cancel_order("BTCUSDT", order.order_id));
  CHECK(bench.exchange.state().finished_orders.size() == 1);
  const PaperExchange::State state = bench.exchange.state(false);
  CHECK(state.finished_orders.empty());
  REQUIRE(bench.exchange.restore(state));
  CHECK(bench.exchange.find_order("BTCUSDT", order.order_id).error().code == -2013);
}
