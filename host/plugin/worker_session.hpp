// A worker's state: the library, the candle series shared by its instances, and the instances.
// Thread rule: the worker's only thread. Invariant: an instance is shown rows from its anchor on only, each as new exactly once.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/plugin/feed_set.hpp"
#include "host/plugin/library.hpp"
#include "host/plugin/progress_page.hpp"
#include "host/plugin/protocol.hpp"
#include "host/plugin/shared_series.hpp"

namespace stratdock {

// What one evaluate request asks, as it crosses the socket.
struct WireRequest {
  uint32_t handle = 0;
  uint32_t window_rows = 0;  // each_row only: 0 one instance for all rows, else a fresh one anchored so many rows back for each
  uint8_t each_row = 0;      // 1: an answer for each new row instead of one for the last
  uint8_t feed_count = 0;    // feeds that follow; 0: all absent
  uint8_t before_last = 0;   // 1: feeding; takes in every new row but the last, which the next decision is about
  uint8_t reserved[5] = {};
  int64_t now_ms = 0;
  double position_fraction = 0, entry_price = 0;
  int64_t entry_time_ms = 0;
};

struct HeldInstance {
  const dock_strategy* strategy = nullptr;
  std::vector<ParameterValue> values;
  uint64_t seed = 0;
  std::string symbol;
  uint32_t series_id = 0;
  int64_t anchor_ms = 0;
  int64_t next_ms = 0;  // the first open time not yet shown to it
  int64_t last_now_ms = 0;  // of the call before; rows of feeds known later are new
  std::vector<FeedCandles> feed_candles;  // by the feed's place
  std::unique_ptr<StrategyInstance> instance;
};

class WorkerSession {
public:
  WorkerSession(int socket_fd, StrategyLibrary library, ProgressPage& progress)
      : socket_fd_(socket_fd), library_(std::move(library)), progress_(progress) {}

  // Serves until the engine hangs up (0) or sends what makes no sense (1).
  int serve();

private:
  bool handle(const Message& message);
  bool open_series(MessageReader& reader);
  bool append_rows(MessageReader& reader);
  bool merge_series(MessageReader& reader);
  bool create_instance(MessageReader& reader);
  bool bind_instance(MessageReader& reader);
  bool change_instance(MessageReader& reader);
  bool evaluate(MessageReader& reader);
  bool evaluate_one(const WireRequest& request, FeedSet& feeds);
  bool evaluate_rows(HeldInstance& held, const WireRequest& request, FeedSet& feeds);
  bool run_backtest(MessageReader& reader);
  bool run_explain(MessageReader& reader);
  bool answer(uint32_t handle, const Result<Decision>& decision, std::vector<StrategyLine> lines = {});
  bool send_answers();
  void reply(MessageType type, const MessageWriter& writer);

  int socket_fd_;
  StrategyLibrary library_;
  std::map<uint32_t, SharedSeries> series_;
  std::unordered_map<uint32_t, HeldInstance> instances_;
  ProgressPage& progress_;
  MessageWriter answer_writer_;
  std::chrono::steady_clock::time_point last_sent_;
};

}  // namespace stratdock
