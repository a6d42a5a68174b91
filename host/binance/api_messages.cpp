#include "host/binance/api_messages.hpp"

#include <algorithm>

#include "host/binance/message_parts.hpp"

namespace stratdock::binance {
namespace {

ApiAnswer read_answer(const MessageReader& message) {
  ApiAnswer answer;
  answer.id = message.id_text("id");
  answer.status = static_cast<int>(std::clamp<int64_t>(message.integer("status"), 0, 999));
  if (message.has("error")) {
    const MessageReader error = message.at("error");
    answer.error = read_refusal(error);
    if (!answer.error) error.fault("an error with code and msg");
    if (error.has("data")) {
      const MessageReader data = error.at("data");
      answer.error_data = data.json_text();
      if (data.is_object()) answer.retry_after_ms = std::max<int64_t>(0, data.integer_or("retryAfter", 0));
    }
  } else {
    answer.result = message.has("result") ? message.at("result").json_text() : "null";
  }
  // Advice beside the answer: what of it cannot be read costs nobody the answer.
  try {
    if (message.has("rateLimits"))
      message.at("rateLimits").each([&](const MessageReader& limit) {
        answer.rate_limits.push_back(read_rate_limit(limit));
      });
  } catch (const FieldFault&) {
  }
  return answer;
}

ApiMessage read_api_message(const MessageReader& message) {
  if (message.has("status")) return read_answer(message);
  const MessageReader event = message.has("event") ? message.at("event") : message;
  if (event.has("e") && event.text("e") == "serverShutdown") return ApiShutdown{event.integer_or("E", 0)};
  if (event.has("e")) return read_user_message(message);
  message.fault("an answer with a status, or an event");
}

int64_t read_subscription(const MessageReader& message) {
  return message.integer("subscriptionId");
}

} // namespace

Result<ApiMessage> parse_api_message(std::string_view text) {
  return read_message("WebSocket API", text, read_api_message, RefusalIs::a_message);
}

Result<int64_t> parse_subscription(std::string_view result) {
  return read_message("userDataStream.subscribe", result, read_subscription);
}

} // namespace stratdock::binance
