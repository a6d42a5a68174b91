// PluginHost: the engine's door to strategies. Watches the plugin folders, keeps a sandboxed worker process per plugin,
// feeds it candles, asks it for decisions, and contains whatever a plugin does wrong.
// Thread rule: one thread uses it from construction to destruction (workers die with the thread that made them).
// Invariant: an instance has seen every candle since its anchor before it is asked for a decision, on whichever worker it runs.
//
// How the engine uses it:  start(); declare_instance() per bot; then for each closed candle append_candles() and, where bots
// are due, a round of decisions with all of them: begin_round(), wait_round() for as long as it has patience, and else poll
// fds() and call on_readable() until round_over(), then take_answers(). Between candles: fds(), on_readable(), take_events().
// While a round runs its plugins are busy: instances of them are neither made nor changed nor released (an error says so,
// is_busy() tells before), a destroyed one goes when the round is over, and a newer file waits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/candle.hpp"
#include "core/decision.hpp"
#include "core/result.hpp"
#include "host/plugin/strategy_types.hpp"
#include "host/plugin/trust.hpp"

namespace stratdock {

struct PluginHostOptions {
  std::vector<std::filesystem::path> plugin_folders;  // created where missing; earlier folders win nothing: a duplicate is refused
  std::filesystem::path cache_folder;                 // private; created with mode 0700
  std::filesystem::path worker_executable = "/proc/self/exe";  // run with the arguments "stratdock" "worker"
  int64_t call_deadline_ms = 100;                     // of one call into a plugin
  int64_t memory_limit_bytes = int64_t{1} << 30;      // address space of a worker
  bool pass_worker_stderr = false;                    // else a worker's stderr goes to /dev/null
  PluginTrust trust;
  uint8_t missing_sandbox_parts = 0;                  // of SandboxPart: as if the kernel had not got them, for tests
};

// Candles of the past, kept by the caller. Must hold every candle that was passed to append_candles since the oldest anchor,
// and those of the candle feeds that strategies ask for.
class CandleHistory {
public:
  virtual ~CandleHistory() = default;
  // Calls `rows` any number of times, oldest first, with the closed candles that open in [from_ms, to_ms_exclusive). An error
  // says why there are none of that symbol and interval.
  virtual Status read(std::string_view symbol, int64_t interval_ms, int64_t from_ms, int64_t to_ms_exclusive,
                      const std::function<void(const CandleSeries&)>& rows) = 0;
};

struct InstanceSpec {
  int64_t instance_id = 0;  // the caller's; unique among living instances
  std::string strategy_id;  // id or alias
  std::vector<ParameterValue> values;  // complete, in the schema's order (check_parameter_texts makes them)
  uint64_t seed = 0;
  std::string symbol;
  int64_t interval_ms = 0;
  int64_t anchor_ms = 0;  // open time of the first candle it is to see
};

// Rows of a news or assessment feed, oldest first; columns by name, all of the same length. The columns and texts of each
// kind are laid down at dock_feed_data in <stratdock/strategy_abi.h>.
struct FeedColumn {
  std::string name;
  std::vector<double> values;  // NaN: no value; enumerations by their index in the schema
};
struct FeedData {
  std::vector<int64_t> known_at_ms;  // ascending; none later than the request's now_ms
  std::vector<FeedColumn> columns;
  std::vector<std::string> texts;  // one per row, or none
  bool available = true;           // false: the feed does not work, `fault` says why
  std::string fault;
};

struct EvaluateRequest {
  int64_t instance_id = 0;
  int64_t now_ms = 0;             // the close time of the last candle appended
  PositionView position;
  // One per InstanceRequirements::feeds, in that order (those of candles are ignored: the host has them); null: absent. May stay
  // empty, and is filled by a round's FeedProvider.
  std::vector<const FeedData*> feeds;
};

enum class AnswerKind : uint8_t {
  ok,           // `decision` holds
  failed,       // the strategy answered with an error or an invalid decision; the bot holds for this candle
  crashed,      // its call killed the worker; the bot holds for this candle
  timed_out,    // its call missed the deadline; the bot holds for this candle
  quarantined,  // the instance or its plugin is; see release()
  no_plugin,    // no such instance, or its worker cannot be started
  refused       // declared and never created: the strategy, or who provides its feeds, refused it
};
const char* text(AnswerKind kind);

struct EvaluateAnswer {
  AnswerKind kind = AnswerKind::no_plugin;
  Decision decision;   // HOLD unless ok
  std::string cause;   // plain words, empty when ok
  std::vector<StrategyLine> lines;  // for the bot's log
};

enum class PluginEventKind : uint8_t {
  catalog_changed,        // plugins() or strategies() differ
  plugin_refused,         // a file was looked at and not taken
  instance_failed,        // the strategy answered with an error
  instance_crashed,       // charged to the instance
  instance_timed_out,     // charged to the instance
  instance_quarantined,
  plugin_quarantined,
  worker_lost,            // killed from outside: nobody's fault, the calls ran again
  swap_done,              // a newer file has taken over
  swap_refused,           // the old version stays
  released,               // a quarantine ended
  sandbox_reduced         // the kernel lacks a part of the sandbox; once per process
};
const char* text(PluginEventKind kind);

struct PluginEvent {
  PluginEventKind kind = PluginEventKind::catalog_changed;
  std::string plugin_file, plugin_sha256, strategy_id;
  int64_t instance_id = 0;  // 0: not about one instance
  std::string cause;        // plain words
};

class PluginHost {
public:
  // `history` must outlive the host.
  PluginHost(PluginHostOptions options, CandleHistory& history);
  ~PluginHost();  // ends every worker
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;

