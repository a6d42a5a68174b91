// The backtest: one bot on one series of candles, through the same account, risk book and paper exchange that trade.
// Thread rule: one thread. Invariant: no clock and no random source, so equal input gives equal results, bit for bit; the
// trades are those that a replay of the same candles writes into the journal.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/account.hpp"
#include "core/candle.hpp"
#include "core/paper_exchange.hpp"

namespace stratdock {

// A candle of a step. All candles of a step close at the same instant.
struct StepCandle {
  const std::string* symbol = nullptr;
  int symbol_index = -1;  // PaperExchange::symbol_index of it
  Candle candle;
  int64_t interval_ms = 0;
};

// Trades one step on the paper exchange: opens, fills, what fills ask for, the path inside the candles, and again.
// Afterwards the account's time is the close and its prices are the closes.
void trade_step(PaperExchange& exchange, Account& account, std::span<const StepCandle> candles, int64_t close_ms);

// A decision is due when the close time is a multiple of the bot's cadence in UTC.
constexpr bool evaluation_due(int64_t close_ms, int64_t evaluate_every_ms) { return close_ms % evaluate_every_ms == 0; }

PositionView position_view(const Bot& bot, Decimal cash, Decimal price);

// A strategy as the backtest sees it: rows [0, end) of the series are closed, the last new_count of them are new.
class StrategyPort {
public:
  virtual ~StrategyPort() = default;
  virtual Result<Decision> evaluate(const CandleSeries& candles, size_t end, size_t new_count, const PositionView& position,
                                    int64_t now_ms) = 0;
};

struct BacktestSettings {
  BotSettings bot;
  Symbol symbol;
  PaperSettings paper;
  RiskLimits limits;
  std::string install_key = "backtest";
  int64_t trade_from_ms = 0;  // candles closing before or at this feed the strategy only
};

struct BacktestResult {
  std::vector<Trade> trades;
  std::vector<Fill> fills;
  int64_t candles = 0, evaluations = 0, failed_evaluations = 0, blocked = 0;
  std::string first_failure;  // text of the first failed evaluation
  Decimal start_cash, cash, equity;  // quote asset; equity at the last close, an open position included
  Decimal open_quantity;             // still held at the end
  Decimal fees;
  double max_drawdown = 0;           // of the equity at evaluations, as a fraction of its peak
  double buy_and_hold = 0;           // last close / first close - 1
};

Result<BacktestResult> run_backtest(const BacktestSettings& settings, const CandleSeries& candles, StrategyPort& strategy);

}  // namespace stratdock
