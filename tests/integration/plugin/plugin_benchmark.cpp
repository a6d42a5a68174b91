// Prints what a decision through a sandboxed worker costs: the round trip with both ends on one core and on any, and the
// cost a bot in a batch; and what a worker costs: the time until it is ready, its private memory. Usage:
// plugin_benchmark [FOLDER OF TEST PLUGINS [PROGRAM TO BE THE WORKER]]; else itself the worker when called as one.
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "host/plugin/worker_main.hpp"
#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;

namespace {

using Clock = std::chrono::steady_clock;
double since_us(Clock::time_point start) { return std::chrono::duration<double, std::micro>(Clock::now() - start).count(); }

struct Bench : MemoryHistory {
  explicit Bench(const std::filesystem::path& plugin_folder) {
    std::filesystem::create_directories(folder.path() / "plugins");
    std::filesystem::copy_file(plugin_folder / "steady.so", folder.path() / "plugins" / "steady.so");
    PluginHostOptions options;
    options.plugin_folders = {folder.path() / "plugins"};
    options.cache_folder = folder.path() / "cache";
    host = std::make_unique<PluginHost>(options, *this);
    const auto start = Clock::now();
    if (!host->start()) std::abort();
    std::printf("start with one new plugin            %8.0f us\n", since_us(start));
  }
  void create(int64_t count) {
    const auto start = Clock::now();
    for (int64_t id = 1; id <= count; ++id)
      if (!host->create_instance({id, "steady", {int64_t{20}}, 1, "BTCUSDT", interval_ms, time_of(0)})) std::abort();
    std::printf("worker started, %6lld bots created  %8.0f us\n", static_cast<long long>(count), since_us(start));
  }
  void close_row(int64_t row) {
    candles.append(candle_at(row));
    host->append_candles("BTCUSDT", interval_ms, rows(row, row + 1));
  }
  // The times of `rounds` evaluations of the first `bots` bots, sorted, in microseconds.
  std::vector<double> measure(int64_t bots, int rounds) {
    std::vector<EvaluateRequest> requests(static_cast<size_t>(bots));
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round) {
      close_row(next_row++);
      for (size_t i = 0; i < requests.size(); ++i) requests[i].instance_id = static_cast<int64_t>(i) + 1, requests[i].now_ms = time_of(next_row);
      const auto start = Clock::now();
      const auto answers = host->evaluate(requests);
      times.push_back(since_us(start));
      if (answers.back().kind != AnswerKind::ok) std::abort();
    }
    std::sort(times.begin(), times.end());
    return times;
  }
  TemporaryFolder folder;
  std::unique_ptr<PluginHost> host;
  int64_t next_row = 0;
};

// Kilobytes of memory that are its own: what lies in files that others have mapped too is shared.
long private_kb(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  for (std::string word; file >> word;)
    if (word == "Anonymous:") return file >> word ? std::stol(word) : -1;
  return -1;
}

double at(const std::vector<double>& sorted, double part) { return sorted[static_cast<size_t>(part * static_cast<double>(sorted.size() - 1))]; }

void run(const std::filesystem::path& plugins, const char* name) {
  std::printf("-- %s\n", name);
  Bench bench(plugins);
  bench.create(1'000);
  bench.measure(1'000, 3);
  const auto single = bench.measure(1, 5'000);
  std::printf("round trip of one decision           p50 %.1f us  p99 %.1f us\n", at(single, 0.5), at(single, 0.99));
  bench.measure(1'000, 3);
  const auto batch = bench.measure(1'000, 50);
  std::printf("1,000 bots in a batch, each          p50 %.2f us  p99 %.2f us\n", at(batch, 0.5) / 1'000, at(batch, 0.99) / 1'000);
}

void run_workers(const std::filesystem::path& plugins, const std::filesystem::path& program) {
  std::printf("-- a worker without instances (%s)\n", program.c_str());
  WorkerOptions options;
  options.executable = program;
  std::vector<double> ready_us, end_us;
  long kilobytes = -1;
  for (int round = 0; round < 100; ++round) {
    const auto start = Clock::now();
    auto worker = WorkerProcess::spawn(options);
    if (!worker || !(*worker)->load(plugins / "steady.so", false)) std::abort();
    ready_us.push_back(since_us(start));
    kilobytes = private_kb((*worker)->pid());
    const auto ending = Clock::now();
    worker->reset();
    end_us.push_back(since_us(ending));
  }
  std::sort(ready_us.begin(), ready_us.end());
  std::sort(end_us.begin(), end_us.end());
  std::printf("from start to ready                  p50 %.1f ms  p99 %.1f ms  best %.1f ms\n", at(ready_us, 0.5) / 1e3, at(ready_us, 0.99) / 1e3, ready_us.front() / 1e3);
  std::printf("until it is gone                     p50 %.1f ms  p99 %.1f ms\n", at(end_us, 0.5) / 1e3, at(end_us, 0.99) / 1e3);
  if (kilobytes < 0) return (void)std::printf("private memory: only root may look at it\n");
  std::printf("private memory                       %ld KiB\n", kilobytes);
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 2 && std::strcmp(arguments[1], "worker") == 0) return worker_main(worker_socket_fd);
  const std::filesystem::path plugins = count > 1 ? arguments[1] : std::filesystem::path(arguments[0]).parent_path() / "plugins";
  run_workers(std::filesystem::absolute(plugins), count > 2 ? arguments[2] : "/proc/self/exe");
  run(plugins, "both ends on any core");
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  sched_setaffinity(0, sizeof one, &one);
  run(plugins, "both ends on one core");
}
