// What an answer of the exchange, or its absence, means for the request that brought it.
// Thread rule: pure functions over values. Invariant: `not_executed` is true only where the exchange is sure not to have
// acted and never will; whatever cannot be read or is not known is an unknown outcome.
// Source: Binance Spot "HTTP Return Codes", "Error codes", "Limits".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "host/binance/api_messages.hpp"

namespace stratdock::binance {

enum class AnswerKind : uint8_t {
  success,
  refused,              // this request, for what is in it; the same again would be refused again
  no_such_order,        // -2013 or -2011: of a query it proves nothing for a while, of a cancel that it is not open
  partly_done,          // 409: one half of a cancelReplace was carried out; the body says which
  unknown_outcome,      // 5xx, time-outs, an unreadable body: it may have been carried out, now or later
  clock,                // -1021: outside the window; the clock has to be compared again
  bad_signature,        // -1022
  bad_key,              // 401, -1002, -2014, -2015: the key is wrong, not allowed to, or not from this address
  rate_limited,         // 429: nothing at all before the wait is over
  order_rate_limited,   // -1015: no new orders before the wait is over
  banned,               // 418: this address, until the wait is over
  firewall,             // 403, mostly with a page: turned away before the exchange saw it
  restricted_location,  // 451
};
std::string_view text(AnswerKind kind);  // "unknown outcome"

// Why an order was refused, as far as the exchange's words tell.
enum class RefusalReason : uint8_t {
  none, other, filter, insufficient_balance, duplicate_id, would_match, would_trigger, market_closed, bad_symbol, not_permitted, precision
};

struct Verdict {
  AnswerKind kind = AnswerKind::unknown_outcome;
  bool not_executed = false;  // a request that changes something surely did not
  int status = 0;             // as HTTP's; 0: there was no answer
  int code = 0;               // the exchange's; 0: it gave none
  std::string message;        // the exchange's words, or what was found in their place
  RefusalReason reason = RefusalReason::none;
  std::string filter;                // "LOT_SIZE", where the reason is a filter
  std::optional<int64_t> wait_ms;    // REST: Retry-After as a time from now
  std::optional<int64_t> until_ms;   // a time of the exchange's clock, where it named one

  bool ok() const { return kind == AnswerKind::success; }
};

struct HttpAnswer {
  int status = 0;
  std::string_view body;
  std::optional<int64_t> retry_after_s;  // the header Retry-After
};

// `body` of a success is for the message parsers: it is only looked at to see that it is JSON and no refusal.
Verdict judge(const HttpAnswer& answer);
Verdict judge(const ApiAnswer& answer);
// No answer came. `sent`: bytes of the request may have left; false: it surely never did.
Verdict judge_silence(bool sent, std::string_view what_happened);

// The verdict as an error for a user: what was being done (`doing`, "placing a BUY of BTCUSDT"), what was found, what to do.
Error to_error(const Verdict& verdict, std::string_view doing);

}  // namespace stratdock::binance
