// Tests of making instances.
#include <malloc.h>

#include <algorithm>

#include "host/validate/scene.hpp"
#include "host/validate/tests.hpp"

namespace stratdock::validate {
namespace {

constexpr uint32_t fed_at_most = 20'000;  // a longer warm-up is not waited for
constexpr double leak_bytes_per_cycle = 8;

bool is_refusal(const Trial& trial) { return trial.status() < 0; }

// Makes an instance of the values and feeds it: nothing when it works or is refused, else what is wrong.
std::optional<std::string> try_values(const Subject& subject, const Values& values, uint64_t seed) {
  const std::string with = "with " + changed_text(*subject.strategy, values);
  subject.note(with);
  Trial trial(*subject.strategy, values);
  if (is_refusal(trial)) {
    if (trial.status() == DOCK_BAD_PARAMETERS) return std::nullopt;
    return with + ": making an instance gave " + status_words(trial.status()) + (trial.error().empty() ? "" : ": " + trial.error());
  }
  if (!trial.ok()) return with + ": create gave " + status_words(trial.status()) + ", but no instance";
  const uint32_t rows = std::min(trial.warm_up() + 40, fed_at_most);
  const Candles market = ordinary_market(rows, seed);
  const uint32_t start = rows - std::min(rows, 40u);
  if (start > 0)
    if (const auto fault = trial.analyze(market, start, start).fault()) return with + ": " + *fault;
  for (const Advice& advice : trial.each(market, start, rows))
    if (const auto fault = advice.fault()) return with + ": " + *fault;
  return std::nullopt;
}

std::string requirements_fault(const Trial& trial) {
  const dock_requirements& needs = trial.needs();
  constexpr uint32_t window_limit = 100'000, feed_limit = 32;
  if (std::max(needs.window, needs.warm_up_candles) > window_limit) return "it asks for " + std::to_string(std::max(needs.window, needs.warm_up_candles)) + " candles; at most 100000 are given";
  if (needs.window < needs.warm_up_candles) return "its window of " + std::to_string(needs.window) + " candles is shorter than its warm-up of " + std::to_string(needs.warm_up_candles);
  if (needs.feed_count > feed_limit || (needs.feed_count > 0 && !needs.feeds)) return "it asks for " + std::to_string(needs.feed_count) + " feeds; at most 32 are given, and feeds must point to them";
  for (uint32_t i = 0; i < needs.feed_count; ++i) {
    const dock_feed* feed = needs.feeds[i];
    const std::string which = "its feed " + std::to_string(i + 1);
    if (!feed || feed->struct_size < 64) return which + " is NULL or smaller than 1.0's 64 bytes";
    if (feed->kind < DOCK_FEED_CANDLES || feed->kind > DOCK_FEED_ASSESSMENT) return which + " is of the unknown kind " + std::to_string(feed->kind);
    if (feed->kind == DOCK_FEED_ASSESSMENT && (!feed->prompt || !feed->answer_schema)) return which + ", an assessment, has no prompt or no answer_schema";
    if (feed->interval_ms < 0 || feed->refresh_ms < 0) return which + " has an interval or refresh below zero";
  }
  return {};
}

}  // namespace

Outcome create_defaults(Subject& subject) {
  const Values values = default_values(*subject.strategy);
  Trial trial(*subject.strategy, values);
  if (is_refusal(trial)) return failed("making an instance from the defaults gave " + status_words(trial.status()) + (trial.error().empty() ? "" : ": " + trial.error()));
  if (!trial.ok()) return failed("create gave " + status_words(trial.status()) + ", but no instance");
  if (const std::string fault = requirements_fault(trial); !fault.empty()) return failed(fault);
  Outcome outcome = passed();
  outcome.figures = {{"warm_up_candles", static_cast<double>(trial.warm_up())}, {"window_candles", static_cast<double>(trial.needs().window)}, {"feeds", static_cast<double>(trial.needs().feed_count)}};
  return outcome;
}

Outcome create_extremes(Subject& subject) {
  if (subject.strategy->param_count == 0) return skipped("it has no parameters");
  for (uint32_t i = 0; i < subject.strategy->param_count; ++i) {
    for (const dock_value& value : extremes_of(*subject.strategy->params[i])) {
      Values values = default_values(*subject.strategy);
      values[i] = value;
      if (auto fault = try_values(subject, values, subject.seed)) return failed(*fault);
    }
  }
  return passed();
}

Outcome create_random(Subject& subject) {
  if (subject.strategy->param_count == 0) return skipped("it has no parameters");
  Chance chance(subject.seed);
  const int sets = subject.quick ? 10 : 50;
  for (int set = 0; set < sets; ++set) {
    Values values;
    for (uint32_t i = 0; i < subject.strategy->param_count; ++i) values.push_back(random_value(*subject.strategy->params[i], chance));
    if (auto fault = try_values(subject, values, subject.seed + static_cast<uint64_t>(set))) return failed("set " + std::to_string(set + 1) + ", " + *fault);
  }
  return passed();
}

Outcome create_refusals(Subject& subject) {
  const dock_strategy& strategy = *subject.strategy;
  uint32_t refused = 0, tried = 0;
  constexpr uint32_t tried_at_most = 2'000;
  // Pairs at their ends: where two parameters must keep an order, one of these breaks it.
  for (uint32_t a = 0; a < strategy.param_count; ++a) {
    for (uint32_t b = a + 1; b < strategy.param_count && tried < tried_at_most; ++b) {
      for (const dock_value& first : extremes_of(*strategy.params[a])) {
        for (const dock_value& second : extremes_of(*strategy.params[b])) {
          Values values = default_values(strategy);
          values[a] = first, values[b] = second;
          ++tried;
          const std::string with = "with " + changed_text(strategy, values);
          subject.note(with);
          const Trial trial(strategy, values);
          if (!is_refusal(trial)) continue;
          ++refused;
          if (trial.made_instance()) return failed(with + ": it refuses, but leaves an instance in *out");
          if (trial.error().empty()) return failed(with + ": it refuses with " + status_words(trial.status()) + " and gives no message");
          if (trial.status() == DOCK_BAD_PARAMETERS && !names_a_key(strategy, trial.error())) return failed(with + ": its message names none of its keys: " + trial.error());
        }
      }
    }
  }
  if (refused == 0) return skipped("it refused none of " + std::to_string(tried) + " combinations");
  return passed(std::to_string(refused) + " of " + std::to_string(tried) + " combinations were refused");
}

Outcome create_no_leak(Subject& subject) {
  const Values values = default_values(*subject.strategy);
  const int cycles = subject.quick ? 200 : 1'000;
  const Candles market = ordinary_market(3, subject.seed);
  const auto cycle = [&] {
    Trial trial(*subject.strategy, values);
    if (trial.ok()) trial.each(market, 0, 3);
  };
  const auto in_use = [] {
    const auto info = mallinfo2();
    return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
  };
  for (int i = 0; i < cycles / 4; ++i) cycle();
  const double before = in_use();
  for (int i = 0; i < cycles; ++i) cycle();
  const double leaked = (in_use() - before) / cycles;
  Outcome outcome = passed();
  if (leaked >= leak_bytes_per_cycle) outcome = failed("each of " + std::to_string(cycles) + " instances left about " + std::to_string(static_cast<int64_t>(leaked)) + " bytes behind");
  outcome.figures.push_back({"leaked_bytes_per_instance", std::max(leaked, 0.0)});
  return outcome;
}

}  // namespace stratdock::validate
