// Orders on their way: placed, cancelled and asked about over the WebSocket API, or over REST while that is not connected.
//
// Each request has an id of its own and goes out once. It falls back to REST (a fresh connection) only when the WebSocket
// did not take it, never when it may have been sent. A request that is not answered in time, or whose connection is lost,
// has an unknown outcome (order_path.md says how it is resolved); an answer that comes later still is handed on as evidence.
// A client id is sent at most once: the channel remembers those of this process and refuses a second time. No order goes to
// mainnet. An answer that speaks of another order than the one asked about is nobody's, so the outcome is unknown.
//
// Owns: the connection and the requests in flight. Thread rule: one owner's thread; poll() calls the handlers, send() never
// does. Invariant: a request that send() took has its handler called exactly once, and one that it refused was not sent.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>

#include "host/binance/account_messages.hpp"
#include "host/binance/lasting_connection.hpp"
#include "host/binance/order_messages.hpp"
#include "host/binance/rest_client.hpp"

namespace stratdock::binance {

struct OrderChannelState {
  bool connected = false;
  size_t in_flight = 0;
  int64_t over_web_socket = 0, over_rest = 0;  // requests taken
  int64_t unknown = 0, late = 0, nobodys = 0;  // outcomes unknown; answers after that; answers to nothing we asked
};

class OrderChannel final : public ConnectionListener {
public:
  // An answer after its request was given up: evidence for whoever resolves it. `client_id` of the order or list asked for.
  using LateHandler = std::function<void(const std::string& client_id, const Verdict&, const std::string& result)>;

  static constexpr int64_t api_timeout_ms = 10'000;    // the exchange gives up after this and says -1007
  static constexpr int64_t answer_slack_ms = 3'000;
  static constexpr size_t most_in_flight = 512;
  static constexpr size_t ids_remembered = 65'536;

  OrderChannel(NetworkThread& network, Session& session, RestClient& rest, LastingConnectionOptions options = {});
  ~OrderChannel() override;

  // `time`: what the intent was written down with. Fails, with nothing sent and nothing to be sent: no budget, no clock, no
  // key, mainnet, a client id that was sent before, too much in flight.
  Status place(const OrderRequest& order, Purpose purpose, const SigningTime& time, ReplyHandler<OrderReport> handler);
  Status place_list(const OrderListRequest& list, Purpose purpose, const SigningTime& time, ReplyHandler<ListReport> handler);
  Status cancel(std::string_view symbol, const OrderKey& order, std::string_view cancel_id, const SigningTime& time, ReplyHandler<OrdersAndLists> handler);
  Status cancel_list(std::string_view symbol, const OrderKey& list, std::string_view cancel_id, const SigningTime& time, ReplyHandler<ListReport> handler);
  Status query(std::string_view symbol, const OrderKey& order, ReplyHandler<OrderReport> handler);
  Status open_orders(std::string_view symbol, ReplyHandler<OrdersAndLists> handler);
  Status account(ReplyHandler<AccountReport> handler);
  // Any signed call of requests.hpp.
  Status send(const Call& call, Purpose purpose, const SigningTime& time, AnswerHandler handler);

  void on_late(LateHandler handler) { late_handler_ = std::move(handler); }
  void poll(int64_t steady_ms);
  int64_t next_poll_ms() const { return next_poll_ms_; }
  OrderChannelState state() const;

private:
  struct Waiting {
    uint64_t connection = 0;  // that it was sent over
    uint64_t ticket = 0;
    std::string client_id;
    AnswerHandler handler;  // empty: given up, only evidence is waited for
    int64_t give_up_ms = 0, forget_ms = 0;
  };

  void connection_opened(uint64_t number) override;
  void connection_text(uint64_t number, const std::string& text) override;
  void connection_lost(uint64_t number, const TransportFault& fault) override;
  void answered(const ApiAnswer& answer);
  void give_up(Waiting& waiting, std::string_view why);
  void retire_old_connection();
  void remember_id(const std::string& client_id);

  Session& session_;
  RestClient& rest_;
  std::map<std::string, Waiting> waiting_;  // by request id
  std::set<std::string> sent_ids_;
  std::deque<std::string> sent_order_;
  uint64_t last_request_ = 0, old_connection_ = 0;
  LateHandler late_handler_;
  OrderChannelState state_;
  int64_t next_poll_ms_ = 0;
  LastingConnection connection_;
};

}  // namespace stratdock::binance
