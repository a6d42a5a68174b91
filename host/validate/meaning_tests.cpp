// Tests of what a decision depends on: its own candles, position and feeds, and nothing else.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "host/validate/scene.hpp"
#include "host/validate/tests.hpp"

namespace stratdock::validate {
namespace {

// Ends of the rows at which histories are compared: the edges of the warm-up, and a few beyond.
std::vector<uint32_t> ends_of(const Scene& scene) {
  std::vector<uint32_t> ends{1, 2, scene.warm_up, scene.warm_up + 1, scene.rows / 2, scene.rows - 1, scene.rows};
  std::erase_if(ends, [&](uint32_t end) { return end == 0 || end > scene.rows; });
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  return ends;
}

// The first `shared` rows of the scene's market, and then another future.
Candles other_future(const Scene& scene, uint32_t shared, double step) {
  Candles market(100);
  for (uint32_t row = 0; row < shared; ++row) {
    const dock_candles seen = scene.market.view(row, 1, 1);
    market.add(*seen.open, *seen.high, *seen.low, *seen.close, *seen.volume);
  }
  return market.trend(scene.market.size() - shared, step, 5'000);
}

// Leaves freed memory of every small size filled with a byte that differs from run to run, so that an instance that reads
// what it never set does not find the remains of the one before it.
void stain_memory(uint32_t run) {
  constexpr size_t largest = 1'024, step = 16, blocks = 16;
  for (size_t size = step; size <= largest; size += step) {
    void* held[blocks];
    for (void*& block : held) {
      block = std::malloc(size);
      if (block) std::memset(block, static_cast<int>(run * 0x5b + 0x21), size);
      // Or the compiler leaves the filling out, because the memory is freed unread.
      asm volatile("" : : "r"(block) : "memory");
    }
    for (void* block : held) std::free(block);
  }
}

}  // namespace

Outcome deterministic(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  // Other addresses in the second process, also where the system does not choose them by chance.
  const std::vector<char> shift(4'097 * (subject.run + 1), 'x');
  stain_memory(subject.run);
  Outcome outcome = passed();
  for (const Advice& advice : answers_alone(subject, *scene)) {
    const uint64_t hash = advice.hash();
    outcome.digest.append(reinterpret_cast<const char*>(&hash), sizeof hash);
  }
  return outcome;
}

Outcome instances_independent(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  Scene other = *scene;
  other.market = Candles(3'000).random_walk(scene->rows + rows_behind, subject.seed + 99, 0.02);
  TrialOptions elsewhere;
  elsewhere.symbol = "ETHUSDT";
  const auto first_alone = answers_alone(subject, *scene), second_alone = answers_alone(subject, other, elsewhere);
  Trial first(*subject.strategy, scene->values), second(*subject.strategy, other.values, elsewhere);
  std::vector<Advice> first_beside, second_beside;
  for (uint32_t row = 0; row < scene->rows; ++row) {
    first_beside.push_back(first.analyze(scene->market, row + 1, 1));
    second_beside.push_back(second.analyze(other.market, row + 1, 1));
  }
  for (const auto& [alone, beside] : {std::pair(&first_alone, &first_beside), std::pair(&second_alone, &second_beside)})
    if (const auto difference = first_difference(*alone, *beside, 0)) return failed("with another instance beside it, " + *difference);
  return passed();
}

Outcome chunk_invariant(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  const auto by_one = answers_alone(subject, *scene);
  for (const uint32_t chunk : {2u, 7u}) {
    Trial trial(*subject.strategy, scene->values);
    for (uint32_t fed = 0; fed < scene->rows;) {
      const uint32_t fresh = std::min(chunk, scene->rows - fed);
      fed += fresh;
      const Advice advice = trial.analyze(scene->market, fed, fresh);
      if (!advice.same(by_one[fed - 1])) return failed("fed " + std::to_string(chunk) + " candles at a time, candle " + std::to_string(fed) + ": " + advice.text() + " instead of " + by_one[fed - 1].text());
    }
  }
  for (const uint32_t end : ends_of(*scene)) {
    Trial trial(*subject.strategy, scene->values);
    const Advice advice = trial.analyze(scene->market, end, end);
    if (!advice.same(by_one[end - 1])) return failed("fed all " + std::to_string(end) + " candles at once: " + advice.text() + " instead of " + by_one[end - 1].text());
  }
  return passed();
}

Outcome looking_again(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  const auto once = answers_alone(subject, *scene);
  Trial trial(*subject.strategy, scene->values);
  for (uint32_t row = 0; row < scene->rows; ++row) {
    const Advice first = trial.analyze(scene->market, row + 1, 1), again = trial.analyze(scene->market, row + 1, 0);
    // Feeds' rows are new at the first look only; what they say counts at both.
    if (!again.same(first)) return failed("candle " + std::to_string(row + 1) + ", asked again: " + again.text() + " instead of " + first.text());
    if (!first.same(once[row])) return failed("candle " + std::to_string(row + 1) + ", after every candle before was asked about twice: " + first.text() + " instead of " + once[row].text());
  }
  return passed();
}

Outcome no_look_ahead(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  for (const uint32_t shared : {scene->warm_up + 3, scene->warm_up + (scene->rows - scene->warm_up) / 2}) {
    const Candles rising = other_future(*scene, shared, 0.03), falling = other_future(*scene, shared, -0.03);
    Trial here(*subject.strategy, scene->values), up(*subject.strategy, scene->values), down(*subject.strategy, scene->values);
    const auto past = here.each(scene->market, 0, shared);
    for (const auto& [trial, market, what] : {std::tuple(&up, &rising, "rises"), std::tuple(&down, &falling, "falls")})
      if (const auto difference = first_difference(past, trial->each(*market, 0, shared), 0))
        return failed("when the price " + std::string(what) + " after candle " + std::to_string(shared) + ", " + *difference);
    Trial up_at_once(*subject.strategy, scene->values), down_at_once(*subject.strategy, scene->values);
    const Advice after_rise = up_at_once.analyze(rising, shared, shared), after_fall = down_at_once.analyze(falling, shared, shared);
    if (!after_rise.same(after_fall)) return failed("fed " + std::to_string(shared) + " candles at once: " + after_rise.text() + " where the price rises afterwards, " + after_fall.text() + " where it falls");
  }
  return passed();
}

}  // namespace stratdock::validate
