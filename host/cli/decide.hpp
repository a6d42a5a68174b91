// `decide` and `backtest`: a strategy on recorded candles. Thread rule: the main thread.
#pragma once

#include <string>
#include <vector>

namespace stratdock::cli {

int decide_command(const std::vector<std::string>& words);
int backtest_command(const std::vector<std::string>& words);

}  // namespace stratdock::cli
