#include "host/binance/answer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/check.hpp"
#include "host/binance/message_parts.hpp"
#include "host/binance/message_reader.hpp"

namespace stratdock::binance {
namespace {

constexpr int64_t longest_wait_ms = 7 * 86'400'000LL; // a ban lasts three days at most

struct CodeMeaning {
  int code;
  AnswerKind kind;
  RefusalReason reason;
};

// Codes that mean more than "refused" whatever the status is.
constexpr std::array code_meanings = {
    // The exchange says itself that it does not know: -1006 unexpected response, -1007 time-out of the engine. -1000,
    // -1001
    // are errors inside of it, and -1008 (overload) comes with no promise that nothing was passed on.
    CodeMeaning{-1000, AnswerKind::unknown_outcome, RefusalReason::none},
    CodeMeaning{-1001, AnswerKind::unknown_outcome, RefusalReason::none},
    CodeMeaning{-1006, AnswerKind::unknown_outcome, RefusalReason::none},
    CodeMeaning{-1007, AnswerKind::unknown_outcome, RefusalReason::none},
    CodeMeaning{-1008, AnswerKind::unknown_outcome, RefusalReason::none},
    CodeMeaning{-1002, AnswerKind::bad_key, RefusalReason::none},
    CodeMeaning{-2014, AnswerKind::bad_key, RefusalReason::none},
    CodeMeaning{-2015, AnswerKind::bad_key, RefusalReason::none},
    CodeMeaning{-1003, AnswerKind::rate_limited, RefusalReason::none},
    CodeMeaning{-1015, AnswerKind::order_rate_limited, RefusalReason::none},
    CodeMeaning{-1021, AnswerKind::clock, RefusalReason::none},
    CodeMeaning{-1022, AnswerKind::bad_signature, RefusalReason::none},
    CodeMeaning{-1111, AnswerKind::refused, RefusalReason::precision},
    CodeMeaning{-1121, AnswerKind::refused, RefusalReason::bad_symbol},
    CodeMeaning{-2011, AnswerKind::no_such_order, RefusalReason::none},
    CodeMeaning{-2013, AnswerKind::no_such_order, RefusalReason::none},
    CodeMeaning{-2021, AnswerKind::partly_done, RefusalReason::none},
};

struct WordMeaning {
  std::string_view words;
  RefusalReason reason;
};

// One code (-2010, -1013) stands for many reasons; only the text tells them apart.
constexpr std::array word_meanings = {
    WordMeaning{"insufficient balance", RefusalReason::insufficient_balance},
    WordMeaning{"Duplicate order sent", RefusalReason::duplicate_id},
    WordMeaning{"would immediately match", RefusalReason::would_match},
    WordMeaning{"would trigger immediately", RefusalReason::would_trigger},
    WordMeaning{"Market is closed", RefusalReason::market_closed},
    WordMeaning{"not permitted", RefusalReason::not_permitted},
};

void give_reason(Verdict& verdict) {
  constexpr std::string_view filter_words = "Filter failure: ";
  if (const size_t found = verdict.message.find(filter_words); found != std::string::npos) {
    verdict.reason = RefusalReason::filter;
    const size_t begin = found + filter_words.size();
    size_t end = begin;
    while (end < verdict.message.size() &&
           (verdict.message[end] == '_' || (verdict.message[end] >= 'A' && verdict.message[end] <= 'Z')))
      ++end;
    verdict.filter = verdict.message.substr(begin, end - begin);
    return;
  }
  for (const WordMeaning& meaning : word_meanings)
    if (verdict.message.find(meaning.words) != std::string::npos) verdict.reason = meaning.reason;
  if (verdict.reason == RefusalReason::none) verdict.reason = RefusalReason::other;
}

// "Way too much request weight used; IP banned until 1659146400000. ..."
std::optional<int64_t> time_in_words(std::string_view message) {
  constexpr std::string_view words = "banned until ";
  const size_t found = message.find(words);
  if (found == std::string_view::npos) return {};
  int64_t time_ms = 0;
  const char* begin = message.data() + found + words.size();
  const auto [end, error] = std::from_chars(begin, message.data() + message.size(), time_ms);
  if (error != std::errc() || end == begin || time_ms <= 0) return {};
  return time_ms;
}

AnswerKind kind_of_status(int status) {
  switch (status) {
  case 401:
    return AnswerKind::bad_key;
  case 403:
    return AnswerKind::firewall;
  case 409:
    return AnswerKind::partly_done;
  case 418:
    return AnswerKind::banned;
  case 429:
    return AnswerKind::rate_limited;
  case 451:
    return AnswerKind::restricted_location;
  default:
    return AnswerKind::unknown_outcome;
  }
}

// With a code of the exchange: it has read the request and says what became of it.
void judge_code(Verdict& verdict) {
  verdict.kind = AnswerKind::refused;
  for (const CodeMeaning& meaning : code_meanings) {
    if (meaning.code != verdict.code) continue;
    verdict.kind = meaning.kind;
    verdict.reason = meaning.reason;
  }
  const bool says_unknown = verdict.kind == AnswerKind::unknown_outcome;
  verdict.until_ms = verdict.until_ms ? verdict.until_ms : time_in_words(verdict.message);
  // The status has the last word where it is one of these: a body passed on by somebody else cannot soften it.
  if (verdict.status >= 500 || verdict.status == 408) {
    verdict.kind = AnswerKind::unknown_outcome;
  } else if (verdict.status == 418 || (verdict.kind == AnswerKind::rate_limited && verdict.until_ms)) {
    verdict.kind = AnswerKind::banned;
  } else if (verdict.status == 429 && verdict.kind != AnswerKind::order_rate_limited) {
    verdict.kind = AnswerKind::rate_limited;
  } else if (verdict.status == 409) {
    verdict.kind = AnswerKind::partly_done;
  } else if (verdict.kind == AnswerKind::refused && kind_of_status(verdict.status) != AnswerKind::unknown_outcome) {
    verdict.kind = kind_of_status(verdict.status);
  }
  verdict.not_executed =
      !says_unknown && verdict.kind != AnswerKind::unknown_outcome && verdict.kind != AnswerKind::partly_done;
  if (verdict.kind == AnswerKind::refused && verdict.reason == RefusalReason::none) give_reason(verdict);
  // There is an order of this very id: one of two copies of the request, if something on the way made two.
  if (verdict.reason == RefusalReason::duplicate_id) {
    verdict.kind = AnswerKind::unknown_outcome;
    verdict.not_executed = false;
  }
}

// Without one: whoever stands before the exchange answered, or the body was damaged on its way.
void judge_status(Verdict& verdict) {
  verdict.kind = kind_of_status(verdict.status);
  // Turned away at the door. A 429 or 418 without the exchange's own code is no proof of that.
  verdict.not_executed = verdict.kind == AnswerKind::firewall || verdict.kind == AnswerKind::restricted_location;
}

struct Body {
  bool is_json = false;
  std::optional<Error> refusal;
  std::string found; // what stands there instead of JSON
};

Body look_at(std::string_view text) {
  Body body;
  const Status status = visit_message("answer", text, RefusalIs::a_message, [&](const MessageReader& message) {
    body.is_json = true;
    body.refusal = read_refusal(message);
    if (body.refusal && body.refusal->code >= 0) body.refusal.reset();
  });
  if (!status) body.found = status.error().message;
  return body;
}

} // namespace

Verdict judge(const HttpAnswer& answer) {
  Verdict verdict;
  verdict.status = answer.status;
  if (answer.retry_after_s && *answer.retry_after_s >= 0)
    verdict.wait_ms = std::min(*answer.retry_after_s, longest_wait_ms / 1000) * 1000;
  const Body body = look_at(answer.body);
  if (body.refusal) {
    verdict.code = body.refusal->code;
    verdict.message = body.refusal->message;
    judge_code(verdict);
  } else if (answer.status >= 200 && answer.status < 300) {
    // Half a body, or somebody else's: the request was carried out or not.
    verdict.kind = body.is_json ? AnswerKind::success : AnswerKind::unknown_outcome;
    verdict.message = body.found;
  } else {
    verdict.message = body.is_json ? "an answer without code and msg" : body.found;
    judge_status(verdict);
  }
  return verdict;
}

Verdict judge(const ApiAnswer& answer) {
  Verdict verdict;
  verdict.status = answer.status;
  if (answer.retry_after_ms > 0) verdict.until_ms = answer.retry_after_ms;
  if (answer.error && answer.error->code < 0) {
    verdict.code = answer.error->code;
    verdict.message = answer.error->message;
    judge_code(verdict);
  } else if (!answer.error && answer.status >= 200 && answer.status < 300) {
    verdict.kind = AnswerKind::success;
  } else {
    verdict.message = answer.error ? answer.error->message : "a status without an error";
    judge_status(verdict);
  }
  return verdict;
}

Verdict judge_silence(bool sent, std::string_view what_happened) {
  Verdict verdict;
  verdict.not_executed = !sent;
  verdict.message = what_happened;
  return verdict;
}

std::string_view text(AnswerKind kind) {
  switch (kind) {
  case AnswerKind::success:
    return "success";
  case AnswerKind::refused:
    return "refused";
  case AnswerKind::no_such_order:
    return "no such order";
  case AnswerKind::partly_done:
    return "partly done";
  case AnswerKind::unknown_outcome:
    return "unknown outcome";
  case AnswerKind::clock:
    return "clock differs";
  case AnswerKind::bad_signature:
    return "bad signature";
  case AnswerKind::bad_key:
    return "bad key";
  case AnswerKind::rate_limited:
    return "rate limited";
  case AnswerKind::order_rate_limited:
    return "order rate limited";
  case AnswerKind::banned:
    return "banned";
  case AnswerKind::firewall:
    return "stopped by a firewall";
  case AnswerKind::restricted_location:
    return "restricted location";
  }
  invariant_broken("a known kind of answer", __FILE__, __LINE__);
}

namespace {

std::string_view advice(const Verdict& verdict) {
  switch (verdict.kind) {
  case AnswerKind::clock:
    return "compare this machine's clock with a time server";
  case AnswerKind::bad_signature:
    return "the API secret does not belong to the API key, or was copied in part";
  case AnswerKind::bad_key:
    return "check the key, its right to trade on spot and the addresses it may be used from";
  case AnswerKind::rate_limited:
  case AnswerKind::order_rate_limited:
  case AnswerKind::banned:
    return "nothing is sent until the wait is over; other programs at this address share the limit";
  case AnswerKind::firewall:
    return "wait; a firewall before the exchange has turned this address away";
  case AnswerKind::restricted_location:
    return "the exchange does not serve this location";
  case AnswerKind::unknown_outcome:
    return verdict.not_executed ? "check the connection"
                                : "whether it was carried out is found out by asking, it is not sent again";
  default:
    return "";
  }
}

} // namespace

Error to_error(const Verdict& verdict, std::string_view doing) {
  std::string message = std::string(doing) + ": ";
  if (verdict.status == 0)
    message += verdict.not_executed ? "not sent" : "no answer";
  else
    message += std::string(text(verdict.kind)) + ", status " + std::to_string(verdict.status);
  if (verdict.code != 0) message += ", code " + std::to_string(verdict.code);
  if (!verdict.message.empty()) message += ": " + verdict.message;
  if (verdict.wait_ms) message += "; wait " + std::to_string(*verdict.wait_ms / 1000) + " s";
  return {std::move(message), std::string(advice(verdict)), verdict.code};
}

} // namespace stratdock::binance
