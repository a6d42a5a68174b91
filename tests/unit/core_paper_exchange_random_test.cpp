// Random trading against rules that must hold whatever happens, and against an exchange that is saved and restored all
// the time.
#include <map>
#include <random>
#include <set>

#include "tests/unit/core_paper_exchange_bench.hpp"

using namespace stratdock;
using namespace stratdock::paper_test;

namespace {

std::string describe(const Order& order) {
  std::string result =
      std::to_string(order.order_id) + "/" + std::to_string(order.list_id) + " " + order.client_id + " " + order.symbol;
  for (const std::string_view part :
       {text(order.side), text(order.type), text(order.time_in_force), text(order.status)})
    result += " " + std::string(part);
  for (const Decimal number : {order.quantity, order.requested_quote_quantity, order.price, order.stop_price,
                               order.executed_quantity, order.executed_quote_quantity})
    result += " " + number.text();
  return result + " " + std::to_string(order.time_ms) + " " + std::to_string(order.update_ms) +
         (order.is_working ? " working " : " ") + order.expiry_reason;
}

std::string describe(const Fill& fill) {
  return std::to_string(fill.trade_id) + " of " + std::to_string(fill.order_id) + " " + fill.symbol + " " +
         fill.client_id + " " + fill.price.text() + " " + fill.quantity.text() + " " + fill.quote_quantity.text() +
         " " + fill.commission.text() + " " + fill.commission_asset + " " + std::to_string(fill.time_ms) +
         (fill.is_maker ? " maker" : " taker");
}

std::string describe(const Result<Order>& answer) {
  return answer ? describe(*answer) : std::to_string(answer.error().code) + " " + answer.error().message;
}

std::string describe(const Result<std::vector<Order>>& answer) {
  if (!answer) return std::to_string(answer.error().code) + " " + answer.error().message;
  std::string result;
  for (const Order& order : *answer)
    result += describe(order) + "\n";
  return result;
}

std::string describe(const std::map<std::string, Balance>& balances) {
  std::string result;
  for (const auto& [asset, balance] : balances)
    result += asset + " " + balance.free.text() + " " + balance.locked.text() + "\n";
  return result;
}

// A command is applied to any number of exchanges alike.
struct Command {
  enum class Kind { begin, end, place, place_list, cancel, cancel_list, deposit } kind = Kind::begin;
  std::string symbol;
  Candle candle;
  OrderRequest order;
  OrderListRequest list;
  int64_t id = 0;
  Decimal amount;
  int64_t now_ms = 0;
};

std::string apply(PaperExchange& exchange, const Command& command) {
  exchange.set_time(command.now_ms);
  switch (command.kind) {
  case Command::Kind::begin:
    exchange.begin_candle(command.symbol, command.candle);
    return "begin";
  case Command::Kind::end:
    exchange.end_candle(command.symbol);
    return "end";
  case Command::Kind::place:
    return describe(exchange.place_order(command.order));
  case Command::Kind::place_list:
    return describe(exchange.place_list(command.list));
  case Command::Kind::cancel:
    return describe(exchange.cancel_order(command.symbol, command.id));
  case Command::Kind::cancel_list:
    return describe(exchange.cancel_list(command.id));
  case Command::Kind::deposit:
    exchange.deposit("USDT", command.amount);
    return "deposit";
  }
  return {};
}

std::vector<Symbol> two_symbols() {
  Symbol first = bitcoin(), second = bitcoin();
  first.percent_price = {true, d("1.1"), d("0.8"), d("1.2"), d("0.9"), 10};
  second.name = "BNBUSDT";
  second.base_asset = "BNB";
  second.max_position = d("40");
  return {first, second};
}

class RandomTrader {
public:
  explicit RandomTrader(uint64_t seed) : random_(seed) {
    settings_.fees.maker = from({"0", "0.0001", "0.001"});
    settings_.fees.taker = from({"0.0004", "0.001", "0.00123"});
    settings_.fees.pay_with_bnb = chance(50);
    settings_.slippage = from({"0", "0", "0.0007"});
    settings_.max_volume_share = chance(50) ? 0.1 : 0;
  }

