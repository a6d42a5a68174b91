#include "host/plugin/explanation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "host/plugin/decision_check.hpp"

namespace stratdock {
namespace {

constexpr size_t key_bytes = 64, name_bytes = 64, unit_bytes = 16;
constexpr double none = std::numeric_limits<double>::quiet_NaN();

// One line, for a legend.
std::string short_text(const std::string& text, size_t limit) {
  std::string clean = clean_text(text, limit);
  std::replace_if(clean.begin(), clean.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return clean;
}

SeriesStyle style_of(uint8_t number) { return number <= static_cast<uint8_t>(SeriesStyle::dashed) ? static_cast<SeriesStyle>(number) : SeriesStyle::line; }

bool within(MessageReader& reader, uint32_t limit, uint32_t& count) {
  count = reader.get<uint32_t>();
  return reader.ok() && count <= limit;
}

Status get_panes(MessageReader& reader, Explanation& explanation, std::set<std::string>& keys) {
  uint32_t count = 0;
  if (!within(reader, explain_pane_limit, count)) return failure("its chart has more panes than the " + std::to_string(explain_pane_limit) + " that are drawn");
  for (uint32_t i = 0; i < count; ++i) {
    ChartPane pane;
    pane.key = short_text(reader.get_text(), key_bytes);
    pane.name = short_text(reader.get_text(), name_bytes);
    pane.min = reader.get<double>();
    pane.max = reader.get<double>();
    if (!std::isfinite(pane.min) || !std::isfinite(pane.max) || pane.min >= pane.max) pane.min = pane.max = 0;
    if (pane.key == price_pane) continue;  // need not be listed
    if (pane.key.empty() || !keys.insert(pane.key).second) return failure("its chart names the pane '" + pane.key + "' twice, or not at all");
    explanation.panes.push_back(std::move(pane));
  }
  return {};
}

Status get_series(MessageReader& reader, Explanation& explanation, const std::set<std::string>& panes) {
  uint32_t count = 0;
  if (!within(reader, explain_series_limit, count)) return failure("its chart has more series than the " + std::to_string(explain_series_limit) + " that are drawn");
  std::set<std::string> keys;
  for (uint32_t i = 0; i < count; ++i) {
    ChartSeries series;
    series.style = style_of(reader.get<uint8_t>());
    series.key = short_text(reader.get_text(), key_bytes);
    series.name = short_text(reader.get_text(), name_bytes);
    series.unit = short_text(reader.get_text(), unit_bytes);
    series.pane = short_text(reader.get_text(), key_bytes);
    if (series.key.empty() || !keys.insert(series.key).second) return failure("its chart names the series '" + series.key + "' twice, or not at all");
    if (!panes.contains(series.pane)) return failure("its series '" + series.key + "' belongs to the pane '" + series.pane + "', which it does not describe");
    if (series.name.empty()) series.name = series.key;
    explanation.series.push_back(std::move(series));
  }
  return {};
}

Status get_levels(MessageReader& reader, Explanation& explanation, const std::set<std::string>& panes) {
  uint32_t count = 0;
  if (!within(reader, explain_level_limit, count)) return failure("its chart has more levels than the " + std::to_string(explain_level_limit) + " that are drawn");
  for (uint32_t i = 0; i < count; ++i) {
    ChartLevel level;
    level.style = style_of(reader.get<uint8_t>());
    level.pane = short_text(reader.get_text(), key_bytes);
    level.name = short_text(reader.get_text(), name_bytes);
    level.value = reader.get<double>();
    if (!panes.contains(level.pane)) return failure("its level '" + level.name + "' belongs to the pane '" + level.pane + "', which it does not describe");
    if (std::isfinite(level.value)) explanation.levels.push_back(std::move(level));
  }
  return {};
}

}  // namespace

const char* text(SeriesStyle style) {
  constexpr const char* names[] = {"line", "histogram", "dashed"};
  return names[static_cast<size_t>(style)];
}

size_t explain_rows(size_t wanted, size_t series_count) {
  const size_t most = std::min<size_t>(explain_row_limit, explain_value_limit / std::max<size_t>(series_count, 1));
  return std::clamp<size_t>(wanted, 1, most);
}

void put_explanation(MessageWriter& writer, const Explanation& explanation) {
  writer.put(static_cast<uint8_t>(explanation.offered));
  writer.put(static_cast<uint32_t>(explanation.panes.size()));
  for (const auto& pane : explanation.panes) writer.put_text(pane.key), writer.put_text(pane.name), writer.put(pane.min), writer.put(pane.max);
  writer.put(static_cast<uint32_t>(explanation.series.size()));
  for (const auto& series : explanation.series) {
    writer.put(static_cast<uint8_t>(series.style));
    for (const auto* each : {&series.key, &series.name, &series.unit, &series.pane}) writer.put_text(*each);
  }
  writer.put(static_cast<uint32_t>(explanation.levels.size()));
  for (const auto& level : explanation.levels)
    writer.put(static_cast<uint8_t>(level.style)), writer.put_text(level.pane), writer.put_text(level.name), writer.put(level.value);
  writer.put_array(std::span<const int64_t>(explanation.open_time_ms));
  writer.put_array(std::span<const double>(explanation.values));
}

Result<Explanation> get_explanation(MessageReader& reader) {
  Explanation explanation;
  explanation.offered = reader.get<uint8_t>() != 0;
  std::set<std::string> panes{price_pane};
  if (auto read = get_panes(reader, explanation, panes); !read) return tl::unexpected(read.error());
  if (auto read = get_series(reader, explanation, panes); !read) return tl::unexpected(read.error());
  if (auto read = get_levels(reader, explanation, panes); !read) return tl::unexpected(read.error());
  explanation.open_time_ms = reader.get_array<int64_t>();
  explanation.values = reader.get_array<double>();
  const auto& times = explanation.open_time_ms;
  const bool ascending = std::adjacent_find(times.begin(), times.end(), std::greater_equal<>()) == times.end();
  if (!reader.ok() || !reader.at_end() || !ascending || times.size() > explain_row_limit || explanation.values.size() > explain_value_limit ||
      explanation.values.size() != times.size() * explanation.series.size())
    return failure("the worker's answer makes no sense");
  for (double& value : explanation.values)
    if (!std::isfinite(value)) value = none;
  return explanation;
}

}  // namespace stratdock
