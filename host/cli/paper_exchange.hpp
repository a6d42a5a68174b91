// `paper-exchange`: a simulated Binance on this machine, for any client of the real one.
// Thread rule: the main thread. Invariant: runs until a signal; exit code 0 only then.
#pragma once

#include <string>
#include <vector>

namespace stratdock::cli {

int paper_exchange_command(const std::vector<std::string>& words);

}  // namespace stratdock::cli
