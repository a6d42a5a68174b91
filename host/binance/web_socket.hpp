// A WebSocket connection to the exchange, on Boost.Beast: wss with verified certificates, ws to this machine only.
//
// Why not cpprestsdk's websocket_client: it never notices a dead peer, costs a thread a connection, hangs in close() up to
// five seconds and ends the process when a handler throws (all measured). Here one thread serves all connections; the peer's
// pings are answered with their payload, we ping after 10 s of quiet, and a peer that gives nothing for 20 s is dead.
//
// Owns: a connection that opens once and ends once; to connect again is to make another. Thread rule: one owner's thread
// calls everything; the network's thread puts messages into a bounded queue and rings the owner's bell. Invariant: messages
// come out whole, in the order they arrived; when the queue is full the connection ends with `overflow` instead of losing
// one silently. No call blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "host/binance/endpoints.hpp"
#include "host/binance/transport_fault.hpp"
#include "host/binance/wakeup.hpp"

namespace stratdock::binance {

// The one thread on which all WebSocket connections are served. Must outlive them.
class NetworkThread {
public:
  NetworkThread();
  ~NetworkThread();  // ends what is still open
  NetworkThread(const NetworkThread&) = delete;
  NetworkThread& operator=(const NetworkThread&) = delete;

private:
  friend class WebSocket;
  struct State;
  std::unique_ptr<State> state_;
};

struct WebSocketOptions {
  std::string target = "/";      // path and query
  std::string certificate_file;  // trusted besides the system's; loopback only (checked)
  int64_t handshake_timeout_ms = 10'000;  // name, connection, TLS and upgrade together
  int64_t dead_after_ms = 20'000;         // nothing at all for so long; we ping at half of it
  int64_t close_timeout_ms = 2'000;       // then the connection is cut, closed politely or not
  size_t max_message_bytes = 4 * 1024 * 1024;
  size_t max_queued_messages = 16'384;
  size_t max_queued_bytes = 32 * 1024 * 1024;
  size_t max_unsent_messages = 256;
};

class WebSocket {
public:
  enum class State { connecting, open, closed };

  // Begins to connect. `origin` must be a WebSocket one (checked).
  WebSocket(NetworkThread& network, const Origin& origin, WebSocketOptions options, std::shared_ptr<Wakeup> wakeup);
  ~WebSocket();  // close(), without waiting
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  State state() const;
  // Why it ended; empty until then.
  std::optional<TransportFault> ended() const;
  // Queues one text message. Fails, with nothing sent and nothing to be sent later, unless the connection is open and takes it.
  Status send(std::string text);
  // What has come since the last call.
  std::vector<std::string> take_messages();
  // Says goodbye and ends; returns at once.
  void close();

private:
  class Session;
  template <typename Stream>
  class StreamSession;
  std::shared_ptr<Session> session_;
};

}  // namespace stratdock::binance
