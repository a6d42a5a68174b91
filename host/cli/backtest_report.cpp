#include "host/cli/backtest_report.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "host/cli/output.hpp"

namespace stratdock::cli {
namespace {

struct Figures {
  size_t wins = 0;
  Decimal won, lost;  // both positive
  std::optional<double> win_rate, profit_factor;
  Decimal net;
  double net_fraction = 0;
};

Figures figures_of(const BacktestResult& result) {
  Figures figures;
  for (const Trade& trade : result.trades) {
    if (trade.profit.is_positive()) ++figures.wins, figures.won += trade.profit;
    else figures.lost -= trade.profit;
  }
  if (!result.trades.empty()) figures.win_rate = static_cast<double>(figures.wins) / static_cast<double>(result.trades.size());
  if (figures.lost.is_positive()) figures.profit_factor = figures.won.to_double() / figures.lost.to_double();
  figures.net = result.equity - result.start_cash;
  if (result.start_cash.is_positive()) figures.net_fraction = figures.net.to_double() / result.start_cash.to_double();
  return figures;
}

double candles_a_second(const BacktestRun& run) { return run.seconds > 0 ? static_cast<double>(run.result.candles) / run.seconds : 0; }

std::string rounded(double value, int places) {
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "%.*f", places, value);
  return buffer;
}

}  // namespace

std::string report_text(const BacktestRun& run) {
  const BacktestResult& result = run.result;
  const Figures figures = figures_of(result);
  const std::string quote = " " + run.settings.symbol.quote_asset;
  std::string text = run.bot + ": " + run.strategy + " on " + run.settings.symbol.name + " " + interval_text(run.settings.bot.interval_ms) + ", " + time_text(run.first_ms) + " to " +
                     time_text(run.last_ms) + " UTC\n";
  auto line = [&](const std::string& name, const std::string& value) { text += "  " + name + std::string(16 - std::min<size_t>(name.size(), 15), ' ') + value + "\n"; };
  const size_t count = result.trades.size();
  line("trades", std::to_string(count) + (count == 0 ? "" : " (" + std::to_string(figures.wins) + " won, " + std::to_string(count - figures.wins) + " lost)"));
  line("win rate", figures.win_rate ? percent_text(*figures.win_rate) : "-");
  line("profit factor", figures.profit_factor ? rounded(*figures.profit_factor, 2) : "-");
  line("net result", figures.net.text() + quote + " (" + percent_text(figures.net_fraction) + " of " + result.start_cash.text() + quote + ")");
  line("fees", result.fees.text() + quote);
  line("max drawdown", percent_text(result.max_drawdown));
  line("buy and hold", percent_text(result.buy_and_hold));
  if (result.open_quantity.is_positive()) line("still open", result.open_quantity.text() + " " + run.settings.symbol.base_asset + ", counted at the last close");
  line("evaluations", std::to_string(result.evaluations) + (result.blocked > 0 ? ", " + std::to_string(result.blocked) + " advices blocked" : ""));
  if (result.failed_evaluations > 0) line("failed", std::to_string(result.failed_evaluations) + " evaluations; the first: " + result.first_failure);
  line("candles", std::to_string(result.candles) + ", " + rounded(candles_a_second(run) / 1e6, 2) + " million a second");
  return text;
}

nlohmann::json report_json(const BacktestRun& run) {
  const BacktestResult& result = run.result;
  const Figures figures = figures_of(result);
  auto known = [](const std::optional<double>& value) { return value ? nlohmann::json(*value) : nlohmann::json(nullptr); };
  nlohmann::json trades = nlohmann::json::array();
  for (const Trade& trade : result.trades)
    trades.push_back({{"symbol", trade.symbol}, {"entry_ms", trade.entry_ms}, {"exit_ms", trade.exit_ms}, {"quantity", trade.quantity.text()}, {"entry_price", trade.entry_price.text()},
                      {"exit_price", trade.exit_price.text()}, {"cost", trade.cost.text()}, {"proceeds", trade.proceeds.text()}, {"fees", trade.fees.text()},
                      {"profit", trade.profit.text()}, {"profit_fraction", trade.profit_fraction}, {"exit_reason", trade.exit_reason}});
  return {{"bot", run.bot}, {"strategy", run.strategy}, {"plugin", run.plugin}, {"symbol", run.settings.symbol.name}, {"interval", interval_text(run.settings.bot.interval_ms)},
          {"first_ms", run.first_ms}, {"last_ms", run.last_ms}, {"candles", result.candles}, {"evaluations", result.evaluations}, {"failed_evaluations", result.failed_evaluations},
          {"blocked", result.blocked}, {"trade_count", result.trades.size()}, {"win_count", figures.wins}, {"win_rate", known(figures.win_rate)},
          {"profit_factor", known(figures.profit_factor)}, {"start_cash", result.start_cash.text()}, {"cash", result.cash.text()}, {"equity", result.equity.text()},
          {"net_result", figures.net.text()}, {"net_fraction", figures.net_fraction}, {"fees", result.fees.text()}, {"max_drawdown", result.max_drawdown},
          {"buy_and_hold", result.buy_and_hold}, {"open_quantity", result.open_quantity.text()}, {"seconds", run.seconds}, {"candles_a_second", candles_a_second(run)},
          {"trades", std::move(trades)}};
}

std::string trades_csv_head() {
  return csv_record({"bot", "symbol", "entry_ms", "exit_ms", "quantity", "entry_price", "exit_price", "cost", "proceeds", "fees", "profit", "profit_fraction", "exit_reason"});
}

std::string trades_csv(const BacktestRun& run) {
  std::string text;
  for (const Trade& trade : run.result.trades)
    text += csv_record({run.bot, trade.symbol, std::to_string(trade.entry_ms), std::to_string(trade.exit_ms), trade.quantity.text(), trade.entry_price.text(), trade.exit_price.text(),
                        trade.cost.text(), trade.proceeds.text(), trade.fees.text(), trade.profit.text(), double_text(trade.profit_fraction), trade.exit_reason});
  return text;
}

}  // namespace stratdock::cli
