#include "host/binance/user_stream.hpp"

#include <algorithm>
#include <vector>

#include "host/binance/api_messages.hpp"

namespace stratdock::binance {
namespace {

constexpr int64_t subscribe_timeout_ms = 10'000, subscribe_pause_ms = 1'000;
constexpr int64_t subscribe_window_ms = 5'000;

}  // namespace

UserStream::UserStream(NetworkThread& network, Session& session, EventHandler on_event, GapHandler on_gap, LastingConnectionOptions options)
    : session_(session), event_handler_(std::move(on_event)), gap_handler_(std::move(on_gap)), connection_(network, session, session.endpoints.web_socket_api, for_web_socket_api(std::move(options)), *this) {}

UserStream::~UserStream() {
  for (auto& [number, subscribing] : subscribing_)
    if (subscribing.ticket != 0) session_.settle(subscribing.ticket, judge_silence(true, "the stream has ended"), {});
}

void UserStream::poll(int64_t steady_ms) {
  next_poll_ms_ = steady_ms + idle_poll_ms;
  connection_.poll(steady_ms);
  next_poll_ms_ = std::min(next_poll_ms_, connection_.next_poll_ms());
  std::vector<uint64_t> numbers;  // what follows may end some of them
  for (const auto& [number, subscribing] : subscribing_) numbers.push_back(number);
  for (const uint64_t number : numbers) {
    Subscribing& subscribing = subscribing_.at(number);
    if (subscribing.request_id.empty()) subscribe(number, subscribing, steady_ms);
    else if (subscribing.give_up_ms <= steady_ms) end(number, "the subscription was not answered in time");
  }
}

void UserStream::subscribe(uint64_t number, Subscribing& subscribing, int64_t steady_ms) {
  const Call call = call_subscribe_user_data();
  if (steady_ms < subscribing.ask_not_before_ms) {
    next_poll_ms_ = std::min(next_poll_ms_, subscribing.ask_not_before_ms);
    return;
  }
  subscribing.ask_not_before_ms = steady_ms + subscribe_pause_ms;
  if (Status may = session_.may_call(call, Purpose::query); !may) {
    state_.last_fault = may.error().text();
    return;
  }
  const auto permit = session_.budget.ask(Purpose::query, {call.weight, 0, false}, session_.now());
  if (!permit) {
    state_.last_fault = permit.reason;
    return;
  }
  subscribing.ticket = permit.ticket;
  const std::string id = std::to_string(++last_request_);
  auto request = api_request(call, id, *session_.signer, session_.signing_time(subscribe_window_ms));
  if (!request) return end(number, request.error().text());
  if (Status sent = connection_.send(number, std::move(*request)); !sent) return end(number, sent.error().text());
  subscribing.request_id = id;
  subscribing.give_up_ms = steady_ms + subscribe_timeout_ms;
}

void UserStream::connection_opened(uint64_t number) { subscribing_[number] = {}; }

void UserStream::connection_text(uint64_t number, const std::string& text) {
  const auto message = parse_api_message(text);
  if (!message) {
    // It may have been an event of ours: then something is missing from here on.
    ++state_.unreadable;
    state_.last_fault = message.error().text();
    if (number == live_connection_) end(number, "a message of the exchange could not be read");
    return;
  }
  if (const auto* answer = std::get_if<ApiAnswer>(&*message)) answered(number, *answer);
  else if (const auto* event = std::get_if<UserMessage>(&*message)) on_event(number, *event);
  else connection_.renew();
}

void UserStream::answered(uint64_t number, const ApiAnswer& answer) {
  const Verdict verdict = judge(answer);
  // Not asked for: the news that the key is no longer good.
  if (answer.id.empty()) return end(number, verdict.message);
  const auto found = subscribing_.find(number);
  if (found == subscribing_.end() || found->second.request_id != answer.id) return;
  session_.settle(std::exchange(found->second.ticket, 0), verdict, reported_uses(answer.rate_limits));
  const auto subscription = verdict.ok() ? parse_subscription(answer.result) : Result<int64_t>(failure(to_error(verdict, "subscribing to the account's events").text()));
  if (!subscription) return end(number, subscription.error().text());
  subscribing_.erase(found);
  const uint64_t before = live_connection_;
  connection_.set_ready(number);
  live_connection_ = number;
  subscription_id_ = *subscription;
  // Two streams have no common order, so what the old one may still hold is asked for as well.
  if (before != 0 && before != number) {
    connection_.drop(before);
    why_gap_ = "the connection was renewed";
  }
  ++state_.gaps;
  gap_handler_(why_gap_);
}

void UserStream::on_event(uint64_t number, const UserMessage& message) {
  if (number != live_connection_) return;  // before the answer to the subscription: the gap covers it
  if (message.subscription_id >= 0 && message.subscription_id != subscription_id_) return;
  if (std::holds_alternative<StreamTerminated>(message.event)) return end(number, "the exchange ended the subscription");
  ++state_.events;
  event_handler_(message.event);
}

// Begins again with a new connection.
void UserStream::end(uint64_t number, const std::string& why) {
  state_.last_fault = why;
  why_gap_ = why;
  if (const auto found = subscribing_.find(number); found != subscribing_.end()) {
    if (found->second.ticket != 0) session_.settle(found->second.ticket, judge_silence(true, why), {});
    subscribing_.erase(found);
  }
  if (live_connection_ == number) live_connection_ = 0;
  connection_.drop(number);
}

void UserStream::connection_lost(uint64_t number, const TransportFault& fault) { end(number, fault.error.text()); }

UserStreamState UserStream::state() const {
  UserStreamState state = state_;
  state.live = live();
  return state;
}

}  // namespace stratdock::binance
