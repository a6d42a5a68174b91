// The watcher: one thread that wakes on the doorbell, reads what has changed, and tells everybody who waits for it.
// Owns: its thread, the doorbell and the commands waited for. Thread rule: await_command() and command_is_open() may be
// called from any thread; the callbacks of await_command() run on the watcher's thread and must not block.
// Invariant: every command waited for is answered once, by its result or when its time is up.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "dashboard/board.hpp"
#include "dashboard/event_hub.hpp"

namespace stratdock::dashboard {

class Watcher {
public:
  struct Neighbours {
    StorePool& pool;
    Board& board;
    EventHub& hub;
    std::function<bool(const std::string& session_key)> session_alive;
    int doorbell_fd = -1;                 // readable when rung; -1: none, the store is looked at four times a second
    std::function<void()> drain_doorbell;
  };
  explicit Watcher(Neighbours neighbours);
  ~Watcher();  // stops and joins

  void start();
  void stop();

  using Answer = std::function<void(const std::optional<store::CommandResultRow>&)>;
  void await_command(int64_t id, int64_t timeout_ms, Answer answer);
  // Its result will be told as an event, however long it takes.
  void announce_command(int64_t id);

  // One turn without waiting, for tests and for start(): look, load, tell.
  void look();

private:
  struct Waiting { int64_t id, until_ms; Answer answer; };
  void run();
  void wake();
  int timeout_ms();
  void answer_waiting(int64_t wall_ms);
  void tell(const BoardChanges& changes, int64_t wall_ms);
  void flush(int64_t wall_ms);
  void tell_candles(int64_t wall_ms);
  void tell_indicators(int64_t wall_ms);
  void tell_bot(int64_t id, int64_t wall_ms);

  Neighbours neighbours_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  int wake_fd_ = -1;
  std::mutex mutex_;  // guards waiting_ and announced_
  std::vector<Waiting> waiting_;
  std::set<int64_t> announced_;
  // Of the watcher's thread alone.
  std::vector<int64_t> bots_due_, prices_due_;
  std::set<int64_t> bots_due_set_, prices_due_set_;
  std::map<int64_t, int64_t> bot_told_ms_;
  std::map<std::pair<std::string, int64_t>, int64_t> candles_told_;  // (symbol, interval) -> open time of the last one
  int64_t candles_told_ms_ = 0;
  std::map<int64_t, int64_t> indicators_told_;  // bot -> revision of the last ones
  bool totals_due_ = false, histories_due_ = true, was_away_ = false;
  int64_t totals_told_ms_ = 0, prices_told_ms_ = 0, heartbeat_ms_ = 0, flushed_ms_ = 0, looked_ms_ = 0;
};

}  // namespace stratdock::dashboard
