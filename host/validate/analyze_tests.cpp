// Tests of what analyze makes of ordinary and odd markets.
#include <algorithm>

#include "host/validate/scene.hpp"
#include "host/validate/tests.hpp"

namespace stratdock::validate {
namespace {

// A lively start, so that indicators have a history, and then the odd part.
Candles lively(const Scene& scene, uint64_t seed, double price = 100) {
  Candles market(price);
  market.random_walk(scene.warm_up / 2 + 20, seed);
  return market;
}

uint32_t odd_rows(const Scene& scene) { return scene.warm_up + 60; }

template <typename Make> Outcome on_market(Subject& subject, Make&& make, const TrialOptions& options = {}) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  for (const Candles& market : make(*scene))
    if (Outcome outcome = in_range_on(subject, *scene, market, options); outcome.verdict != Verdict::passed) return outcome;
  return passed();
}

}  // namespace

Outcome one_candle(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  Trial trial(*subject.strategy, scene->values);
  if (const auto fault = trial.analyze(scene->market, 1, 1).fault()) return failed(*fault);
  return passed();
}

Outcome output_in_range(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  Trial trial(*subject.strategy, scene->values);
  double counts[3] = {};
  for (uint32_t row = 0; row < scene->rows; ++row) {
    const Advice advice = trial.analyze(scene->market, row + 1, 1);
    if (const auto fault = advice.fault()) return failed("candle " + std::to_string(row + 1) + ": " + *fault);
    ++counts[advice.action];
  }
  Outcome outcome = passed();
  outcome.figures = {{"holds", counts[DOCK_HOLD]}, {"buys", counts[DOCK_BUY]}, {"sells", counts[DOCK_SELL]}};
  return outcome;
}

Outcome empty_window(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  Trial trial(*subject.strategy, scene->values);
  const Advice advice = trial.analyze(scene->market, 0, 0);
  if (advice.status == DOCK_BAD_INPUT) return passed("it refuses an empty window");
  if (const auto fault = advice.fault()) return failed(*fault);
  return advice.action == DOCK_HOLD ? passed() : failed("without a candle it says " + advice.text());
}

Outcome warm_up_holds(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  if (scene->warm_up < 2) return skipped("it asks for no warm-up");
  const uint32_t below = scene->warm_up - 1;
  Trial one_by_one(*subject.strategy, scene->values), at_once(*subject.strategy, scene->values);
  const auto answers = one_by_one.each(scene->market, 0, below);
  for (uint32_t row = 0; row < below; ++row)
    if (answers[row].action != DOCK_HOLD)
      return failed("candle " + std::to_string(row + 1) + " of a warm-up of " + std::to_string(scene->warm_up) + ": it says " + answers[row].text());
  const Advice all = at_once.analyze(scene->market, below, below);
  return all.action == DOCK_HOLD ? passed() : failed("fed " + std::to_string(below) + " candles at once, one below its warm-up, it says " + all.text());
}

Outcome flat_prices(Subject& subject) {
  return on_market(subject, [&](const Scene& scene) {
    return std::vector<Candles>{Candles(100).flat(odd_rows(scene)), lively(scene, subject.seed).flat(odd_rows(scene)).random_walk(30, subject.seed + 1)};
  });
}

Outcome zero_volume(Subject& subject) {
  return on_market(subject, [&](const Scene& scene) {
    return std::vector<Candles>{Candles(100).trend(odd_rows(scene), 0.001, 0), lively(scene, subject.seed).trend(odd_rows(scene), -0.001, 0).random_walk(30, subject.seed + 1)};
  });
}

Outcome huge_values(Subject& subject) {
  return on_market(subject, [&](const Scene& scene) {
    return std::vector<Candles>{Candles(1e12).random_walk(odd_rows(scene), subject.seed), lively(scene, subject.seed, 1e12).trend(odd_rows(scene), 0.01, 1e15)};
  });
}

Outcome tiny_values(Subject& subject) {
  return on_market(subject, [&](const Scene& scene) {
    return std::vector<Candles>{Candles(1e-8).random_walk(odd_rows(scene), subject.seed), lively(scene, subject.seed, 1e-8).trend(odd_rows(scene), -0.001, 1e-8)};
  });
}

Outcome gap(Subject& subject) {
  return on_market(subject, [&](const Scene& scene) {
    Candles market = lively(scene, subject.seed);
    market.gap(1).random_walk(20, subject.seed + 1).gap(288 * 40).jump(3).random_walk(odd_rows(scene), subject.seed + 2).gap(5).jump(0.1).random_walk(30, subject.seed + 3);
    return std::vector<Candles>{market};
  });
}

Outcome optional_columns_absent(Subject& subject) {
  TrialOptions options;
  options.optional_columns = false;
  return on_market(subject, [](const Scene& scene) { return std::vector<Candles>{scene.market}; }, options);
}

Outcome feeds_absent(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  if (scene->optional_feeds == 0) return skipped("it asks for no optional feed");
  TrialOptions options;
  options.optional_feeds = false;
  return in_range_on(subject, *scene, scene->market, options);
}

Outcome text_capacity(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  const auto wide = answers_alone(subject, *scene);
  for (const uint64_t capacity : {uint64_t{5}, uint64_t{0}}) {
    TrialOptions options;
    options.text_capacity = options.symbol_capacity = options.error_capacity = capacity;
    const std::string with = "with room for " + std::to_string(capacity) + " bytes of text";
    subject.note(with);
    const auto narrow = answers_alone(subject, *scene, options);
    for (uint32_t row = 0; row < scene->rows; ++row) {
      const std::string where = "candle " + std::to_string(row + 1) + ", " + with + ": ";
      if (!narrow[row].overrun.empty()) return failed(where + narrow[row].overrun);
      if (!narrow[row].same_numbers(wide[row])) return failed(where + narrow[row].text() + " instead of " + wide[row].text());
      // Nobody needs to know the length of a text that nobody wants.
      if (capacity > 0 && narrow[row].reasons_length != wide[row].reasons_length)
        return failed(where + "the reasoning's length is said to be " + std::to_string(narrow[row].reasons_length) + ", not the " + std::to_string(wide[row].reasons_length) + " that the text has");
    }
  }
  return passed();
}

}  // namespace stratdock::validate
