// The WebSocket API's envelopes: a request as it is sent, an answer with its status, and the events in between.
// Thread rule: plain values. Invariant: `result` is handed on as JSON text to the same parsers that read REST bodies.
// Source: Binance "WebSocket API": "Request format", "Response format", "Rate limits".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "host/binance/exchange_info.hpp"
#include "host/binance/user_messages.hpp"

namespace stratdock::binance {

struct ApiAnswer {
  std::string id;      // empty: null, an answer to no request, such as the news that a key was revoked
  int status = 0;      // as HTTP's
  std::string result;  // JSON; empty where there is an error
  std::optional<Error> error;  // with the exchange's code
  std::string error_data;      // JSON of error.data (cancelReplace); empty where there is none
  int64_t retry_after_ms = 0;  // 429 and 418: the time, in ms since 1970, before which nothing may be sent; 0: not given
  std::vector<RateLimit> rate_limits;
};

// serverShutdown: the connection will be closed by the exchange, open another at once.
struct ApiShutdown {
  int64_t event_ms = 0;
};

using ApiMessage = std::variant<ApiAnswer, UserMessage, ApiShutdown>;

Result<ApiMessage> parse_api_message(std::string_view text);

// The subscription id in the result of userDataStream.subscribe(.signature).
Result<int64_t> parse_subscription(std::string_view result);

}  // namespace stratdock::binance
