#include "host/exchange_server/order_json.hpp"

#include <nlohmann/json.hpp>

namespace stratdock::exchange_server {

namespace {

std::string status_text(const Order& order) {
  return std::string(text(order.status));
}

Json ack_json(const Order& order, int64_t transact_ms, int64_t unit) {
  return {{"symbol", order.symbol},
          {"orderId", order.order_id},
          {"orderListId", order.list_id},
          {"clientOrderId", order.client_id},
          {"transactTime", transact_ms * unit}};
}

void add_state(Json& json, const Order& order) {
  json["price"] = price_text(order.price);
  json["origQty"] = price_text(order.quantity);
  json["executedQty"] = price_text(order.executed_quantity);
  json["origQuoteOrderQty"] = price_text(order.requested_quote_quantity);
  json["cummulativeQuoteQty"] = price_text(order.executed_quote_quantity);
  json["status"] = status_text(order);
  json["timeInForce"] = std::string(text(order.time_in_force));
  json["type"] = std::string(text(order.type));
  json["side"] = std::string(text(order.side));
}

void add_conditional(Json& json, const OrderRecord& record, int64_t unit) {
  const Order& order = record.order;
  if (order.stop_price.is_positive()) json["stopPrice"] = price_text(order.stop_price);
  if (order.iceberg_quantity.is_positive()) json["icebergQty"] = price_text(order.iceberg_quantity);
  if (order.trailing_delta_bips > 0) {
    json["trailingDelta"] = order.trailing_delta_bips;
    json["trailingTime"] = order.trailing_ms > 0 ? order.trailing_ms * unit : -1;
  }
  if (record.extras.strategy_id) json["strategyId"] = *record.extras.strategy_id;
  if (record.extras.strategy_type) json["strategyType"] = *record.extras.strategy_type;
}

void add_expiry(Json& json, const Order& order) {
  if (!order.expiry_reason.empty()) json["expiryReason"] = order.expiry_reason;
}

std::string_view contingency(ListKind kind) {
  return kind == ListKind::oco ? "OCO" : "OTO";
}

Json list_orders_json(const ListRecord& list, bool is_short) {
  Json orders = Json::array();
  for (const auto& [id, client_id] : list.orders)
    orders.push_back(is_short ? Json{{"s", list.symbol}, {"i", id}, {"c", client_id}}
                              : Json{{"symbol", list.symbol}, {"orderId", id}, {"clientOrderId", client_id}});
  return orders;
}

} // namespace

std::string price_text(Decimal value) {
  return value.text_fixed(8);
}

Json placed_json(const OrderRecord& record, ResponseType type, int64_t transact_ms, int64_t unit) {
  const Order& order = record.order;
  Json json = ack_json(order, transact_ms, unit);
  if (type == ResponseType::ack) return json;
  add_state(json, order);
  add_conditional(json, record, unit);
  json["workingTime"] = record.working_ms < 0 ? -1 : record.working_ms * unit;
  if (type == ResponseType::full) {
    Json fills = Json::array();
    for (const TradeRecord& trade : record.trades)
      fills.push_back({{"price", price_text(trade.fill.price)},
                       {"qty", price_text(trade.fill.quantity)},
                       {"commission", price_text(trade.fill.commission)},
                       {"commissionAsset", trade.fill.commission_asset},
                       {"tradeId", trade.trade_id}});
    json["fills"] = std::move(fills);
  }
  json["selfTradePreventionMode"] = record.extras.self_trade_prevention;
  add_expiry(json, order);
  return json;
}

Json queried_json(const OrderRecord& record, int64_t unit) {
  const Order& order = record.order;
  Json json = {{"symbol", order.symbol},
               {"orderId", order.order_id},
               {"orderListId", order.list_id},
               {"clientOrderId", order.client_id},
               {"price", price_text(order.price)},
               {"origQty", price_text(order.quantity)},
               {"executedQty", price_text(order.executed_quantity)},
               {"cummulativeQuoteQty", price_text(order.executed_quote_quantity)},
               {"status", status_text(order)},
               {"timeInForce", std::string(text(order.time_in_force))},
               {"type", std::string(text(order.type))},
               {"side", std::string(text(order.side))},
               {"stopPrice", price_text(order.stop_price)},
               {"icebergQty", price_text(order.iceberg_quantity)}};
  if (order.trailing_delta_bips > 0) {
    json["trailingDelta"] = order.trailing_delta_bips;
    json["trailingTime"] = order.trailing_ms > 0 ? order.trailing_ms * unit : -1;
  }
  if (record.extras.strategy_id) json["strategyId"] = *record.extras.strategy_id;
  if (record.extras.strategy_type) json["strategyType"] = *record.extras.strategy_type;
  json["time"] = order.time_ms * unit;
  json["updateTime"] = order.update_ms * unit;
  json["isWorking"] = record.working_ms >= 0;
  json["workingTime"] = record.working_ms < 0 ? -1 : record.working_ms * unit;
  json["origQuoteOrderQty"] = price_text(order.requested_quote_quantity);
  json["selfTradePreventionMode"] = record.extras.self_trade_prevention;
  add_expiry(json, order);
  return json;
}

Json canceled_json(const OrderRecord& record, const std::string& cancel_id, int64_t transact_ms, int64_t unit) {
  const Order& order = record.order;
  Json json = {{"symbol", order.symbol},
               {"origClientOrderId", order.client_id},
               {"orderId", order.order_id},
               {"orderListId", order.list_id},
               {"clientOrderId", cancel_id},
               {"transactTime", transact_ms * unit}};
  add_state(json, order);
  add_conditional(json, record, unit);
  json["selfTradePreventionMode"] = record.extras.self_trade_prevention;
  return json;
}

Json trade_json(const TradeRecord& trade, int64_t unit) {
  const Fill& fill = trade.fill;
  return {{"symbol", fill.symbol},
          {"id", trade.trade_id},
          {"orderId", fill.order_id},
          {"orderListId", trade.list_id},
          {"price", price_text(fill.price)},
          {"qty", price_text(fill.quantity)},
          {"quoteQty", price_text(fill.quote_quantity)},
          {"commission", price_text(fill.commission)},
          {"commissionAsset", fill.commission_asset},
          {"time", fill.time_ms * unit},
          {"isBuyer", fill.side == Side::buy},
          {"isMaker", fill.is_maker},
          {"isBestMatch", true}};
}

Json list_json(const ListRecord& list, int64_t unit) {
  return {{"orderListId", list.list_id},
          {"contingencyType", std::string(contingency(list.kind))},
          {"listStatusType", list.is_done ? "ALL_DONE" : "EXEC_STARTED"},
          {"listOrderStatus", list.is_done ? "ALL_DONE" : "EXECUTING"},
          {"listClientOrderId", list.client_id},
          {"transactionTime", list.time_ms * unit},
          {"symbol", list.symbol},
          {"orders", list_orders_json(list, false)}};
}

Json execution_report_json(const ExecutionReport& report, int64_t unit) {
  const Order& order = report.record.order;
  const TradeRecord* trade = report.trade;
  const bool is_cancel = !report.cancel_id.empty();
  Json json = {{"e", "executionReport"},
               {"E", report.time_ms * unit},
               {"s", order.symbol},
               {"c", is_cancel ? report.cancel_id : order.client_id},
               {"S", std::string(text(order.side))},
               {"o", std::string(text(order.type))},
               {"f", std::string(text(order.time_in_force))},
               {"q", price_text(order.quantity)},
               {"p", price_text(order.price)},
               {"P", price_text(order.stop_price)}};
  if (order.trailing_delta_bips > 0) json["d"] = order.trailing_delta_bips;
  json["F"] = price_text(order.iceberg_quantity);
  json["g"] = order.list_id;
  json["C"] = is_cancel ? order.client_id : "";
  json["x"] = std::string(report.type);
  json["X"] = status_text(order);
  json["r"] = "NONE";
  json["i"] = order.order_id;
  json["l"] = price_text(trade ? trade->fill.quantity : Decimal());
  json["z"] = price_text(order.executed_quantity);
  json["L"] = price_text(trade ? trade->fill.price : Decimal());
  json["n"] = trade ? price_text(trade->fill.commission) : "0";
  json["N"] = trade ? Json(trade->fill.commission_asset) : Json(nullptr);
  json["T"] = order.update_ms * unit;
  json["t"] = trade ? trade->trade_id : -1;
  json["I"] = report.execution_id;
  json["w"] = order.is_working;
  json["m"] = trade && trade->fill.is_maker;
  json["M"] = trade != nullptr;
  json["O"] = order.time_ms * unit;
  json["Z"] = price_text(order.executed_quote_quantity);
  json["Y"] = price_text(trade ? trade->fill.quote_quantity : Decimal());
  json["Q"] = price_text(order.requested_quote_quantity);
  if (order.trailing_ms > 0) json["D"] = order.trailing_ms * unit;
  if (report.record.extras.strategy_id) json["j"] = *report.record.extras.strategy_id;
  if (report.record.extras.strategy_type) json["J"] = *report.record.extras.strategy_type;
  if (report.record.working_ms >= 0) json["W"] = report.record.working_ms * unit;
  json["V"] = report.record.extras.self_trade_prevention;
  if (!order.expiry_reason.empty()) json["eR"] = order.expiry_reason;
  if (order.status == OrderStatus::expired_in_match) {
    json["v"] = report.execution_id; // the prevented match
    json["A"] = price_text(order.quantity - order.executed_quantity);
    json["B"] = json["A"];
    json["u"] = 1;
    json["pL"] = price_text(order.price);
    json["pY"] = price_text(Decimal());
  }
  return json;
}

Json list_status_json(const ListRecord& list, int64_t now_ms, int64_t unit) {
  return {{"e", "listStatus"},
          {"E", now_ms * unit},
          {"s", list.symbol},
          {"g", list.list_id},
          {"c", std::string(contingency(list.kind))},
          {"l", list.is_done ? "ALL_DONE" : "EXEC_STARTED"},
          {"L", list.is_done ? "ALL_DONE" : "EXECUTING"},
          {"r", "NONE"},
          {"C", list.client_id},
          {"T", now_ms * unit},
          {"O", list_orders_json(list, true)}};
}

Json account_position_json(const std::vector<AssetBalance>& changed, int64_t now_ms, int64_t unit) {
  Json balances = Json::array();
  for (const AssetBalance& one : changed)
    balances.push_back({{"a", one.asset}, {"f", price_text(one.balance.free)}, {"l", price_text(one.balance.locked)}});
  return {{"e", "outboundAccountPosition"}, {"E", now_ms * unit}, {"u", now_ms * unit}, {"B", std::move(balances)}};
}

Json balance_update_json(const std::string& asset, Decimal amount, int64_t now_ms, int64_t unit) {
  return {{"e", "balanceUpdate"}, {"E", now_ms * unit}, {"a", asset}, {"d", price_text(amount)}, {"T", now_ms * unit}};
}

} // namespace stratdock::exchange_server
