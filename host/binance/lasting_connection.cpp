#include "host/binance/lasting_connection.hpp"

#include "host/binance/http_transport.hpp"

namespace stratdock::binance {
namespace {


}  // namespace

LastingConnection::LastingConnection(NetworkThread& network, Session& session, const Origin& origin, LastingConnectionOptions options, ConnectionListener& listener)
    : network_(network), session_(session), origin_(origin), options_(std::move(options)), listener_(listener), jitter_(options_.jitter_seed | 1) {
  options_.socket.certificate_file = session.endpoints.certificate_file;
}

LastingConnection::~LastingConnection() {
  for (One* one : {current_.get(), next_.get()})
    if (one != nullptr) settle(*one);
}

LastingConnection::One* LastingConnection::find(uint64_t number) {
  for (One* one : {current_.get(), next_.get()})
    if (one != nullptr && one->number == number) return one;
  return nullptr;
}

Status LastingConnection::send(uint64_t number, std::string text) {
  One* one = find(number);
  if (one == nullptr) return failure("sending to " + origin_.text() + ": the connection is no more");
  return one->socket->send(std::move(text));
}

void LastingConnection::set_ready(uint64_t number) {
  if (One* one = find(number)) {
    one->ready = true;
    failures_ = 0;
    if (next_ && next_->number == number) renew_ = false;
  }
}

uint64_t LastingConnection::ready_number() const {
  if (next_ && next_->ready) return next_->number;
  return current_ && current_->ready ? current_->number : 0;
}

int64_t LastingConnection::opened_steady_ms(uint64_t number) const {
  for (const One* one : {current_.get(), next_.get()})
    if (one != nullptr && one->number == number) return one->opened_ms;
  return 0;
}

void LastingConnection::renew() {
  renew_ = true;
  next_poll_ms_ = 0;
}

void LastingConnection::drop(uint64_t number) {
  for (auto* place : {&current_, &next_})
    if (*place && (*place)->number == number) {
      settle(**place);
      (*place)->socket->close();
      pause_after(**place, steady_now_ms());
      place->reset();
      next_poll_ms_ = 0;
    }
}

void LastingConnection::poll(int64_t steady_ms) {
  next_poll_ms_ = steady_ms + idle_poll_ms;
  tend(current_, steady_ms);
  tend(next_, steady_ms);
  if (!current_ && next_) {
    current_ = std::move(next_);
    renew_ = false;
  }
  if (current_ && current_->ready && steady_ms - current_->opened_ms >= options_.renew_after_ms && !next_) renew_ = true;
  if (!current_) {
    renew_ = false;
    open(current_, steady_ms);
  } else if (renew_ && !next_ && current_->opened_ms != 0) {
    open(next_, steady_ms);
  }
}

void LastingConnection::open(std::unique_ptr<One>& place, int64_t steady_ms) {
  if (steady_ms < open_not_before_ms_) return wish_poll(open_not_before_ms_);
  const auto permit = session_.budget.ask(options_.purpose, options_.cost, session_.now());
  if (!permit) return wish_poll(permit.not_before_steady_ms);
  place = std::make_unique<One>();
  place->number = ++last_number_;
  place->ticket = permit.ticket;
  place->socket = std::make_unique<WebSocket>(network_, origin_, options_.socket, session_.wakeup);
}

// The handshake is over: tells the budget how.
void LastingConnection::settle(One& one) {
  if (one.ticket == 0) return;
  Verdict verdict;
  verdict.kind = AnswerKind::success;
  if (const auto fault = one.socket->ended()) {
    if (fault->http_status == 429) verdict.kind = AnswerKind::rate_limited;
    if (fault->http_status == 418) verdict.kind = AnswerKind::banned;
    if (fault->http_status == 403) verdict.kind = AnswerKind::firewall;
  }
  session_.settle(std::exchange(one.ticket, 0), verdict, {});
}

void LastingConnection::tend(std::unique_ptr<One>& place, int64_t steady_ms) {
  if (!place) return;
  const uint64_t number = place->number;
  // The listener may drop this connection, or both, while it is told.
  const auto gone = [&] { return !place || place->number != number; };
  const auto state = place->socket->state();
  if (state == WebSocket::State::connecting) return;
  settle(*place);
  const bool opened = state == WebSocket::State::open || place->socket->ended()->may_have_arrived;
  if (opened && place->opened_ms == 0) {
    place->opened_ms = std::max<int64_t>(1, steady_ms);
    listener_.connection_opened(number);
    if (gone()) return;
  }
  for (const std::string& text : place->socket->take_messages()) {
    listener_.connection_text(number, text);
    if (gone()) return;
  }
  if (state == WebSocket::State::closed) lost(place, steady_ms);
}

void LastingConnection::lost(std::unique_ptr<One>& place, int64_t steady_ms) {
  const std::unique_ptr<One> one = std::move(place);
  pause_after(*one, steady_ms);
  wish_poll(steady_ms);
  listener_.connection_lost(one->number, *one->socket->ended());
}

// One that had worked for a while is replaced at once.
void LastingConnection::pause_after(const One& one, int64_t steady_ms) {
  constexpr int64_t proven_ms = 5'000;
  if (one.ready && steady_ms - one.opened_ms >= proven_ms) return;
  constexpr int most_doublings = 10;
  const int64_t pause_ms = std::min(options_.longest_pause_ms, options_.first_pause_ms << std::min(failures_++, most_doublings));
  jitter_ = jitter_ * 6364136223846793005u + 1442695040888963407u;
  open_not_before_ms_ = steady_ms + pause_ms + static_cast<int64_t>((jitter_ >> 33) % static_cast<uint64_t>(pause_ms / 2 + 1));
}

LastingConnectionOptions for_web_socket_api(LastingConnectionOptions options) {
  options.socket.target = std::string(web_socket_api_path);
  options.cost = {2, 0, true};
  return options;
}

}  // namespace stratdock::binance
