// The control port: what moves the market, the money and the faults by hand, for tests and practice. HTTP with JSON, on
// loopback. A wrong request gets 400 with {"error", "hint"}.
//   GET    /status                                   where the market stands
//   GET    /log?from=1                               the judge's log from a line on
//   POST   /step {"candles": 1} or {"to": "open"}    plays whole candles; or opens the next one, or with "close" ends it
//   POST   /pause, /resume
//   POST   /deposit {"account": "demo", "asset": "USDT", "amount": "100"}   negative: a withdrawal
//   POST   /fill {"account": "demo", "symbol": "BTCUSDT", "order_id": 4000000001, "quantity": "0.1"}   of an order on the book
//   GET    /keys                                     ids and rights; no secrets
//   POST   /keys {"account": "demo", "id": "...", "secret" or "public_key": "...", "may_read", "may_trade"}
//   POST   /limits {"weight_per_minute": 100, ...}   as the command's --limit options
//   GET    /faults, /faults/kinds                    those set, with counters; all there are
//   POST   /faults {"fault": "timeout_after", ...}   sets one, or an array of them
//   DELETE /faults?id=1                              takes one away; without id: all
//   POST   /act {"fault": "status_changed", ...}     changes the exchange, or cuts streams, at once
// Thread rule: the event loop's. Invariant: an answer comes after the effect; secrets given are in no answer and no log.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "host/exchange_server/driver.hpp"
#include "host/exchange_server/fault_script.hpp"
#include "host/exchange_server/rest_door.hpp"

namespace stratdock::exchange_server {

class ControlDoor : public WebService {
public:
  ControlDoor(Exchange& exchange, MarketDriver& driver, FaultScript& faults)
      : exchange_(exchange), driver_(driver), faults_(faults) {}

  void on_request(HttpRequest request, std::function<void(HttpAnswer)> answer) override;
  HttpAnswer on_upgrade(const HttpRequest& request) override;
  void on_socket_open(const HttpRequest&, WebSocket&) override {}
  void on_socket_text(WebSocket&, std::string) override {}
  void on_socket_control(WebSocket&) override {}
  void on_socket_closed(WebSocket&) override {}

private:
  using Json = nlohmann::ordered_json;
  using Answer = Result<std::string>; // JSON text

  Answer serve(const HttpRequest& request);
  Answer read(const std::string& path, int64_t from);
  Answer change(const std::string& path, const Json& body);
  std::string status() const;
  std::string keys() const;
  Answer step(const Json& body);
  Answer deposit(const Json& body);
  Answer fill(const Json& body);
  Answer add_key(const Json& body);
  Answer set_limits(const Json& body);
  Answer add_faults(const Json& body);
  Result<Account*> account_of(const Json& body);

  Exchange& exchange_;
  MarketDriver& driver_;
  FaultScript& faults_;
};

} // namespace stratdock::exchange_server
