#include "host/plugin/backtest_hook.hpp"

#include <algorithm>

#include "core/backtest.hpp"
#include "host/plugin/backtest_json.hpp"
#include "host/plugin/library.hpp"

namespace stratdock {
namespace {

// The engine gives a new bot at least so many candles of the past.
constexpr int64_t least_history = 100;

// The anchor that the engine would give a bot that starts to trade at `trade_from_ms`; 0: the first row.
size_t anchor_row(const CandleSeries& candles, int64_t trade_from_ms, int64_t window_candles) {
  if (trade_from_ms == 0) return 0;
  return candles.lower_bound(trade_from_ms - std::max(least_history, window_candles) * candles.interval_ms());
}

// The plugin's instance as the backtester sees it.
class InstancePort : public StrategyPort {
public:
  InstancePort(StrategyInstance& instance, const BacktestInput& input, size_t anchor) : instance_(instance), series_(input.series), feeds_(input.feeds), anchor_(anchor) {}

  bool take_feeds() {
    if (!feeds_.give_candles(instance_.requirements(), feed_candles_)) return false;
    if (anchor_ < series_.candles.size()) show_from(feed_candles_, instance_.requirements(), series_.candles.open_time_ms()[anchor_]);
    return true;
  }

  Result<Decision> evaluate(const CandleSeries&, size_t end, size_t new_count, const PositionView& position, int64_t now_ms) override {
    const dock_candles rows = dock_rows(series_, anchor_, end - new_count, end, instance_.requirements().window_candles);
    const auto feeds = feeds_.dock(instance_.requirements(), last_now_ms_, now_ms, feed_candles_);
    last_now_ms_ = now_ms;
    return instance_.analyze({&rows, now_ms, position, feeds, false});
  }

private:
  StrategyInstance& instance_;
  const SharedSeries& series_;
  FeedSet& feeds_;
  size_t anchor_;
  std::vector<FeedCandles> feed_candles_;
  int64_t last_now_ms_ = 0;
};

}  // namespace

Result<std::string> backtest_in_worker(const BacktestInput& input, std::string_view settings_json) {
  const auto settings = backtest_settings_from_json(settings_json);
  if (!settings) return tl::unexpected(settings.error());
  auto instance = StrategyInstance::create(input.strategy, input.values, input.seed, input.symbol);
  if (!instance) return tl::unexpected(instance.error());
  InstancePort port(**instance, input, anchor_row(input.series.candles, settings->trade_from_ms, (*instance)->requirements().window_candles));
  if (!port.take_feeds()) return failure("the candles of its feeds do not ascend");
  const auto result = run_backtest(*settings, input.series.candles, port);
  if (!result) return tl::unexpected(result.error());
  return backtest_result_to_json(*result);
}

}  // namespace stratdock
