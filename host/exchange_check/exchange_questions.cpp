#include "host/exchange_check/exchange_questions.hpp"

#include <ctime>
#include <memory>

#include "host/binance/rest_client.hpp"
#include "host/binance/web_socket.hpp"

namespace stratdock::exchange_check {
namespace {

using namespace binance;

constexpr int64_t minute_window_ms = 60'000;

int64_t machine_clock_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

class Asker {
public:
  explicit Asker(Questions&& questions)
      : timeout_ms_(questions.timeout_ms), symbols_(std::move(questions.symbols)), orders_go_there_(questions.orders_go_there), session_(questions.endpoints, std::move(questions.signer)), rest_(session_) {}

  Answers run() {
    Answers answers;
    answers.venue = session_.endpoints.venue;
    open_sockets();
    answers.reached.push_back(ask_time(answers));
    finish_sockets(answers);
    if (!answers.reached.front().status) {
      // Without a clock and a connection every further question would only wait.
      answers.info = failure("the symbols could not be asked for: REST was not reached");
      if (session_.signer) answers.account.emplace();
      return answers;
    }
    answers.info = ask_symbols();
    if (session_.signer) answers.account = ask_account();
    read_budget(answers);
    return answers;
  }

private:
  struct Socket {
    std::string what, address;
    std::unique_ptr<WebSocket> socket;
    int64_t begun_ms = 0, opened_ms = 0;
  };

  void open_sockets() {
    const auto open = [&](const char* what, const Origin& origin, std::string target) {
      WebSocketOptions options;
      options.target = std::move(target);
      options.certificate_file = session_.endpoints.certificate_file;
      options.handshake_timeout_ms = timeout_ms_;
      sockets_.push_back({what, origin.text(), std::make_unique<WebSocket>(network_, origin, options, session_.wakeup), steady_now_ms(), 0});
    };
    if (orders_go_there_) open("WebSocket API", session_.endpoints.web_socket_api, std::string(web_socket_api_path));
    open("streams", session_.endpoints.streams, "/ws");
  }

  bool note_opened() {
    bool all = true;
    for (Socket& one : sockets_) {
      const auto state = one.socket->state();
      if (state == WebSocket::State::open && one.opened_ms == 0) one.opened_ms = steady_now_ms();
      all = all && state != WebSocket::State::connecting;
    }
    return all;
  }

  void finish_sockets(Answers& answers) {
    wait([&] { return note_opened(); });
    for (Socket& one : sockets_) {
      Reached way{one.what, one.address, {}, one.opened_ms - one.begun_ms};
      if (one.opened_ms == 0) {
        const auto ended = one.socket->ended();
        way.status = ended ? Status(tl::unexpected(ended->error)) : failure("connecting to " + one.address + ": no answer came in time");
      }
      answers.reached.push_back(std::move(way));
      one.socket->close();
    }
  }

  bool wait(const std::function<bool()>& done) { return poll_until(session_, rest_, timeout_ms_, done); }

  Reached ask_time(Answers& answers) {
    Reached way{"REST", session_.endpoints.rest.text(), {}, 0};
    struct Reply {
      std::optional<Verdict> verdict;
      int64_t came_ms = 0;
    };
    const auto reply = std::make_shared<Reply>();  // an answer after our patience still finds its place
    const int64_t begun_ms = steady_now_ms();
    const auto came = [reply](const Verdict& verdict, const std::string&) { *reply = {verdict, steady_now_ms()}; };
    way.status = rest_.start(call_time(), Purpose::query, std::nullopt, came, timeout_ms_);
    if (!way.status) return way;
    wait([&] {
      note_opened();
      return reply->verdict && (!reply->verdict->ok() || session_.clock.known());
    });
    const Verdict verdict = reply->verdict.value_or(judge_silence(true, "no answer came in time"));
    if (!verdict.ok() || !session_.clock.known()) {
      Error error = to_error(verdict.ok() ? judge_silence(true, "the time it answers cannot be used") : verdict, "asking " + way.address + " for the time");
      if (error.hint.empty() || verdict.kind == AnswerKind::unknown_outcome) error.hint = "is the network up, and the exchange's server running?";
      way.status = tl::unexpected(std::move(error));
      return way;
    }
    way.took_ms = reply->came_ms - begun_ms;
    const int64_t now_ms = steady_now_ms();
    answers.server_ms = session_.clock.server_ms(now_ms);
    answers.clock = ClockReading{machine_clock_ms() - answers.server_ms, session_.clock.uncertainty_ms(now_ms)};
    return way;
  }

  // Asks and waits; what could not be sent or read is an error with what to do.
  template <typename T>
  Result<T> ask(const std::string& doing, const std::function<Status(ReplyHandler<T>)>& start) {
    const auto reply = std::make_shared<std::optional<Reply<T>>>();
    const Status started = start([reply](const Reply<T>& came) { *reply = came; });
    if (!started) return tl::unexpected(started.error());
    if (!wait([&] { return reply->has_value(); })) return failure(doing + ": no answer came in time", "is the network up?");
    if ((*reply)->ok()) return std::move(*(*reply)->value);
    Error error = to_error((*reply)->verdict, doing);
    if ((*reply)->verdict.kind == AnswerKind::unknown_outcome) error.hint = "try again in a while";
    return tl::unexpected(std::move(error));
  }

  Result<ExchangeInfo> ask_symbols() {
    constexpr int unknown_symbol = -1121;
    const std::string doing = "asking for the symbols' rules";
    const auto of = [&](const std::vector<std::string>& names) { return ask<ExchangeInfo>(doing, [&](ReplyHandler<ExchangeInfo> handler) { return rest_.exchange_info(names, std::move(handler)); }); };
    auto info = of(symbols_);
    // One name that is not known refuses all of them: the whole list tells which.
    if (!info && !symbols_.empty() && info.error().code == unknown_symbol) return of({});
    return info;
  }

  AccountAnswers ask_account() {
    AccountAnswers answers;
    if (tells_key_permissions(session_.endpoints.venue))
      answers.permissions = ask<KeyPermissions>("asking what the API key may do", [&](ReplyHandler<KeyPermissions> handler) { return rest_.key_permissions(std::move(handler)); });
    answers.account = ask<AccountReport>("asking for the account", [&](ReplyHandler<AccountReport> handler) { return rest_.account(std::move(handler)); });
    return answers;
  }

  void read_budget(Answers& answers) {
    const auto& limits = session_.budget.limits();
    for (size_t i = 0; i < limits.size(); ++i)
      if (limits[i].kind == LimitKind::request_weight && limits[i].interval_ms == minute_window_ms) answers.budget = BudgetReading{session_.budget.used(i, session_.now()), limits[i].limit};
  }

  const int64_t timeout_ms_;
  const std::vector<std::string> symbols_;
  const bool orders_go_there_;
  NetworkThread network_;
  Session session_;
  RestClient rest_;
  std::vector<Socket> sockets_;
};

}  // namespace

Answers ask_exchange(Questions questions) { return Asker(std::move(questions)).run(); }

}  // namespace stratdock::exchange_check
