// A small exchange for tests: time, symbols, candles over REST and streams, orders over REST and the WebSocket API, and the
// faults they can have. Written for the test from the exchange's documents; it shares no code with the client.
// Thread rule: the switches are atomic, the log is locked. Invariant: candles are a function of symbol and time alone, so a
// test knows what should come.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "core/candle.hpp"
#include "test_peer.hpp"

namespace test_exchange {

inline const std::string api_key = "the-key-of-the-test", api_secret = "the-secret-of-the-test";

// How streams and REST misbehave. Chances are percent of messages.
struct Faults {
  std::atomic<int> lose{0}, repeat{0}, delay{0}, garble{0}, cut{0};
  std::atomic<bool> stall{false};      // streams say nothing, pings are answered
  std::atomic<bool> rest_away{false};  // klines answers 503
};

// What an order request meets.
enum class OrderFault { none, stall, cut, repeat, other_order, late, http_503 };  // late: when the fault is over

class Exchange {
public:
  explicit Exchange(uint64_t seed, const test_peer::Certificate* certificate = nullptr);
  std::string address(const std::string& scheme = "http") const { return peer_->address(scheme); }

  static stratdock::Candle candle(const std::string& symbol, int64_t open_ms, int64_t interval_ms);
  static int64_t now_ms();

  Faults faults;
  std::atomic<OrderFault> order_fault{OrderFault::none};
  std::atomic<bool> api_declined{false};  // the WebSocket API answers its handshake with 503

  // No candle of the symbol begins between the two, and exchangeInfo says HALT.
  void halt(const std::string& symbol);
  void resume(const std::string& symbol);
  bool has_candle(const std::string& symbol, int64_t open_ms, int64_t interval_ms);
  int info_requests() const { return info_requests_; }
  int kline_requests(const std::string& symbol);

  // Every signed request as it arrived: "rest POST /api/v3/order" or "ws order.place", with its parameters.
  struct Arrival {
    std::string what;
    std::map<std::string, std::string> parameters;
    bool signature_right = false;
  };
  std::vector<Arrival> arrivals();
  size_t count(const std::string& what);
  int stream_connections() const { return stream_connections_; }
  int api_connections() const { return api_connections_; }
  int most_messages_a_second() const { return most_messages_a_second_; }
  // To every stream connection, or every subscribed user connection, that is open.
  void tell_streams(const std::string& text);
  void tell_users(const std::string& event);
  // Ends them without a goodbye.
  void cut_streams() { ++cut_streams_; }
  void cut_api() { ++cut_api_; }

private:
  void serve(test_peer::Connection& connection);
  bool answer_rest(test_peer::Connection& connection, const test_peer::HttpRequest& request);
  std::string klines(const std::map<std::string, std::string>& parameters);
  void serve_streams(test_peer::Connection& connection);
  void serve_api(test_peer::Connection& connection);
  bool answer_api(test_peer::Connection& connection, const std::string& text, bool& subscribed, std::vector<std::string>& held);
  nlohmann::json order_answer(const std::map<std::string, std::string>& parameters, bool other);
  void note(Arrival arrival);
  int chance();

  std::mutex mutex_;
  std::mt19937_64 random_;
  std::vector<Arrival> arrivals_;
  std::vector<std::string> for_streams_, for_users_;
  std::map<std::string, std::vector<std::pair<int64_t, int64_t>>> halts_;
  std::map<std::string, int> kline_requests_;
  std::atomic<int> info_requests_{0};
  std::atomic<int> stream_connections_{0}, api_connections_{0}, cut_streams_{0}, cut_api_{0}, most_messages_a_second_{0};
  std::atomic<int64_t> last_order_id_{1000};
  std::unique_ptr<test_peer::Peer> peer_;  // last: its threads use what is above
};

}  // namespace test_exchange
