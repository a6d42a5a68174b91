// What most tests of a strategy start from: its default values, an ordinary market long enough for its warm-up, and what
// one instance alone says at each candle of it.
// Thread rule: one thread. Invariant: the same seed gives the same scene.
#pragma once

#include <memory>
#include <vector>

#include "core/result.hpp"
#include "host/validate/test_table.hpp"
#include "host/validate/trial.hpp"
#include "host/validate/value_sets.hpp"

namespace stratdock::validate {

struct Scene {
  Values values;
  uint32_t warm_up = 0, window = 0;
  uint32_t feed_count = 0, optional_feeds = 0;
  uint32_t rows = 0;  // of the market that count; a few more lie behind them
  Candles market;
};

// Rows that lie behind every market: a strategy that looks ahead reads them instead of crashing.
constexpr uint32_t rows_behind = 64;

// An ordinary market of `rows` rows.
Candles ordinary_market(uint32_t rows, uint64_t seed);
// An error where the strategy refuses its defaults.
Result<Scene> scene_of(const Subject& subject);
// A fresh instance's answers to every row, one at a time.
std::vector<Advice> answers_alone(const Subject& subject, const Scene& scene, const TrialOptions& options = {});
// Answers of a fresh instance to a market of another kind, each checked for ranges.
Outcome in_range_on(const Subject& subject, const Scene& scene, const Candles& market, const TrialOptions& options = {});

}  // namespace stratdock::validate
