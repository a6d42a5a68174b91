// The paper exchange: Binance Spot's rules over a market made of candles. One class serves the backtest, paper mode and
// (behind a server of its own) any Binance client.
//
// Owns: balances, orders, lists and the last prices of one account. Thread rule: one thread; no clock, no I/O, no
// random source of its own. Invariant: same candles, seed and calls in the same order give the same results, bit for
// bit; balances are never negative; locked money equals what the open orders hold.
//
// How a candle is traded (DESIGN: "In time"): begin_candle() publishes the open and then matches what was placed before
// it; end_candle() walks open -> low -> high -> close. An order placed between begin_candle() and end_candle() of a
// symbol acts from that symbol's next open; so does the pending order of a list whose working order fills inside a
// candle.
//
// What Binance leaves open, or what candles cannot tell, is decided so:
// - A price that is touched fills. A limit order gapped over at the open fills at the open. All of an order fills at
// once
//   unless max_volume_share sets a limit.
// - A BUY for a quantity at the market (MARKET, or STOP_LOSS / TAKE_PROFIT once triggered) locks last price (stop
// price)
//   times quantity. Where the open then asks for more than that and the free balance together, the order is EXPIRED
//   with reason REJECTED, Binance's word for insufficient funds; at Binance price check and match are one moment.
// - Commission is rounded half to even to eight digits, as in the worked example of Binance's commission FAQ.
// - An OTO kind locks the working order's funds alone; a pending order's are locked when it is activated, and an order
// that
//   then lacks funds, breaks a filter or would trigger or take at once is EXPIRED with reason REJECTED.
// - OPO: commission in the base asset is taken from the free balance where that suffices (Binance's OPO FAQ).
// - Cancelling an order that waits in a list cancels the whole list: every order of it becomes CANCELED.
// - A client id is refused while an open order of the same symbol carries it, and free again afterwards.
// - The average price of PERCENT_PRICE and NOTIONAL is the volume-weighted one of the finished candles that opened
// within
//   average_minutes of the last one; the last price while there is none.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/candle.hpp"
#include "core/order.hpp"
#include "core/symbol.hpp"

namespace stratdock {

struct Balance {
  Decimal free, locked;
};

struct PaperFees {
  Decimal maker = Decimal::from_units(100'000), taker = Decimal::from_units(100'000); // 0.001 = 0.1 %
  bool pay_with_bnb = false;                              // needs a BNB price: symbol BNB<quote>
  Decimal bnb_discount = Decimal::from_units(75'000'000); // factor on the rate: pay 75 %
};

struct PaperSettings {
  PaperFees fees;
  Decimal slippage; // fraction of the price a MARKET or triggered stop order pays on top; 0 for none
  double max_volume_share =
      0;             // of a candle's volume that all orders of it may take together; 0: no limit (no partial fills)
  uint64_t seed = 1; // for what Binance leaves open (none today decides on it)
  // How a practice exchange fills: a new order meets the last price the moment it is placed, and so does what a list or a
  // trigger sets free, instead of waiting for the next open. False wherever trades have to equal those of a backtest.
  bool fill_at_once = false;
};

// What happened, in order. Exactly one of the pointers' subjects is set per kind.
struct ExchangeEvent {
  enum class Kind : uint8_t { order_changed, fill } kind = Kind::order_changed;
  Order order; // the order's state after the event (for both kinds)
  Fill fill;   // for fill
};

class PaperExchange {
public:
  static constexpr size_t remembered_orders = 1000;

  explicit PaperExchange(PaperSettings settings);
  ~PaperExchange();
  PaperExchange(PaperExchange&&) noexcept;
  PaperExchange& operator=(PaperExchange&&) noexcept;

  // Adds a symbol or replaces its rules; open orders stay.
  void set_symbol(const Symbol& symbol);
  const Symbol* find_symbol(std::string_view name) const;
  // Adds to the free balance (negative takes away; must not leave it negative: checked).
  void deposit(const std::string& asset, Decimal amount);
  Balance balance(const std::string& asset) const;
  const std::map<std::string, Balance>& balances() const;

  // Time in milliseconds, never going back (checked). Stamps orders and fills made until the next call.
  void set_time(int64_t now_ms);

  // A symbol's number for the calls below that take one, fixed from its first set_symbol on; -1 when unknown.
  int symbol_index(std::string_view name) const;

