// The lines of a bot's log, word for word as the users of the old system know them.
#include <catch2/catch.hpp>

#include "host/engine/bot_lines.hpp"

using namespace stratdock;

namespace {

Decimal d(const char* text) { return Decimal::parse(text).value(); }

Bot long_bot() {
  Bot bot;
  bot.settings.name = "btc-bot";
  bot.settings.title = "BTC Bot";
  bot.symbol = "BTCUSDT";
  bot.entry_price = d("50000");
  bot.quantity = d("0.002");
  bot.cost = d("100.1");
  bot.stop = {0.02, "default"};
  bot.take = {0.05, "strategy"};
  bot.stop_price = d("49000");
  bot.take_price = d("52500");
  return bot;
}

Symbol btc() {
  Symbol symbol;
  symbol.base_asset = "BTC";
  symbol.price.tick = d("0.01");
  return symbol;
}

std::string all(const LogLines& lines) {
  std::string text;
  for (const LogLine& line : lines) text += line.level + " - " + line.text + "\n";
  return text;
}

}  // namespace

TEST_CASE("the old system's lines are kept") {
  Bot bot = long_bot();
  Symbol symbol = btc();
  CHECK(starting_line(bot).text == "🤖 STARTING BOT: BTC Bot");
  CHECK(position_line(bot, d("50500"), &symbol).text == "📊 Position: LONG @ $50000.00 | Current: $50500.00 | P&L: +1.00%");
  CHECK(waiting_line(bot, "HOLD", d("50600"), &symbol).text == "⏳ Waiting for signal... (Current: HOLD, Price: $50600.00)");
  CHECK(signal_line("SELL").text == "🔴 SELL signal generated!");
  CHECK(signal_line("BUY").text == "🟢 BUY signal generated!");
  CHECK(warning_line("low balance").level == "WARNING");
  CHECK(error_line("API error: -1013").level == "ERROR");
  CHECK(all(opened_lines(bot, &symbol)) ==
        "INFO - 🟢 OPENED POSITION: BTC Bot\n"
        "INFO -    Entry: $50000.00\n"
        "INFO -    Quantity: 0.002 BTC\n"
        "INFO -    Invested: $100.10\n"
        "INFO -    Stop Loss: $49000.00 (-2.00%, default)\n"
        "INFO -    Take Profit: $52500.00 (+5.00%, strategy)\n");
  Trade trade;
  trade.exit_price = d("51000");
  trade.profit = d("100");
  trade.profit_fraction = 0.02;
  trade.exit_reason = "signal";
  CHECK(all(closed_lines(bot, trade, &symbol)) ==
        "INFO - 🔴 CLOSED POSITION: BTC Bot\n"
        "INFO -    Exit: $51000.00\n"
        "INFO -    Profit: $100.00 (+2.00%)\n");
  trade.profit = d("-1.239");
  trade.profit_fraction = -0.0124;
  trade.exit_reason = "stop_loss";
  CHECK(all(closed_lines(bot, trade, &symbol)).find("Profit: -$1.24 (-1.24%)") != std::string::npos);
}

TEST_CASE("a coin of small price is shown with its tick's digits") {
  Symbol doge;
  doge.price.tick = d("0.00001");
  CHECK(price_text(d("0.1234"), &doge) == "$0.12340");
  CHECK(price_text(d("0.1234"), nullptr) == "$0.12");
}
