// The inside of the paper exchange, shared by its source files alone: what it holds, and the steps they are made of.
// Thread rule: as PaperExchange. Invariant: for every asset, `locked` of its balance = the sum of what the open orders
// on it lock + what the open lists on it hold.
#pragma once

#include <deque>
#include <limits>
#include <optional>

#include "core/check.hpp"
#include "core/paper_exchange.hpp"

namespace stratdock::paper {

// An order that is not finished, or finished within the call under way.
struct OpenOrder {
  Order order;
  Decimal locked;             // quote asset for a BUY, base asset for a SELL; zero while its list holds the funds
  bool waits_for_open = true; // placed or activated since the symbol's last open
  bool triggered = false;     // of stop and take-profit orders
  bool rested = false;        // has been on the book without executing: the maker of what follows
  int fill_parts = 1;         // how many fills an execution comes in
  Decimal best;               // of a trailing order: the extreme it measures from; zero until it follows the price

  bool is_buy() const { return order.side == Side::buy; }
  Decimal remaining() const { return order.quantity - order.executed_quantity; }
  bool is_trailing() const { return order.trailing_delta_bips > 0; }
  bool waits_for_trigger() const { return is_triggered_type(order.type) && !triggered; }
  // Executes at whatever price there is.
  bool is_at_market() const {
    return order.type == OrderType::market || order.type == OrderType::stop_loss ||
           order.type == OrderType::take_profit;
  }

  static bool is_triggered_type(OrderType type) {
    return type == OrderType::stop_loss || type == OrderType::stop_loss_limit || type == OrderType::take_profit ||
           type == OrderType::take_profit_limit;
  }
  // STOP_LOSS BUY and TAKE_PROFIT SELL wait above the market, the other two below it.
  static bool triggers_on_rise(OrderType type, Side side) {
    const bool is_stop = type == OrderType::stop_loss || type == OrderType::stop_loss_limit;
    return is_stop == (side == Side::buy);
  }
};

// A list with an open order.
struct OrderList {
  int64_t list_id = 0;
  ListKind kind = ListKind::oco;
  std::string client_id;
  int market = 0;
  int64_t working_id = 0, above_id = 0, below_id = 0; // 0: has none; `above` is also the single pending order
  bool is_pending = false;                            // the working order is not yet filled
  Decimal locked;                                     // what the two legs of an OCO hold together
  Decimal received; // OPO kinds: the base asset bought so far, kept for the pending orders

  bool pays_pending() const { return kind == ListKind::opo || kind == ListKind::opoco; }
  bool has_working() const { return kind != ListKind::oco; }
  bool is_pair() const { return below_id != 0; }
};

struct FinishedCandle {
  int64_t open_time_ms = 0;
  double volume = 0, quote_volume = 0;
};

struct Market {
  Symbol symbol;
  Candle candle; // the last one begun
  bool has_candle = false, in_candle = false;
  bool is_moved = false; // by move_price(), since the candle began
  double price = 0; // the last traded price between two calls
  Decimal cursor;   // the same exactly, while `cursor_is_set`: inside a walk, or converted once for several questions
  bool cursor_is_set = false;
  Decimal volume_left; // of this candle, for our orders; meaningful with max_volume_share only
  std::vector<FinishedCandle> recent;
  std::vector<OpenOrder> orders; // ascending by id

  // No order acts while the price stays above `falls_to` and below `rises_to`: a cheap test that spares the exact walk.
  // Both carry a margin above what doubles and decimals may differ by.
  double falls_to = 0, rises_to = 0;
  bool needs_open = false; // an order acts at the next open whatever its price
  bool bounds_are_stale = true;

  Decimal last_price() const { return cursor_is_set ? cursor : Decimal::from_double(price); }
};

inline tl::unexpected<Error> refused(int code, std::string message) {
  return failure(std::move(message), {}, code);
}

} // namespace stratdock::paper

namespace stratdock {

struct PaperExchange::Impl {
  using Market = paper::Market;
  using OpenOrder = paper::OpenOrder;
  using OrderList = paper::OrderList;

  PaperSettings settings;
  int64_t now_ms = 0, next_order_id = 1, next_trade_id = 1, next_list_id = 1;
  std::map<std::string, Balance> balances;
  std::vector<Market> markets;
  std::map<std::string, int, std::less<>> market_by_name;
  std::map<int64_t, OrderList> lists;
  std::deque<Order> finished;
  std::vector<ExchangeEvent> events;
  int fill_parts = 1; // of orders to come
  bool prevents_next = false;

