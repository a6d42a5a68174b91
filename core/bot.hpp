// A bot: a strategy at work on a symbol with a trade amount. What it holds, what protects that, and what it did.
// Plain state with the arithmetic that belongs to it; core/account.hpp moves it and speaks to the exchange.
// Thread rule: one thread. Invariant: quantity and cost are never negative; cost is zero when quantity is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/bot_settings.hpp"
#include "core/bot_state.hpp"
#include "core/decision.hpp"
#include "core/order.hpp"
#include "core/result.hpp"
#include "core/retry.hpp"
#include "core/symbol.hpp"

namespace stratdock {

constexpr double default_stop_loss = 0.02;
constexpr double default_take_profit = 0.05;

// Where the bot is in the life of a position.
enum class Phase : uint8_t {
  flat,
  entering,  // a BUY is at the exchange
  open,
  exiting,   // a SELL is at the exchange
};

enum class Protection : uint8_t {
  none,     // flat, or not asked for yet
  resting,  // stop-loss and take-profit rest at the exchange
  watched,  // the engine watches the prices itself: the symbol or the amount allows no resting orders
  failed,   // could not be placed; an alarm stands, the engine watches meanwhile
  placing,  // sent, and nobody knows yet whether the exchange has it; an alarm stands, the engine watches meanwhile
};

std::string_view text(Phase phase);
std::string_view text(Protection protection);

// A stop or take-profit as a fraction of the entry price, and who said so: "bot", "strategy" or "default".
struct Level {
  double fraction = 0;
  std::string source;
  friend bool operator==(const Level&, const Level&) = default;
};

// One round trip, from the first fill that bought to the last that sold.
struct RoundTrip {
  int64_t entry_ms = 0;
  Decimal bought_quantity, bought_quote;  // gross, for the average entry price
  Decimal sold_quantity, sold_quote;      // gross, for the average exit price
  Decimal sold_cost;                      // the part of the cost that the sold quantity carried
  Decimal proceeds;                       // what the sales brought in, commission taken off
  Decimal fees;                           // in the quote asset; commissions in a third asset are left out
  friend bool operator==(const RoundTrip&, const RoundTrip&) = default;
};

struct Trade {
  int64_t bot_id = 0;
  std::string symbol;
  int64_t entry_ms = 0, exit_ms = 0;
  Decimal quantity, entry_price, exit_price, cost, proceeds, fees, profit;
  double profit_fraction = 0;
  std::string exit_reason;
  friend bool operator==(const Trade&, const Trade&) = default;
};

struct Bot {
  int64_t id = 0;
  BotSettings settings;
  BotState state = BotState::stopped;
  std::string reason;   // why it is in that state, or what it waits for
  std::string symbol;   // traded now
  int64_t anchor_ms = 0;

  Phase phase = Phase::flat;
  Decimal quantity;     // base asset held, dust included
  Decimal cost;         // of that quantity, in the quote asset
  Decimal entry_price;  // average of the round trip; zero when flat
  RoundTrip trip;
  std::string exit_reason;
  int64_t exit_ms = 0;  // time of the last fill that sold

  Level stop, take;     // of the open position
  std::optional<Decimal> stop_price, take_price;
  Protection protection = Protection::none;
  int64_t protect_list_id = -1;
  int restored_protection = 0;  // times it was placed again after somebody cancelled it
  Retry exchange_retry;         // of what the exchange refused while a position is open: its protection, a watched exit

  int64_t entry_intent = 0, exit_intent = 0, protect_intent = 0;  // the last of each; 0: none

  bool funded = false;  // its trade amount was allotted
  Decimal allotted;     // paid in so far, less what was released; below zero once profits were taken out
  Decimal realised;
  int64_t trade_count = 0, win_count = 0;

  bool is_flat() const { return phase == Phase::flat; }
  // Books a fill into quantity, cost and the round trip. Quote and base are the symbol's assets.
  void apply_fill(const Fill& fill, const std::string& base, const std::string& quote);
  // The trade that the round trip made; call when nothing more can be sold. Resets the trip, keeps dust.
  Trade finish_trade();
  // Holds from now on what was bought elsewhere at `at_price`: levels and prices by `stop_at` and `take_at` where given,
  // else by its own settings. Must be flat.
  void take_over(const Symbol& rules, Decimal bought, Decimal at_price, std::optional<Decimal> stop_at, std::optional<Decimal> take_at, int64_t now_ms);
  // Flat again, with nothing of the round trip left; quantity and cost stay.
  void end_round_trip();
  // The levels for a new position by the order bot, strategy, default.
  void choose_levels(const Decision& decision);
  // Sets entry, stop and take-profit price from the round trip; both are rounded to the tick towards the entry.
  void set_prices(const Symbol& symbol);
  Decimal equity(Decimal cash, Decimal price) const { return cash + multiply(quantity, price, Rounding::down); }
};

// What the bot must remember over a restart beyond its settings, as JSON text. A decode of an encode is equal.
std::string encode_bot(const Bot& bot);
Status decode_bot(std::string_view json, Bot& bot);

}  // namespace stratdock
