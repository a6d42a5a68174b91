// Loads a strategy library as a host would, in this process, and feeds it candles: for tests only.
// Thread rule: one thread. Invariant: structs are zeroed and carry their size, decisions are fresh for every call.
#pragma once

#include <dlfcn.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <stratdock/strategy_abi.h>

namespace plugin_harness {

struct Columns {
  std::int64_t interval_ms = 300'000;
  std::vector<std::int64_t> open_time_ms;
  std::vector<double> open, high, low, close, volume;

  void push(std::int64_t time, double o, double h, double l, double c, double v) {
    open_time_ms.push_back(time);
    open.push_back(o);
    high.push_back(h);
    low.push_back(l);
    close.push_back(c);
    volume.push_back(v);
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(close.size()); }
  dock_candles view(std::uint32_t count, std::uint32_t new_count) const {
    return {sizeof(dock_candles), count, new_count, 0, interval_ms, open_time_ms.data(), open.data(), high.data(), low.data(),
            close.data(), volume.data(), nullptr, nullptr, nullptr};
  }
};

// Never closed, as in the host.
inline const dock_library& load(const std::string& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw std::runtime_error("loading " + path + ": " + dlerror());
  const auto entry = reinterpret_cast<dock_entry_function>(dlsym(handle, DOCK_ENTRY_NAME));
  if (entry == nullptr) throw std::runtime_error(path + ": not a plugin");
  return *entry();
}

struct Answer {
  std::int32_t status = 0;
  dock_decision decision{};
  std::string reasoning, error;
};

class Bot {
 public:
  // changes: values that differ from the defaults, by key; numbers only.
  Bot(const dock_strategy& strategy, const std::vector<std::pair<std::string, double>>& changes = {}) : strategy_(strategy) {
    std::vector<dock_value> values;
    for (std::uint32_t i = 0; i < strategy.param_count; ++i) {
      dock_value value = strategy.params[i]->default_value;
      for (const auto& [key, number] : changes) {
        if (key != strategy.params[i]->key) continue;
        value.f64 = value.type == DOCK_TYPE_NUMBER ? number : 0;
        value.i64 = value.type == DOCK_TYPE_NUMBER ? 0 : static_cast<std::int64_t>(number);
      }
      values.push_back(value);
    }
    const dock_config config{sizeof(dock_config), strategy.param_count, values.data(), 1};
    dock_buffer error{error_, sizeof error_, 0};
    status_ = strategy.create(&host_, &config, &instance_, &error);
    problem_ = text(error);
    if (status_ == DOCK_OK) {
      needs_.struct_size = sizeof needs_;
      strategy.requirements(instance_, &needs_, &error);
    }
  }
  ~Bot() {
    if (instance_ != nullptr) strategy_.destroy(instance_);
  }
  Bot(const Bot&) = delete;
  Bot& operator=(const Bot&) = delete;

  std::int32_t status() const { return status_; }
  const std::string& problem() const { return problem_; }
  const dock_requirements& needs() const { return needs_; }
  dock_instance* instance() { return instance_; }

  // What later calls say of the position and the feeds; feeds absent until set.
  void hold(double entry_price, std::int64_t entry_time_ms) {
    entry_price_ = entry_price;
    entry_time_ms_ = entry_time_ms;
  }
  void feeds(std::vector<const dock_feed_data*> given) { feeds_ = std::move(given); }

  // Feeds rows up to `count`, the last new_count of them as new. reason_capacity 0 asks for no text.
  Answer analyze(const Columns& rows, std::uint32_t count, std::uint32_t new_count, std::uint64_t reason_capacity = 4096) {
    const dock_candles candles = rows.view(count, new_count);
    dock_feed_data absent{};
    absent.struct_size = sizeof absent;
    absent.fault = "none was given";
    std::vector<const dock_feed_data*> given = feeds_;
    given.resize(needs_.feed_count, &absent);
    const std::int64_t now = count == 0 ? 0 : rows.open_time_ms[count - 1] + rows.interval_ms;
    const dock_input input{sizeof(dock_input), needs_.feed_count, now, "BTCUSDT", &candles, given.data(),
                           entry_time_ms_ > 0 ? 1.0 : 0.0, entry_price_, entry_time_ms_};
    Answer answer;
    answer.decision.struct_size = sizeof(dock_decision);
    answer.decision.reasoning = {reasoning_, reason_capacity, 0};
    answer.decision.recommended_symbol = {symbol_, sizeof symbol_, 0};
    dock_buffer error{error_, sizeof error_, 0};
    answer.status = strategy_.analyze(instance_, &input, &answer.decision, &error);
    answer.error = text(error);
    answer.reasoning = text(answer.decision.reasoning);
    return answer;
  }

 private:
  static std::string text(const dock_buffer& buffer) {
    return {buffer.data, static_cast<std::size_t>(buffer.length < buffer.capacity ? buffer.length : buffer.capacity)};
  }
  static const void* no_extension(const dock_host*, const char*) noexcept { return nullptr; }

  const dock_strategy& strategy_;
  dock_host host_{sizeof(dock_host), DOCK_ABI_MINOR, "test", "0", nullptr, &no_extension};
  dock_instance* instance_ = nullptr;
  dock_requirements needs_{};
  std::int32_t status_ = 0;
  std::string problem_;
  double entry_price_ = 0;
  std::int64_t entry_time_ms_ = 0;
  std::vector<const dock_feed_data*> feeds_;
  char error_[512] = {};
  char reasoning_[4096] = {};
  char symbol_[64] = {};
};

}  // namespace plugin_harness
