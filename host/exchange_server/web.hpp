// HTTP and WebSocket on one loopback port: what the exchange's rules see of the network, and how an answer may be
// delivered when a fault acts. Knows nothing of Binance.
// Owns: the event loop, its sockets and timers. Thread rule: everything runs on the thread that calls EventLoop::run();
// post() and stop() may be called from any thread. Invariant: a connection's answers leave in the order of its requests;
// what waits to be sent to one WebSocket is bounded, and a peer that reads too slowly is cut.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace stratdock::exchange_server {

// A header's name in lower case, and its value.
using Headers = std::vector<std::pair<std::string, std::string>>;
std::string_view find_header(const Headers& headers, std::string_view name); // empty when there is none

struct HttpRequest {
  std::string method; // "GET"
  std::string target; // as it came: "/api/v3/order?symbol=..."
  std::string body;
  Headers headers;
  std::string peer;        // the client's address without its port
  uint64_t connection = 0; // numbers count from 1 over the server's life, WebSockets included
};

// How an answer reaches the client. Everything but `whole` is a fault.
struct Delivery {
  enum class How : uint8_t {
    whole,
    reset,  // the connection is reset instead
    cut,    // the answer without its last `bytes`, then the connection closes
    drip,   // `bytes` at a time with `drip_ms` between them
    silent, // nothing, and the connection stays open: half-open
  } how = How::whole;
  int64_t delay_ms = 0; // before the first byte
  size_t bytes = 1;
  int64_t drip_ms = 100;
  int copies = 1; // 2: the answer is sent twice
};

struct HttpAnswer {
  int status = 200;
  std::string content_type = "application/json;charset=UTF-8";
  std::string body;
  Headers headers;
  Delivery delivery;
};

// A WebSocket as the server holds it; gone after on_socket_closed().
class WebSocket {
public:
  static constexpr size_t max_queued_bytes = 8 * 1024 * 1024;

  virtual ~WebSocket() = default;
  virtual uint64_t connection() const = 0;
  virtual void send(std::string text) = 0;
  virtual void close(int code, const std::string& reason) = 0;
  virtual void reset() = 0; // without a goodbye
};

// The rules behind the port.
class WebService {
public:
  virtual ~WebService() = default;
  // Exactly one answer has to follow, now or later.
  virtual void on_request(HttpRequest request, std::function<void(HttpAnswer)> answer) = 0;
  // An upgrade to WebSocket asks first: anything but status 101 is sent as the refusal.
  virtual HttpAnswer on_upgrade(const HttpRequest& request) = 0;
  virtual void on_socket_open(const HttpRequest& request, WebSocket& socket) = 0;
  virtual void on_socket_text(WebSocket& socket, std::string text) = 0;
  virtual void on_socket_control(WebSocket& socket) = 0; // a ping or pong came
  virtual void on_socket_closed(WebSocket& socket) = 0;
};

class EventLoop {
public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void run(); // until stop()
  void stop();
  void post(std::function<void()> work);
  // Runs `work` once, `delay_ms` from now; dropped when the loop ends before.
  void after(int64_t delay_ms, std::function<void()> work);
  // SIGINT and SIGTERM.
  void on_signal(std::function<void()> work);

  struct Impl;
  Impl& impl() { return *impl_; }

private:
  std::unique_ptr<Impl> impl_;
};

struct ListenerSettings {
  uint16_t port = 0; // 0: any free one
  // PEM texts; both empty: plain HTTP.
  std::string certificate, private_key;
  int64_t ping_every_ms = 20'000, pong_within_ms = 60'000; // of WebSockets
  int64_t socket_life_ms = 24 * 60 * 60'000;
};

class WebListener {
public:
  // Listens on 127.0.0.1. `service` and `loop` must outlive it. Fails when the port is taken or a certificate cannot be
  // used.
  static Result<std::unique_ptr<WebListener>> open(EventLoop& loop, const ListenerSettings& settings,
                                                   WebService& service);
  ~WebListener();

  uint16_t port() const;
  void stop_accepting();

private:
  struct Impl;
  explicit WebListener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace stratdock::exchange_server
