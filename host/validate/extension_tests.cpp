// Tests of what a strategy offers beside decisions: its chart, and parameters that change while it runs.
#include <cmath>
#include <cstring>
#include <set>

#include "host/validate/scene.hpp"
#include "host/validate/struct_slot.hpp"
#include "host/validate/tests.hpp"

namespace stratdock::validate {
namespace {

constexpr uint32_t items_limit = 1'000;
constexpr double canary = -12'345.678;

template <typename Extension> const Extension* extension_of(const dock_strategy& strategy, const char* id) {
  return DOCK_HAS(&strategy, get_extension) && strategy.get_extension ? static_cast<const Extension*>(strategy.get_extension(id)) : nullptr;
}


// What is wrong with a description; `texts` becomes all it says, to be compared with a later one.
std::string chart_fault(const dock_chart& chart, std::string& texts) {
  if (chart.pane_count > items_limit || chart.series_count > items_limit || chart.level_count > items_limit) return "it describes more than 1000 panes, series or levels";
  std::set<std::string> panes{"price"}, keys;
  for (uint32_t i = 0; i < chart.pane_count; ++i) {
    const dock_pane* pane = chart.panes[i];
    if (!pane || !has_words(pane->key) || !has_words(pane->name)) return "pane " + std::to_string(i + 1) + " has no key or no name";
    if (!panes.insert(pane->key).second) return std::string("the pane ") + pane->key + " is there twice, or is the candles' own";
    texts += std::string(pane->key) + "," + pane->name + ";";
  }
  for (uint32_t i = 0; i < chart.series_count; ++i) {
    const dock_series* series = chart.series[i];
    if (!series || !has_words(series->key) || !has_words(series->name) || !series->unit || !series->pane) return "series " + std::to_string(i + 1) + " has no key, name, unit or pane";
    if (!keys.insert(series->key).second) return std::string("the series ") + series->key + " is there twice";
    if (!panes.contains(series->pane)) return std::string("the series ") + series->key + " is for the pane " + series->pane + ", which is not described";
    texts += std::string(series->key) + "," + series->name + "," + series->pane + ";";
  }
  for (uint32_t i = 0; i < chart.level_count; ++i) {
    const dock_level* level = chart.levels[i];
    if (!level || !has_words(level->name) || !level->pane || !panes.contains(level->pane)) return "level " + std::to_string(i + 1) + " has no name, or a pane that is not described";
    if (!std::isfinite(level->value)) return std::string("the level ") + level->name + " is not finite";
    texts += std::string(level->name) + "," + level->pane + ";";
  }
  return {};
}

std::string describe(const dock_explain& explain, Trial& trial, dock_chart& chart, std::string& texts) {
  chart = {};
  chart.struct_size = sizeof chart;
  dock_buffer error{};
  if (const int32_t status = explain.describe(trial.instance(), &chart, &error); status != DOCK_OK) return "describe gave " + status_words(status);
  return chart_fault(chart, texts);
}

int32_t change_to(const dock_live_params& live, Trial& trial, const Values& values, uint64_t seed) {
  dock_config config{};
  config.struct_size = sizeof config;
  config.value_count = static_cast<uint32_t>(values.size());
  config.values = values.data();
  config.seed = seed;
  char text[1'024];
  dock_buffer error{text, sizeof text, 0};
  return live.change(trial.instance(), &config, &error);
}

}  // namespace

Outcome explain(Subject& subject) {
  const auto* extension = extension_of<dock_explain>(*subject.strategy, DOCK_EXTENSION_EXPLAIN);
  if (!extension) return skipped("it draws nothing");
  if (extension->struct_size < 24 || !extension->describe || !extension->values) return failed("its " DOCK_EXTENSION_EXPLAIN " is smaller than 1.0's, or lacks a function");
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  const auto expected = answers_alone(subject, *scene);
  Trial trial(*subject.strategy, scene->values);
  dock_chart chart{};
  std::string first_texts, last_texts;
  if (const std::string fault = describe(*extension, trial, chart, first_texts); !fault.empty()) return failed("before the first candle " + fault);
  const uint32_t count = chart.series_count;
  for (uint32_t row = 0; row < scene->rows; ++row) {
    const std::string where = "candle " + std::to_string(row + 1) + ": ";
    const Advice advice = trial.analyze(scene->market, row + 1, 1);
    if (!advice.same(expected[row])) return failed(where + "asked for its chart's values after each candle it says " + advice.text() + " instead of " + expected[row].text());
    std::vector<double> values(count + 8, canary);
    char text[1'024];
    dock_buffer error{text, sizeof text, 0};
    if (const int32_t status = extension->values(trial.instance(), values.data(), count, &error); status != DOCK_OK) return failed(where + "values gave " + status_words(status));
    for (uint32_t i = 0; i < values.size(); ++i) {
      if (i < count ? std::isinf(values[i]) : values[i] != canary)
        return failed(where + (i < count ? "value " + std::to_string(i + 1) + " is infinite; NaN stands for none" : "it wrote more values than there is room for"));
    }
  }
  if (const std::string fault = describe(*extension, trial, chart, last_texts); !fault.empty()) return failed(fault);
  if (first_texts != last_texts || chart.series_count != count) return failed("it describes another chart after " + std::to_string(scene->rows) + " candles than before the first");
  Outcome outcome = passed();
  outcome.figures.push_back({"series", static_cast<double>(count)});
  return outcome;
}

Outcome live_parameters(Subject& subject) {
  const auto* live = extension_of<dock_live_params>(*subject.strategy, DOCK_EXTENSION_PARAMS);
  if (!live) return skipped("it changes no parameter while it runs");
  if (live->struct_size < 16 || !live->change) return failed("its " DOCK_EXTENSION_PARAMS " is smaller than 1.0's, or lacks its function");
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  const auto expected = answers_alone(subject, *scene);
  const uint32_t half = scene->warm_up + (scene->rows - scene->warm_up) / 2;
  // Changed to what it has, or to what it refuses, it must go on as before; changed to something else, it must work.
  const auto fault_after = [&](const Values& values, bool unchanged) -> std::string {
    const std::string with = "changed to " + changed_text(*subject.strategy, values) + " after " + std::to_string(half) + " candles";
    subject.note(with);
    Trial trial(*subject.strategy, scene->values);
    trial.analyze(scene->market, half, half);
    const int32_t status = change_to(*live, trial, values, 1);
    if (unchanged && status != DOCK_OK) return with + ", it gave " + status_words(status);
    const auto rest = trial.each(scene->market, half, scene->rows);
    if (unchanged || status != DOCK_OK) {
      const auto difference = first_difference(std::span(expected).subspan(half), rest, half);
      return difference ? with + (unchanged ? ", " : ", which it refuses, ") + *difference : "";
    }
    for (const Advice& advice : rest)
      if (const auto fault = advice.fault()) return with + ", " + *fault;
    return {};
  };
  if (const std::string fault = fault_after(scene->values, true); !fault.empty()) return failed(fault);
  for (uint32_t i = 0; i < subject.strategy->param_count; ++i) {
    if (!(subject.strategy->params[i]->flags & DOCK_PARAM_LIVE)) continue;
    for (const dock_value& value : extremes_of(*subject.strategy->params[i])) {
      Values values = scene->values;
      values[i] = value;
      if (const std::string fault = fault_after(values, false); !fault.empty()) return failed(fault);
    }
  }
  return passed();
}

}  // namespace stratdock::validate
