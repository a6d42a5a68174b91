#include "host/binance/exchange_info.hpp"

#include <algorithm>

#include "host/binance/message_parts.hpp"

namespace stratdock::binance {
namespace {

Result<std::vector<RateLimit>> read_limits(std::string_view text) {
  return read_messages("rateLimit/order", text, read_rate_limit);
}

} // namespace

RateLimit read_rate_limit(const MessageReader& message) {
  RateLimit limit;
  limit.type = message.text("rateLimitType");
  limit.interval = message.text("interval");
  limit.interval_count = message.integer_or("intervalNum", 1);
  limit.limit = message.integer("limit");
  limit.count = message.integer_or("count", -1);
  return limit;
}

int64_t RateLimit::window_ms() const {
  int64_t unit_ms = 0;
  if (interval == "SECOND") unit_ms = 1'000;
  if (interval == "MINUTE") unit_ms = 60'000;
  if (interval == "HOUR") unit_ms = 3'600'000;
  if (interval == "DAY") unit_ms = 86'400'000;
  constexpr int64_t most_units = 1'000'000;
  return interval_count > 0 && interval_count <= most_units ? unit_ms * interval_count : 0;
}

const ListedSymbol* ExchangeInfo::find(std::string_view name) const {
  const auto found = std::find_if(symbols.begin(), symbols.end(),
                                  [&](const ListedSymbol& listed) { return listed.symbol.name == name; });
  return found == symbols.end() ? nullptr : &*found;
}

Result<std::vector<RateLimit>> parse_rate_limits(std::string_view text) {
  return read_limits(text);
}

} // namespace stratdock::binance
