#include "host/binance/order_messages.hpp"

#include <algorithm>
#include <utility>

#include "host/binance/message_parts.hpp"
#include "host/binance/words.hpp"

namespace stratdock::binance {
namespace {

Fill read_fill(const MessageReader& message, const Order& order) {
  Fill fill;
  fill.trade_id = message.integer("tradeId");
  fill.order_id = order.order_id;
  fill.symbol = order.symbol;
  fill.client_id = order.client_id;
  fill.side = order.side;
  fill.price = message.decimal("price");
  fill.quantity = message.decimal("qty");
  fill.quote_quantity = read_product(message, fill.price, fill.quantity);
  fill.commission = message.decimal_or("commission", {});
  fill.commission_asset = message.text_or("commissionAsset", "");
  fill.time_ms = order.time_ms;
  return fill;
}

void read_state(const MessageReader& message, OrderReport& report) {
  Order& order = report.order;
  report.has_state = true;
  read_order_words(report, message.text("side"), message.text("type"), message.text_or("timeInForce", ""),
                   message.text("status"));
  // An amended order is spelt differently.
  const bool amended = message.has("qty") && !message.has("origQty");
  // Of an order that takes what another one buys, nobody knows the quantity before.
  report.quantity_known = amended || message.has("origQty");
  if (report.quantity_known) order.quantity = message.decimal(amended ? "qty" : "origQty");
  order.requested_quote_quantity = message.decimal_or(amended ? "quoteOrderQty" : "origQuoteOrderQty", {});
  order.price = message.decimal("price");
  order.stop_price = message.decimal_or("stopPrice", {});
  order.executed_quantity = message.decimal("executedQty");
  order.executed_quote_quantity = message.decimal(amended ? "cumulativeQuoteQty" : "cummulativeQuoteQty");
  report.quote_quantity_known = !order.executed_quote_quantity.is_negative();
  if (!report.quote_quantity_known) order.executed_quote_quantity = {};
  deduce_status(report);
  report.working_ms = message.integer_or("workingTime", -1);
  // Only queries say isWorking; elsewhere the time at which it came onto the book tells.
  order.is_working = message.flag_or("isWorking", report.working_ms > 0);
  order.expiry_reason = message.text_or("expiryReason", "");
  if (order.expiry_reason == "NONE") order.expiry_reason.clear();
  report.self_trade_prevention = message.text_or("selfTradePreventionMode", "");
}

ListReport read_list(const MessageReader& message) {
  ListReport list;
  list.list_id = message.integer("orderListId");
  list.contingency = message.text("contingencyType");
  list.list_status_type = message.text("listStatusType");
  list.list_order_status = message.text("listOrderStatus");
  list.list_client_id = message.text_or("listClientOrderId", "");
  list.symbol = message.text("symbol");
  list.time_ms = message.integer_or("transactionTime", 0);
  message.at("orders").each(
      [&](const MessageReader& leg) { list.legs.push_back(read_leg(leg, "symbol", "orderId", "clientOrderId")); });
  if (message.has("orderReports"))
    message.at("orderReports").each([&](const MessageReader& order) { list.reports.push_back(read_order(order)); });
  return list;
}

void read_either(const MessageReader& message, OrdersAndLists& into) {
  if (message.has("contingencyType"))
    into.lists.push_back(read_list(message));
  else
    into.orders.push_back(read_order(message));
}

OrdersAndLists read_orders_and_lists(const MessageReader& message) {
  OrdersAndLists read;
  message.each_or_one([&](const MessageReader& element) { read_either(element, read); });
  return read;
}

CancelReplaceReport read_cancel_replace(const MessageReader& message) {
  CancelReplaceReport report;
  const MessageReader parts = message.has("data") ? message.at("data") : message;
  report.cancel_result = parts.text("cancelResult");
  report.new_order_result = parts.text("newOrderResult");
  if (parts.has("cancelResponse")) {
    const MessageReader canceled = parts.at("cancelResponse");
    report.cancel_error = read_refusal(canceled);
    if (!report.cancel_error) read_either(canceled, report.canceled);
  }
  if (parts.has("newOrderResponse")) {
    const MessageReader placed = parts.at("newOrderResponse");
    report.new_order_error = read_refusal(placed);
    if (!report.new_order_error) report.placed = read_order(placed);
  }
  return report;
}

AmendReport read_amend(const MessageReader& message) {
  AmendReport report;
  report.time_ms = message.integer("transactTime");
  report.order = read_order(message.at("amendedOrder"));
  // Here `origClientOrderId` is the id that the amend replaced, not that of the order from now on.
  std::swap(report.order.order.client_id, report.order.cancel_id);
  report.previous_client_id = std::move(report.order.cancel_id);
  report.order.cancel_id.clear();
  report.order.order.update_ms = report.time_ms;
  return report;
}

} // namespace

void read_order_words(OrderReport& report, const std::string& side, const std::string& type,
                      const std::string& time_in_force, const std::string& status) {
  report.side_text = side;
  report.type_text = type;
  report.time_in_force_text = time_in_force;
  report.status_text = status;
  const auto known_side = read_side(side);
  const auto known_type = read_order_type(type);
  const auto known_time = read_time_in_force(time_in_force);
  const auto known_status = read_order_status(status);
  report.words_known = known_side && known_type && (known_time || time_in_force.empty()) && known_status;
  report.order.side = known_side.value_or(Side::buy);
  report.order.type = known_type.value_or(OrderType::market);
  report.order.time_in_force = known_time.value_or(TimeInForce::none);
  // Not terminal: whoever does not know the state must go on asking.
  report.order.status = known_status.value_or(OrderStatus::new_);
}

void deduce_status(OrderReport& report) {
  Order& order = report.order;
  if (read_order_status(report.status_text) || !order.executed_quantity.is_positive()) return;
  const bool whole = report.quantity_known && order.quantity.is_positive() && order.executed_quantity >= order.quantity;
  order.status = whole ? OrderStatus::filled : OrderStatus::partially_filled;
}

ListLeg read_leg(const MessageReader& leg, const char* symbol, const char* order_id, const char* client_id) {
  return {leg.text(symbol), leg.integer(order_id), leg.text_or(client_id, "")};
}

std::optional<Error> read_refusal(const MessageReader& value) {
  if (!value.is_object() || !value.has("code") || !value.has("msg")) return {};
  const int64_t code = std::clamp<int64_t>(value.integer("code"), INT32_MIN, INT32_MAX);
  const std::string reason = short_quote(value.text("msg"), 200);
  return Error{reason.empty() ? "the exchange gave no reason" : reason, {}, static_cast<int>(code)};
}

OrderReport read_order(const MessageReader& message) {
  OrderReport report;
  Order& order = report.order;
  order.symbol = message.text("symbol");
  order.order_id = message.integer("orderId");
  order.list_id = message.integer_or("orderListId", -1);
  order.client_id = message.text("clientOrderId");
  if (message.has("origClientOrderId")) {
    report.cancel_id = std::move(order.client_id);
    order.client_id = message.text("origClientOrderId");
  }
  // The transaction of a placement makes the order, that of a cancel does not.
  const int64_t transaction_ms = message.integer_or("transactTime", 0);
  order.time_ms = message.integer_or("time", report.cancel_id.empty() ? transaction_ms : 0);
  order.update_ms = message.integer_or("updateTime", std::max(order.time_ms, transaction_ms));
  if (message.has("status")) read_state(message, report);
  if (message.has("fills"))
    message.at("fills").each([&](const MessageReader& fill) { report.fills.push_back(read_fill(fill, order)); });
  return report;
}

Result<OrderReport> parse_order(std::string_view text) {
  return read_message("order", text, read_order);
}

Result<std::vector<OrderReport>> parse_orders(std::string_view text) {
  return read_messages("orders", text, read_order);
}

Result<OrdersAndLists> parse_orders_and_lists(std::string_view text) {
  return read_message("orders and lists", text, read_orders_and_lists);
}

Result<ListReport> parse_order_list(std::string_view text) {
  return read_message("order list", text, read_list);
}

Result<std::vector<ListReport>> parse_order_lists(std::string_view text) {
  return read_messages("order lists", text, read_list);
}

Result<CancelReplaceReport> parse_cancel_replace(std::string_view text) {
  return read_message("order/cancelReplace", text, read_cancel_replace, RefusalIs::a_message);
}

Result<AmendReport> parse_amend(std::string_view text) {
  return read_message("order/amend/keepPriority", text, read_amend);
}

} // namespace stratdock::binance
