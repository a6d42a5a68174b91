// Tests with hosts that are older or newer than this one.
#include "host/validate/scene.hpp"
#include "host/validate/tests.hpp"

namespace stratdock::validate {
namespace {

Outcome on_host(Subject& subject, Shape shape, const char* host) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  const auto expected = answers_alone(subject, *scene);
  TrialOptions options;
  options.shape = shape;
  subject.note(std::string("on ") + host + " host: create");
  Trial trial(*subject.strategy, scene->values, options);
  const std::string on = std::string("on ") + host + " host ";
  if (!trial.ok()) return failed(on + "making an instance gave " + status_words(trial.status()) + (trial.error().empty() ? "" : ": " + trial.error()));
  if (!trial.overrun().empty()) return failed(on + trial.overrun());
  if (trial.warm_up() != scene->warm_up) return failed(on + "it asks for other requirements");
  subject.note(on + "analyze");
  for (uint32_t row = 0; row < scene->rows; ++row) {
    const Advice advice = trial.analyze(scene->market, row + 1, 1);
    if (!advice.overrun.empty()) return failed(on + "at candle " + std::to_string(row + 1) + " " + advice.overrun);
    if (!advice.same(expected[row])) return failed(on + "candle " + std::to_string(row + 1) + ": " + advice.text() + " instead of " + expected[row].text());
  }
  if (!DOCK_HAS(subject.strategy, load_state) || !subject.strategy->save_state || !subject.strategy->load_state) return passed();
  subject.note(on + "snapshots");
  std::string blob;
  Trial loaded(*subject.strategy, scene->values, options);
  if (const int32_t status = trial.save(blob); status != DOCK_OK) return failed(on + "save_state gave " + status_words(status));
  if (const int32_t status = loaded.load(blob); status != DOCK_OK) return failed(on + "load_state gave " + status_words(status));
  return passed();
}

}  // namespace

Outcome older_host(Subject& subject) { return on_host(subject, Shape::oldest, "a 1.0"); }
Outcome newer_host(Subject& subject) { return on_host(subject, Shape::newer, "a newer"); }

}  // namespace stratdock::validate