  // paper_exchange.cpp: what is where.
  int index_of(std::string_view symbol) const;
  Market& market_of(const OrderList& list) { return markets[static_cast<size_t>(list.market)]; }
  OpenOrder* find_open(Market& market, int64_t order_id);
  const OpenOrder* find_open(const Market& market, std::string_view client_id) const;
  OrderList* list_of(const Order& order);
  Decimal average_price(const Market& market) const;
  std::string fresh_client_id(const Market& market, int64_t order_id) const;

  // paper_exchange.cpp: money and the ends of orders.
  const std::string& paying_asset(const Market& market, Side side) const {
    return side == Side::buy ? market.symbol.quote_asset : market.symbol.base_asset;
  }
  void lock(const std::string& asset, Decimal amount);
  void unlock(const std::string& asset, Decimal amount);
  // What the order has to hold from now on to be executed whole.
  Decimal funds_needed(const Market& market, const OpenOrder& open) const;
  void release_above(Market& market, OpenOrder& open, Decimal amount);
  void report_change(const Order& order);
  // Ends an order in a terminal status: gives back its funds, reports it, and (`expire` alone) settles its list.
  void close(Market& market, OpenOrder& open, OrderStatus status, std::string_view expiry_reason);
  void expire(Market& market, OpenOrder& open, std::string_view expiry_reason);
  void remember(const Order& order);
  void sweep(Market& market);

  // paper_exchange_validation.cpp. `prefix` names the order's part in a list ("above", "pendingBelow"); empty for a
  // single order.
  Status check_request(const Market& market, const OrderRequest& request, std::string_view prefix,
                       bool quantity_comes_later) const;
  // Empty is allowed: the exchange makes one then.
  Status check_id_text(const std::string& client_id, const std::string& parameter) const;
  Status check_filters(const Market& market, const OrderRequest& request, bool quantity_comes_later) const;
  Status check_accepting(const Market& market, const OrderRequest& request) const;
  Status check_client_id(const Market& market, const std::string& client_id) const;
  Status check_counts(const Market& market, const std::vector<const OrderRequest*>& orders) const;
  // Would it trigger, or take, at this moment? Neither may a new order.
  Status check_against_price(const Market& market, OrderType type, Side side, Decimal price, Decimal stop_price) const;
  Order make_order(const OrderRequest& request, const Market& market, int64_t list_id);

  // paper_exchange_lists.cpp
  Status check_list(const Market& market, const OrderListRequest& request) const;
  Status check_list_in_engine(const Market& market, const OrderListRequest& request) const;
  Status check_pair(const Market& market, const OrderRequest& above, const OrderRequest& below,
                    bool against_price) const;
  Decimal pair_funds(const Market& market, const OpenOrder& above, const OpenOrder& below) const;
  // A leg is about to execute: the other one expires, the leg takes over the funds.
  void start_leg(Market& market, OpenOrder& leg);
  void activate_pending(Market& market, OrderList& list);
  void expire_pending(Market& market, OrderList& list, std::string_view expiry_reason);
  void settle_list(Market& market, const Order& ended);
  void cancel_whole_list(Market& market, OrderList& list);
  void forget_list(Market& market, int64_t list_id);

  // paper_exchange_matching.cpp
  void begin(Market& market, const Candle& candle);
  void end(Market& market);
  void move(Market& market, double price);
  void match_at_once(Market& market);
  bool crosses(const Market& market, const OpenOrder& open) const;
  void keep_for_average(Market& market);
  void refresh_bounds(Market& market) const;
  void walk(Market& market, Decimal from, Decimal to);
  std::optional<Decimal> acting_price(const Market& market, const OpenOrder& open, Decimal to) const;
  void act(Market& market, OpenOrder& open);
  void trigger(Market& market, OpenOrder& open);
  Decimal trailing_level(const OpenOrder& open) const;
  void follow(OpenOrder& open, Decimal price);
  void execute_at_market(Market& market, OpenOrder& open);
  void execute_limit(Market& market, OpenOrder& open);
  Decimal slipped_price(const Market& market, Side side) const;
  Decimal available(const Market& market, Decimal wanted) const;
  void fill(Market& market, OpenOrder& open, Decimal price, Decimal quantity, bool is_maker); // in its parts
  void fill_part(Market& market, OpenOrder& open, Decimal price, Decimal quantity, bool is_maker);
  void settle_money(Market& market, OpenOrder& open, const Fill& trade);
  void take_commission(Market& market, OpenOrder& open, Fill& trade);
  std::optional<Decimal> commission_in_bnb(const Market& market, const Fill& trade, Decimal rate) const;

  // paper_exchange_state.cpp
  Status check_books() const;
};

} // namespace stratdock
