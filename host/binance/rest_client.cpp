#include "host/binance/rest_client.hpp"

#include <algorithm>
#include <charconv>

namespace stratdock::binance {
namespace {

constexpr int64_t time_timeout_ms = 3'000, time_pause_ms = 200, failed_time_pause_ms = 2'000;
constexpr int64_t quiet_poll_ms = 5'000;

std::optional<int64_t> retry_after_of(const HttpResponse& response) {
  const auto header = response.headers.find("retry-after");
  if (header == response.headers.end()) return std::nullopt;
  int64_t seconds = 0;
  const char* end = header->second.data() + header->second.size();
  const auto [rest, error] = std::from_chars(header->second.data(), end, seconds);
  return error == std::errc{} && rest == end && seconds >= 0 ? std::optional(seconds) : std::nullopt;
}

}  // namespace

RestClient::RestClient(Session& session) : session_(session), signed_transport_(session.endpoints.rest, session.endpoints.certificate_file, session.wakeup) {
  if (session.endpoints.market_rest != session.endpoints.rest)
    open_transport_ = std::make_unique<HttpTransport>(session.endpoints.market_rest, session.endpoints.certificate_file, session.wakeup);
}

RestClient::~RestClient() {
  for (const auto& [key, running] : running_) session_.settle(running.ticket, judge_silence(true, "the client has ended"), {});
}

HttpTransport& RestClient::transport_for(const Call& call) {
  return open_transport_ && call.security == Security::open && call.path != "/api/v3/time" ? *open_transport_ : signed_transport_;
}

Status RestClient::start(const Call& call, Purpose purpose, const std::optional<SigningTime>& time, AnswerHandler handler, int64_t timeout_ms) {
  return send(call, purpose, time, {0, std::move(handler), false}, timeout_ms);
}

Status RestClient::send(const Call& call, Purpose purpose, const std::optional<SigningTime>& time, Running running, int64_t timeout_ms) {
  if (Status may = session_.may_call(call, purpose); !may) return may;
  const std::string doing = std::string(text(call.verb)) + " " + call.path;
  if (call.path.empty()) return failure(doing + ": this call exists over the WebSocket API only");
  HttpTransport& transport = transport_for(call);
  if (transport.in_flight() >= HttpTransport::max_in_flight) return failure(doing + ": too many calls are on their way; nothing was sent", "ask again when one has ended");
  const auto permit = session_.budget.ask(purpose, {call.weight, call.unfilled_orders, false}, session_.now());
  if (!permit)
    return failure(doing + ": " + permit.reason + "; nothing was sent", "ask again in " + std::to_string(permit.not_before_steady_ms - steady_now_ms()) + " ms");
  running.ticket = permit.ticket;
  const auto give_back = [&] {
    Verdict nothing;
    nothing.kind = AnswerKind::success;
    session_.settle(permit.ticket, nothing, {});
  };

  // Signed as late as can be, and with the time the intent was written down with.
  Result<RestRequest> request = call.security == Security::signed_ ? rest_request(call, *session_.signer, time ? *time : session_.signing_time()) : Result<RestRequest>(rest_request(call));
  if (!request) {
    give_back();
    return tl::unexpected(request.error());
  }
  HttpCall http;
  http.verb = request->verb;
  const size_t question = request->path_and_query.find('?');
  http.path = request->path_and_query.substr(0, question);
  if (question != std::string::npos) http.query = request->path_and_query.substr(question + 1);
  http.body = std::move(request->body);
  if (call.security == Security::signed_) http.headers.emplace_back("X-MBX-APIKEY", session_.signer->api_key().reveal());
  http.timeout_ms = timeout_ms;
  const auto id = transport.start(http);
  if (!id) {
    give_back();
    return tl::unexpected(id.error());
  }
  running_[{&transport, *id}] = std::move(running);
  return {};
}

void RestClient::poll(int64_t steady_ms) {
  next_poll_ms_ = steady_ms + quiet_poll_ms;
  for (HttpTransport* transport : {&signed_transport_, open_transport_.get()})
    if (transport != nullptr)
      for (const HttpOutcome& outcome : transport->take_finished()) finished(*transport, outcome);
  keep_clock(steady_ms);
}

void RestClient::finished(HttpTransport& transport, const HttpOutcome& outcome) {
  const auto found = running_.find({&transport, outcome.id});
  if (found == running_.end()) return;
  const Running running = std::move(found->second);
  running_.erase(found);
  std::vector<ReportedUse> reported;
  Verdict verdict;
  static const std::string nothing;
  const std::string* body = &nothing;
  if (outcome.result) {
    verdict = judge(HttpAnswer{outcome.result->status, outcome.result->body, retry_after_of(*outcome.result)});
    reported = reported_in_headers(outcome.result->headers);
    body = &outcome.result->body;
  } else {
    verdict = judge_silence(outcome.result.error().may_have_arrived, outcome.result.error().error.message);
  }
  session_.settle(running.ticket, verdict, reported);
  if (running.is_time) {
    asking_time_ = false;
    const auto server_ms = verdict.ok() ? parse_server_time(*body) : Result<int64_t>(tl::unexpected(Error{}));
    if (server_ms && is_plausible_time(*server_ms)) session_.clock.sample(outcome.sent_steady_ms, outcome.received_steady_ms, *server_ms);
    ask_time_not_before_ms_ = outcome.received_steady_ms + (server_ms ? time_pause_ms : failed_time_pause_ms);
  }
  if (running.handler) running.handler(verdict, *body);
}

void RestClient::keep_clock(int64_t steady_ms) {
  if (asking_time_ || !session_.clock.due(steady_ms)) return;
  if (steady_ms < ask_time_not_before_ms_) {
    next_poll_ms_ = std::min(next_poll_ms_, ask_time_not_before_ms_);
    return;
  }
  asking_time_ = send(call_time(), Purpose::query, std::nullopt, {0, {}, true}, time_timeout_ms).has_value();
  if (!asking_time_) ask_time_not_before_ms_ = steady_ms + failed_time_pause_ms;
  next_poll_ms_ = std::min(next_poll_ms_, steady_ms + failed_time_pause_ms);
}

Status RestClient::exchange_info(const std::vector<std::string>& symbols, ReplyHandler<ExchangeInfo> handler) {
  return ask<ExchangeInfo>(call_exchange_info(symbols), Purpose::query, parse_exchange_info, [this, handler = std::move(handler)](const Reply<ExchangeInfo>& reply) {
    if (reply.ok()) session_.budget.set_limits(request_limits(reply.value->rate_limits));
    handler(reply);
  });
}

Status RestClient::klines(std::string_view symbol, int64_t interval_ms, const KlineRange& range, ReplyHandler<std::vector<Kline>> handler) {
  const auto call = call_klines(symbol, interval_text(interval_ms), range);
  if (!call) return tl::unexpected(call.error());
  return ask<std::vector<Kline>>(*call, Purpose::market_data, parse_klines, std::move(handler));
}

Status RestClient::prices(const std::vector<std::string>& symbols, ReplyHandler<std::vector<SymbolPrice>> handler) {
  return ask(call_prices(symbols), Purpose::market_data, parse_prices, std::move(handler));
}
Status RestClient::tickers(const std::vector<std::string>& symbols, ReplyHandler<std::vector<Ticker>> handler) {
  return ask(call_tickers(symbols), Purpose::market_data, parse_tickers, std::move(handler));
}
Status RestClient::depth(std::string_view symbol, int limit, ReplyHandler<Depth> handler) {
  return ask(call_depth(symbol, limit), Purpose::market_data, parse_depth, std::move(handler));
}
Status RestClient::account(ReplyHandler<AccountReport> handler) { return ask(call_account(), Purpose::query, parse_account, std::move(handler)); }
Status RestClient::commission(std::string_view symbol, ReplyHandler<CommissionReport> handler) {
  return ask(call_commission(symbol), Purpose::query, parse_commission, std::move(handler));
}
Status RestClient::key_permissions(ReplyHandler<KeyPermissions> handler) {
  return ask(call_key_permissions(), Purpose::query, parse_key_permissions, std::move(handler));
}
Status RestClient::open_orders(std::string_view symbol, ReplyHandler<OrdersAndLists> handler) {
  return ask(call_open_orders(symbol), Purpose::query, parse_orders_and_lists, std::move(handler));
}
Status RestClient::open_order_lists(ReplyHandler<std::vector<ListReport>> handler) {
  return ask(call_open_order_lists(), Purpose::query, parse_order_lists, std::move(handler));
}
Status RestClient::all_orders(std::string_view symbol, const TradeRange& range, ReplyHandler<std::vector<OrderReport>> handler) {
  return ask(call_all_orders(symbol, range), Purpose::query, parse_orders, std::move(handler));
}
Status RestClient::account_trades(std::string_view symbol, const TradeRange& range, ReplyHandler<std::vector<Fill>> handler) {
  return ask(call_account_trades(symbol, range), Purpose::query, parse_account_trades, std::move(handler));
}
Status RestClient::query_order(std::string_view symbol, const OrderKey& order, ReplyHandler<OrderReport> handler) {
  return ask(call_query_order(symbol, order), Purpose::query, parse_order, std::move(handler));
}
Status RestClient::query_list(const OrderKey& list, ReplyHandler<ListReport> handler) {
  return ask(call_query_list(list), Purpose::query, parse_order_list, std::move(handler));
}

bool poll_until(Session& session, RestClient& client, int64_t timeout_ms, const std::function<bool()>& done) {
  for (const int64_t end_ms = steady_now_ms() + timeout_ms;;) {
    session.wakeup->drain();
    const int64_t now_ms = steady_now_ms();
    client.poll(now_ms);
    if (done()) return true;
    if (now_ms >= end_ms) return false;
    session.wakeup->wait(static_cast<int>(std::clamp<int64_t>(std::min(end_ms, client.next_poll_ms()) - now_ms, 0, timeout_ms)));
  }
}

}  // namespace stratdock::binance
