#include "host/validate/scene.hpp"

#include <algorithm>

namespace stratdock::validate {

Candles ordinary_market(uint32_t rows, uint64_t seed) {
  Candles market(100);
  market.random_walk(rows + rows_behind, seed);
  return market;
}

Result<Scene> scene_of(const Subject& subject) {
  Scene scene;
  scene.values = default_values(*subject.strategy);
  const Trial trial(*subject.strategy, scene.values);
  if (!trial.ok()) return failure("making an instance from the defaults gave " + status_words(trial.status()) + (trial.error().empty() ? "" : ": " + trial.error()));
  scene.warm_up = trial.warm_up();
  scene.window = std::max(trial.needs().window, trial.warm_up());
  scene.feed_count = trial.needs().feed_count;
  for (uint32_t i = 0; i < scene.feed_count && trial.needs().feeds; ++i) scene.optional_feeds += trial.needs().feeds[i]->required == 0 ? 1 : 0;
  scene.rows = scene.warm_up + (subject.quick ? 120 : 400);
  scene.market = ordinary_market(scene.rows, subject.seed);
  return scene;
}

std::vector<Advice> answers_alone(const Subject& subject, const Scene& scene, const TrialOptions& options) {
  Trial trial(*subject.strategy, scene.values, options);
  return trial.each(scene.market, 0, scene.rows);
}

Outcome in_range_on(const Subject& subject, const Scene& scene, const Candles& market, const TrialOptions& options) {
  Trial trial(*subject.strategy, scene.values, options);
  for (uint32_t row = 0; row < market.size(); ++row)
    if (const auto fault = trial.analyze(market, row + 1, 1).fault())
      return failed("candle " + std::to_string(row + 1) + " of " + std::to_string(market.size()) + ": " + *fault);
  return passed();
}

}  // namespace stratdock::validate
