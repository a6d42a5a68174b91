#include "host/history/downloads.hpp"

#include <algorithm>
#include <charconv>

#include "core/candle.hpp"

namespace stratdock::history {
namespace {

using namespace binance;

constexpr int64_t shortest_look_ms = 100, longest_look_ms = 5'000;

std::optional<int64_t> retry_after_of(const HttpResponse& response) {
  const auto header = response.headers.find("retry-after");
  if (header == response.headers.end()) return std::nullopt;
  int64_t seconds = 0;
  const char* const end = header->second.data() + header->second.size();
  const auto [rest, error] = std::from_chars(header->second.data(), end, seconds);
  return error == std::errc{} && rest == end && seconds >= 0 ? std::optional(seconds) : std::nullopt;
}

bool is_worth_repeating(AnswerKind kind) {
  switch (kind) {
  case AnswerKind::unknown_outcome:
  case AnswerKind::rate_limited:
  case AnswerKind::order_rate_limited:
  case AnswerKind::banned:
  case AnswerKind::firewall: return true;
  default: return false;
  }
}

}  // namespace

Downloads::Downloads(const Endpoints& endpoints, std::function<void(const std::string&)> notice, DownloadSettings settings)
    : settings_(settings), notice_(std::move(notice)), session_(keyless(endpoints), std::nullopt), rest_(session_),
      archives_(archive_origin(endpoints), endpoints.certificate_file, session_.wakeup) {}

Status Downloads::connect() {
  const std::string doing = "asking " + session_.endpoints.rest.text() + " for the time";
  const auto answer = persist(doing, [&] { return send_call(call_time(), doing); });
  if (!answer) return tl::unexpected(answer.error());
  if (!answer->verdict.ok()) return tl::unexpected(to_error(answer->verdict, doing));
  // The client asks once more by itself, and measures the way.
  if (!poll_until(session_, rest_, settings_.rest_timeout_ms, [&] { return session_.clock.known(); }))
    return failure(doing + ": no answer that can be used came", "is the network up?");
  return {};
}

void Downloads::pause(int64_t span_ms) {
  poll_until(session_, rest_, span_ms, [] { return false; });
}

Status Downloads::start_when_allowed(const std::string& doing, const std::function<Status()>& start) {
  const int64_t give_up_ms = steady_now_ms() + settings_.longest_wait_ms;
  bool told = false;
  for (;;) {
    const Status started = start();
    if (started) return {};
    const int64_t now_ms = steady_now_ms(), blocked_until_ms = session_.budget.blocked_until_steady_ms();
    if (blocked_until_ms > give_up_ms || now_ms > give_up_ms)
      return failure(doing + ": the exchange wants no more requests from this address for " + std::to_string(std::max<int64_t>(1, (blocked_until_ms - now_ms) / 60'000)) + " min",
                     "start again then: what has come stays, and it goes on where it ended");
    if (!told && blocked_until_ms - now_ms > shortest_look_ms) notice_("waits " + std::to_string((blocked_until_ms - now_ms + 999) / 1'000) + " s, as the exchange asks");
    else if (!told) notice_("waits for the request budget of this minute");
    told = true;
    pause(std::clamp(blocked_until_ms - now_ms, shortest_look_ms, longest_look_ms));
  }
}

Result<Downloads::Answer> Downloads::persist(const std::string& doing, const std::function<Result<Answer>()>& send) {
  int64_t pause_ms = settings_.first_pause_ms;
  for (int attempt = 1;; ++attempt) {
    auto answer = send();
    if (!answer || answer->is_missing || answer->verdict.ok()) return answer;
    if (!is_worth_repeating(answer->verdict.kind) || attempt >= settings_.attempts) {
      Error error = to_error(answer->verdict, doing);
      if (answer->verdict.kind == AnswerKind::unknown_outcome) error.hint = "is the network up? start again later: it goes on where it ended";
      return tl::unexpected(std::move(error));
    }
    // Where the exchange named a time, the budget keeps it.
    if (answer->verdict.kind != AnswerKind::unknown_outcome) continue;
    notice_("asks again: " + answer->verdict.message);
    pause(pause_ms);
    pause_ms *= 2;
  }
}

Result<Downloads::Answer> Downloads::send_call(const Call& call, const std::string& doing) {
  const auto came = std::make_shared<std::optional<Answer>>();
  const auto start = [&] {
    return rest_.start(call, Purpose::market_data, std::nullopt, [came](const Verdict& verdict, const std::string& text) { *came = Answer{verdict, text, false}; }, settings_.rest_timeout_ms);
  };
  if (Status started = start_when_allowed(doing, start); !started) return tl::unexpected(started.error());
  // The transport ends every call in time; the second is for its way through the threads.
  if (!poll_until(session_, rest_, settings_.rest_timeout_ms + 1'000, [&] { return came->has_value(); })) return Answer{judge_silence(true, doing + ": no answer came"), {}, false};
  return std::move(**came);
}

Result<KlineRows> Downloads::klines(const std::string& symbol, int64_t interval_ms, int64_t from_ms, int64_t to_ms, int limit) {
  const std::string doing = "asking for candles of " + symbol;
  const auto call = call_klines(symbol, interval_text(interval_ms), {from_ms, to_ms - 1, limit});
  if (!call) return tl::unexpected(call.error());
  constexpr int unknown_symbol = -1121;
  const auto answer = persist(doing, [&] { return send_call(*call, doing); });
  if (!answer && answer.error().code == unknown_symbol)
    return failure(doing + ": the exchange has no symbol of that name", "write it as the exchange does, such as BTCUSDT: capitals, nothing between them", unknown_symbol);
  if (!answer) return tl::unexpected(answer.error());
  auto rows = rows_of_answer(answer->text, doing, interval_ms);
  if (rows) keep_between(*rows, from_ms, to_ms);
  return rows;
}

Downloads::Answer Downloads::judge_file(const HttpOutcome& outcome, uint64_t ticket) {
  constexpr int ok = 200, forbidden = 403, not_found = 404;
  Answer answer;
  if (!outcome.result) {
    answer.verdict = judge_silence(outcome.result.error().may_have_arrived, outcome.result.error().error.message);
  } else if (const int status = outcome.result->status; status == ok || status == not_found || status == forbidden) {
    // A store of files that does not list its folders says "forbidden" of what is not there.
    answer.is_missing = status != ok;
    answer.verdict.kind = AnswerKind::success;
    if (status == ok) answer.text = outcome.result->body;
  } else {
    answer.verdict = judge(HttpAnswer{status, outcome.result->body, retry_after_of(*outcome.result)});
  }
  session_.settle(ticket, answer.verdict, {});
  return answer;
}

Result<Downloads::Answer> Downloads::send_file(const std::string& path, const std::string& doing) {
  HttpCall call;
  call.path = path;
  call.timeout_ms = settings_.file_timeout_ms;
  uint64_t ticket = 0, id = 0;
  const auto start = [&]() -> Status {
    const auto permit = session_.budget.ask(Purpose::market_data, {0, 0, false}, session_.now());
    if (!permit) return failure(permit.reason);
    const auto started = archives_.start(call);
    if (!started) {
      Verdict nothing;
      nothing.kind = AnswerKind::success;
      session_.settle(permit.ticket, nothing, {});
      return tl::unexpected(started.error());
    }
    ticket = permit.ticket;
    id = *started;
    return {};
  };
  if (Status started = start_when_allowed(doing, start); !started) return tl::unexpected(started.error());
  std::optional<Answer> answer;
  const auto done = [&] {
    for (const HttpOutcome& outcome : archives_.take_finished())
      if (outcome.id == id) answer = judge_file(outcome, ticket);
    return answer.has_value();
  };
  // The transport ends every call in time.
  while (!poll_until(session_, rest_, settings_.file_timeout_ms, done)) {}
  return std::move(*answer);
}

Result<std::optional<std::string>> Downloads::file(const std::string& path) {
  const std::string doing = "fetching " + archives_.origin().authority() + path;
  auto answer = persist(doing, [&] { return send_file(path, doing); });
  if (!answer) return tl::unexpected(answer.error());
  if (answer->is_missing) return std::optional<std::string>();
  return std::optional(std::move(answer->text));
}

}  // namespace stratdock::history
