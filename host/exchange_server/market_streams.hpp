// The market streams: /ws, /ws/<stream>, /stream, and what clients subscribe to on them.
// Owns: the sockets' subscriptions. Thread rule: one thread. Invariant: a socket gets exactly the streams it asked for, in
// the order of what happened.
// Source: Binance Spot "WebSocket Streams".
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "host/exchange_server/rest_door.hpp"

namespace stratdock::exchange_server {

class MarketStreams : public MarketListener {
public:
  static constexpr size_t max_streams = 1024;
  static constexpr int max_messages_per_second = 5;

  explicit MarketStreams(Exchange& exchange) : exchange_(exchange) {}

  static bool serves(std::string_view target);
  void opened(const HttpRequest& request, WebSocket& socket);
  void received(WebSocket& socket, const std::string& text);
  void controlled(WebSocket& socket); // a ping or pong: it counts as a message
  void closed(WebSocket& socket);
  void shut_down();

  void on_price(const Tape& tape) override;
  void on_candle_closed(const Tape& tape) override;

private:
  using Json = nlohmann::ordered_json;
  struct Peer {
    WebSocket* socket = nullptr;
    bool is_combined = false;
    int64_t unit = 1;
    std::set<std::string> streams;
    int64_t second = 0; // of the messages counted
    int messages = 0;
  };
  // What has been told of a symbol.
  struct Told {
    int64_t trade_id = 0, update_id = 0;
    Book book;
  };

  bool count_message(Peer& peer); // false: too many, the socket is closed
  void add(Peer& peer, const std::string& stream);
  void remove(Peer& peer, const std::string& stream);
  std::string control(Peer& peer, const std::string& text); // the answer
  void send(Peer& peer, const std::string& stream, const std::string& data);
  void tell(const Tape& tape, bool is_closed);
  static Told state_of(const Tape& tape, Book book);
  // The events of a stream, or none; `kind` is its name behind the '@'.
  std::vector<std::string> events(const Tape& tape, const Told& told, const Book& book, std::string_view kind,
                                  bool is_closed, int64_t unit) const;

  Exchange& exchange_;
  std::map<uint64_t, Peer> peers_;                            // by connection
  std::map<std::string, std::set<uint64_t>> subscribers_;     // by stream
  std::map<std::string, Told> told_;                          // by symbol
  std::map<std::string, std::string> lower_names_;            // "BTCUSDT" -> "btcusdt"
};

} // namespace stratdock::exchange_server
