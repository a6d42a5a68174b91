// Every figure the page shows about a bot, computed in this one place from journal rows. The definitions are API.md's
// "Formulas"; each name below is a row of that table.
// Thread rule: plain values and pure functions; a PnlHistory belongs to one thread.
// Invariant: unknown is nullopt, never zero; unrealised + realised == net_pnl always.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/candle.hpp"
#include "core/decimal.hpp"
#include "host/store/records.hpp"

namespace stratdock::dashboard {

// What the closed trades of a bot add up to.
struct TradeSums {
  int64_t count = 0, wins = 0, losses = 0;
  Decimal gains;  // sum of the profits above zero
  Decimal lost;   // size of the sum of the profits below zero
  Decimal fees;
  int64_t first_id = 0, last_exit_ms = 0;
  Decimal first_cost;
  void add(const store::TradeRow& trade);
};
std::optional<double> win_rate(const TradeSums& sums);
std::optional<double> profit_factor(const TradeSums& sums);

// The course of a bot's net P&L, fed with its equity rows from the oldest to the newest.
class PnlHistory {
public:
  // `allotted` is what had been paid in, less released, by then. Rows older than the last one are left out.
  void add(int64_t at_ms, Decimal equity, Decimal allotted);

  bool empty() const { return last_ms_ == 0; }
  int64_t last_ms() const { return last_ms_; }
  // (P - peak P) / (allotted + peak P): 0 or negative; nullopt while nothing is known or nothing was allotted.
  std::optional<double> max_drawdown() const { return max_drawdown_; }
  std::optional<double> drawdown(Decimal pnl, Decimal allotted) const;

  struct DayStart { Decimal pnl, equity, allotted; };
  // The state at the last 00:00 UTC before `now_ms`: that of the last row not after it, all zero for a bot younger than that.
  DayStart day_start(int64_t now_ms) const;
  // At most 60 values of P, oldest first, evenly thinned.
  std::vector<double> spark() const;

private:
  struct Point { int64_t at_ms; Decimal pnl, equity, allotted; };
  int64_t last_ms_ = 0;
  Point last_{};
  DayStart day_start_;  // of the day that last_ms_ is in
  Decimal peak_, peak_before_;  // before: without the last row
  std::optional<double> max_drawdown_, max_drawdown_before_;
  std::vector<double> spark_;
  int64_t spark_stride_ = 1, spark_seen_ = 0;
};

struct FigureInput {
  store::BotRow row;
  std::optional<Decimal> price;  // last traded
  Decimal taker_fee;             // fraction of the notional
  int64_t market_ms = 0;
};

struct Figures {
  bool open = false;   // holds a position
  Decimal quantity;    // of the open position
  Decimal dust;        // base asset left over while flat: too small to sell
  std::optional<Decimal> position_value, equity, unrealised, net_pnl, today, at_stop, at_take;
  std::optional<double> net_pnl_fraction, today_fraction, unrealised_fraction, drawdown_now;
};
Figures compute_figures(const FigureInput& input, const PnlHistory& history);

// What closing now would do. Fails softly: `possible` false and `text` says why.
struct ClosePreview {
  bool possible = false;
  std::string text;
  Decimal quantity, dust;
  std::optional<Decimal> price, value, fee, result;
  std::optional<double> result_fraction;
};
ClosePreview preview_close(const FigureInput& input, const std::optional<store::SymbolRow>& symbol);

// One line of the totals: one mode and one currency.
struct Total {
  int64_t bots = 0, running = 0, open_positions = 0, unprotected = 0;
  Decimal equity, allotted, net_pnl, today, at_stop, day_base;
  bool complete = true;        // false: a bot's price is not known, so the sums are not either
  bool today_complete = true;  // false: nor is what today brought, as long as a bot's past is not read
  void add(const store::BotRow& row, const Figures& figures, const PnlHistory& history, int64_t market_ms);
};

// a / b as a fraction for display; nullopt when b is zero.
std::optional<double> fraction(Decimal a, Decimal b);
// States in which evaluations take place.
bool is_running_state(const std::string& state);

}  // namespace stratdock::dashboard
