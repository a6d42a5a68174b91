// The risk check: between a decision and an intent. Nothing reaches an exchange without an ApprovedOrder, and only
// RiskBook::approve_entry / approve_exit make one.
// Thread rule: one thread. Invariant: caps hold with every open entry counted as filled; exits and protection are never
// held back by a cap, only by the exchange's own filters.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "core/decimal.hpp"
#include "core/order.hpp"
#include "core/result.hpp"
#include "core/symbol.hpp"

namespace stratdock {

// Amounts in the quote asset. Zero: no such cap.
struct RiskLimits {
  Decimal max_bot_exposure;      // one bot's position at cost
  Decimal max_account_exposure;  // all positions at cost
  Decimal max_order_value;       // one BUY
  Decimal max_daily_loss;        // realised by the account since 00:00 UTC; then no entries until the next day
  Decimal max_bot_daily_loss;
  int max_open_positions = 0;
  int max_orders_per_minute = 0;
  int max_orders_per_day = 0;
};

// An order that passed. Its maker is the risk book alone, so that no other code can send one.
class ApprovedOrder {
public:
  const OrderRequest& request() const { return request_; }

private:
  friend class RiskBook;
  explicit ApprovedOrder(OrderRequest request) : request_(std::move(request)) {}
  OrderRequest request_;
};

struct EntryQuestion {
  int64_t bot_id = 0;
  int64_t now_ms = 0;
  const Symbol* symbol = nullptr;
  Decimal price;            // last traded
  Decimal cash;             // what the bot may spend
  double size_fraction = 1; // of that cash
  double stop_fraction = 0; // the stop that will protect it, as a fraction below the entry
};

class RiskBook {
public:
  explicit RiskBook(RiskLimits limits) : limits_(limits) {}

  // A MARKET BUY of cash * size_fraction, or the reason it is blocked, in words for the page, naming both figures.
  Result<ApprovedOrder> approve_entry(const EntryQuestion& question) const;
  // A MARKET SELL of what of `quantity` the lot filter accepts. Fails when that is nothing or below the minimum notional (dust).
  Result<ApprovedOrder> approve_exit(const Symbol& symbol, Decimal quantity, Decimal price) const;

  void count_order(int64_t now_ms);
  // A bot's open position at cost, entries in flight included; zero when flat.
  void set_exposure(int64_t bot_id, Decimal cost);
  void add_realised(int64_t bot_id, Decimal profit, int64_t now_ms);

  // Restored from the journal at start.
  struct State {
    int64_t day = 0;
    Decimal account_realised;
    std::map<int64_t, Decimal> bot_realised;
    std::deque<int64_t> orders_ms;
    int64_t orders_today = 0;
  };
  const State& state() const { return state_; }
  void restore(State state) { state_ = std::move(state); }
  void set_limits(RiskLimits limits) { limits_ = limits; }

private:
  Status check_caps(const EntryQuestion& question, Decimal value) const;
  Decimal total_exposure() const;
  void begin_day(int64_t day);

  RiskLimits limits_;
  State state_;
  std::map<int64_t, Decimal> exposure_;
};

// The smallest amount a BUY must spend so that what it buys, less commission, can still be sold at its stop:
// minimum notional / (1 - stop), and 1 % on top for commission and rounding.
Decimal minimum_entry(const Symbol& symbol, double stop_fraction);

}  // namespace stratdock
