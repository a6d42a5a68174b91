#include "dashboard/figures.hpp"

#include <algorithm>

namespace stratdock::dashboard {

namespace {

constexpr size_t spark_points = 60;

int64_t day_of(int64_t ms) { return ms / day_ms; }
// A row of 00:00 sharp is what the day before ended with.
int64_t day_of_row(int64_t ms) { return (ms - 1) / day_ms; }

}  // namespace

std::optional<double> fraction(Decimal a, Decimal b) {
  if (b.is_zero()) return std::nullopt;
  return a.to_double() / b.to_double();
}

bool is_running_state(const std::string& state) { return state == "running" || state == "paused" || state == "degraded"; }

void TradeSums::add(const store::TradeRow& trade) {
  ++count;
  if (trade.profit.is_positive()) {
    ++wins;
    gains += trade.profit;
  } else if (trade.profit.is_negative()) {
    ++losses;
    lost -= trade.profit;
  }
  fees += trade.fees;
  if (first_id == 0 || trade.id < first_id) {
    first_id = trade.id;
    first_cost = trade.cost;
  }
  last_exit_ms = std::max(last_exit_ms, trade.exit_ms);
}

std::optional<double> win_rate(const TradeSums& sums) {
  if (sums.count == 0) return std::nullopt;
  return static_cast<double>(sums.wins) / static_cast<double>(sums.count);
}

std::optional<double> profit_factor(const TradeSums& sums) { return fraction(sums.gains, sums.lost); }

void PnlHistory::add(int64_t at_ms, Decimal equity, Decimal allotted) {
  if (at_ms < last_ms_) return;
  const Decimal pnl = equity - allotted;
  if (empty()) {
    // A bot starts at P = 0 with what it was given; its first peak is that start.
    day_start_ = {};
  } else if (day_of_row(at_ms) != day_of_row(last_ms_)) {
    day_start_ = {last_.pnl, last_.equity, last_.allotted};
  }
  if (at_ms == last_ms_) {
    // The same row once more, written anew by a fill of the same moment: only its last content counts.
    peak_ = peak_before_;
    max_drawdown_ = max_drawdown_before_;
  }
  peak_before_ = peak_;
  max_drawdown_before_ = max_drawdown_;
  peak_ = std::max(peak_, pnl);
  last_ms_ = at_ms;
  last_ = {at_ms, pnl, equity, allotted};
  if (const auto now = drawdown(pnl, allotted)) max_drawdown_ = std::min(max_drawdown_.value_or(0), *now);
  if (spark_seen_++ % spark_stride_ == 0) {
    spark_.push_back(pnl.to_double());
    if (spark_.size() >= 2 * spark_points) {
      for (size_t i = 0; i < spark_points; ++i) spark_[i] = spark_[2 * i];
      spark_.resize(spark_points);
      spark_stride_ *= 2;
    }
  }
}

std::optional<double> PnlHistory::drawdown(Decimal pnl, Decimal allotted) const {
  const Decimal peak = std::max(peak_, pnl);
  const Decimal base = allotted + peak;
  if (!base.is_positive()) return std::nullopt;
  return (pnl - peak).to_double() / base.to_double();
}

PnlHistory::DayStart PnlHistory::day_start(int64_t now_ms) const {
  if (empty() || day_of(now_ms) <= day_of_row(last_ms_)) return day_start_;
  return {last_.pnl, last_.equity, last_.allotted};
}

std::vector<double> PnlHistory::spark() const {
  std::vector<double> values = spark_;
  if (values.size() > spark_points) {
    // Between 61 and 119 kept points: every other one, counted from the newest.
    std::vector<double> thinned;
    for (size_t i = (values.size() - 1) % 2; i < values.size(); i += 2) thinned.push_back(values[i]);
    values = std::move(thinned);
  }
  if (!empty()) {
    if (values.empty()) values.push_back(0);
    values.back() = last_.pnl.to_double();
  }
  return values;
}

Figures compute_figures(const FigureInput& input, const PnlHistory& history) {
  const store::BotRow& row = input.row;
  Figures figures;
  figures.open = row.quantity.is_positive() && row.entry_ms != 0;
  if (figures.open) figures.quantity = row.quantity;
  else figures.dust = row.quantity;

  if (row.quantity.is_zero()) figures.position_value = Decimal();
  else if (input.price) figures.position_value = multiply(row.quantity, *input.price, Rounding::half_even);
  if (figures.position_value) {
    figures.equity = row.cash + *figures.position_value;
    figures.net_pnl = *figures.equity - row.allotted;
    figures.unrealised = *figures.net_pnl - row.realised;
    figures.net_pnl_fraction = fraction(*figures.net_pnl, row.allotted);
    const auto start = history.day_start(input.market_ms);
    figures.today = *figures.net_pnl - start.pnl;
    const Decimal added = std::max(row.allotted - start.allotted, Decimal());
    figures.today_fraction = fraction(*figures.today, start.equity + added);
    figures.drawdown_now = history.drawdown(*figures.net_pnl, row.allotted);
  }
  if (figures.open) {
    if (figures.unrealised) figures.unrealised_fraction = fraction(*figures.unrealised, row.cost);
    const Decimal kept = Decimal::from_integer(1) - input.taker_fee;
    const auto result_at = [&](Decimal price) {
      return multiply(multiply(row.quantity, price, Rounding::half_even), kept, Rounding::half_even) - row.cost;
    };
    if (row.stop_price) figures.at_stop = result_at(*row.stop_price);
    if (row.take_profit_price) figures.at_take = result_at(*row.take_profit_price);
  }
  return figures;
}

ClosePreview preview_close(const FigureInput& input, const std::optional<store::SymbolRow>& symbol) {
  const store::BotRow& row = input.row;
  ClosePreview preview;
  if (!row.quantity.is_positive() || row.entry_ms == 0) {
    preview.dust = row.quantity;
    preview.text = "The bot holds nothing, so there is nothing to sell.";
    return preview;
  }
  preview.quantity = symbol ? row.quantity.floor_to(symbol->step) : row.quantity;
  preview.dust = row.quantity - preview.quantity;
  const std::string base = symbol ? symbol->base : row.symbol;
  if (preview.quantity.is_zero()) {
    preview.text = "What the bot holds (" + row.quantity.text() + " " + base + ") is less than the smallest quantity the exchange trades.";
    return preview;
  }
  if (!input.price) {
    preview.possible = true;
    preview.text = "Sells " + preview.quantity.text() + " " + base + " at the market price, which is not known here at the moment.";
    return preview;
  }
  preview.price = input.price;
  preview.value = multiply(preview.quantity, *input.price, Rounding::half_even);
  preview.fee = multiply(*preview.value, input.taker_fee, Rounding::half_even);
  // The dust keeps its share of the cost.
  const Decimal cost = divide(multiply(row.cost, preview.quantity, Rounding::half_even), row.quantity, Rounding::half_even);
  preview.result = *preview.value - *preview.fee - cost;
  preview.result_fraction = fraction(*preview.result, cost);
  if (symbol && symbol->minimum_notional.is_positive() && *preview.value < symbol->minimum_notional) {
    preview.text = "The position is worth " + preview.value->text() + " " + symbol->quote + "; the exchange takes no order below " +
                   symbol->minimum_notional.text() + " " + symbol->quote + ".";
    return preview;
  }
  preview.possible = true;
  const std::string quote = symbol ? " " + symbol->quote : "";
  preview.text = "Sells " + preview.quantity.text() + " " + base + " at about " + input.price->text() + quote + ": about " +
                 (*preview.value - *preview.fee).text_fixed(2) + quote + " after fees, result " + preview.result->text_fixed(2) + quote + ".";
  return preview;
}

void Total::add(const store::BotRow& row, const Figures& figures, const PnlHistory& history, int64_t market_ms) {
  ++bots;
  if (is_running_state(row.state)) ++running;
  allotted += row.allotted;
  if (figures.open) {
    ++open_positions;
    if (row.protection == "none" || row.protection == "failed" || row.protection.empty()) ++unprotected;
    if (figures.at_stop) at_stop += *figures.at_stop;
  }
  if (!figures.equity) {
    complete = today_complete = false;
    return;
  }
  equity += *figures.equity;
  net_pnl += *figures.net_pnl;
  if (!figures.today) {
    today_complete = false;
    return;
  }
  today += *figures.today;
  const auto start = history.day_start(market_ms);
  day_base += start.equity + std::max(row.allotted - start.allotted, Decimal());
}

}  // namespace stratdock::dashboard
