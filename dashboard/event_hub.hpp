// The event streams: what happened is rendered once, kept for a while, and handed to everybody who listens.
// Owns: the ring of past events and the list of streams. Thread rule: any thread; one mutex inside, held for moments.
// Invariant: revs ascend by one an event, over restarts too (they start at the clock), so a rev tells what its holder has seen.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dashboard/http.hpp"

namespace stratdock::dashboard {

constexpr size_t most_streams = 256;
constexpr size_t most_backlog = 64 * 1024;  // bytes a stream may owe before it is cut off
constexpr size_t most_replay = 48 * 1024;   // bytes; more to catch up on and a fresh snapshot is cheaper for both sides
constexpr size_t ring_events = 1'000;       // kept at least, as long as ring_bytes allows
constexpr int64_t ring_ms = 60'000;
constexpr size_t ring_bytes = 8 * 1024 * 1024;

// One listener's end. Implementations must take calls from any thread and never block.
class EventSink {
public:
  virtual ~EventSink() = default;
  virtual void send(std::shared_ptr<const std::string> bytes) = 0;
  virtual size_t backlog() const = 0;  // bytes not yet with the listener's machine
  virtual bool gone() const = 0;       // the listener has left
  virtual void close() = 0;            // idempotent
};

class EventHub {
public:
  explicit EventHub(int64_t first_rev) : first_rev_(first_rev), rev_(first_rev) {}

  int64_t rev() const;
  // Sends to all and keeps it. `data` is JSON on one line. log_bot: the bot of a log line (0: the engine's own), -1 for
  // everything that is no log line. The event's rev.
  int64_t publish(const std::string& kind, const std::string& data, int64_t now_ms, int64_t log_bot = -1);
  // Sends the heartbeat to all; drops streams that have left, that owe too much, or whose session `alive` denies.
  void heartbeat(const std::string& data, const std::function<bool(const std::string& session_key)>& alive);
  // Lets a listener in: heartbeat first, then what it missed, or a reset. False when there are too many.
  bool open(std::shared_ptr<EventSink> sink, const StreamWish& wish, const std::string& heartbeat_data);
  void end_session(const std::string& session_key);
  void close_all();
  size_t streams() const;
  bool anybody_wants_logs() const;
  uint64_t cut_off() const;  // listeners dropped for their backlog

private:
  struct Event {
    int64_t rev, at_ms, log_bot;
    std::shared_ptr<const std::string> bytes;
  };
  struct Stream {
    std::shared_ptr<EventSink> sink;
    std::string logs, session_key;
  };
  static bool wants(const Stream& stream, int64_t log_bot);
  void send_to(Stream& stream, const std::shared_ptr<const std::string>& bytes);
  void trim(int64_t now_ms);

  const int64_t first_rev_;
  mutable std::mutex mutex_;  // guards all below
  int64_t rev_;
  std::deque<Event> ring_;
  size_t ring_size_ = 0;
  std::vector<Stream> streams_;
  bool closed_ = false;
  uint64_t cut_off_ = 0;
};

// "id: 7\nevent: bot\ndata: {...}\n\n"
std::string event_text(int64_t rev, const std::string& kind, const std::string& data);

}  // namespace stratdock::dashboard
