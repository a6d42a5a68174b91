// Calls to the exchange over REST: each through the budget and by the exchange's clock, each answer judged.
//
// Reading calls go over the pooled connections; what changes something goes out once, on a connection of its own, and never
// to mainnet. Open market data comes from the venue's keyless host. The clock is kept by poll().
// Thread rule: one owner's thread; poll() calls the handlers. Invariant: a call that was started has its handler called
// exactly once, unless the client goes first; a call that failed to start was not sent and will not be.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "host/binance/http_transport.hpp"
#include "host/binance/market_messages.hpp"
#include "host/binance/order_messages.hpp"
#include "host/binance/session.hpp"

namespace stratdock::binance {

// What came of a call. `value` is there when the verdict is a success and the body could be read; a success that cannot be
// read is an unknown outcome.
template <typename T>
struct Reply {
  Verdict verdict;
  std::optional<T> value;
  bool ok() const { return value.has_value(); }
};
template <typename T>
using ReplyHandler = std::function<void(const Reply<T>&)>;

// The verdict and the body (REST) or result (WebSocket API) as they came.
using AnswerHandler = std::function<void(const Verdict&, const std::string& text)>;

template <typename T>
AnswerHandler parsed(Result<T> (*parse)(std::string_view), ReplyHandler<T> handler) {
  return [parse, handler = std::move(handler)](const Verdict& verdict, const std::string& text) {
    Reply<T> reply{verdict, std::nullopt};
    if (verdict.ok()) {
      auto value = parse(text);
      if (value) reply.value = std::move(*value);
      else reply.verdict = judge_silence(true, value.error().message);
    }
    handler(reply);
  };
}

class RestClient {
public:
  // `session` must outlive it.
  explicit RestClient(Session& session);
  ~RestClient();

  // Any call of requests.hpp. `time` signs a call that changes something with the time its intent was written down with; a
  // reading call may leave it away. Fails, with nothing sent: no key, clock or budget, mainnet, too many calls at once.
  Status start(const Call& call, Purpose purpose, const std::optional<SigningTime>& time, AnswerHandler handler, int64_t timeout_ms = 10'000);
  template <typename T>
  Status ask(const Call& call, Purpose purpose, Result<T> (*parse)(std::string_view), ReplyHandler<T> handler) {
    return start(call, purpose, std::nullopt, parsed(parse, std::move(handler)));
  }

  // The exchange's rules; its rate limits go to the budget as well. Empty: all symbols.
  Status exchange_info(const std::vector<std::string>& symbols, ReplyHandler<ExchangeInfo> handler);
  Status klines(std::string_view symbol, int64_t interval_ms, const KlineRange& range, ReplyHandler<std::vector<Kline>> handler);
  Status prices(const std::vector<std::string>& symbols, ReplyHandler<std::vector<SymbolPrice>> handler);
  Status tickers(const std::vector<std::string>& symbols, ReplyHandler<std::vector<Ticker>> handler);
  Status depth(std::string_view symbol, int limit, ReplyHandler<Depth> handler);
  Status account(ReplyHandler<AccountReport> handler);
  Status commission(std::string_view symbol, ReplyHandler<CommissionReport> handler);
  Status key_permissions(ReplyHandler<KeyPermissions> handler);
  Status open_orders(std::string_view symbol, ReplyHandler<OrdersAndLists> handler);
  Status open_order_lists(ReplyHandler<std::vector<ListReport>> handler);
  Status all_orders(std::string_view symbol, const TradeRange& range, ReplyHandler<std::vector<OrderReport>> handler);
  Status account_trades(std::string_view symbol, const TradeRange& range, ReplyHandler<std::vector<Fill>> handler);
  // "Order does not exist" proves nothing for a while (order_path.md).
  Status query_order(std::string_view symbol, const OrderKey& order, ReplyHandler<OrderReport> handler);
  Status query_list(const OrderKey& list, ReplyHandler<ListReport> handler);

  // Hands out what has come, and asks for the time where it is due.
  void poll(int64_t steady_ms);
  int64_t next_poll_ms() const { return next_poll_ms_; }
  size_t in_flight() const { return running_.size(); }

private:
  struct Running {
    uint64_t ticket = 0;
    AnswerHandler handler;
    bool is_time = false;
  };
  using Key = std::pair<HttpTransport*, uint64_t>;

  Status send(const Call& call, Purpose purpose, const std::optional<SigningTime>& time, Running running, int64_t timeout_ms);
  HttpTransport& transport_for(const Call& call);
  void finished(HttpTransport& transport, const HttpOutcome& outcome);
  void keep_clock(int64_t steady_ms);

  Session& session_;
  HttpTransport signed_transport_;
  std::unique_ptr<HttpTransport> open_transport_;  // none where one host does both
  std::map<Key, Running> running_;
  bool asking_time_ = false;
  int64_t ask_time_not_before_ms_ = 0, next_poll_ms_ = 0;
};

// For command lines and starts, which have nothing else to do: polls until `done` or
// `timeout_ms` is over; true when done.
bool poll_until(Session& session, RestClient& client, int64_t timeout_ms, const std::function<bool()>& done);

}  // namespace stratdock::binance
