// A paper exchange with one symbol and some money, for tests: prices are fed as candles of five minutes, figures are
// given as text.
#pragma once

#include <catch2/catch.hpp>

#include "core/paper_exchange.hpp"

namespace stratdock::paper_test {

inline Decimal d(const char* text) {
  return Decimal::parse(text).value();
}

inline Symbol bitcoin() {
  Symbol symbol;
  symbol.name = "BTCUSDT";
  symbol.base_asset = "BTC";
  symbol.quote_asset = "USDT";
  symbol.price = {d("0.01"), d("1000000"), d("0.01")};
  symbol.lot = {d("0.001"), d("9000"), d("0.001")};
  symbol.market_lot = {d("0"), d("1000"), d("0")};
  symbol.notional = {d("5"), d("9000000"), true, false};
  return symbol;
}

inline OrderRequest request(Side side, OrderType type, const char* quantity, const char* price = "0",
                            const char* stop_price = "0", TimeInForce time_in_force = TimeInForce::none) {
  OrderRequest order;
  order.symbol = "BTCUSDT";
  order.side = side;
  order.type = type;
  order.quantity = d(quantity);
  order.price = d(price);
  order.stop_price = d(stop_price);
  order.time_in_force = time_in_force;
  const bool needs =
      type == OrderType::limit || type == OrderType::stop_loss_limit || type == OrderType::take_profit_limit;
  if (needs && time_in_force == TimeInForce::none) order.time_in_force = TimeInForce::gtc;
  return order;
}

inline OrderRequest market_by_quote(Side side, const char* quote_quantity) {
  OrderRequest order = request(side, OrderType::market, "0");
  order.quote_quantity = d(quote_quantity);
  return order;
}

struct Bench {
  static constexpr int64_t interval_ms = 5 * minute_ms;

  PaperExchange exchange;
  int64_t next_open_ms = interval_ms;

  explicit Bench(PaperSettings settings = {}, const Symbol& symbol = bitcoin()) : exchange(settings) {
    exchange.set_symbol(symbol);
    exchange.deposit("USDT", d("1000"));
    exchange.deposit("BTC", d("10"));
    candle(100, 100, 100, 100);
  }

  void begin(double open, double low, double high, double close, double volume = 1000) {
    exchange.set_time(next_open_ms);
    exchange.begin_candle("BTCUSDT", {next_open_ms, open, high, low, close, volume, volume * close, 0, 1});
  }
  void end() {
    next_open_ms += interval_ms;
    exchange.set_time(next_open_ms - 1);
    exchange.end_candle("BTCUSDT");
  }
  void candle(double open, double low, double high, double close, double volume = 1000) {
    begin(open, low, high, close, volume);
    end();
  }
  Order place(const OrderRequest& order) {
    const Result<Order> placed = exchange.place_order(order);
    INFO((placed ? std::string() : placed.error().message));
    REQUIRE(placed);
    return *placed;
  }
  std::vector<Order> place(const OrderListRequest& list) {
    const Result<std::vector<Order>> placed = exchange.place_list(list);
    INFO((placed ? std::string() : placed.error().message));
    REQUIRE(placed);
    return *placed;
  }
  Order find(const Order& order) const { return exchange.find_order(order.symbol, order.order_id).value(); }
  std::string status(const Order& order) const {
    const Order now = find(order);
    return std::string(text(now.status)) + (now.expiry_reason.empty() ? "" : " " + now.expiry_reason);
  }
  std::string free(const char* asset) const { return exchange.balance(asset).free.text(); }
  std::string locked(const char* asset) const { return exchange.balance(asset).locked.text(); }
  // The fills since the last call as "SELL 1 @ 95 -0.095 USDT taker".
  std::vector<std::string> fills() {
    std::vector<std::string> result;
    for (const ExchangeEvent& event : exchange.take_events()) {
      if (event.kind != ExchangeEvent::Kind::fill) continue;
      const Fill& fill = event.fill;
      result.push_back(std::string(text(fill.side)) + " " + fill.quantity.text() + " @ " + fill.price.text() + " -" +
                       fill.commission.text() + " " + fill.commission_asset + (fill.is_maker ? " maker" : " taker"));
    }
    return result;
  }
};

using Fills = std::vector<std::string>;

} // namespace stratdock::paper_test
