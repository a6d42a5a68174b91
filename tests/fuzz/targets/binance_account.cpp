// The account's events, the WebSocket API's envelopes, and what REST answers mean. The first byte picks one of the
// three.
#include "expect.hpp"
#include "host/binance/answer.hpp"
#include "host/binance/user_messages.hpp"

using namespace stratdock::binance;

namespace {

void check_verdict(const Verdict& verdict) {
  const std::string kind(text(verdict.kind));
  fuzz::expect(!verdict.not_executed || (!verdict.ok() && verdict.kind != AnswerKind::partly_done),
               "done is not undone", kind);
  // The one mistake that buys twice: to take what may still be carried out for refused.
  fuzz::expect(!verdict.not_executed || (verdict.status < 500 && verdict.status != 408 && verdict.status != 409),
               "5xx proves nothing", kind);
  fuzz::expect(verdict.kind != AnswerKind::unknown_outcome || !verdict.not_executed, "unknown is unknown", kind);
  fuzz::check_error(to_error(verdict, "fuzzing"));
}

void judge_body(std::string_view text) {
  constexpr int statuses[] = {200, 400, 401, 403, 404, 408, 409, 418, 429, 451, 500, 502, 503, 504, 301, 0};
  for (const int status : statuses)
    check_verdict(judge(HttpAnswer{status, text, 7}));
}

void read_api(std::string_view text) {
  const auto message = parse_api_message(text);
  fuzz::check(message);
  if (!message) return;
  if (const auto* answer = std::get_if<ApiAnswer>(&*message)) {
    check_verdict(judge(*answer));
    // What was cut out of a message is a message again.
    if (!answer->result.empty()) fuzz::check(parse_orders_and_lists(answer->result));
    if (!answer->error_data.empty()) fuzz::check(parse_cancel_replace(answer->error_data));
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text = fuzz::view(data + 1, size - 1);
  switch (data[0] % 3) {
  case 0: // 'c', 'f'
    fuzz::check(parse_user_message(text));
    break;
  case 1: // 'a'
    read_api(text);
    break;
  default: // 'b'
    judge_body(text);
    break;
  }
  return 0;
}
