// Calls that place, cancel and look up orders and lists.
#include "core/check.hpp"
#include "host/binance/requests.hpp"

namespace stratdock::binance {
namespace {

std::string_view text(ResponseType response) {
  switch (response) {
  case ResponseType::ack:
    return "ACK";
  case ResponseType::result:
    return "RESULT";
  case ResponseType::full:
    return "FULL";
  }
  invariant_broken("a known response type", __FILE__, __LINE__);
}

bool has_price(OrderType type) {
  return type == OrderType::limit || type == OrderType::limit_maker || type == OrderType::stop_loss_limit ||
         type == OrderType::take_profit_limit;
}

bool has_stop(OrderType type) {
  return type == OrderType::stop_loss || type == OrderType::stop_loss_limit || type == OrderType::take_profit ||
         type == OrderType::take_profit_limit;
}

bool has_time_in_force(OrderType type) {
  return has_price(type) && type != OrderType::limit_maker;
}

// What is wrong with a single order, or empty.
std::string fault_of(const OrderRequest& order, bool quantity_needed) {
  if (!order.client_id.empty() && !is_valid_client_id(order.client_id))
    return "its client id \"" + order.client_id + "\" is not 1 to 36 of the letters A-Z a-z 0-9 - _";
  if (has_price(order.type) != order.price.is_positive() || order.price.is_negative())
    return "its price is " + order.price.text() + (has_price(order.type) ? ", it needs one" : ", this type has none");
  if (has_stop(order.type) != order.stop_price.is_positive() || order.stop_price.is_negative())
    return "its stop price is " + order.stop_price.text() +
           (has_stop(order.type) ? ", it needs one" : ", this type has none");
  if (has_time_in_force(order.type) != (order.time_in_force != TimeInForce::none))
    return has_time_in_force(order.type) ? "it needs a time in force" : "this type has no time in force";
  if (order.quantity.is_negative() || order.quote_quantity.is_negative()) return "its quantity is negative";
  if (order.quote_quantity.is_positive() && order.type != OrderType::market)
    return "only a MARKET order can be sized in the quote asset";
  const bool both = order.quantity.is_positive() && order.quote_quantity.is_positive();
  const bool neither = order.quantity.is_zero() && order.quote_quantity.is_zero();
  if (both || (neither && quantity_needed))
    return both ? "it has a quantity and a quote quantity" : "it has no quantity";
  if (!quantity_needed && !neither) return "it may have no quantity of its own";
  return {};
}

Error refuse(const std::string& what, const std::string& symbol, const std::string& fault) {
  return {"building " + what + " for " + (symbol.empty() ? "no symbol" : symbol) + ": " + fault, {}, 0};
}

std::string name_of(const OrderRequest& order) {
  return "a " + std::string(stratdock::text(order.side)) + ' ' + std::string(stratdock::text(order.type)) + " order";
}

Call signed_call(Verb verb, std::string path, std::string method, int weight, int unfilled_orders) {
  Call call;
  call.verb = verb;
  call.path = "/api/v3/" + std::move(path);
  call.method = std::move(method);
  call.security = Security::signed_;
  call.weight = weight;
  call.unfilled_orders = unfilled_orders;
  return call;
}

void add_order(Parameters& parameters, const OrderRequest& order) {
  parameters.add("symbol", order.symbol)
      .add("side", stratdock::text(order.side))
      .add("type", stratdock::text(order.type));
  if (order.time_in_force != TimeInForce::none) parameters.add("timeInForce", stratdock::text(order.time_in_force));
  if (order.quantity.is_positive()) parameters.add("quantity", order.quantity);
  if (order.quote_quantity.is_positive()) parameters.add("quoteOrderQty", order.quote_quantity);
  if (order.price.is_positive()) parameters.add("price", order.price);
  if (order.stop_price.is_positive()) parameters.add("stopPrice", order.stop_price);
  if (!order.client_id.empty()) parameters.add("newClientOrderId", order.client_id);
}

// The fields of one order of a list, each name beginning with `prefix` ("above", "pendingBelow", "working").
void add_leg(Parameters& parameters, const std::string& prefix, const OrderRequest& leg) {
  parameters.add(prefix + "Type", stratdock::text(leg.type));
  if (!leg.client_id.empty()) parameters.add(prefix + "ClientOrderId", leg.client_id);
  if (leg.price.is_positive()) parameters.add(prefix + "Price", leg.price);
  if (leg.stop_price.is_positive()) parameters.add(prefix + "StopPrice", leg.stop_price);
  if (leg.time_in_force != TimeInForce::none)
    parameters.add(prefix + "TimeInForce", stratdock::text(leg.time_in_force));
}

struct ListShape {
  const char* name; // of path and method
  bool has_working, has_pair, has_pending_quantity;
  int orders;
};

ListShape shape_of(ListKind kind) {
  switch (kind) {
  case ListKind::oco:
    return {"oco", false, true, true, 2};
  case ListKind::oto:
    return {"oto", true, false, true, 2};
  case ListKind::otoco:
    return {"otoco", true, true, true, 3};
  case ListKind::opo:
    return {"opo", true, false, false, 2};
  case ListKind::opoco:
    return {"opoco", true, true, false, 3};
  }
  invariant_broken("a known list kind", __FILE__, __LINE__);
}

bool takes_profit(OrderType type) {
  return type == OrderType::limit_maker || type == OrderType::take_profit || type == OrderType::take_profit_limit;
}

bool stops_loss(OrderType type) {
  return type == OrderType::stop_loss || type == OrderType::stop_loss_limit;
}

std::string fault_of_pair(const OrderListRequest& list) {
  const OrderRequest &above = list.above, &below = list.below;
  if (above.side != below.side) return "its two legs are on different sides";
  if (above.quantity != below.quantity) return "its two legs have different quantities";
  const bool profit_above = takes_profit(above.type) && stops_loss(below.type);
  const bool profit_below = stops_loss(above.type) && takes_profit(below.type);
  if (above.side == Side::sell && !profit_above) return "a SELL pair takes profit above and stops below";
  if (above.side == Side::buy && !profit_below) return "a BUY pair stops above and takes profit below";
  return {};
}

std::string fault_of_list(const OrderListRequest& list, const ListShape& shape) {
  if (!list.list_client_id.empty() && !is_valid_client_id(list.list_client_id))
    return "its client id \"" + list.list_client_id + "\" is not 1 to 36 of the letters A-Z a-z 0-9 - _";
  const auto leg_fault = [](const char* leg, const std::string& fault) {
    return fault.empty() ? fault : std::string("of the ") + leg + " order, " + fault;
  };
  std::string fault;
  if (shape.has_working) {
    if (list.working.type != OrderType::limit && list.working.type != OrderType::limit_maker)
      return "its working order must be LIMIT or LIMIT_MAKER";
    fault = leg_fault("working", fault_of(list.working, true));
    if (fault.empty() && !shape.has_pending_quantity &&
        (list.working.side != Side::buy || list.above.side != Side::sell))
      fault = "it can only buy first and sell then";
  }
  if (fault.empty())
    fault = leg_fault(shape.has_pair ? "above" : "pending", fault_of(list.above, shape.has_pending_quantity));
  if (fault.empty() && shape.has_pair) fault = leg_fault("below", fault_of(list.below, shape.has_pending_quantity));
  if (fault.empty() && shape.has_pair) fault = fault_of_pair(list);
  if (fault.empty() && list.above.quote_quantity.is_positive())
    fault = "an order in a list cannot be sized in the quote asset";
  return fault;
}

void add_list(Parameters& parameters, const OrderListRequest& list, const ListShape& shape) {
  parameters.add("symbol", list.symbol);
  if (!list.list_client_id.empty()) parameters.add("listClientOrderId", list.list_client_id);
  if (!shape.has_working) {
    parameters.add("side", stratdock::text(list.above.side)).add("quantity", list.above.quantity);
    add_leg(parameters, "above", list.above);
    add_leg(parameters, "below", list.below);
    return;
  }
  add_leg(parameters, "working", list.working);
  parameters.add("workingSide", stratdock::text(list.working.side)).add("workingQuantity", list.working.quantity);
  parameters.add("pendingSide", stratdock::text(list.above.side));
  if (shape.has_pending_quantity) parameters.add("pendingQuantity", list.above.quantity);
  add_leg(parameters, shape.has_pair ? "pendingAbove" : "pending", list.above);
  if (shape.has_pair) add_leg(parameters, "pendingBelow", list.below);
}

void add_key(Parameters& parameters, const OrderKey& key, std::string_view id_name, std::string_view client_id_name) {
  STRATDOCK_CHECK(key.id || !key.client_id.empty());
  if (key.id) parameters.add(id_name, *key.id);
  if (!key.client_id.empty()) parameters.add(client_id_name, key.client_id);
}

} // namespace

Result<Call> call_place_order(const OrderRequest& order, ResponseType response) {
  if (const std::string fault = order.symbol.empty() ? "it names none" : fault_of(order, true); !fault.empty())
    return tl::unexpected<Error>(refuse(name_of(order), order.symbol, fault));
  Call call = signed_call(Verb::post, "order", "order.place", 1, 1);
  add_order(call.parameters, order);
  call.parameters.add("newOrderRespType", text(response));
  return call;
}

Result<Call> call_test_order(const OrderRequest& order) {
  Result<Call> call = call_place_order(order, ResponseType::ack);
  if (!call) return call;
  call->path += "/test";
  call->method = "order.test";
  call->unfilled_orders = 0;
  return call;
}

Result<Call> call_place_list(const OrderListRequest& list, ResponseType response) {
  const ListShape shape = shape_of(list.kind);
  if (const std::string fault = list.symbol.empty() ? "it names none" : fault_of_list(list, shape); !fault.empty())
    return tl::unexpected<Error>(refuse("an order list (" + std::string(shape.name) + ')', list.symbol, fault));
  Call call = signed_call(Verb::post, std::string("orderList/") + shape.name,
                          std::string("orderList.place.") + shape.name, 1, shape.orders);
  add_list(call.parameters, list, shape);
  call.parameters.add("newOrderRespType", text(response));
  return call;
}

Call call_query_order(std::string_view symbol, const OrderKey& order) {
  Call call = signed_call(Verb::get, "order", "order.status", 4, 0);
  call.parameters.add("symbol", symbol);
  add_key(call.parameters, order, "orderId", "origClientOrderId");
  return call;
}

Call call_query_list(const OrderKey& list) {
  Call call = signed_call(Verb::get, "orderList", "orderList.status", 4, 0);
  add_key(call.parameters, list, "orderListId", "origClientOrderId");
  return call;
}

Call call_cancel_order(std::string_view symbol, const OrderKey& order, std::string_view cancel_id) {
  Call call = signed_call(Verb::delete_, "order", "order.cancel", 1, 0);
  call.parameters.add("symbol", symbol);
  add_key(call.parameters, order, "orderId", "origClientOrderId");
  if (!cancel_id.empty()) call.parameters.add("newClientOrderId", cancel_id);
  return call;
}

Call call_cancel_list(std::string_view symbol, const OrderKey& list, std::string_view cancel_id) {
  Call call = signed_call(Verb::delete_, "orderList", "orderList.cancel", 1, 0);
  call.parameters.add("symbol", symbol);
  add_key(call.parameters, list, "orderListId", "listClientOrderId");
  if (!cancel_id.empty()) call.parameters.add("newClientOrderId", cancel_id);
  return call;
}

Call call_cancel_all(std::string_view symbol) {
  Call call = signed_call(Verb::delete_, "openOrders", "openOrders.cancelAll", 1, 0);
  call.parameters.add("symbol", symbol);
  return call;
}

Result<Call> call_cancel_replace(const OrderKey& canceled, const OrderRequest& placed, ResponseType response) {
  if (const std::string fault = placed.symbol.empty() ? "it names none" : fault_of(placed, true); !fault.empty())
    return tl::unexpected<Error>(refuse(name_of(placed) + " in another's place", placed.symbol, fault));
  Call call = signed_call(Verb::post, "order/cancelReplace", "order.cancelReplace", 1, 1);
  add_order(call.parameters, placed);
  call.parameters.add("cancelReplaceMode", "STOP_ON_FAILURE");
  add_key(call.parameters, canceled, "cancelOrderId", "cancelOrigClientOrderId");
  call.parameters.add("newOrderRespType", text(response));
  return call;
}

} // namespace stratdock::binance
