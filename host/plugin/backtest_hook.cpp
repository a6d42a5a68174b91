#include "host/plugin/backtest_hook.hpp"

#include "core/backtest.hpp"
#include "host/plugin/backtest_json.hpp"
#include "host/plugin/library.hpp"

namespace stratdock {
namespace {

// The plugin's instance as the backtester sees it; anchored at the first row.
class InstancePort : public StrategyPort {
public:
  InstancePort(StrategyInstance& instance, const SharedSeries& series) : instance_(instance), series_(series) {}

  Result<Decision> evaluate(const CandleSeries&, size_t end, size_t new_count, const PositionView& position, int64_t now_ms) override {
    const dock_candles rows = dock_rows(series_, 0, end - new_count, end, instance_.requirements().window_candles);
    return instance_.analyze({&rows, now_ms, position, {}});
  }

private:
  StrategyInstance& instance_;
  const SharedSeries& series_;
};

}  // namespace

Result<std::string> backtest_in_worker(const BacktestInput& input, std::string_view settings_json) {
  const auto settings = backtest_settings_from_json(settings_json);
  if (!settings) return tl::unexpected(settings.error());
  auto instance = StrategyInstance::create(input.strategy, input.values, input.seed, input.symbol);
  if (!instance) return tl::unexpected(instance.error());
  InstancePort port(**instance, input.series);
  const auto result = run_backtest(*settings, input.series.candles, port);
  if (!result) return tl::unexpected(result.error());
  return backtest_result_to_json(*result);
}

}  // namespace stratdock