  const PaperSettings& settings() const { return settings_; }
  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }

  Command next(const PaperExchange& exchange) {
    Command command;
    command.now_ms = now_ms_ += static_cast<int64_t>(random_() % 1000);
    command.symbol = chance(70) ? "BTCUSDT" : "BNBUSDT";
    Price& price = prices_[command.symbol];
    const int pick = static_cast<int>(random_() % 100);
    if (pick < 50 || exchange.last_price(command.symbol).is_zero()) {
      command.kind = price.in_candle ? Command::Kind::end : Command::Kind::begin;
      if (!price.in_candle) command.candle = candle(price);
      price.in_candle = !price.in_candle;
    } else if (pick < 78) {
      command.kind = Command::Kind::place;
      command.order = order(command.symbol, exchange.last_price(command.symbol));
    } else if (pick < 92) {
      command.kind = Command::Kind::place_list;
      command.list = list(command.symbol, exchange.last_price(command.symbol));
    } else if (pick < 99) {
      command.kind = chance(70) ? Command::Kind::cancel : Command::Kind::cancel_list;
      const std::vector<Order> open = exchange.open_orders(command.symbol);
      const Order chosen = open.empty() ? Order{} : open[random_() % open.size()];
      command.id = command.kind == Command::Kind::cancel ? chosen.order_id : chosen.list_id;
    } else {
      command.kind = Command::Kind::deposit;
      command.amount = from({"0.00000001", "20", "333.3"});
    }
    return command;
  }

private:
  struct Price {
    double value = 100;
    int64_t open_time_ms = 0;
    bool in_candle = false;
  };

