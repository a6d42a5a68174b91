// Disturbs the traffic by a script: the one place where faults act on calls, answers and streams.
// Owns: the faults with their counters, what it holds back of streams, and which connections are dead. Thread rule: one
// thread. Invariant: every act is counted and stands in the judge's log, with the call or connection that it hit.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "host/exchange_server/fault.hpp"
#include "host/exchange_server/fault_actions.hpp"
#include "host/exchange_server/rest_door.hpp"

namespace stratdock::exchange_server {

class FaultScript : public TrafficFilter {
public:
  static constexpr size_t max_faults = 1000, max_held_bytes = 4 * 1024 * 1024;

  FaultScript(Exchange& exchange, FaultActions& actions) : exchange_(exchange), actions_(actions) {}

  // A file of JSON lines, a fault each; empty lines and lines that begin with '#' say nothing. All or nothing; the error
  // names file and line.
  Status load(const std::string& file);
  // Gives the number it is known by.
  Result<int64_t> add(const nlohmann::ordered_json& json);
  bool remove(int64_t number); // false: there is none
  void clear();                // counters are gone; what is held back of streams is sent
  nlohmann::ordered_json json() const;
  // Acts at once, for the kinds that change the exchange or cut streams. Gives what was done.
  Result<std::string> act(const nlohmann::ordered_json& json);

  Arrival arriving(const Call& call) override;
  std::string leaving(const Call& call, HttpAnswer& answer) override;
  std::vector<StreamMessage> stream_leaving(WebSocket& socket, StreamKind kind, std::string text) override;
  std::optional<HttpAnswer> upgrading(const HttpRequest& request) override;
  void socket_opened(WebSocket& socket, StreamKind kind) override;
  void socket_closed(WebSocket& socket) override;

private:
  struct Entry {
    Fault fault;
    int64_t set_ms = 0; // server time
    bool is_removed = false;
  };
  struct Socket {
    WebSocket* socket = nullptr;
    bool is_user = false;
    int64_t opened_ms = 0;
    std::deque<std::string> held;
    size_t held_bytes = 0;
    bool is_stalled = false; // else what is held waits for the next message
    int64_t gap_left = 0;
    std::string gap_label; // of the fault that made the gap
  };

  int64_t since_set_ms(const Entry& entry) const { return exchange_.venue.now_ms() - entry.set_ms; }
  bool is_due(Entry& entry) { return !entry.is_removed && entry.fault.is_due(since_set_ms(entry)); }
  std::string account_of(const Call& call) const;
  void note(const Fault& fault, const Call& call, const std::string& what);
  void note(const Fault& fault, uint64_t connection, const std::string& what) { note(fault.label(), connection, what); }
  void note(const std::string& label, uint64_t connection, const std::string& what);

  // fault_requests.cpp
  void refuse_instead(Fault& fault, const Call& call, Arrival& arrival);
  void delay(const Fault& fault, const Call& call, Arrival& arrival);
  void finish_unexecuted(const Fault& fault, const Call& call, HttpAnswer& answer);
  // False: there was nothing in the answer for it to act on.
  bool can_disturb(const Fault& fault, const Call& call, const HttpAnswer& answer) const;
  void disturb(const Fault& fault, const Call& call, HttpAnswer& answer);
  bool change_exchange(Entry& entry, const Call& call);
  void begin_maintenance();

  // fault_streams.cpp
  std::vector<StreamMessage> disturb_stream(Fault& fault, Socket& socket, std::string text);
  void hold(Socket& socket, std::string text, int64_t hold_ms, bool is_stall);
  void release(uint64_t connection);
  void watch_lives(int64_t number);

  Exchange& exchange_;
  FaultActions& actions_;
  std::list<Entry> entries_; // stable: timers and calls under way come back to them by number
  std::map<uint64_t, Entry*> unexecuted_; // by call: what kept it from being carried out
  std::map<uint64_t, Socket> sockets_;
  std::set<uint64_t> dead_connections_;
  std::string last_body_; // of the answer before, for somebody else's body
  int64_t next_number_ = 1;
};

// An answer's result without some orders: those made after `since_time` (in the answer's unit). Gives false when nothing
// had to go.
bool hide_young_orders(const Call& call, HttpAnswer& answer, int64_t since_time, bool hides_lists);
// An error in place of the answer, in the form of its door.
void make_error(const Call& call, HttpAnswer& answer, int status, int code, const std::string& message);

} // namespace stratdock::exchange_server
