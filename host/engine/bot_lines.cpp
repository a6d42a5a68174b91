#include "host/engine/bot_lines.hpp"

#include <algorithm>
#include <cstdio>

namespace stratdock {
namespace {

std::string title(const Bot& bot) { return bot.settings.title.empty() ? bot.settings.name : bot.settings.title; }

std::string signed_percent(double fraction) {
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "%+.2f%%", fraction * 100);
  return buffer;
}

// Digits after the point of a step: 2 for 0.01, 0 for 1.
int digits_of(Decimal step) {
  std::string written = step.text();
  size_t point = written.find('.');
  return point == std::string::npos ? 0 : static_cast<int>(written.size() - point - 1);
}

}  // namespace

std::string price_text(Decimal price, const Symbol* symbol) {
  return "$" + price.text_fixed(symbol == nullptr ? 2 : std::max(2, digits_of(symbol->price.tick)));
}

LogLine starting_line(const Bot& bot) { return {"INFO", "🤖 STARTING BOT: " + title(bot)}; }
LogLine stopped_line(const Bot& bot) { return {"INFO", "🛑 STOPPED BOT: " + title(bot)}; }

LogLine position_line(const Bot& bot, Decimal price, const Symbol* symbol) {
  double change = bot.entry_price.is_positive() ? price.to_double() / bot.entry_price.to_double() - 1 : 0;
  return {"INFO", "📊 Position: LONG @ " + price_text(bot.entry_price, symbol) + " | Current: " + price_text(price, symbol) +
                      " | P&L: " + signed_percent(change)};
}

LogLine waiting_line(const Bot&, std::string_view action, Decimal price, const Symbol* symbol) {
  return {"INFO", "⏳ Waiting for signal... (Current: " + std::string(action) + ", Price: " + price_text(price, symbol) + ")"};
}

LogLine signal_line(std::string_view action) {
  return {"INFO", (action == "BUY" ? "🟢 " : "🔴 ") + std::string(action) + " signal generated!"};
}

LogLines opened_lines(const Bot& bot, const Symbol* symbol) {
  LogLines lines{{"INFO", "🟢 OPENED POSITION: " + title(bot)},
                 {"INFO", "   Entry: " + price_text(bot.entry_price, symbol)},
                 {"INFO", "   Quantity: " + bot.quantity.text() + (symbol == nullptr ? "" : " " + symbol->base_asset)},
                 {"INFO", "   Invested: $" + bot.cost.text_fixed(2)}};
  if (bot.stop_price) lines.push_back({"INFO", "   Stop Loss: " + price_text(*bot.stop_price, symbol) + " (" + signed_percent(-bot.stop.fraction) + ", " + bot.stop.source + ")"});
  if (bot.take_price) lines.push_back({"INFO", "   Take Profit: " + price_text(*bot.take_price, symbol) + " (" + signed_percent(bot.take.fraction) + ", " + bot.take.source + ")"});
  return lines;
}

LogLines closed_lines(const Bot& bot, const Trade& trade, const Symbol* symbol) {
  std::string profit = (trade.profit.is_negative() ? "-$" : "$") + trade.profit.abs().text_fixed(2);
  LogLines lines;
  if (trade.exit_reason == "stop_loss") lines.push_back({"INFO", "🛡️ STOP LOSS triggered!"});
  if (trade.exit_reason == "take_profit") lines.push_back({"INFO", "🎯 TAKE PROFIT triggered!"});
  lines.push_back({"INFO", "🔴 CLOSED POSITION: " + title(bot)});
  lines.push_back({"INFO", "   Exit: " + price_text(trade.exit_price, symbol)});
  lines.push_back({"INFO", "   Profit: " + profit + " (" + signed_percent(trade.profit_fraction) + ")"});
  return lines;
}

LogLine warning_line(std::string_view text) { return {"WARNING", "⚠️ " + std::string(text)}; }
LogLine error_line(std::string_view text) { return {"ERROR", "❌ " + std::string(text)}; }

}  // namespace stratdock
