// Tests of snapshots.
#include <algorithm>

#include "host/validate/scene.hpp"
#include "host/validate/tests.hpp"

namespace stratdock::validate {
namespace {

constexpr const char* no_snapshots = "it keeps no snapshots";

bool keeps_snapshots(const Subject& subject) { return DOCK_HAS(subject.strategy, load_state) && subject.strategy->save_state && subject.strategy->load_state; }

std::string with_text(const Trial& trial) { return trial.error().empty() ? "" : ": " + trial.error(); }

// Saves after `fed` rows, goes on from the snapshot in a new instance, and compares with `expected`, the answers to every
// row. `step` is the most that one read or write moves.
std::optional<std::string> resume_fault(const Subject& subject, const Scene& scene, const std::vector<Advice>& expected, uint32_t fed, size_t step) {
  const std::string where = "saved after " + std::to_string(fed) + " candles" + (step == 7 ? ", 7 bytes at a time" : "") + ": ";
  Trial saved(*subject.strategy, scene.values), loaded(*subject.strategy, scene.values);
  if (fed > 0) saved.analyze(scene.market, fed, fed);
  std::string blob;
  if (const int32_t status = saved.save(blob, step); status != DOCK_OK) return where + "save_state gave " + status_words(status) + with_text(saved);
  if (const int32_t status = loaded.load(blob, step); status != DOCK_OK) return where + "load_state of its own snapshot gave " + status_words(status) + with_text(loaded);
  const std::span<const Advice> rest = std::span(expected).subspan(fed);
  if (const auto difference = first_difference(rest, loaded.each(scene.market, fed, scene.rows), fed)) return where + "in the new instance, " + *difference;
  if (const auto difference = first_difference(rest, saved.each(scene.market, fed, scene.rows), fed)) return where + "in the instance that was saved, " + *difference;
  return std::nullopt;
}

Result<std::string> snapshot_of(const Subject& subject, const Scene& scene) {
  Trial trial(*subject.strategy, scene.values);
  trial.analyze(scene.market, scene.rows, scene.rows);
  std::string blob;
  if (const int32_t status = trial.save(blob); status != DOCK_OK) return failure("save_state gave " + status_words(status) + with_text(trial));
  return blob;
}

// Loads what is no snapshot; an instance that takes it is used and must live.
int32_t load_and_use(const Subject& subject, const Scene& scene, std::string_view blob) {
  Trial trial(*subject.strategy, scene.values);
  const int32_t status = trial.load(blob);
  if (status == DOCK_OK) trial.each(scene.market, 0, std::min(scene.rows, 20u));
  return status;
}

}  // namespace

Outcome state_same_bits(Subject& subject) {
  if (!keeps_snapshots(subject)) return skipped(no_snapshots);
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  const auto expected = answers_alone(subject, *scene);
  for (const uint32_t fed : {0u, 1u, scene->warm_up / 2, scene->warm_up, scene->warm_up + 37, scene->rows - 1})
    if (auto fault = resume_fault(subject, *scene, expected, fed, 1 << 16)) return failed(*fault);
  return passed();
}

Outcome state_seven_bytes(Subject& subject) {
  if (!keeps_snapshots(subject)) return skipped(no_snapshots);
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  const auto expected = answers_alone(subject, *scene);
  if (auto fault = resume_fault(subject, *scene, expected, scene->warm_up + 37, 7)) return failed(*fault);
  return passed();
}

Outcome state_empty(Subject& subject) {
  if (!keeps_snapshots(subject)) return skipped(no_snapshots);
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  const auto blob = snapshot_of(subject, *scene);
  if (!blob) return failed(blob.error().text());
  if (blob->empty()) return skipped("its snapshots are empty");
  return load_and_use(subject, *scene, "") == DOCK_OK ? failed("load_state took an empty snapshot") : passed();
}

Outcome state_cut(Subject& subject) {
  if (!keeps_snapshots(subject)) return skipped(no_snapshots);
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  const auto blob = snapshot_of(subject, *scene);
  if (!blob) return failed(blob.error().text());
  if (blob->size() < 2) return skipped("its snapshots have " + std::to_string(blob->size()) + " bytes");
  const size_t step = std::max<size_t>(blob->size() / (subject.quick ? 20 : 200), 1);
  std::vector<size_t> lengths{blob->size() - 1};
  for (size_t length = 1; length < blob->size(); length += step) lengths.push_back(length);
  for (const size_t length : lengths) {
    const std::string what = std::to_string(length) + " of a snapshot's " + std::to_string(blob->size()) + " bytes";
    subject.note("loading " + what);
    if (load_and_use(subject, *scene, std::string_view(*blob).substr(0, length)) == DOCK_OK) return failed("load_state took " + what);
  }
  return passed();
}

Outcome state_random(Subject& subject) {
  if (!keeps_snapshots(subject)) return skipped(no_snapshots);
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  const auto blob = snapshot_of(subject, *scene);
  if (!blob) return failed(blob.error().text());
  Chance chance(subject.seed);
  const int tries = subject.quick ? 20 : 200;
  int taken = 0;
  for (int i = 0; i < tries; ++i) {
    // By turns nothing but noise, and a snapshot with a few bytes changed: what comes after its first check is reached too.
    std::string noise = *blob;
    if (i % 2 == 0) noise.resize(chance.next() % (2 * blob->size() + 64));
    const size_t changed = i % 2 == 0 ? noise.size() : std::min<size_t>(noise.size(), 1 + chance.next() % 8);
    for (size_t byte = 0; byte < changed; ++byte) noise[i % 2 == 0 ? byte : chance.next() % noise.size()] = static_cast<char>(chance.next());
    subject.note("loading random bytes, try " + std::to_string(i + 1));
    if (load_and_use(subject, *scene, noise) == DOCK_OK) ++taken;
  }
  return passed(taken == 0 ? "" : std::to_string(taken) + " of " + std::to_string(tries) + " were taken for snapshots, and survived");
}

}  // namespace stratdock::validate
