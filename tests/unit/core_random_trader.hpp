// A trader who sends random commands to paper exchanges, and everything an exchange says as text, for comparing.
// Reproducible by its seed; thread rule: one thread.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/core_paper_exchange_bench.hpp"

namespace stratdock::paper_test {

inline std::string describe(const Order& order) {
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

inline std::string describe(const Fill& fill) {
  return std::to_string(fill.trade_id) + " of " + std::to_string(fill.order_id) + " " + fill.symbol + " " +
         fill.client_id + " " + fill.price.text() + " " + fill.quantity.text() + " " + fill.quote_quantity.text() +
         " " + fill.commission.text() + " " + fill.commission_asset + " " + std::to_string(fill.time_ms) +
         (fill.is_maker ? " maker" : " taker");
}

inline std::string describe(const Result<Order>& answer) {
  return answer ? describe(*answer) : std::to_string(answer.error().code) + " " + answer.error().message;
}

inline std::string describe(const Result<std::vector<Order>>& answer) {
  if (!answer) return std::to_string(answer.error().code) + " " + answer.error().message;
  std::string result;
  for (const Order& order : *answer)
    result += describe(order) + "\n";
  return result;
}

inline std::string describe(const std::map<std::string, Balance>& balances) {
  std::string result;
  for (const auto& [asset, balance] : balances)
    result += asset + " " + balance.free.text() + " " + balance.locked.text() + "\n";
  return result;
}

inline std::string describe(const std::vector<ExchangeEvent>& events) {
  std::string result;
  for (const ExchangeEvent& event : events)
    result +=
        describe(event.order) + (event.kind == ExchangeEvent::Kind::fill ? " fill " + describe(event.fill) : "") + "\n";
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

inline std::string apply(PaperExchange& exchange, const Command& command) {
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

inline std::vector<Symbol> two_symbols() {
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

inline PaperExchange fresh(const PaperSettings& settings) {
  PaperExchange exchange(settings);
  for (const Symbol& symbol : two_symbols())
    exchange.set_symbol(symbol);
  exchange.deposit("USDT", d("2000"));
  exchange.deposit("BTC", d("10"));
  exchange.deposit("BNB", d("3"));
  return exchange;
}

}  // namespace stratdock::paper_test