  // Makes the folders, watches them and takes in what lies there (up to 2 s for each file not seen before).
  Status start();

  // For the caller's poll loop: when one of these is readable, call on_readable(). The same after start(), and those of a round.
  std::vector<int> fds() const;
  // Takes in changed files, moves running probes, swaps and the round on. Returns within about 20 ms.
  void on_readable();
  // What happened since the last call, oldest first.
  std::vector<PluginEvent> take_events();
  bool has_events();

  std::vector<PluginInfo> plugins() const;        // by file name
  // Process id of the worker of each plugin that bots use, by file; a plugin without a worker now is left out.
  std::map<std::string, int> worker_pids() const;
  std::vector<StrategyInfo> strategies() const;   // of ready plugins, by id
  std::optional<StrategyInfo> find_strategy(std::string_view id_or_alias) const;
  // The private copy of the plugin that decides for the strategy now. It may be gone once a newer one has taken over.
  std::optional<std::filesystem::path> library_of(std::string_view id_or_alias) const;
  // What the kernel lacks of the sandbox, in plain words with the setting to change; empty: complete. Known after start().
  std::vector<std::string> sandbox_report() const;

  // Creates the instance in its plugin's worker. A failure (unknown strategy, refused parameters, quarantined plugin) leaves nothing behind.
  // Its candles since the anchor are fed in its next round.
  Result<InstanceRequirements> create_instance(const InstanceSpec& spec);
  // Books the instance; its first round creates it, so that nobody waits for the plugin. A failure leaves nothing behind.
  Status declare_instance(const InstanceSpec& spec);
  // New values of live parameters for an instance, from its next decision on; its anchor and what it has seen stay. Values
  // complete, in the schema's order. A refusal changes nothing. A strategy that takes no changes while it runs is made anew
  // and fed from the same anchor.
  Status change_instance(int64_t instance_id, std::vector<ParameterValue> values);
  void destroy_instance(int64_t instance_id);  // unknown ids are ignored

  // Closed candles, ascending. Rows not later than the series' last are ignored, so a repeated row does no harm.
  // Not while a round runs. Only series that an instance uses are kept. Each series of a new worker is first filled from the history.
  void append_candles(std::string_view symbol, int64_t interval_ms, const CandleSeries& rows);

  // One decision per request; at most one request per instance. All workers work at the same time; a worker that dies is
  // replaced, fed, and goes on with the rest.
  // The feeds of an instance that is there, asked for right before its call; they stay until the round is over. An error: the
  // instance is refused.
  using FeedProvider = std::function<Result<std::vector<const FeedData*>>(int64_t instance_id, const InstanceRequirements& needs)>;
  void begin_round(std::vector<EvaluateRequest> requests, FeedProvider feeds = {});
  // Works on the round and waits for it, at most about limit_ms. True: over.
  bool wait_round(int64_t limit_ms);
  bool round_over() const;
  // While a round runs: after so long call on_readable() in any case.
  int64_t round_wait_ms() const;
  // Ends a round that is over. In the order of its requests.
  std::vector<EvaluateAnswer> take_answers();
  // A whole round, waited for.
  std::vector<EvaluateAnswer> evaluate(std::span<const EvaluateRequest> requests);
  // Whether the plugin that offers the strategy is in a round.
  bool is_busy(std::string_view id_or_alias) const;

  // Ends a quarantine by hand. An error where there is none.
  Status release_instance(int64_t instance_id);
  Status release_plugin(const std::string& plugin_file);

  struct State;  // plugin_host_state.hpp; only the sources of this folder see it

private:
  std::unique_ptr<State> state_;
};

}  // namespace stratdock
