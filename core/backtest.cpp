#include "core/backtest.hpp"

#include <algorithm>

#include "core/check.hpp"

namespace stratdock {
namespace {

void settle(PaperExchange& exchange, Account& account) {
  while (exchange.has_events()) account.on_exchange_events(exchange.take_events());
}

// Keeps what the result needs.
class BacktestRecorder final : public Recorder {
public:
  explicit BacktestRecorder(BacktestResult& result) : result_(result) {}
  void filled(const Bot&, const Intent&, const Fill& fill) override { result_.fills.push_back(fill); }
  void position_closed(const Bot&, const Trade& trade) override { result_.trades.push_back(trade); }

private:
  BacktestResult& result_;
};

}  // namespace

void trade_step(PaperExchange& exchange, Account& account, std::span<const StepCandle> candles, int64_t close_ms) {
  settle(exchange, account);  // what was placed since the last step
  auto take_prices = [&] {
    for (const StepCandle& step : candles) account.set_price(*step.symbol, exchange.last_price(step.symbol_index));
  };
  for (const StepCandle& step : candles) {
    account.set_time(std::max(account.now_ms(), step.candle.open_time_ms));
    exchange.set_time(account.now_ms());
    exchange.begin_candle(step.symbol_index, step.candle);
  }
  if (exchange.has_events()) {
    take_prices();
    settle(exchange, account);
  }
  account.set_time(close_ms);
  exchange.set_time(close_ms);
  for (const StepCandle& step : candles) exchange.end_candle(step.symbol_index);
  take_prices();
  settle(exchange, account);
  if (!account.watches_prices()) return;
  for (const StepCandle& step : candles)
    account.on_candle(*step.symbol, Decimal::from_double(step.candle.low), Decimal::from_double(step.candle.high));
  settle(exchange, account);
}

PositionView position_view(const Bot& bot, Decimal cash, Decimal price) {
  PositionView view;
  if (bot.phase != Phase::open && bot.phase != Phase::exiting) return view;
  double value = multiply(bot.quantity, price, Rounding::down).to_double();
  double equity = cash.to_double() + value;
  view.fraction = equity > 0 ? std::clamp(value / equity, 0.0, 1.0) : 0;
  view.entry_price = bot.entry_price.to_double();
  view.entry_time_ms = bot.trip.entry_ms;
  return view;
}

Result<BacktestResult> run_backtest(const BacktestSettings& settings, const CandleSeries& candles, StrategyPort& strategy) {
  BacktestResult result;
  PaperExchange exchange(settings.paper);
  exchange.set_symbol(settings.symbol);
  exchange.deposit(settings.symbol.quote_asset, settings.bot.trade_amount);
  PaperPort port(exchange);
  BacktestRecorder recorder(result);
  Account account(port, recorder, settings.limits, settings.install_key);
  account.ledger().deposit(settings.symbol.quote_asset, settings.bot.trade_amount);
  Bot seed;
  seed.id = 1;
  seed.settings = settings.bot;
  seed.symbol = settings.symbol.name;
  Bot& bot = account.add_bot(std::move(seed));
  if (Status started = account.apply(bot.id, BotEvent::start, "backtest", "backtest"); !started) return tl::unexpected(started.error());
  result.start_cash = account.cash(bot);

  const int64_t interval_ms = candles.interval_ms();
  const int symbol_index = exchange.symbol_index(settings.symbol.name);
  Decimal peak = result.start_cash;
  size_t fed = 0;
  for (size_t row = 0; row < candles.size(); ++row) {
    const int64_t close_ms = candles.open_time_ms()[row] + interval_ms;
    if (close_ms <= settings.trade_from_ms) continue;
    StepCandle step{&settings.symbol.name, symbol_index, candles.at(row), interval_ms};
    trade_step(exchange, account, {&step, 1}, close_ms);
    ++result.candles;
    if (!evaluation_due(close_ms, settings.bot.evaluate_every_ms)) continue;
    Decimal price = account.price(bot.symbol);
    account.verify(bot.id);
    auto decision = strategy.evaluate(candles, row + 1, row + 1 - fed, position_view(bot, account.cash(bot), price), close_ms);
    fed = row + 1;
    ++result.evaluations;
    if (!decision) {
      if (result.failed_evaluations++ == 0) result.first_failure = decision.error().text();
      continue;
    }
    if (account.on_decision(bot.id, *decision).kind == Outcome::Kind::blocked) ++result.blocked;
    Decimal equity = bot.equity(account.cash(bot), price);
    peak = std::max(peak, equity);
    if (peak.is_positive()) result.max_drawdown = std::max(result.max_drawdown, (peak - equity).to_double() / peak.to_double());
  }
  settle(exchange, account);
  result.cash = account.cash(bot);
  result.equity = bot.equity(result.cash, account.price(bot.symbol));
  result.open_quantity = bot.is_flat() ? Decimal() : bot.quantity;
  for (const Trade& trade : result.trades) result.fees += trade.fees;
  if (!candles.empty()) result.buy_and_hold = candles.close().back() / candles.close().front() - 1;
  return result;
}

}  // namespace stratdock
