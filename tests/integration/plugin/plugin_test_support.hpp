// A plugin host in temporary folders, candles in memory, and plain ways to use both.
// Thread rule: one thread. Invariant: the history holds every candle that was appended through it.
#pragma once

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "host/plugin/plugin_host.hpp"
#include "host/plugin/worker_process.hpp"

namespace stratdock::plugin_test {

inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}
inline std::filesystem::path test_plugin(const std::string& name) {
  const std::string folder = environment("STRATDOCK_TEST_PLUGINS");
  return std::filesystem::path(folder.empty() ? "build/dev/tests/plugins" : folder) / (name + ".so");
}

inline std::filesystem::path worker_executable() {
  const std::string worker = environment("STRATDOCK_TEST_WORKER");
  return worker.empty() ? "build/dev/tests/stratdock_test_worker" : worker;
}

class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "stratdock-plugin-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

constexpr int64_t interval_ms = 5 * minute_ms;
constexpr int64_t first_ms = 1'700'000'100'000 / interval_ms * interval_ms;
constexpr int64_t time_of(int64_t row) { return first_ms + row * interval_ms; }

// A reproducible walk: row i is the same whatever was asked before.
inline Candle candle_at(int64_t row) {
  const double wave = 100 + 10 * std::sin(static_cast<double>(row) * 0.37) + static_cast<double>(row % 17) * 0.01;
  return {time_of(row), wave, wave + 1, wave - 1, wave + 0.3, 5, 500, 2, 9};
}
inline CandleSeries rows(int64_t first, int64_t end) {
  CandleSeries series(interval_ms);
  for (int64_t row = first; row < end; ++row) series.append(candle_at(row));
  return series;
}

class MemoryHistory : public CandleHistory {
public:
  Status read(std::string_view, int64_t, int64_t from_ms, int64_t to_ms, const std::function<void(const CandleSeries&)>& take) override {
    if (broken) return failure("the disk is on fire");
    const size_t first = candles.lower_bound(from_ms), end = to_ms == INT64_MAX ? candles.size() : candles.lower_bound(to_ms);
    CandleSeries part(interval_ms);
    part.append(candles, first, end - std::min(first, end));
    rows_read += part.size();
    take(part);
    return {};
  }
  CandleSeries candles{interval_ms};
  size_t rows_read = 0;
  bool broken = false;
};

struct Fixture {
  // Unless a test is about it, a machine without the whole sandbox runs the tests too.
  explicit Fixture(std::vector<std::string> names = {}, int64_t memory_limit_bytes = int64_t{256} << 20,
                   PluginTrust trust = {false, {}, true, {}}, uint8_t missing_sandbox_parts = 0) {
    std::filesystem::create_directories(plugins());
    for (const auto& name : names) install(name);
    PluginHostOptions options;
    options.plugin_folders = {plugins()};
    options.cache_folder = folder.path() / "cache";
    options.worker_executable = worker_executable();
    options.memory_limit_bytes = memory_limit_bytes;
    options.trust = std::move(trust);
    options.missing_sandbox_parts = missing_sandbox_parts;
    host = std::make_unique<PluginHost>(options, history);
    const Status started = host->start();
    if (!started) throw std::runtime_error(started.error().text());
  }

  std::filesystem::path plugins() const { return folder.path() / "plugins"; }
  // As an installer does it: whole, by a rename.
  void install(const std::string& name, const std::string& as = {}) const {
    const auto temporary = folder.path() / "incoming";
    std::filesystem::copy_file(test_plugin(name), temporary, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::rename(temporary, plugins() / ((as.empty() ? name : as) + ".so"));
  }
  Result<InstanceRequirements> create(int64_t id, const std::string& strategy, std::vector<ParameterValue> values, int64_t anchor_row = 0,
                                      const std::string& symbol = "BTCUSDT") {
    return host->create_instance({id, strategy, std::move(values), 1, symbol, interval_ms, time_of(anchor_row)});
  }
  // Hostile: misbehaves when row `at_row` is the last.
  bool create_hostile(int64_t id, int64_t behaviour, int64_t at_row) {
    return create(id, "hostile", {time_of(at_row), behaviour}).has_value();
  }
  // The candle of this row closes, in the history and for the host.
  void close_row(int64_t row) {
    history.candles.append(candle_at(row));
    host->append_candles("BTCUSDT", interval_ms, rows(row, row + 1));
  }
  std::vector<EvaluateAnswer> evaluate(const std::vector<int64_t>& ids) {
    std::vector<EvaluateRequest> requests;
    for (const int64_t id : ids) {
      EvaluateRequest& request = requests.emplace_back();
      request.instance_id = id;
      request.now_ms = history.candles.empty() ? 0 : history.candles.open_time_ms().back() + interval_ms;
    }
    return host->evaluate(requests);
  }
  // Serves the host until `done` holds; false after `limit_ms`.
  template <typename Condition> bool serve_until(Condition done, int64_t limit_ms = 5'000) {
    const int64_t end_ms = steady_now_ms() + limit_ms;
    while (!done()) {
      if (steady_now_ms() > end_ms) return false;
      pollfd waited{host->fds().front(), POLLIN, 0};
      poll(&waited, 1, 20);
      host->on_readable();
      for (auto& event : host->take_events()) events.push_back(event);
    }
    return true;
  }
  size_t count(PluginEventKind kind) {
    for (auto& event : host->take_events()) events.push_back(event);
    return static_cast<size_t>(std::count_if(events.begin(), events.end(), [&](const auto& event) { return event.kind == kind; }));
  }
  PluginInfo plugin(const std::string& name) {
    for (const auto& info : host->plugins())
      if (std::filesystem::path(info.file).filename() == name + ".so") return info;
    return {};
  }

  TemporaryFolder folder;
  MemoryHistory history;
  std::unique_ptr<PluginHost> host;
  std::vector<PluginEvent> events;
};

// The children of this process: the workers.
inline std::vector<pid_t> workers() {
  std::vector<pid_t> result;
  std::ifstream file("/proc/self/task/" + std::to_string(getpid()) + "/children");
  for (pid_t pid = 0; file >> pid;) result.push_back(pid);
  return result;
}

}  // namespace stratdock::plugin_test