  Decimal from(std::initializer_list<const char*> choices) { return d(choices.begin()[random_() % choices.size()]); }
  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(random_() >> 11) * 0x1p-53;
  }
  double tick(double value) { return static_cast<double>(static_cast<int64_t>(value * 100 + 0.5)) / 100; }

  Candle candle(Price& price) {
    const double open = tick(price.value * uniform(0.98, 1.02)), close = tick(open * uniform(0.97, 1.03));
    const double high = tick(std::max(open, close) * uniform(1, 1.02)),
                 low = tick(std::min(open, close) * uniform(0.98, 1));
    price.value = std::clamp(close, 60.0, 160.0);
    price.open_time_ms += (1 + static_cast<int64_t>(random_() % 2)) * Bench::interval_ms;
    const double volume = chance(10) ? 0 : uniform(1, 60);
    return {
        price.open_time_ms, open, high, low, close, volume, chance(50) ? volume * tick(uniform(low, high)) : 0, 0, 1};
  }

  Decimal near(Decimal last, double low, double high) {
    Decimal price = Decimal::from_double(last.to_double() * uniform(low, high));
    return chance(97) ? price.floor_to(d("0.01")) : price;
  }

  OrderRequest order(const std::string& symbol, Decimal last) {
    constexpr OrderType types[] = {OrderType::limit,
                                   OrderType::limit,
                                   OrderType::market,
                                   OrderType::stop_loss,
                                   OrderType::stop_loss_limit,
                                   OrderType::take_profit,
                                   OrderType::take_profit_limit,
                                   OrderType::limit_maker};
    constexpr TimeInForce times[] = {TimeInForce::gtc, TimeInForce::gtc, TimeInForce::ioc, TimeInForce::fok};
    OrderRequest result;
    result.symbol = symbol;
    result.side = chance(50) ? Side::buy : Side::sell;
    result.type = types[random_() % std::size(types)];
    result.quantity = Decimal::from_units(static_cast<int64_t>(random_() % 6000) * 100'000);
    if (chance(2)) result.quantity += d("0.0005");
    const bool is_limit = result.type == OrderType::limit || result.type == OrderType::stop_loss_limit ||
                          result.type == OrderType::take_profit_limit;
    if (is_limit) result.time_in_force = times[random_() % std::size(times)];
    if (is_limit || result.type == OrderType::limit_maker) result.price = near(last, 0.96, 1.04);
    const bool is_market = result.type == OrderType::market;
    if (!is_market && result.type != OrderType::limit && result.type != OrderType::limit_maker)
      result.stop_price = near(last, 0.96, 1.04);
    if (is_market && chance(50)) std::swap(result.quantity, result.quote_quantity);
    if (is_market && result.quote_quantity.is_positive())
      result.quote_quantity = Decimal::from_units(static_cast<int64_t>(random_() % 300'00000000));
    if (chance(30)) result.client_id = "id-" + std::to_string(random_() % 12);
    return result;
  }

  OrderListRequest list(const std::string& symbol, Decimal last) {
    OrderListRequest result;
    result.kind = static_cast<ListKind>(random_() % 5);
    result.symbol = symbol;
    const bool pays = result.kind == ListKind::opo || result.kind == ListKind::opoco;
    const Side side = pays || chance(70) ? Side::sell : Side::buy;
    result.working = order(symbol, last);
    while (result.working.type != OrderType::limit && result.working.type != OrderType::limit_maker)
      result.working = order(symbol, last);
    if (pays) result.working.side = Side::buy;
    result.above = result.below = OrderRequest{};
    OrderRequest profit, stop;
    profit.symbol = stop.symbol = symbol;
    profit.side = stop.side = side;
    profit.quantity = stop.quantity = pays ? Decimal() : chance(50) ? result.working.quantity : d("0.5");
    const bool is_sell = side == Side::sell;
    profit.type = chance(70) ? OrderType::limit_maker : OrderType::take_profit;
    (profit.type == OrderType::limit_maker ? profit.price : profit.stop_price) =
        is_sell ? near(last, 1.001, 1.04) : near(last, 0.96, 0.999);
    stop.type = chance(50) ? OrderType::stop_loss : OrderType::stop_loss_limit;
    stop.stop_price = is_sell ? near(last, 0.96, 0.999) : near(last, 1.001, 1.04);
    if (stop.type == OrderType::stop_loss_limit) {
      stop.price = is_sell ? near(stop.stop_price, 0.98, 1.01) : near(stop.stop_price, 0.99, 1.02);
      stop.time_in_force = TimeInForce::gtc;
    }
    result.above = is_sell ? profit : stop;
    result.below = is_sell ? stop : profit;
    return result;
  }

  std::mt19937_64 random_;
  PaperSettings settings_;
  int64_t now_ms_ = 0;
  std::map<std::string, Price> prices_;
};

PaperExchange fresh(const PaperSettings& settings) {
  PaperExchange exchange(settings);
  for (const Symbol& symbol : two_symbols())
    exchange.set_symbol(symbol);
  exchange.deposit("USDT", d("2000"));
  exchange.deposit("BTC", d("10"));
  exchange.deposit("BNB", d("3"));
  return exchange;
}

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

std::string describe(const std::vector<ExchangeEvent>& events) {
  std::string result;
  for (const ExchangeEvent& event : events)
    result +=
        describe(event.order) + (event.kind == ExchangeEvent::Kind::fill ? " fill " + describe(event.fill) : "") + "\n";
  return result;
}

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
  for (uint64_t seed = first_seed; seed < first_seed + 6; ++seed) {
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
  for (const char* ending :
       {"LIMIT FILLED ", "MARKET FILLED ", "STOP_LOSS FILLED ", "TAKE_PROFIT FILLED ", "STOP_LOSS_LIMIT FILLED ",
        "TAKE_PROFIT_LIMIT FILLED ", "LIMIT_MAKER FILLED ", "LIMIT_MAKER EXPIRED OCO_TRIGGER",
        "STOP_LOSS EXPIRED OCO_TRIGGER", "LIMIT EXPIRED UNFILLED_IOC_QUANTITY_EXPIRED",
        "LIMIT EXPIRED UNFILLED_FOK_ORDER_EXPIRED", "LIMIT_MAKER EXPIRED OTO_PHASE_ONE_EXPIRED", "LIMIT CANCELED ",
        "MARKET EXPIRED INSUFFICIENT_LIQUIDITY"}) {
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
