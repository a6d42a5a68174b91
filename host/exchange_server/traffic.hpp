// The places where traffic can be watched and disturbed: a call as it arrives, its answer as it leaves, a stream's message
// as it leaves. A fault script derives from TrafficFilter; without one everything passes.
// Thread rule: one thread. Invariant: every call passes arriving() before anything of it is checked and leaving() after
// its effect; every stream message passes stream_leaving(); nothing reaches a client any other way.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/exchange_server/api.hpp"
#include "host/exchange_server/web.hpp"

namespace stratdock::exchange_server {

struct Arrival {
  int64_t delay_ms = 0;        // before the call is carried out: a slow engine
  bool is_past_fence = false;  // its timestamp has been checked before the delay, and is not any more
  bool is_executed = true;     // false: `reply` is what the call gets instead
  Reply reply;
  std::string fault;           // what acted, for the judge's log; empty: nothing
};

enum class StreamKind : uint8_t { market, user };

struct StreamMessage {
  std::string text;
  int64_t delay_ms = 0;
};

class TrafficFilter {
public:
  virtual ~TrafficFilter() = default;
  virtual Arrival arriving(const Call&) { return {}; }
  // May change the answer and how it is delivered; gives the name of the fault that acted, or nothing. An answer of the
  // WebSocket API passes here as well: its body is the whole message, `silent` sends nothing, `reset` cuts the socket.
  virtual std::string leaving(const Call&, HttpAnswer&) { return {}; }
  // What is sent in place of the message: one element unchanged, none (dropped), two (doubled) or others. May close or
  // reset the socket.
  virtual std::vector<StreamMessage> stream_leaving(WebSocket&, StreamKind, std::string text) {
    return {{std::move(text), 0}};
  }
  // Before a request becomes a WebSocket; an answer refuses it.
  virtual std::optional<HttpAnswer> upgrading(const HttpRequest&) { return std::nullopt; }
  virtual void socket_opened(WebSocket&, StreamKind) {}
  virtual void socket_closed(WebSocket&) {} // the reference ends here
};

} // namespace stratdock::exchange_server
