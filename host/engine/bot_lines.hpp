// The lines of a bot's log, in the words of the system that came before, so that people and their scripts find what they know.
// Thread rule: pure functions. Amounts carry "$" as those logs did, whatever the quote asset is.
#pragma once

#include <string>
#include <vector>

#include "core/bot.hpp"

namespace stratdock {

struct LogLine {
  std::string level;  // INFO | WARNING | ERROR
  std::string text;
};
using LogLines = std::vector<LogLine>;

// "$50000.00": two digits, or as many as the symbol's tick has.
std::string price_text(Decimal price, const Symbol* symbol);

LogLine starting_line(const Bot& bot);
LogLine stopped_line(const Bot& bot);
// Every evaluation: where the position stands, or what is waited for.
LogLine position_line(const Bot& bot, Decimal price, const Symbol* symbol);
LogLine waiting_line(const Bot& bot, std::string_view action, Decimal price, const Symbol* symbol);
LogLine signal_line(std::string_view action);  // BUY or SELL
LogLines opened_lines(const Bot& bot, const Symbol* symbol);
LogLines closed_lines(const Bot& bot, const Trade& trade, const Symbol* symbol);
LogLine warning_line(std::string_view text);
LogLine error_line(std::string_view text);

}  // namespace stratdock
