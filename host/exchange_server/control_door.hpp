// The control port: what moves the market and the money by hand, for tests and practice. HTTP with JSON, on loopback.
//   GET  /status                                     where the market stands
//   POST /step {"candles": 1}                        plays candles at once
//   POST /pause, /resume
//   POST /deposit {"account": "demo", "asset": "USDT", "amount": "100"}   negative: a withdrawal
//   GET  /log?from=1                                 the judge's log from a line on
// Thread rule: the event loop's. Invariant: an answer comes after the effect.
#pragma once

#include "host/exchange_server/driver.hpp"
#include "host/exchange_server/rest_door.hpp"
#include "host/exchange_server/socket_door.hpp"

namespace stratdock::exchange_server {

class ControlDoor : public WebService {
public:
  ControlDoor(Exchange& exchange, MarketDriver& driver, SocketDoor& sockets)
      : exchange_(exchange), driver_(driver), sockets_(sockets) {}

  void on_request(HttpRequest request, std::function<void(HttpAnswer)> answer) override;
  HttpAnswer on_upgrade(const HttpRequest& request) override;
  void on_socket_open(const HttpRequest&, WebSocket&) override {}
  void on_socket_text(WebSocket&, std::string) override {}
  void on_socket_control(WebSocket&) override {}
  void on_socket_closed(WebSocket&) override {}

private:
  Result<std::string> serve(const HttpRequest& request); // JSON text
  std::string status() const;

  Exchange& exchange_;
  MarketDriver& driver_;
  [[maybe_unused]] SocketDoor& sockets_;
};

} // namespace stratdock::exchange_server
