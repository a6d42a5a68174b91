// Every fault there is. FAULTS.md has the same list for people; a test compares the two.
#include <algorithm>

#include "host/exchange_server/fault.hpp"

namespace stratdock::exchange_server {

namespace {

using S = FaultSeam;

constexpr FaultKind kinds[] = {
    // The request has no effect.
    {"timeout_unread", S::request, "hold_ms:n", "the request is not even read; no answer until the connection closes"},
    {"timeout_before", S::request, "hold_ms:n", "read and charged, not executed; no answer until the connection closes"},
    {"reset_before", S::request, "", "the connection is reset, the request not executed"},
    {"close_before", S::request, "", "the connection is closed without an answer, the request not executed"},
    {"half_open", S::request, "", "the connection goes dead: nothing that comes over it is read, nothing is sent, it stays open"},
    {"redirect", S::request, "status:n location:t", "a redirect instead of an answer, by default to the same address"},
    {"error_before", S::request, "status:n code:n message:t html:f", "a 5xx, the request not executed"},
    {"too_many_requests", S::request, "retry_after_s:n", "429 with -1003; retry_after_s 0: without Retry-After"},
    {"too_many_orders", S::request, "retry_after_s:n", "429 with -1015; retry_after_s 0: without Retry-After"},
    {"banned", S::request, "retry_after_s:n", "418 with -1003 and Retry-After"},
    {"forbidden", S::request, "", "403 with a page of HTML, as the firewall answers"},
    {"restricted_location", S::request, "", "451"},
    {"overloaded", S::request, "status:n", "-1008, the request not executed"},
    {"timestamp_refused", S::request, "", "-1021, whatever the timestamp"},
    {"maintenance", S::request, "", "503 to all, sockets are closed and upgrades refused; lasts_ms says how long"},
    {"engine_delay", S::request, "delay_ms:n before_fence:f", "executed late; before_fence: the timestamp is checked only then"},

    // The request had its effect.
    {"timeout_after", S::answer, "hold_ms:n", "executed; no answer until the connection closes"},
    {"reset_after", S::answer, "", "executed; the connection is reset instead of an answer"},
    {"close_after", S::answer, "", "executed; the connection is closed without an answer"},
    {"error_after", S::answer, "status:n code:n message:t html:f", "executed; the answer is a 5xx"},
    {"unexpected_response", S::answer, "executed:f", "-1006; executed unless it says false"},
    {"backend_timeout", S::answer, "executed:f", "-1007; executed unless it says false"},
    {"cut_body", S::answer, "missing_bytes:n", "the answer's end is missing and the connection closes"},
    {"wrong_body", S::answer, "body:t", "somebody else's body: that of the answer before, or the one given"},
    {"duplicate_answer", S::answer, "", "the answer is sent twice"},
    {"slow_drip", S::answer, "bytes:n drip_ms:n", "the answer comes a few bytes at a time"},
    {"order_unknown", S::answer, "lag_ms:n hides_lists:f", "orders younger than lag_ms are unknown (-2013) and in no list"},

    // The exchange changes.
    {"partial_fills", S::exchange, "parts:n", "orders placed from then on fill in up to `parts` trades"},
    {"cancel_race", S::exchange, "share:d", "the order fills, whole or in part, just before its cancel is carried out"},
    {"self_trade_expiry", S::exchange, "", "the account's next order meets an own one: EXPIRED_IN_MATCH"},
    {"filters_changed", S::exchange,
     "tick_size:d min_price:d max_price:d step_size:d min_quantity:d max_quantity:d min_notional:d max_notional:d "
     "max_orders:n max_algo_orders:n",
     "the symbol's filters change"},
    {"status_changed", S::exchange, "status:t", "the symbol's status: TRADING, HALT, BREAK, CANCEL_ONLY, END_OF_DAY; while it is not TRADING no candle of it begins"},
    {"delisted", S::exchange, "", "the symbol stops trading (BREAK) and its open orders are cancelled"},
    {"balance_changed", S::exchange, "asset:t amount:d", "the user deposits, or withdraws with a negative amount"},
    {"foreign_cancel", S::exchange, "order_id:n", "the user cancels open orders: one, those of a symbol, or all"},
    {"commission_asset", S::exchange, "bnb:f", "commission is taken in BNB, or no longer"},
    {"clock_step", S::exchange, "step_ms:n", "the exchange's clock is off by so much from now on"},
    {"key_revoked", S::exchange, "key:t", "a key, by default that of the call, is taken away"},

    // Streams.
    {"stream_drop", S::stream, "", "a message is lost"},
    {"stream_duplicate", S::stream, "", "a message comes twice"},
    {"stream_reorder", S::stream, "hold_ms:n", "a message comes behind the next one"},
    {"stream_gap", S::stream, "messages:n", "so many messages in a row are lost"},
    {"stream_stall", S::stream, "hold_ms:n", "nothing for so long, then all of it at once"},
    {"stream_cut", S::stream, "", "the connection is reset"},
    {"stream_end_of_life", S::stream, "life_ms:n", "a connection older than this is closed: the 24 hours, scaled"},
    {"stream_garbage", S::stream, "body:t", "something unreadable in place of a message"},
    {"stream_burst", S::stream, "copies:n", "a message comes so many times at once"},
};

} // namespace

std::span<const FaultKind> fault_kinds() {
  return kinds;
}

const FaultKind* find_fault_kind(std::string_view name) {
  const auto found = std::find_if(std::begin(kinds), std::end(kinds), [&](const FaultKind& kind) { return kind.name == name; });
  return found == std::end(kinds) ? nullptr : &*found;
}

std::string_view text(FaultSeam seam) {
  switch (seam) {
  case FaultSeam::request:
    return "request";
  case FaultSeam::answer:
    return "answer";
  case FaultSeam::stream:
    return "stream";
  case FaultSeam::exchange:
    return "exchange";
  }
  return "";
}

} // namespace stratdock::exchange_server
