#include "host/plugin/explain_hook.hpp"

#include <stratdock/strategy_extensions.h>

#include <algorithm>

#include "host/plugin/library.hpp"

namespace stratdock {
namespace {

// The texts are cut here only so that the answer stays small; get_explanation() cleans them.
std::string copied(const char* text) { return text ? std::string(text, strnlen(text, 256)) : std::string(); }

const dock_explain* extension_of(const dock_strategy& strategy) {
  if (strategy.struct_size < offsetof(dock_strategy, get_extension) + sizeof strategy.get_extension || !strategy.get_extension) return nullptr;
  const auto* found = static_cast<const dock_explain*>(strategy.get_extension(DOCK_EXTENSION_EXPLAIN));
  return found && found->struct_size >= sizeof(dock_explain) && found->describe && found->values ? found : nullptr;
}

// One more than the limit is copied, so that the reader sees that there were too many.
template <typename Item, typename Take> bool copy_items(const Item* const* items, uint32_t count, uint32_t limit, const Take& take) {
  if (count > 0 && !items) return false;
  for (uint32_t i = 0; i < std::min(count, limit + 1); ++i) {
    if (!items[i] || items[i]->struct_size < sizeof(Item)) return false;
    take(*items[i]);
  }
  return true;
}

Result<Explanation> describe(const dock_explain& extension, dock_instance* instance) {
  dock_chart chart{};
  chart.struct_size = sizeof chart;
  char text[1'024];
  dock_buffer error{text, sizeof text, 0};
  const int32_t status = extension.describe(instance, &chart, &error);
  if (status != DOCK_OK) return failure("describing its chart failed: " + std::string(text, std::min<uint64_t>(error.length, sizeof text)));
  Explanation explanation;
  explanation.offered = true;
  const auto style = [](uint32_t number) { return static_cast<SeriesStyle>(std::min<uint32_t>(number, 255)); };
  const bool complete =
      copy_items(chart.panes, chart.pane_count, explain_pane_limit,
                 [&](const dock_pane& pane) { explanation.panes.push_back({copied(pane.key), copied(pane.name), pane.min, pane.max}); }) &&
      copy_items(chart.series, chart.series_count, explain_series_limit,
                 [&](const dock_series& series) {
                   explanation.series.push_back({copied(series.key), copied(series.name), copied(series.unit), copied(series.pane), style(series.style)});
                 }) &&
      copy_items(chart.levels, chart.level_count, explain_level_limit,
                 [&](const dock_level& level) { explanation.levels.push_back({copied(level.pane), copied(level.name), level.value, style(level.style)}); });
  if (!complete) return failure("describing its chart failed: a part of it is missing");
  return explanation;
}

}  // namespace

Result<Explanation> explain_in_worker(const ExplainInput& input) {
  const dock_explain* extension = extension_of(input.strategy);
  if (!extension) return Explanation();
  auto made = StrategyInstance::create(input.strategy, input.values, input.seed, input.symbol);
  if (!made) return tl::unexpected(made.error());
  StrategyInstance& instance = **made;
  auto explanation = describe(*extension, instance.raw());
  if (!explanation || explanation->series.size() > explain_series_limit) return explanation;
  const CandleSeries& candles = input.series.candles;
  const size_t width = explanation->series.size(), end = candles.size();
  const size_t told_from = end - std::min(end, explain_rows(input.rows, width));
  explanation->values.reserve((end - told_from) * width);
  std::vector<double> values(width);
  for (size_t row = 0; row < end;) {
    // The past in large pieces as for a bot that starts, then candle by candle.
    const size_t next = row < told_from ? std::min(row + feed_chunk_rows, told_from) : row + 1;
    const dock_candles rows = dock_rows(input.series, 0, row, next, instance.requirements().window_candles);
    // What it decides is of no interest here, nor that it cannot without its feeds.
    (void)instance.analyze({&rows, candles.open_time_ms()[next - 1] + candles.interval_ms(), {}, {}, false});
    row = next;
    if (row <= told_from) continue;
    std::fill(values.begin(), values.end(), std::numeric_limits<double>::quiet_NaN());
    char text[1'024];
    dock_buffer error{text, sizeof text, 0};
    const int32_t status = extension->values(instance.raw(), values.data(), static_cast<uint32_t>(width), &error);
    if (status != DOCK_OK)
      return failure("giving the values of its chart failed with status " + std::to_string(status) + ": " + std::string(text, std::min<uint64_t>(error.length, sizeof text)));
    explanation->open_time_ms.push_back(candles.open_time_ms()[row - 1]);
    explanation->values.insert(explanation->values.end(), values.begin(), values.end());
  }
  return explanation;
}

}  // namespace stratdock
