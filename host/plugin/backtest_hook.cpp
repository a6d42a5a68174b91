#include "host/plugin/backtest_hook.hpp"

namespace stratdock {

Result<std::string> backtest_in_worker(const BacktestInput&, std::string_view) {
  return failure("running a backtest: this build has no backtester");
}

}  // namespace stratdock
