// PluginRunner: one version of a plugin at work. Owns its worker process and knows which instances live in it, what they
// were fed and which call is in flight. What begins with try_ or pump never waits: it is called again when wait_fd() is
// readable or wait_ms() have passed.
// Thread rule: one thread. Invariant: after a Fault there is no worker, and every member must be created and fed again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/plugin/plugin_host.hpp"
#include "host/plugin/protocol.hpp"
#include "host/plugin/series_book.hpp"
#include "host/plugin/worker_process.hpp"

namespace stratdock {

// A library that passed its probe. Immutable.
struct PluginVersion {
  std::string file, sha256;
  std::filesystem::path library_path;  // the private copy that is loaded
  std::string build_info;
  bool needs_complete_sandbox = false;  // neither one of ours nor allowed without
  std::vector<StrategyInfo> strategies;
  const StrategyInfo* find(std::string_view strategy_id) const;
};

// A bot's instance as the host knows it, whichever worker it is in.
struct InstanceRecord {
  InstanceSpec spec;  // strategy_id is the full id
  std::vector<std::string> keys;  // of spec.values
  InstanceRequirements requirements;
  std::string quarantine;  // why; empty: not quarantined
  int outside_kills = 0;   // in a row, of the same call
  SeriesKey series() const { return {spec.symbol, spec.interval_ms}; }
};

// A worker came to its end. instance_id 0: no call was in flight.
struct Fault {
  int64_t instance_id = 0;
  WorkerDeath death;
  std::string call;  // "deciding"
};

// Candles of a feed on their way to a worker's instance.
struct CandleFeed {
  size_t place = 0;  // of the requirement
  SeriesKey key;
  int64_t next_ms = 0;  // the first open time not yet sent
  CandleSeries unsent;
  std::string fault;    // why there are none
};

struct Member {
  InstanceRecord* record = nullptr;
  uint32_t handle = 0;
  bool created = false;
  bool fed = false;          // has seen every row of its series but those that came since seen_rows
  uint64_t seen_rows = 0;    // of its series, counted from its opening
  std::string refusal;       // why the plugin would not create it again
  std::string last_error;    // of its last answer
  std::vector<CandleFeed> candle_feeds;
};

// What the worker found out about a new instance's needs, or why the strategy refused it.
Result<InstanceRequirements> read_created(const Message& message);

class PluginRunner {
public:
  PluginRunner(std::shared_ptr<const PluginVersion> version, WorkerOptions options, SeriesBook& book)
      : version_(std::move(version)), options_(std::move(options)), book_(book) {}

  const PluginVersion& version() const { return *version_; }
  std::shared_ptr<const PluginVersion> shared_version() const { return version_; }
  bool has_worker() const { return worker_ != nullptr; }
  pid_t worker_pid() const { return worker_ ? worker_->pid() : -1; }
  // What to wait for while something is under way. -1: time alone, as when the worker is ending.
  int wait_fd() const;
  int wait_ms() const;
  // Its worker is lost, and its end not known yet: pump() or try_create() gives the fault.
  bool is_ending() const { return ending_.has_value(); }
  const std::vector<std::string>& sandbox_report() const { return sandbox_report_; }

  // Starts the worker where there is none and loads the library. try_start: none while it loads.
  Status start();
  std::optional<Status> try_start();
  // Whether the last start failed at the plugin, which did not load as it had when it was looked at.
  bool failed_to_load() const { return failed_to_load_; }
  // Makes the record a member, until remove().
  Member& enroll(InstanceRecord& record);
  // Creates the member's instance in the running worker. A refusal is an error of the Result; a death a Fault.
  // try_create: none while the worker is at it.
  Result<InstanceRequirements> create(Member& member, std::optional<Fault>& fault);
  std::optional<Result<InstanceRequirements>> try_create(Member& member, std::optional<Fault>& fault);
  // Gives a member that is created new values of live parameters. False: the strategy takes no changes.
  Result<bool> change(Member& member, std::span<const ParameterValue> values, std::optional<Fault>& fault);
  std::optional<Fault> remove(int64_t instance_id);
  Member* find(int64_t instance_id);
  std::map<int64_t, Member>& members() { return members_; }
  // Whether rows were lost to it and its history must be fed again.
  bool needs_feeding(const Member& member) const;

  // Looks up what the member's candle feeds have since the last time, up to the candles that are closed at `now_ms`; it
  // goes with the member's next call.
  static void read_candle_feeds(Member& member, CandleHistory& history, int64_t now_ms);
  // New closed candles for the series that live in the worker.
  void append(const SeriesKey& key, const CandleSeries& rows, size_t first);

  // A batch of calls: begin, then pump until batch_done() or a fault. The requests and what they point to must stay until then.
  struct Call {
    Member* member;
    const EvaluateRequest* request;
    bool before_last = false;  // only takes in the rows before the last one, without advice
  };
  using AnswerHandler = std::function<void(const Call&, WireAnswer&)>;
  void begin_batch(std::vector<Call> calls, std::string call_name);
  std::optional<Fault> pump(const AnswerHandler& on_answer);
  bool batch_done() const { return !ending_ && in_flight_.empty() && waiting_.empty(); }

private:
  friend class FeedJob;  // feeds history through temporary series
  struct LiveSeries {
    uint32_t id = 0;
    uint64_t total_rows = 0;
    size_t keep_rows = 0;
  };

  struct Ending {
    int64_t instance_id = 0;
    std::string call;
    WorkerEnd reason{};
  };

  Status spawn();
  // False: the worker is lost.
  bool send(MessageType type, const MessageWriter& writer);
  void send_batch();
  void put_request(const Call& call);
  // Books what one message brought. The worker is lost where it makes no sense.
  void take_answers(const AnswerHandler& on_answer);
  Result<InstanceRequirements> take_created(Member& member);
  int64_t instance_in_flight() const;
  // The worker is lost; what was noticed first counts.
  void lose(int64_t instance_id, std::string call, WorkerEnd reason);
  std::optional<Fault> try_bury();
  // lose() and wait for its end.
  Fault fail(int64_t instance_id, std::string call, WorkerEnd reason);
  void wait() const;

  std::shared_ptr<const PluginVersion> version_;
  WorkerOptions options_;
  SeriesBook& book_;
  std::unique_ptr<WorkerProcess> worker_;
  std::unique_ptr<WorkerProcess> starting_;  // loads the library
  int start_tries_ = 0;
  bool creating_ = false;                    // its answer has not come
  std::optional<Ending> ending_;             // of worker_
  std::map<int64_t, Member> members_;
  std::map<SeriesKey, LiveSeries> live_;
  uint32_t next_handle_ = 1, next_series_id_ = 1;
  std::deque<Call> in_flight_, waiting_;
  std::string call_name_;
  int64_t call_start_ms_ = 0;
  uint64_t received_ = 0;  // answers of this worker
  bool failed_to_load_ = false;
  std::vector<std::string> sandbox_report_;
  MessageWriter writer_;
  Message message_;
};

}  // namespace stratdock
