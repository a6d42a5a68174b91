// The WebSocket API (/ws-api/v3): the same methods as REST, sessions, and user data streams.
// Owns: the sockets' sessions and subscriptions. Thread rule: one thread. Invariant: an account's events reach each of its
// subscriptions once, in order.
// Source: Binance Spot "WebSocket API", "User Data Streams".
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "host/exchange_server/rest_door.hpp"

namespace stratdock::exchange_server {

class SocketDoor : public AccountListener {
public:
  explicit SocketDoor(Exchange& exchange) : exchange_(exchange) {}

  static bool serves(std::string_view target);
  bool knows(const WebSocket& socket) const { return peers_.count(socket.connection()) != 0; }
  void opened(const HttpRequest& request, WebSocket& socket);
  void received(WebSocket& socket, const std::string& text);
  void closed(WebSocket& socket);
  void shut_down();
  // Ends what a key opened: sessions are told -2015, its subscriptions end.
  void key_revoked(const ApiKey& key);

  void on_execution(Account& account, const ExecutionReport& report) override;
  void on_list(Account& account, const ListRecord& list) override;
  void on_position(Account& account, const std::vector<AssetBalance>& changed, int64_t now_ms) override;
  void on_deposit(Account& account, const std::string& asset, Decimal amount, int64_t now_ms) override;
  int64_t on_trade(const Fill&) override { return 0; }

private:
  struct Subscription {
    Account* account = nullptr;
    const ApiKey* key = nullptr;
    bool by_logon = false; // ends with the session
  };
  struct Peer {
    WebSocket* socket = nullptr;
    std::string address;
    int64_t unit = 1;
    std::string bad_unit;
    bool tells_limits = true;
    int64_t connected_ms = 0, logged_on_ms = 0;
    Account* account = nullptr; // logged on
    ApiKey* key = nullptr;
    std::map<int, Subscription> subscriptions;
    int next_subscription = 0;
  };

  // The methods that are about the connection itself. Throws Refusal.
  std::string serve_session(Call& call);
  std::string session_json(const Peer& peer) const;
  int subscribe(Peer& peer, Account& account, const ApiKey& key, bool by_logon);
  void end_subscription(Peer& peer, int id);
  void log_out(Peer& peer);
  std::string limits_json(const Call& call, const Reply& reply) const;
  void send_answer(uint64_t connection, HttpAnswer answer);
  // `make` gives the event for a time unit.
  void tell(const Account& account, const std::function<std::string(int64_t unit)>& make);
  void send(Peer& peer, std::string text);

  Exchange& exchange_;
  std::map<uint64_t, Peer> peers_; // by connection
};

} // namespace stratdock::exchange_server
