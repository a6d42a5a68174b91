// The strategy ABI from the host's side: a loaded library and the instances of its strategies. Used inside workers (and by
// tests) only, never in the engine's own process. Source of every rule: <stratdock/strategy_abi.h>.
// Thread rule: [instance] calls of one StrategyInstance never overlap. Invariant: a library, once loaded, stays loaded.
#pragma once

#include <stratdock/strategy_abi.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision.hpp"
#include "core/parameter.hpp"
#include "core/result.hpp"
#include "host/plugin/strategy_types.hpp"

namespace stratdock {

class StrategyLibrary {
public:
  // dlopen with everything bound at once. Refuses with both sides' figures where the ABI versions do not fit, and says
  // "not a plugin" where the export is missing. `path` must be absolute and never have been loaded with other content.
  static Result<StrategyLibrary> load(const std::filesystem::path& path);
  // Asks the entry for the library's tables; separate from load so that a worker can close its sandbox in between.
  Status open();

  std::span<const dock_strategy* const> strategies() const { return {library_->strategies, library_->strategy_count}; }
  // By id; null where there is none.
  const dock_strategy* find(std::string_view strategy_id) const;
  const dock_library& tables() const { return *library_; }
  std::string build_info() const;
  // Copies of everything the library says about its strategies; plugin_file and plugin_sha256 stay empty.
  std::vector<StrategyInfo> describe() const;

private:
  dock_entry_function entry_ = nullptr;
  const dock_library* library_ = nullptr;  // static data of the library
};

// One call's input. The candle columns must stay in place during the call.
struct AnalyzeInput {
  const dock_candles* candles = nullptr;
  int64_t now_ms = 0;
  PositionView position;
  std::span<const dock_feed_data* const> feeds;  // one per required feed, or none
  bool wants_texts = true;  // false: nobody reads them; a strategy that heeds the capacity saves the making
};

class StrategyInstance {
public:
  // `values` in schema order. The instance sees `symbol` at each call.
  static Result<std::unique_ptr<StrategyInstance>> create(const dock_strategy& strategy, std::span<const ParameterValue> values,
                                                          uint64_t seed, std::string symbol);
  ~StrategyInstance();
  StrategyInstance(const StrategyInstance&) = delete;
  StrategyInstance& operator=(const StrategyInstance&) = delete;

  const InstanceRequirements& requirements() const { return requirements_; }
  // For calls of the strategy's extensions.
  dock_instance* raw() const { return instance_; }
  // A negative status or a decision out of range is an error in the strategy's name. Allocates only for the texts.
  Result<Decision> analyze(const AnalyzeInput& input);
  // New values of live parameters (stratdock.params/1). False: the strategy takes no changes while it runs. After an error
  // the old values stay in force.
  Result<bool> change(std::span<const ParameterValue> values);

  // What it wrote for its bot's log since the last time, cut to the limits; the texts are as it wrote them.
  std::vector<StrategyLine> take_lines();

private:
  StrategyInstance(const dock_strategy& strategy, std::string symbol);
  Status read_requirements();

  const dock_strategy& strategy_;
  std::string symbol_;
  static void write_line(const dock_host* host, int32_t level, const char* text) noexcept;
  static const void* host_extension(const dock_host* host, const char* id) noexcept;

  uint64_t seed_ = 0;
  std::vector<StrategyLine> lines_;
  size_t dropped_lines_ = 0;
  dock_host host_{};
  dock_instance* instance_ = nullptr;
  InstanceRequirements requirements_;
  std::vector<dock_feed_data> absent_feeds_;
  std::vector<const dock_feed_data*> absent_feed_pointers_;
  std::vector<char> text_;  // room for error, reasoning and symbol
};

}  // namespace stratdock
