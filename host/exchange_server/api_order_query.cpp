// Reading orders and trades back.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/exchange_server/api_helpers.hpp"

namespace stratdock::exchange_server::order_calls {

namespace {

constexpr int64_t longest_range_ms = 24 * 60 * minute_ms;

struct Range {
  int64_t start_ms, end_ms;
  bool from_start;
};

Range range_of(const Call& call) {
  const auto start = call.parameters().maybe_time_ms("startTime"), end = call.parameters().maybe_time_ms("endTime");
  if (start && end && *end - *start > longest_range_ms)
    throw Refusal{400, -1127, "More than 24 hours between startTime and endTime."};
  return {start.value_or(INT64_MIN), end.value_or(INT64_MAX), start.has_value()};
}

// The newest `limit`, or the first ones where the question has a beginning; ascending either way.
Json limited(std::vector<Json> rows, size_t limit, bool from_start) {
  if (rows.size() > limit) {
    if (from_start) rows.resize(limit);
    else rows.erase(rows.begin(), rows.end() - static_cast<std::ptrdiff_t>(limit));
  }
  Json json = Json::array();
  for (Json& row : rows)
    json.push_back(std::move(row));
  return json;
}

} // namespace

std::string status(Api& api, Call& call) {
  const std::string symbol = tape_of(api, call).symbol().name;
  const auto id = call.parameters().maybe_integer("orderId");
  const std::string client_id = call.parameters().text_or("origClientOrderId", "");
  if (!id && client_id.empty())
    throw Refusal{400, -1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"};
  const OrderRecord* record = id ? call.account->find(symbol, *id) : call.account->find(symbol, client_id);
  if (!record) throw Refusal{400, -2013, "Order does not exist."};
  if (id && !client_id.empty() && record->order.client_id != client_id)
    throw Refusal{400, -2039, "The orderId and the client order id do not belong to the same order."};
  return queried_json(*record, call.time_unit).dump();
}

std::string open_orders(Api& api, Call& call) {
  // Sent and empty is not left out: nobody means every symbol by that.
  const bool is_one = !call.parameters().text_or("symbol", "").empty();
  const std::string symbol = is_one ? tape_of(api, call).symbol().name : "";
  Json rows = Json::array();
  for (const Order& order : call.account->exchange().open_orders(symbol))
    rows.push_back(queried_json(*call.account->find(order.symbol, order.order_id), call.time_unit));
  return rows.dump();
}

std::string all_orders(Api& api, Call& call) {
  const std::string symbol = tape_of(api, call).symbol().name;
  const auto from_id = call.parameters().maybe_integer("orderId");
  const Range range = range_of(call);
  const size_t limit = limit_of(call, 500, 1000);
  std::vector<Json> rows;
  for (const auto& [id, record] : call.account->orders()) {
    const Order& order = record.order;
    const bool fits = from_id ? id >= *from_id : order.time_ms >= range.start_ms && order.time_ms <= range.end_ms;
    if (order.symbol == symbol && fits) rows.push_back(queried_json(record, call.time_unit));
  }
  return limited(std::move(rows), limit, from_id || range.from_start).dump();
}

std::string my_trades(Api& api, Call& call) {
  const std::string symbol = tape_of(api, call).symbol().name;
  const auto order_id = call.parameters().maybe_integer("orderId"), from_id = call.parameters().maybe_integer("fromId");
  const bool has_time = call.parameters().has("startTime") || call.parameters().has("endTime");
  if ((from_id || order_id) && has_time) throw Refusal{400, -1128, "Combination of optional parameters invalid."};
  const Range range = range_of(call);
  const size_t limit = limit_of(call, 500, 1000);
  std::vector<Json> rows;
  for (const TradeRecord& trade : call.account->trades()) {
    const Fill& fill = trade.fill;
    const bool fits = fill.symbol == symbol && (!order_id || fill.order_id == *order_id) &&
                      trade.trade_id >= from_id.value_or(0) && fill.time_ms >= range.start_ms &&
                      fill.time_ms <= range.end_ms;
    if (fits) rows.push_back(trade_json(trade, call.time_unit));
  }
  return limited(std::move(rows), limit, from_id || range.from_start).dump();
}

// What never happens here has no records.
std::string none_of_symbol(Api& api, Call& call) {
  static_cast<void>(tape_of(api, call));
  return "[]";
}

std::string prevented_matches(Api& api, Call& call) {
  const Parameters& parameters = call.parameters();
  const std::string none = none_of_symbol(api, call);
  if (!parameters.maybe_integer("preventedMatchId") && !parameters.maybe_integer("orderId"))
    throw Refusal{400, -1102, "Param 'preventedMatchId' or 'orderId' must be sent, but both were empty/null!"};
  return none;
}

// exchangeInfo says so as well: amendAllowed is false, and there is no list of `sors`.
std::string amend(Api& api, Call& call) {
  static_cast<void>(tape_of(api, call));
  throw Refusal{400, -2038, "Order amend is not supported for this symbol."};
}
std::string route_smartly(Api& api, Call& call) {
  static_cast<void>(tape_of(api, call));
  throw Refusal{400, -1020, "This operation is not supported."};
}

} // namespace stratdock::exchange_server::order_calls
