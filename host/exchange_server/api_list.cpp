// Order lists: OCO in its new and old form, OTO, OTOCO, OPO, OPOCO.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/exchange_server/api_helpers.hpp"

namespace stratdock::exchange_server {

namespace {

bool is_pair(ListKind kind) {
  return kind == ListKind::oco || kind == ListKind::otoco || kind == ListKind::opoco;
}

// The same self-trade prevention and response type for all orders; strategy ids are the orders' own.
std::string place_list(Api& api, Call& call, const OrderListRequest& request,
                       const std::vector<std::string_view>& prefixes) {
  const OrderExtras extras = read_extras(call, prefixes.front(), tape_of(api, call).symbol());
  const ResponseType response = read_response_type(call, ResponseType::result);
  const int64_t now_ms = api.venue().now_ms();
  const Result<ListRecord> placed = call.account->place(request, extras, now_ms);
  if (!placed) refuse(placed.error());
  Json json = list_json(*placed, call.time_unit);
  Json reports = Json::array();
  for (const auto& [id, client_id] : placed->orders) {
    OrderRecord record = *call.account->find(request.symbol, id);
    // The answer is written before the working order's fill sets the others free.
    if (request.kind != ListKind::oco && id != placed->orders.front().first) {
      record.order.status = OrderStatus::pending_new;
      record.order.quantity = request.above.quantity;
      record.working_ms = -1;
    }
    reports.push_back(placed_json(record, response, now_ms, call.time_unit));
  }
  json["orderReports"] = std::move(reports);
  return json.dump();
}

OrderRequest list_order(const Call& call, const Tape& tape, std::string_view prefix, Side side, Decimal quantity) {
  OrderRequest request = read_order(call, prefix);
  request.symbol = tape.symbol().name;
  request.side = side;
  request.quantity = quantity;
  return request;
}

OrderListRequest list_request(const Call& call, const Tape& tape, ListKind kind) {
  OrderListRequest request;
  request.kind = kind;
  request.symbol = tape.symbol().name;
  request.list_client_id = call.parameters().text_or("listClientOrderId", "");
  return request;
}

Decimal mandatory_quantity(const Call& call, std::string_view name) {
  static_cast<void>(call.parameters().text(name));
  return call.parameters().decimal_or_zero(name);
}

std::string place_pending_kind(Api& api, Call& call, ListKind kind) {
  const Tape& tape = tape_of(api, call);
  OrderListRequest request = list_request(call, tape, kind);
  request.working = list_order(call, tape, "working", read_side(call, "workingSide"), mandatory_quantity(call, "workingQuantity"));
  const bool pays = kind == ListKind::opo || kind == ListKind::opoco;
  if (pays && call.parameters().has("pendingQuantity"))
    throw Refusal{400, -1106, "Parameter 'pendingQuantity' sent when not required."};
  const Side side = read_side(call, "pendingSide");
  const Decimal quantity = pays ? Decimal() : mandatory_quantity(call, "pendingQuantity");
  if (!is_pair(kind)) {
    request.above = list_order(call, tape, "pending", side, quantity);
    return place_list(api, call, request, {"working", "pending"});
  }
  request.above = list_order(call, tape, "pendingAbove", side, quantity);
  request.below = list_order(call, tape, "pendingBelow", side, quantity);
  return place_list(api, call, request, {"working", "pendingAbove", "pendingBelow"});
}

// By id or client id; null when there is none.
const ListRecord* find_list(const Call& call, const char* client_name) {
  const auto id = call.parameters().maybe_integer("orderListId");
  const std::string client_id = call.parameters().text_or(client_name, "");
  if (!id && client_id.empty())
    throw Refusal{400, -1102, "Param '" + std::string(client_name) + "' or 'orderListId' must be sent, but both were empty/null!"};
  if (!id) return call.account->find_list(client_id);
  const auto found = call.account->lists().find(*id);
  return found == call.account->lists().end() ? nullptr : &found->second;
}

} // namespace

Json list_reports_json(const Account& account, const ListRecord& list, const std::string& cancel_id, int64_t now_ms,
                       int64_t unit) {
  Json json = list_json(list, unit);
  json["transactionTime"] = now_ms * unit;
  Json reports = Json::array();
  for (const auto& [id, client_id] : list.orders)
    if (const OrderRecord* record = account.find(list.symbol, id); record)
      reports.push_back(canceled_json(*record, cancel_id, now_ms, unit));
  json["orderReports"] = std::move(reports);
  return json;
}

namespace list_calls {

std::string oco(Api& api, Call& call) {
  const Tape& tape = tape_of(api, call);
  OrderListRequest request = list_request(call, tape, ListKind::oco);
  const Side side = read_side(call, "side");
  const Decimal quantity = mandatory_quantity(call, "quantity");
  request.above = list_order(call, tape, "above", side, quantity);
  request.below = list_order(call, tape, "below", side, quantity);
  return place_list(api, call, request, {"above", "below"});
}

// The form of before 2024-04: a limit order and a stop order, above and below by the side.
std::string old_oco(Api& api, Call& call) {
  const Tape& tape = tape_of(api, call);
  const Parameters& parameters = call.parameters();
  OrderListRequest request = list_request(call, tape, ListKind::oco);
  OrderRequest limit, stop;
  limit.symbol = stop.symbol = tape.symbol().name;
  limit.side = stop.side = read_side(call, "side");
  limit.quantity = stop.quantity = mandatory_quantity(call, "quantity");
  limit.type = OrderType::limit_maker;
  static_cast<void>(parameters.text("price"));
  limit.price = parameters.decimal_or_zero("price");
  limit.client_id = parameters.text_or("limitClientOrderId", "");
  limit.iceberg_quantity = parameters.decimal_or_zero("limitIcebergQty");
  stop.stop_price = parameters.decimal_or_zero("stopPrice");
  stop.price = parameters.decimal_or_zero("stopLimitPrice");
  stop.trailing_delta_bips = static_cast<int>(std::min<int64_t>(parameters.integer_or("trailingDelta", 0), 1'000'000));
  if (!parameters.has("stopPrice") && !parameters.has("trailingDelta"))
    throw Refusal{400, -1102, "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!"};
  stop.client_id = parameters.text_or("stopClientOrderId", "");
  stop.iceberg_quantity = parameters.decimal_or_zero("stopIcebergQty");
  stop.type = stop.price.is_positive() ? OrderType::stop_loss_limit : OrderType::stop_loss;
  if (stop.price.is_positive()) {
    const std::string word = parameters.text("stopLimitTimeInForce");
    stop.time_in_force = word == "GTC"   ? TimeInForce::gtc
                         : word == "IOC" ? TimeInForce::ioc
                         : word == "FOK" ? TimeInForce::fok
                                         : throw Refusal{400, -1115, "Invalid timeInForce."};
  }
  const bool is_sell = limit.side == Side::sell;
  request.above = is_sell ? limit : stop;
  request.below = is_sell ? stop : limit;
  return place_list(api, call, request, {"limit", "stop"});
}

std::string oto(Api& api, Call& call) {
  return place_pending_kind(api, call, ListKind::oto);
}
std::string otoco(Api& api, Call& call) {
  return place_pending_kind(api, call, ListKind::otoco);
}
std::string opo(Api& api, Call& call) {
  return place_pending_kind(api, call, ListKind::opo);
}
std::string opoco(Api& api, Call& call) {
  return place_pending_kind(api, call, ListKind::opoco);
}

std::string cancel(Api& api, Call& call) {
  const std::string symbol = tape_of(api, call).symbol().name;
  const ListRecord* list = find_list(call, "listClientOrderId");
  if (!list || list->is_done || list->symbol != symbol) throw Refusal{400, -2011, "Unknown order list sent."};
  const std::string cancel_id = read_new_id(call, "newClientOrderId");
  const int64_t now_ms = api.venue().now_ms();
  const auto canceled = call.account->cancel_list(list->list_id, cancel_id, now_ms);
  if (!canceled) refuse(canceled.error());
  return list_reports_json(*call.account, *list, cancel_id, now_ms, call.time_unit).dump();
}

std::string status(Api&, Call& call) {
  const ListRecord* list = find_list(call, "origClientOrderId");
  if (!list) throw Refusal{400, -2018, "Order list does not exist."};
  return list_json(*list, call.time_unit).dump();
}

std::string all(Api&, Call& call) {
  const auto from_id = call.parameters().maybe_integer("fromId");
  const auto start = call.parameters().maybe_time_ms("startTime"), end = call.parameters().maybe_time_ms("endTime");
  if (from_id && (start || end)) throw Refusal{400, -1128, "Combination of optional parameters invalid."};
  const size_t limit = limit_of(call, 500, 1000);
  std::vector<const ListRecord*> chosen;
  for (const auto& [id, list] : call.account->lists())
    if (id >= from_id.value_or(0) && list.time_ms >= start.value_or(0) && list.time_ms <= end.value_or(INT64_MAX))
      chosen.push_back(&list);
  const size_t first = !from_id && !start && chosen.size() > limit ? chosen.size() - limit : 0;
  Json rows = Json::array();
  for (size_t i = first; i < chosen.size() && rows.size() < limit; ++i)
    rows.push_back(list_json(*chosen[i], call.time_unit));
  return rows.dump();
}

std::string open(Api&, Call& call) {
  Json rows = Json::array();
  for (const auto& [id, list] : call.account->lists())
    if (!list.is_done) rows.push_back(list_json(list, call.time_unit));
  return rows.dump();
}

} // namespace list_calls

} // namespace stratdock::exchange_server
