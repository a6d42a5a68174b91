#include "host/binance/order_channel.hpp"

#include <algorithm>
#include <vector>

#include "host/binance/api_messages.hpp"

namespace stratdock::binance {
namespace {

constexpr int64_t evidence_kept_ms = 15 * 60'000;  // after that an unknown outcome is the operator's (order_path.md)

// The client id of the order or list a request places; empty for one that places nothing.
std::string placed_id(const Call& call) {
  if (call.verb != Verb::post) return {};
  for (const char* name : {"listClientOrderId", "newClientOrderId"})
    if (const Parameter* parameter = call.parameters.find(name)) return parameter->value;
  return {};
}

std::string any_id(const Call& call) {
  for (const char* name : {"listClientOrderId", "newClientOrderId", "origClientOrderId"})
    if (const Parameter* parameter = call.parameters.find(name)) return parameter->value;
  return {};
}

// A success that speaks of something else than what was asked for is somebody else's answer.
template <typename T>
ReplyHandler<T> only_if(std::function<bool(const T&)> is_ours, ReplyHandler<T> handler) {
  return [is_ours = std::move(is_ours), handler = std::move(handler)](const Reply<T>& reply) {
    if (reply.value && !is_ours(*reply.value)) return handler({judge_silence(true, "the answer speaks of another order than the one asked for"), std::nullopt});
    handler(reply);
  };
}

bool matches(const OrderKey& key, int64_t id, const std::string& client_id) {
  return key.id ? *key.id == id : key.client_id == client_id;
}

}  // namespace

OrderChannel::OrderChannel(NetworkThread& network, Session& session, RestClient& rest, LastingConnectionOptions options)
    : session_(session), rest_(rest), connection_(network, session, session.endpoints.web_socket_api, for_web_socket_api(std::move(options)), *this) {}

OrderChannel::~OrderChannel() {
  for (auto& [id, waiting] : waiting_)
    if (waiting.ticket != 0) session_.settle(waiting.ticket, judge_silence(true, "the channel has ended"), {});
}

Status OrderChannel::place(const OrderRequest& order, Purpose purpose, const SigningTime& time, ReplyHandler<OrderReport> handler) {
  const auto call = call_place_order(order, ResponseType::full);
  if (!call) return tl::unexpected(call.error());
  const auto is_ours = [id = order.client_id, symbol = order.symbol](const OrderReport& report) { return report.order.symbol == symbol && (id.empty() || report.order.client_id == id); };
  return send(*call, purpose, time, parsed<OrderReport>(parse_order, only_if<OrderReport>(is_ours, std::move(handler))));
}

Status OrderChannel::place_list(const OrderListRequest& list, Purpose purpose, const SigningTime& time, ReplyHandler<ListReport> handler) {
  const auto call = call_place_list(list, ResponseType::full);
  if (!call) return tl::unexpected(call.error());
  const auto is_ours = [id = list.list_client_id, symbol = list.symbol](const ListReport& report) { return report.symbol == symbol && (id.empty() || report.list_client_id == id); };
  return send(*call, purpose, time, parsed<ListReport>(parse_order_list, only_if<ListReport>(is_ours, std::move(handler))));
}

Status OrderChannel::cancel(std::string_view symbol, const OrderKey& order, std::string_view cancel_id, const SigningTime& time, ReplyHandler<OrdersAndLists> handler) {
  const auto is_ours = [order, name = std::string(symbol)](const OrdersAndLists& report) {
    const auto is_it = [&](const OrderReport& one) { return one.order.symbol == name && matches(order, one.order.order_id, one.order.client_id); };
    return std::any_of(report.orders.begin(), report.orders.end(), is_it) ||
           std::any_of(report.lists.begin(), report.lists.end(), [&](const ListReport& list) {
             return std::any_of(list.legs.begin(), list.legs.end(), [&](const ListLeg& leg) { return leg.symbol == name && matches(order, leg.order_id, leg.client_id); });
           });
  };
  return send(call_cancel_order(symbol, order, cancel_id), Purpose::cancel, time, parsed<OrdersAndLists>(parse_orders_and_lists, only_if<OrdersAndLists>(is_ours, std::move(handler))));
}

Status OrderChannel::cancel_list(std::string_view symbol, const OrderKey& list, std::string_view cancel_id, const SigningTime& time, ReplyHandler<ListReport> handler) {
  const auto is_ours = [list](const ListReport& report) { return matches(list, report.list_id, report.list_client_id); };
  return send(call_cancel_list(symbol, list, cancel_id), Purpose::cancel, time, parsed<ListReport>(parse_order_list, only_if<ListReport>(is_ours, std::move(handler))));
}

Status OrderChannel::query(std::string_view symbol, const OrderKey& order, ReplyHandler<OrderReport> handler) {
  const auto is_ours = [order, name = std::string(symbol)](const OrderReport& report) { return report.order.symbol == name && matches(order, report.order.order_id, report.order.client_id); };
  if (Status may = session_.may_call(call_query_order(symbol, order), Purpose::query); !may) return may;
  return send(call_query_order(symbol, order), Purpose::query, session_.signing_time(), parsed<OrderReport>(parse_order, only_if<OrderReport>(is_ours, std::move(handler))));
}

Status OrderChannel::open_orders(std::string_view symbol, ReplyHandler<OrdersAndLists> handler) {
  if (Status may = session_.may_call(call_open_orders(symbol), Purpose::query); !may) return may;
  return send(call_open_orders(symbol), Purpose::query, session_.signing_time(), parsed(parse_orders_and_lists, std::move(handler)));
}

Status OrderChannel::account(ReplyHandler<AccountReport> handler) {
  if (Status may = session_.may_call(call_account(), Purpose::query); !may) return may;
  return send(call_account(), Purpose::query, session_.signing_time(), parsed(parse_account, std::move(handler)));
}

void OrderChannel::remember_id(const std::string& client_id) {
  if (client_id.empty()) return;
  sent_ids_.insert(client_id);
  sent_order_.push_back(client_id);
  if (sent_order_.size() <= ids_remembered) return;
  sent_ids_.erase(sent_order_.front());
  sent_order_.pop_front();
}

Status OrderChannel::send(const Call& call, Purpose purpose, const SigningTime& time, AnswerHandler handler) {
  if (Status may = session_.may_call(call, purpose); !may) return may;
  const std::string doing = call.method.empty() ? call.path : call.method;
  const std::string client_id = placed_id(call);
  if (sent_ids_.contains(client_id))
    return failure(doing + ": an order with the client id " + client_id + " was sent before; nothing was sent", "a new attempt is a new intent with an id of its own");
  if (state().in_flight >= most_in_flight) return failure(doing + ": " + std::to_string(most_in_flight) + " requests are unanswered; nothing was sent");

  const auto over_rest = [&]() -> Status {
    Status sent = rest_.start(call, purpose, time, handler, std::min<int64_t>(60'000, time.recv_window_ms + api_timeout_ms + answer_slack_ms));
    if (!sent) return sent;
    remember_id(client_id);
    ++state_.over_rest;
    return {};
  };
  const uint64_t connection = connection_.ready_number();
  if (connection == 0 || call.method.empty() || call.security != Security::signed_) return over_rest();

  const Instant now = session_.now();
  const auto permit = session_.budget.ask(purpose, {call.weight, call.unfilled_orders, false}, now);
  if (!permit) return failure(doing + ": " + permit.reason + "; nothing was sent", "ask again in " + std::to_string(permit.not_before_steady_ms - now.steady_ms) + " ms");
  const auto give_back = [&] {
    Verdict nothing;
    nothing.kind = AnswerKind::success;
    session_.settle(permit.ticket, nothing, {});
  };
  const std::string request_id = std::to_string(++last_request_);
  auto request = api_request(call, request_id, *session_.signer, time);
  if (!request) {
    give_back();
    return tl::unexpected(request.error());
  }
  if (!connection_.send(connection, std::move(*request))) {
    // Refused before anything was queued: it has not been sent and will not be.
    give_back();
    return over_rest();
  }
  remember_id(client_id);
  ++state_.over_web_socket;
  const int64_t give_up_ms = now.steady_ms + time.recv_window_ms + api_timeout_ms + answer_slack_ms;
  waiting_[request_id] = {connection, permit.ticket, any_id(call), std::move(handler), give_up_ms, give_up_ms + evidence_kept_ms};
  next_poll_ms_ = std::min(next_poll_ms_, give_up_ms);
  return {};
}

void OrderChannel::poll(int64_t steady_ms) {
  next_poll_ms_ = steady_ms + idle_poll_ms;
  connection_.poll(steady_ms);
  next_poll_ms_ = std::min(next_poll_ms_, connection_.next_poll_ms());
  std::vector<std::string> late;
  for (auto& [id, waiting] : waiting_) {
    if (waiting.ticket != 0 && waiting.give_up_ms <= steady_ms) late.push_back(id);
    else if (waiting.ticket != 0) next_poll_ms_ = std::min(next_poll_ms_, waiting.give_up_ms);
  }
  for (const std::string& id : late)
    if (const auto found = waiting_.find(id); found != waiting_.end()) give_up(found->second, "no answer came in time");
  std::erase_if(waiting_, [&](const auto& one) { return one.second.ticket == 0 && one.second.forget_ms <= steady_ms; });
  while (waiting_.size() > 2 * most_in_flight) {
    // What was given up first is least likely to be answered still.
    const auto is_earlier = [](const auto& a, const auto& b) { return std::pair(a.second.ticket != 0, a.second.forget_ms) < std::pair(b.second.ticket != 0, b.second.forget_ms); };
    waiting_.erase(std::min_element(waiting_.begin(), waiting_.end(), is_earlier));
  }
  retire_old_connection();
}

void OrderChannel::connection_opened(uint64_t number) {
  const uint64_t before = connection_.ready_number();
  connection_.set_ready(number);
  if (before != 0 && before != number) old_connection_ = before;
}

// The one before stays until what was sent over it is answered or given up.
void OrderChannel::retire_old_connection() {
  if (old_connection_ == 0) return;
  const bool busy = std::any_of(waiting_.begin(), waiting_.end(), [&](const auto& one) { return one.second.connection == old_connection_ && one.second.ticket != 0; });
  if (!busy) connection_.drop(std::exchange(old_connection_, 0));
}

void OrderChannel::connection_text(uint64_t, const std::string& text) {
  const auto message = parse_api_message(text);
  if (!message) {
    ++state_.nobodys;
    return;
  }
  if (const auto* answer = std::get_if<ApiAnswer>(&*message)) answered(*answer);
  else if (std::holds_alternative<ApiShutdown>(*message)) connection_.renew();
}

void OrderChannel::answered(const ApiAnswer& answer) {
  const auto found = waiting_.find(answer.id);
  if (found == waiting_.end()) {
    ++state_.nobodys;
    return;
  }
  const Waiting waiting = std::move(found->second);
  waiting_.erase(found);
  const Verdict verdict = judge(answer);
  if (waiting.ticket == 0) {
    ++state_.late;
    if (late_handler_) late_handler_(waiting.client_id, verdict, answer.result);
    return;
  }
  session_.settle(waiting.ticket, verdict, reported_uses(answer.rate_limits));
  if (verdict.kind == AnswerKind::unknown_outcome) ++state_.unknown;
  waiting.handler(verdict, answer.result);
}

void OrderChannel::give_up(Waiting& waiting, std::string_view why) {
  ++state_.unknown;
  const Verdict verdict = judge_silence(true, why);
  session_.settle(std::exchange(waiting.ticket, 0), verdict, {});
  const AnswerHandler handler = std::exchange(waiting.handler, {});
  handler(verdict, {});
}

void OrderChannel::connection_lost(uint64_t number, const TransportFault& fault) {
  if (old_connection_ == number) old_connection_ = 0;
  std::vector<std::string> lost;
  for (const auto& [id, waiting] : waiting_)
    if (waiting.connection == number) lost.push_back(id);
  for (const std::string& id : lost) {
    // Nothing more can come over it, so there is no evidence to wait for here.
    auto node = waiting_.extract(id);
    if (!node.empty() && node.mapped().ticket != 0) give_up(node.mapped(), fault.error.message);
  }
}

OrderChannelState OrderChannel::state() const {
  OrderChannelState state = state_;
  state.connected = connection_.ready_number() != 0;
  state.in_flight = static_cast<size_t>(std::count_if(waiting_.begin(), waiting_.end(), [](const auto& one) { return one.second.ticket != 0; }));
  return state;
}

}  // namespace stratdock::binance
