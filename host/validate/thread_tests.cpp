// Tests of the ABI's thread rules, and of speed.
#include <time.h>

#include <algorithm>
#include <functional>
#include <latch>
#include <memory>
#include <thread>

#include "host/validate/scene.hpp"
#include "host/validate/tests.hpp"
#include "host/validate/thread_pool.hpp"

namespace stratdock::validate {
namespace {

constexpr double call_limit_us = 100'000;  // the host's, per call

double thread_cpu_us() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

double share_of(const std::vector<double>& sorted, double share) { return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))]; }

}  // namespace

Outcome changing_threads(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  // Each call waits for two changes of threads: past the warm-up, some for each of them are enough.
  constexpr uint32_t calls_a_thread = 8;
  ThreadPool& threads = *subject.threads;
  const uint32_t rows = std::min(scene->rows, scene->warm_up + calls_a_thread * threads.size());
  const uint32_t start = rows - std::min(rows, calls_a_thread * threads.size());
  const auto expected = answers_alone(subject, *scene);
  std::unique_ptr<Trial> trial;
  const auto on_thread = [&](uint32_t which, std::function<void()> work) {
    threads.run(which % threads.size(), std::move(work));
    threads.wait();
  };
  on_thread(0, [&] { trial = std::make_unique<Trial>(*subject.strategy, scene->values); });
  on_thread(1, [&] { if (start > 0) trial->analyze(scene->market, start, start); });
  std::vector<Advice> answers(rows - start);
  for (uint32_t row = start; row < rows; ++row) on_thread(row, [&] { answers[row - start] = trial->analyze(scene->market, row + 1, 1); });
  on_thread(rows + 1, [&] { trial.reset(); });
  if (const auto difference = first_difference(std::span(expected).subspan(start), answers, start)) return failed("called from another thread each time, " + *difference);
  return passed();
}

Outcome eight_at_once(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  ThreadPool& threads = *subject.threads;
  std::vector<Scene> scenes(threads.size(), *scene);
  std::vector<std::vector<Advice>> expected, found(threads.size());
  for (uint32_t i = 0; i < threads.size(); ++i) {
    scenes[i].market = ordinary_market(scene->rows, subject.seed + i);
    expected.push_back(answers_alone(subject, scenes[i]));
  }
  const int rounds = subject.quick ? 2 : 4;
  constexpr uint32_t turn_rows = 8;
  for (int round = 0; round < rounds; ++round) {
    subject.note("eight instances at once, round " + std::to_string(round + 1));
    std::latch start(threads.size());
    for (uint32_t i = 0; i < threads.size(); ++i) {
      threads.run(i, [&, i] {
        // All start together and take turns, or the first would be through before the last wakes up.
        start.arrive_and_wait();
        Trial trial(*subject.strategy, scenes[i].values);
        found[i].clear();
        for (uint32_t row = 0; row < scenes[i].rows; ++row) {
          if (row % turn_rows == 0) std::this_thread::yield();
          found[i].push_back(trial.analyze(scenes[i].market, row + 1, 1));
        }
      });
    }
    threads.wait();
    for (uint32_t i = 0; i < threads.size(); ++i)
      if (const auto difference = first_difference(expected[i], found[i], 0)) return failed("while seven others ran, " + *difference);
  }
  return passed();
}

Outcome analyze_speed(Subject& subject) {
  const auto scene = scene_of(subject);
  if (!scene) return failed(scene.error().text());
  constexpr uint32_t calls = 2'000;
  constexpr double measured_at_most_us = 500'000;
  Candles market(100, 60'000);
  market.random_walk(scene->warm_up + calls + rows_behind, subject.seed);
  Trial trial(*subject.strategy, scene->values), at_once(*subject.strategy, scene->values);
  if (scene->warm_up > 0) trial.analyze(market, scene->warm_up, scene->warm_up);
  std::vector<double> times_us;
  double total_us = 0;
  for (uint32_t i = 0; i < calls && total_us < measured_at_most_us; ++i) {
    const double start_us = thread_cpu_us();
    trial.analyze(market, scene->warm_up + i + 1, 1);
    times_us.push_back(thread_cpu_us() - start_us);
    total_us += times_us.back();
  }
  std::sort(times_us.begin(), times_us.end());
  const double p99_us = share_of(times_us, 0.99);
  Outcome outcome = passed();
  if (p99_us > call_limit_us) outcome = failed("one call in a hundred takes " + std::to_string(static_cast<int64_t>(p99_us / 1'000)) + " ms of processor time or more; the host ends a call at 100 ms");
  outcome.figures = {{"median_us", share_of(times_us, 0.5)}, {"p99_us", p99_us}};
  if (outcome.verdict != Verdict::passed) return outcome;
  const double start_us = thread_cpu_us();
  at_once.analyze(market, scene->warm_up + calls, scene->warm_up + calls);
  outcome.figures.push_back({"candles_per_second", (scene->warm_up + calls) / std::max(thread_cpu_us() - start_us, 1.0) * 1e6});
  return outcome;
}

}  // namespace stratdock::validate
