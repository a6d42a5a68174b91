// What plugins say about themselves: strategies, their parameters and what an instance needs. No behaviour.
// Thread rule: plain values. Invariant: texts are UTF-8 copied out of the plugin; nothing here points into a library.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/parameter.hpp"

namespace stratdock {

enum class FeedKind : uint8_t { candles, news, assessment, unknown };  // unknown: of a later ABI; always absent

// Input beside the instance's own candles. Candle feeds are served by PluginHost itself from the series that the engine
// appends; rows of news and assessment come with each EvaluateRequest.
struct FeedRequirement {
  FeedKind kind = FeedKind::candles;
  uint32_t asked_kind = 0;  // DOCK_FEED_*, as the strategy wrote it; known in its worker only
  bool required = false;
  std::string symbol;           // the instance's own unless the strategy names another
  int64_t interval_ms = 0;      // candles only
  int64_t refresh_ms = 0;       // news, assessment: how often to look for something new; 0: the host's default
  int64_t min_rows = 0;         // wanted at least, once that many exist
  int64_t max_rows = 0;         // the newest given at most; 0: no limit
  std::string prompt;           // assessment: what to ask the model
  std::string answer_schema;    // assessment: the JSON schema its answer must match
};

// Asked of each instance after its creation, since it depends on the parameters.
struct InstanceRequirements {
  int64_t warmup_candles = 0;  // before this many it only says HOLD
  int64_t window_candles = 0;  // history it wants at its start, and the rows behind each new candle that it may look at
  std::vector<FeedRequirement> feeds;
};

// A line that a strategy wrote for its bot's log (stratdock.log/1).
struct StrategyLine {
  enum class Level : uint8_t { debug, info, warning, error } level = Level::info;
  std::string text;
  friend bool operator==(const StrategyLine&, const StrategyLine&) = default;
};
constexpr size_t strategy_line_limit = 10;        // of one decision; more are dropped and counted
constexpr size_t strategy_line_bytes = 400;       // of one line; the rest is cut

struct StrategyInfo {
  std::string id;  // "stratdock.volatile", for ever
  std::vector<std::string> aliases;
  std::string name, version, vendor, doc;
  std::vector<ParameterSchema> parameters;
  int64_t state_version = 0;  // 0: keeps no snapshots
  std::string plugin_file;    // where the user put it
  std::string plugin_sha256;  // lower-case hex of the bytes that are loaded
};

enum class PluginState : uint8_t { being_copied, ready, refused, quarantined };
constexpr const char* text(PluginState state) {
  switch (state) {
    case PluginState::being_copied: return "still being copied";
    case PluginState::ready: return "ready";
    case PluginState::refused: return "refused";
    case PluginState::quarantined: return "quarantined";
  }
  return "unknown";
}

struct PluginInfo {
  std::string file;
  std::string sha256;  // empty while the file is being copied
  PluginState state = PluginState::being_copied;
  std::string reason;  // in plain words, for every state but ready; for ready: why a newer file was not taken over, if so
  std::string build_info;
  std::vector<StrategyInfo> strategies;
};

}  // namespace stratdock
