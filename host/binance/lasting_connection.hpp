// A WebSocket connection that is kept up: made again when it is lost, with pauses that grow, and followed by a new one
// before the exchange cuts it at 24 hours, or at once when its owner asks.
// Owns: at most two connections, one following the other. Thread rule: one owner's thread; poll() never blocks and is where
// the listener is called. Invariant: connections have numbers that only grow; of each connection the listener hears opened,
// then texts in order, then lost, and nothing after that. No attempt is made against the budget.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "host/binance/session.hpp"
#include "host/binance/web_socket.hpp"

namespace stratdock::binance {

// How long a quiet owner of connections may go without poll().
constexpr int64_t idle_poll_ms = 1'000;

class ConnectionListener {
public:
  virtual ~ConnectionListener() = default;
  virtual void connection_opened(uint64_t number) = 0;
  virtual void connection_text(uint64_t number, const std::string& text) = 0;
  // Also of a connection that never opened (`fault.may_have_arrived` is false then).
  virtual void connection_lost(uint64_t number, const TransportFault& fault) = 0;
};

struct LastingConnectionOptions {
  int64_t renew_after_ms = 23 * 60 * 60'000;  // the exchange cuts at 24 hours
  int64_t first_pause_ms = 1'000, longest_pause_ms = 60'000;  // between attempts that fail, doubling, with jitter
  uint64_t jitter_seed = 1;
  RequestCost cost{0, 0, true};  // of a handshake
  Purpose purpose = Purpose::query;
  WebSocketOptions socket;  // its certificate is set here
};

// The same, to the WebSocket API, at what the exchange charges for connecting to it.
LastingConnectionOptions for_web_socket_api(LastingConnectionOptions options);

class LastingConnection {
public:
  // All references must outlive it.
  LastingConnection(NetworkThread& network, Session& session, const Origin& origin, LastingConnectionOptions options, ConnectionListener& listener);
  ~LastingConnection();
  LastingConnection(const LastingConnection&) = delete;
  LastingConnection& operator=(const LastingConnection&) = delete;

  void poll(int64_t steady_ms);
  int64_t next_poll_ms() const { return next_poll_ms_; }
  // As WebSocket::send; fails when that connection is no more.
  Status send(uint64_t number, std::string text);
  // The owner's word that the connection does its work (is subscribed): it is the one in use from now on.
  void set_ready(uint64_t number);
  // The connection in use; 0: none.
  uint64_t ready_number() const;
  // When a connection opened; 0 for one that has not, or is no more.
  int64_t opened_steady_ms(uint64_t number) const;
  // Begins a new connection beside the one in use, or at once where there is none.
  void renew();
  bool renewing() const { return renew_; }
  // Ends a connection; the listener hears no more of it.
  void drop(uint64_t number);

private:
  struct One {
    uint64_t number = 0;
    std::unique_ptr<WebSocket> socket;
    uint64_t ticket = 0;  // of the budget; 0 once the handshake is over
    int64_t opened_ms = 0;
    bool ready = false;
  };
  One* find(uint64_t number);
  void open(std::unique_ptr<One>& place, int64_t steady_ms);
  void tend(std::unique_ptr<One>& place, int64_t steady_ms);
  void settle(One& one);
  void lost(std::unique_ptr<One>& place, int64_t steady_ms);
  void pause_after(const One& one, int64_t steady_ms);
  void wish_poll(int64_t steady_ms) { next_poll_ms_ = std::min(next_poll_ms_, steady_ms); }

  NetworkThread& network_;
  Session& session_;
  const Origin origin_;
  LastingConnectionOptions options_;
  ConnectionListener& listener_;
  std::unique_ptr<One> current_, next_;
  uint64_t last_number_ = 0;
  bool renew_ = false;
  int failures_ = 0;
  int64_t open_not_before_ms_ = 0, next_poll_ms_ = 0;
  uint64_t jitter_;
};

}  // namespace stratdock::binance
