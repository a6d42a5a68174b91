// What happens in the account, as the exchange tells it: the user data stream over the WebSocket API.
//
// The stream has no replay: what happened while nobody listened has to be asked of REST. So each time listening begins, the
// first time included, the owner is told `gap` first, and then gets the events that follow, in order. It reconciles open
// orders, trades and balances by REST while events keep coming; events may repeat what it finds there.
// Signed with userDataStream.subscribe.signature, which any kind of key can do.
// Owns: a connection of its own, so that a stalled one does not hold up orders. Thread rule: one owner's thread; poll() calls
// the handlers. Invariant: between two calls of the gap handler no event is missing, as far as the exchange sent it.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "host/binance/lasting_connection.hpp"
#include "host/binance/user_messages.hpp"

namespace stratdock::binance {

struct UserStreamState {
  bool live = false;
  int64_t gaps = 0, events = 0, unreadable = 0;
  std::string last_fault;
};

class UserStream final : public ConnectionListener {
public:
  using EventHandler = std::function<void(const UserEvent&)>;
  // Listening has begun; what happened before is not known. `why` for a log.
  using GapHandler = std::function<void(const std::string& why)>;

  UserStream(NetworkThread& network, Session& session, EventHandler on_event, GapHandler on_gap, LastingConnectionOptions options = {});
  ~UserStream() override;

  void poll(int64_t steady_ms);
  int64_t next_poll_ms() const { return next_poll_ms_; }
  // Listening now. While it is false the owner knows nothing of what happens.
  bool live() const { return live_connection_ != 0; }
  UserStreamState state() const;

private:
  struct Subscribing {
    std::string request_id;  // empty: not asked yet
    uint64_t ticket = 0;
    int64_t give_up_ms = 0, ask_not_before_ms = 0;
  };

  void connection_opened(uint64_t number) override;
  void connection_text(uint64_t number, const std::string& text) override;
  void connection_lost(uint64_t number, const TransportFault& fault) override;
  void subscribe(uint64_t number, Subscribing& subscribing, int64_t steady_ms);
  void answered(uint64_t number, const ApiAnswer& answer);
  void on_event(uint64_t number, const UserMessage& message);
  void end(uint64_t number, const std::string& why);

  Session& session_;
  const EventHandler event_handler_;
  const GapHandler gap_handler_;
  std::map<uint64_t, Subscribing> subscribing_;  // by connection
  uint64_t live_connection_ = 0, last_request_ = 0;
  int64_t subscription_id_ = -1;
  std::string why_gap_ = "listening begins";
  UserStreamState state_;
  int64_t next_poll_ms_ = 0;
  LastingConnection connection_;
};

}  // namespace stratdock::binance
