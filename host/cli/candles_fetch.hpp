// The command `candles fetch`.
// Thread rule: the main thread. Invariant: the file it names at the end holds valid, closed candles only.
#pragma once

#include <string>
#include <vector>

namespace stratdock::cli {

int candles_fetch_command(const std::vector<std::string>& words);

}  // namespace stratdock::cli
