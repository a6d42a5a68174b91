// Placing, testing and cancelling single orders.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/exchange_server/api_helpers.hpp"

namespace stratdock::exchange_server {

namespace {

constexpr int64_t lowest_strategy_type = 1'000'000;
constexpr std::string_view prevention_modes[] = {"EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT",
                                                 "TRANSFER"};

OrderType read_type(const Call& call, const std::string& name) {
  const std::string word = call.parameters().text(name);
  for (const OrderType type : {OrderType::limit, OrderType::market, OrderType::stop_loss, OrderType::stop_loss_limit,
                               OrderType::take_profit, OrderType::take_profit_limit, OrderType::limit_maker})
    if (text(type) == word) return type;
  throw Refusal{400, -1116, "Invalid orderType."};
}

TimeInForce read_time_in_force(const Call& call, const std::string& name) {
  const std::string word = call.parameters().text_or(name, "");
  if (word.empty()) return TimeInForce::none;
  for (const TimeInForce time : {TimeInForce::gtc, TimeInForce::ioc, TimeInForce::fok})
    if (text(time) == word) return time;
  throw Refusal{400, -1115, "Invalid timeInForce."};
}

Json failure_json(const Refusal& refusal) {
  return {{"code", refusal.code}, {"msg", refusal.message}};
}

OrderRequest read_single(Api& api, const Call& call) {
  OrderRequest request;
  const Symbol& symbol = tape_of(api, call).symbol();
  const Side side = read_side(call, "side");
  request = read_order(call, "");
  request.symbol = symbol.name;
  request.side = side;
  request.quantity = call.parameters().decimal_or_zero("quantity");
  // One that was sent as zero is not one that is missing.
  if (call.parameters().has("quantity") && request.quantity.is_zero()) throw Refusal{400, -1013, "Invalid quantity."};
  if (call.parameters().has("price") && request.price.is_zero()) throw Refusal{400, -1013, "Invalid price."};
  request.quote_quantity = call.parameters().decimal_or_zero("quoteOrderQty");
  request.client_id = call.parameters().text_or("newClientOrderId", "");
  if (call.parameters().has("pegPriceType") || call.parameters().has("pegOffsetType"))
    throw Refusal{400, -1013, "Pegged orders are not supported for this symbol."};
  return request;
}

ResponseType usual_response(OrderType type) {
  return type == OrderType::market || type == OrderType::limit ? ResponseType::full : ResponseType::ack;
}

Json place_single(Api& api, Call& call) {
  const OrderRequest request = read_single(api, call);
  const OrderExtras extras = read_extras(call, "", tape_of(api, call).symbol());
  const ResponseType response = read_response_type(call, usual_response(request.type));
  const int64_t now_ms = api.venue().now_ms();
  const Result<Order> placed = call.account->place(request, extras, now_ms);
  if (!placed) refuse(placed.error());
  const OrderRecord* record = call.account->find(request.symbol, placed->order_id);
  if (!record->trades.empty())
    api.limits().order_filled(call.account->name(), record->trades.front().fill.is_maker, now_ms);
  return placed_json(*record, response, now_ms, call.time_unit);
}

// The order that a cancel names; -2011 when it is not open.
const OrderRecord& open_order_of(const Call& call, const std::string& symbol, const char* id_name,
                                 const char* client_name) {
  const std::optional<int64_t> id = call.parameters().maybe_integer(id_name);
  const std::string client_id = call.parameters().text_or(client_name, "");
  if (!id && client_id.empty())
    throw Refusal{400, -1102,
                  "Param '" + std::string(client_name) + "' or '" + id_name + "' must be sent, but both were empty/null!"};
  const OrderRecord* record = id ? call.account->find(symbol, *id) : call.account->find(symbol, client_id);
  const bool is_other = record && id && !client_id.empty() && record->order.client_id != client_id;
  if (!record || is_other || is_terminal(record->order.status)) throw Refusal{400, -2011, "Unknown order sent."};
  return *record;
}

std::string read_restrictions(const Call& call) {
  const std::string word = call.parameters().text_or("cancelRestrictions", "");
  if (word.empty() || word == "ONLY_NEW" || word == "ONLY_PARTIALLY_FILLED") return word;
  throw Refusal{400, -1145, "Invalid cancelRestrictions"};
}

void check_restrictions(const Call& call, const Order& order) {
  const std::string word = read_restrictions(call);
  if (word.empty()) return;
  const OrderStatus wanted = word == "ONLY_NEW" ? OrderStatus::new_ : OrderStatus::partially_filled;
  if (order.status != wanted)
    throw Refusal{400, -2011, "Order was not canceled due to cancel restrictions."};
}

Json cancel_single(Api& api, Call& call, const char* id_name, const char* client_name, const char* new_name) {
  const std::string symbol = tape_of(api, call).symbol().name;
  static_cast<void>(read_restrictions(call));
  const OrderRecord& record = open_order_of(call, symbol, id_name, client_name);
  check_restrictions(call, record.order);
  const std::string cancel_id = read_new_id(call, new_name);
  const int64_t now_ms = api.venue().now_ms();
  const int64_t list_id = record.order.list_id;
  const Result<Order> canceled = call.account->cancel(symbol, record.order.order_id, cancel_id, now_ms);
  if (!canceled) refuse(canceled.error());
  if (list_id >= 0) return list_reports_json(*call.account, call.account->lists().at(list_id), cancel_id, now_ms, call.time_unit);
  return canceled_json(record, cancel_id, now_ms, call.time_unit);
}

} // namespace

void refuse(const Error& error) {
  throw Refusal{400, error.code, error.message};
}

std::string read_new_id(const Call& call, const char* name) {
  const std::string id = call.parameters().text_or(name, "");
  if (id.empty()) return call.account->fresh_id();
  const bool is_legal = id.size() <= 36 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (is_legal) return id;
  throw Refusal{400, -1100,
                "Illegal characters found in parameter '" + std::string(name) +
                    "'; legal range is '^[a-zA-Z0-9-_]{1,36}$'."};
}

std::string prefixed(std::string_view prefix, std::string_view name) {
  std::string result(prefix);
  result += name;
  if (!prefix.empty()) result[prefix.size()] = static_cast<char>(name[0] - 'a' + 'A');
  return result;
}

Side read_side(const Call& call, std::string_view name) {
  const std::string word = call.parameters().text(name);
  if (word == "BUY") return Side::buy;
  if (word == "SELL") return Side::sell;
  throw Refusal{400, -1117, "Invalid side."};
}

OrderRequest read_order(const Call& call, std::string_view prefix) {
  const Parameters& parameters = call.parameters();
  OrderRequest request;
  request.type = read_type(call, prefixed(prefix, "type"));
  request.time_in_force = read_time_in_force(call, prefixed(prefix, "timeInForce"));
  request.price = parameters.decimal_or_zero(prefixed(prefix, "price"));
  request.stop_price = parameters.decimal_or_zero(prefixed(prefix, "stopPrice"));
  request.iceberg_quantity = parameters.decimal_or_zero(prefixed(prefix, "icebergQty"));
  request.trailing_delta_bips =
      static_cast<int>(std::min<int64_t>(parameters.integer_or(prefixed(prefix, "trailingDelta"), 0), 1'000'000));
  if (!prefix.empty()) request.client_id = parameters.text_or(prefixed(prefix, "clientOrderId"), "");
  return request;
}

OrderExtras read_extras(const Call& call, std::string_view prefix, const Symbol&) {
  OrderExtras extras;
  const Parameters& parameters = call.parameters();
  extras.strategy_id = parameters.maybe_integer(prefixed(prefix, "strategyId"));
  extras.strategy_type = parameters.maybe_integer(prefixed(prefix, "strategyType"));
  if (extras.strategy_type && *extras.strategy_type < lowest_strategy_type)
    throw Refusal{400, -1134, "strategyType was less than 1000000."};
  const std::string mode = parameters.text_or("selfTradePreventionMode", extras.self_trade_prevention);
  if (std::find(std::begin(prevention_modes), std::end(prevention_modes), mode) == std::end(prevention_modes)) {
    if (mode != "NONE") throw invalid_parameter("selfTradePreventionMode");
    throw Refusal{400, -1013, "This symbol does not allow the specified self-trade prevention mode."};
  }
  extras.self_trade_prevention = mode;
  return extras;
}

ResponseType read_response_type(const Call& call, ResponseType fallback) {
  const std::string word = call.parameters().text_or("newOrderRespType", "");
  if (word.empty()) return fallback;
  if (word == "ACK") return ResponseType::ack;
  if (word == "RESULT") return ResponseType::result;
  if (word == "FULL") return ResponseType::full;
  throw invalid_parameter("newOrderRespType");
}

namespace order_calls {

std::string place(Api& api, Call& call) {
  return place_single(api, call).dump();
}

std::string test(Api& api, Call& call) {
  const OrderRequest request = read_single(api, call);
  static_cast<void>(read_extras(call, "", tape_of(api, call).symbol()));
  static_cast<void>(read_response_type(call, usual_response(request.type)));
  const Result<Order> tested = call.account->exchange().test_order(request);
  if (!tested) refuse(tested.error());
  if (!call.parameters().flag_or("computeCommissionRates", false)) return "{}";
  return test_commission_json(*call.account).dump();
}

std::string cancel(Api& api, Call& call) {
  return cancel_single(api, call, "orderId", "origClientOrderId", "newClientOrderId").dump();
}

// A list's orders come back as one list object, single orders one by one.
std::string cancel_all(Api& api, Call& call) {
  const std::string symbol = tape_of(api, call).symbol().name;
  const std::vector<Order> open = call.account->exchange().open_orders(symbol);
  if (open.empty()) throw Refusal{400, -2011, "Unknown order sent."};
  const int64_t now_ms = api.venue().now_ms();
  Json rows = Json::array();
  for (const Order& order : open) {
    const OrderRecord* record = call.account->find(symbol, order.order_id);
    if (is_terminal(record->order.status)) continue; // went with its list
    const std::string cancel_id = call.account->fresh_id();
    const Result<Order> canceled = call.account->cancel(symbol, order.order_id, cancel_id, now_ms);
    if (!canceled) refuse(canceled.error());
    if (order.list_id >= 0)
      rows.push_back(list_reports_json(*call.account, call.account->lists().at(order.list_id), cancel_id, now_ms,
                                       call.time_unit));
    else
      rows.push_back(canceled_json(*record, cancel_id, now_ms, call.time_unit));
  }
  return rows.dump();
}

std::string cancel_replace(Api& api, Call& call) {
  const std::string mode = call.parameters().text("cancelReplaceMode");
  if (mode != "STOP_ON_FAILURE" && mode != "ALLOW_FAILURE") throw invalid_parameter("cancelReplaceMode");
  // What is wrong with the new order by itself is found before anything is cancelled.
  const Result<Order> tested = call.account->exchange().test_order(read_single(api, call));
  if (!tested && tested.error().code != -2010) refuse(tested.error());
  Json json = {{"cancelResult", "SUCCESS"}, {"newOrderResult", "SUCCESS"}};
  bool canceled = true, placed = true;
  try {
    json["cancelResponse"] =
        cancel_single(api, call, "cancelOrderId", "cancelOrigClientOrderId", "cancelNewClientOrderId");
  } catch (const Refusal& refusal) {
    if (refusal.code != -2011) throw;
    canceled = false;
    json["cancelResult"] = "FAILURE";
    json["cancelResponse"] = failure_json(refusal);
  }
  if (!canceled && mode == "STOP_ON_FAILURE") {
    json["newOrderResult"] = "NOT_ATTEMPTED";
    json["newOrderResponse"] = nullptr;
    throw Refusal{400, -2022, "Order cancel-replace failed.", json.dump()};
  }
  try {
    json["newOrderResponse"] = place_single(api, call);
  } catch (const Refusal& refusal) {
    placed = false;
    json["newOrderResult"] = "FAILURE";
    json["newOrderResponse"] = failure_json(refusal);
  }
  if (canceled && placed) return json.dump();
  if (canceled || placed) throw Refusal{409, -2021, "Order cancel-replace partially failed.", json.dump()};
  throw Refusal{400, -2022, "Order cancel-replace failed.", json.dump()};
}

} // namespace order_calls

} // namespace stratdock::exchange_server