  // Publishes the open, then matches MARKET orders and everything else that the open makes executable. The symbol must
  // be known, the candle before it ended, and the open times ascend (all checked).
  void begin_candle(int symbol_index, const Candle& candle);
  void begin_candle(std::string_view symbol, const Candle& candle);
  // Walks low, high, close of the candle begun. Stop orders that trigger fill at their stop price, or at the open when
  // the open lies beyond it; limit orders at their price or better.
  void end_candle(int symbol_index);
  void end_candle(std::string_view symbol);
  // Moves the price inside the candle begun, for a market that is watched while it moves: orders on the way act. After it
  // end_candle() only goes on from there to the close, so the caller passes the low and the high itself.
  void move_price(int symbol_index, double price);
  // True when no order is open on the symbol, so that a candle could change nothing but prices. begin_candle() and
  // end_candle() are then a few nanoseconds; whoever skips them nevertheless leaves the last and average price behind.
  bool is_idle(int symbol_index) const;
  bool is_idle(std::string_view symbol) const;
  // The last traded price; zero before the first candle.
  Decimal last_price(int symbol_index) const;
  Decimal last_price(std::string_view symbol) const;
  // What PERCENT_PRICE and NOTIONAL compare with (the file's head says how); zero before the first candle.
  Decimal average_price(std::string_view symbol) const;

  // A refused order is an Error whose `code` and `message` are the exchange's own (-1013 "Filter failure: LOT_SIZE").
  // An accepted one is returned as it stands after the call. A MARKET order stands NEW until the symbol's next open.
  Result<Order> place_order(const OrderRequest& request);
  // The checks ahead of the matching engine alone, as the exchange's test endpoint: no balance, no count filters, no
  // duplicates.
  Result<Order> test_order(const OrderRequest& request) const;
  // The list's orders, working or above first. An OTO kind's pending orders stand PENDING_NEW.
  Result<std::vector<Order>> place_list(const OrderListRequest& request);
  // Cancelling one leg cancels its list. Unknown or no longer open: -2011 "Unknown order sent."
  Result<Order> cancel_order(const std::string& symbol, int64_t order_id);
  Result<Order> cancel_order(const std::string& symbol, const std::string& client_id);
  Result<std::vector<Order>> cancel_list(int64_t list_id);

  // By id, also the last `remembered_orders` finished ones; a client id finds the open order first, then the newest.
  // Unknown: -2013 "Order does not exist."
  Result<Order> find_order(const std::string& symbol, int64_t order_id) const;
  Result<Order> find_order(const std::string& symbol, const std::string& client_id) const;
  std::vector<Order> open_orders(std::string_view symbol = {}) const;

  // What a practice exchange brings about on request, since no candle does; none of it is part of the state.
  // Orders placed from now on execute in up to `parts` fills (1..1000) each time they execute, as far as LOT_SIZE allows.
  void set_fill_parts(int parts);
  // The next single order placed meets its owner's own order: EXPIRED_IN_MATCH instead of a fill.
  void prevent_next_match();
  // Executes `quantity` (zero: the rest) of a limit order on the book at its own price, wherever the market stands. -2011
  // when it is not on the book, -1013 when the quantity does not fit.
  Result<Order> execute_resting(const std::string& symbol, int64_t order_id, Decimal quantity);
  void set_fees(const PaperFees& fees);

  bool has_events() const;
  // Everything that happened since the last call, in order.
  std::vector<ExchangeEvent> take_events();

  // Persistence. An order's row changes when an event names it; a restored exchange goes on as if never stopped. Events
  // not yet taken are not part of the state. restore() wants an exchange of the same settings with the same symbols
  // set.
  struct State {
    int64_t now_ms = 0, next_order_id = 1, next_trade_id = 1, next_list_id = 1;
    std::map<std::string, Balance> balances;
    std::map<std::string, Candle> last_candles; // by symbol: the last candle begun
    std::vector<Order> open_orders;             // ascending by id
    std::vector<Order> finished_orders;         // oldest first, for find_order alone; may be left out
    std::string details; // what the fields above do not say (locked amounts, list links, waiting flags), as JSON text;
                         // opaque to others
  };
  State state(bool with_finished_orders = true) const;
  Status restore(const State& state);

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace stratdock
