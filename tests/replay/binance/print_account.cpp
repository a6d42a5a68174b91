#include "host/binance/answer.hpp"
#include "host/binance/api_messages.hpp"
#include "print_messages.hpp"

using namespace stratdock;
using namespace stratdock::binance;

namespace printing {
namespace {

Json print_rates(const CommissionRates& r) {
  return {{"maker", r.maker.text()}, {"taker", r.taker.text()}, {"buyer", r.buyer.text()}, {"seller", r.seller.text()}};
}

Json print_account_report(const AccountReport& a) {
  return {{"balances", each(a.balances,
                            [](const Balance& b) {
                              return Json{{"asset", b.asset}, {"free", b.free.text()}, {"locked", b.locked.text()}};
                            })},
          {"commissionRates", print_rates(a.commission)},
          {"canTrade", a.can_trade},
          {"canWithdraw", a.can_withdraw},
          {"canDeposit", a.can_deposit},
          {"requireSelfTradePrevention", a.requires_self_trade_prevention},
          {"updateTime", a.update_ms},
          {"accountType", a.account_type},
          {"permissions", a.permissions},
          {"uid", a.account_id}};
}

Json print_commission(const CommissionReport& c) {
  const std::string suffix = c.symbol.empty() ? "ForOrder" : "";
  return {{"symbol", c.symbol},
          {"standardCommission" + suffix, print_rates(c.standard)},
          {"specialCommission" + suffix, print_rates(c.special)},
          {"taxCommission" + suffix, print_rates(c.tax)},
          {"discount",
           {{"enabledForAccount", c.discount_for_account},
            {"enabledForSymbol", c.discount_for_symbol},
            {"discountAsset", c.discount_asset},
            {"discount", c.discount_factor.text()}}}};
}

Json print_permissions(const KeyPermissions& k) {
  return {{"ipRestrict", k.ip_restricted},
          {"enableReading", k.reading},
          {"enableSpotAndMarginTrading", k.spot_and_margin_trading},
          {"enableWithdrawals", k.withdrawals},
          {"enableInternalTransfer", k.internal_transfer},
          {"permitsUniversalTransfer", k.universal_transfer},
          {"enableMargin", k.margin},
          {"enableFutures", k.futures},
          {"createTime", k.create_time_ms},
          {"tradingAuthorityExpirationTime", k.trading_ends_ms}};
}

Json print_trade(const Fill& f) {
  return {{"symbol", f.symbol},
          {"id", f.trade_id},
          {"orderId", f.order_id},
          {"price", f.price.text()},
          {"qty", f.quantity.text()},
          {"quoteQty", f.quote_quantity.text()},
          {"commission", f.commission.text()},
          {"commissionAsset", f.commission_asset},
          {"time", f.time_ms},
          {"isBuyer", f.side == Side::buy},
          {"isMaker", f.is_maker}};
}

Json print_ids(const OrderReport& r) {
  Json printed = {{"symbol", r.order.symbol},
                  {"orderId", r.order.order_id},
                  {"orderListId", r.order.list_id},
                  {"clientOrderId", r.cancel_id.empty() ? r.order.client_id : r.cancel_id}};
  if (!r.cancel_id.empty()) printed["origClientOrderId"] = r.order.client_id;
  return printed;
}

// `amended`: spelt as the answer to an amend spells it.
Json print_order(const OrderReport& r, bool amended = false) {
  Json printed = print_ids(r);
  if (r.has_state) {
    const Order& o = r.order;
    printed.update({{"price", o.price.text()},
                    {amended ? "qty" : "origQty", o.quantity.text()},
                    {"executedQty", o.executed_quantity.text()},
                    {amended ? "quoteOrderQty" : "origQuoteOrderQty", o.requested_quote_quantity.text()},
                    {amended ? "cumulativeQuoteQty" : "cummulativeQuoteQty", o.executed_quote_quantity.text()},
                    {"stopPrice", o.stop_price.text()},
                    {"side", r.side_text},
                    {"type", r.type_text},
                    {"timeInForce", r.time_in_force_text},
                    {"status", r.status_text},
                    {"workingTime", r.working_ms},
                    {"selfTradePreventionMode", r.self_trade_prevention},
                    {"expiryReason", o.expiry_reason},
                    {"meant", {text(o.side), text(o.type), text(o.time_in_force), text(o.status)}},
                    {"words_known", r.words_known},
                    {"is_working", o.is_working}});
  }
  printed["times"] = {r.order.time_ms, r.order.update_ms};
  printed["fills"] = each(r.fills, [](const Fill& f) {
    return Json{{"price", f.price.text()},
                {"qty", f.quantity.text()},
                {"commission", f.commission.text()},
                {"commissionAsset", f.commission_asset},
                {"tradeId", f.trade_id}};
  });
  return printed;
}

Json print_plain_order(const OrderReport& r) {
  return print_order(r);
}

Json print_list(const ListReport& l) {
  Json printed = {{"orderListId", l.list_id},
                  {"contingencyType", l.contingency},
                  {"listStatusType", l.list_status_type},
                  {"listOrderStatus", l.list_order_status},
                  {"listClientOrderId", l.list_client_id},
                  {"transactionTime", l.time_ms},
                  {"symbol", l.symbol},
                  {"orders", each(l.legs, [](const ListLeg& leg) {
                     return Json{{"symbol", leg.symbol}, {"orderId", leg.order_id}, {"clientOrderId", leg.client_id}};
                   })}};
  if (!l.reports.empty()) printed["orderReports"] = each(l.reports, print_plain_order);
  return printed;
}

Json print_mixture(const OrdersAndLists& all) {
  return {{"orders", each(all.orders, print_plain_order)}, {"lists", each(all.lists, print_list)}};
}

Json print_error(const std::optional<Error>& error) {
  return error ? Json{{"code", error->code}, {"msg", error->message}} : Json();
}

Json print_cancel_replace(const CancelReplaceReport& r) {
  Json printed = {{"cancelResult", r.cancel_result}, {"newOrderResult", r.new_order_result}};
  printed["cancelResponse"] = print_error(r.cancel_error);
  if (!r.canceled.orders.empty()) printed["cancelResponse"] = print_order(r.canceled.orders[0]);
  if (!r.canceled.lists.empty()) printed["cancelResponse"] = print_list(r.canceled.lists[0]);
  printed["newOrderResponse"] = r.placed ? print_order(*r.placed) : print_error(r.new_order_error);
  return printed;
}

Json print_amend(const AmendReport& r) {
  Json order = print_order(r.order, true);
  order["origClientOrderId"] = r.previous_client_id;
  return {{"transactTime", r.time_ms}, {"amendedOrder", order}};
}

// ---- the account's events, under the stream's own letters
Json print(const ExecutionReport& e) {
  const OrderReport& r = e.report;
  const Order& o = r.order;
  const bool replaced = e.kind == ExecutionKind::replaced;
  Json printed = {{"e", "executionReport"},
                  {"E", e.event_ms},
                  {"T", e.transaction_ms},
                  {"x", e.kind_text},
                  {"X", r.status_text},
                  {"s", o.symbol},
                  {"c", r.cancel_id.empty() ? o.client_id : r.cancel_id},
                  {"C", replaced              ? e.previous_client_id
                        : r.cancel_id.empty() ? ""
                                              : o.client_id},
                  {"S", r.side_text},
                  {"o", r.type_text},
                  {"f", r.time_in_force_text},
                  {"q", o.quantity.text()},
                  {"p", o.price.text()},
                  {"P", o.stop_price.text()},
                  {"g", o.list_id},
                  {"r", e.reject_reason},
                  {"i", o.order_id},
                  {"z", o.executed_quantity.text()},
                  {"w", o.is_working},
                  {"O", o.time_ms},
                  {"Z", o.executed_quote_quantity.text()},
                  {"Q", o.requested_quote_quantity.text()},
                  {"W", r.working_ms},
                  {"V", r.self_trade_prevention},
                  {"eR", o.expiry_reason},
                  {"I", e.execution_id},
                  {"meant", {text(o.side), text(o.type), text(o.time_in_force), text(o.status)}},
                  {"kind_known", e.kind != ExecutionKind::unknown},
                  {"words_known", r.words_known}};
  if (e.fill)
    printed["fill"] = {{"t", e.fill->trade_id},
                       {"l", e.fill->quantity.text()},
                       {"L", e.fill->price.text()},
                       {"n", e.fill->commission.text()},
                       {"N", e.fill->commission_asset},
                       {"m", e.fill->is_maker},
                       {"Y", e.fill->quote_quantity.text()},
                       {"T", e.fill->time_ms},
                       {"i", e.fill->order_id},
                       {"s", e.fill->symbol}};
  return printed;
}
Json print(const AccountPosition& e) {
  return {{"e", "outboundAccountPosition"},
          {"E", e.event_ms},
          {"u", e.update_ms},
          {"B", each(e.balances, [](const Balance& b) {
             return Json{{"a", b.asset}, {"f", b.free.text()}, {"l", b.locked.text()}};
           })}};
}
Json print(const BalanceUpdate& e) {
  return {{"e", e.is_external_lock ? "externalLockUpdate" : "balanceUpdate"},
          {"E", e.event_ms},
          {"a", e.asset},
          {"d", e.change.text()},
          {"T", e.clear_ms}};
}
Json print(const ListStatus& e) {
  const ListReport& l = e.list;
  return {{"e", "listStatus"},
          {"E", e.event_ms},
          {"s", l.symbol},
          {"g", l.list_id},
          {"c", l.contingency},
          {"l", l.list_status_type},
          {"L", l.list_order_status},
          {"r", e.reject_reason},
          {"C", l.list_client_id},
          {"T", l.time_ms},
          {"O", each(l.legs, [](const ListLeg& leg) {
             return Json{{"s", leg.symbol}, {"i", leg.order_id}, {"c", leg.client_id}};
           })}};
}
Json print(const StreamTerminated& e) {
  return {{"e", "eventStreamTerminated"}, {"E", e.event_ms}};
}
Json print(const UnknownUserEvent& e) {
  return {{"unknown", e.type}};
}

Json print_user(const UserMessage& message) {
  return {{"subscriptionId", message.subscription_id},
          {"event", std::visit([](const auto& e) { return print(e); }, message.event)}};
}

Json print_api(const ApiMessage& message) {
  if (const auto* user = std::get_if<UserMessage>(&message)) return print_user(*user);
  if (const auto* shutdown = std::get_if<ApiShutdown>(&message))
    return {{"e", "serverShutdown"}, {"E", shutdown->event_ms}};
  const ApiAnswer& a = std::get<ApiAnswer>(message);
  Json printed = {{"id", a.id}, {"status", a.status}};
  if (a.error) printed["error"] = {{"code", a.error->code}, {"msg", a.error->message}};
  if (!a.error_data.empty()) printed["error"]["data"] = Json::parse(a.error_data);
  if (!a.result.empty()) printed["result"] = Json::parse(a.result);
  printed["rateLimits"] = each(a.rate_limits, [](const RateLimit& l) {
    return Json{{"rateLimitType", l.type},
                {"interval", l.interval},
                {"intervalNum", l.interval_count},
                {"limit", l.limit},
                {"count", l.count}};
  });
  printed["retryAfter"] = a.retry_after_ms;
  printed["verdict"] = text(judge(a).kind);
  return printed;
}

} // namespace

Json print_account(std::string_view kind, std::string_view text) {
  if (kind == "account") return outcome(parse_account(text), print_account_report);
  if (kind == "commission") return outcome(parse_commission(text), print_commission);
  if (kind == "key_permissions") return outcome(parse_key_permissions(text), print_permissions);
  if (kind == "account_trades")
    return outcome(parse_account_trades(text), [](const auto& trades) { return each(trades, print_trade); });
  if (kind == "order") return outcome(parse_order(text), print_plain_order);
  if (kind == "orders")
    return outcome(parse_orders(text), [](const auto& orders) { return each(orders, print_plain_order); });
  if (kind == "orders_and_lists") return outcome(parse_orders_and_lists(text), print_mixture);
  if (kind == "order_list") return outcome(parse_order_list(text), print_list);
  if (kind == "order_lists")
    return outcome(parse_order_lists(text), [](const auto& lists) { return each(lists, print_list); });
  if (kind == "cancel_replace") return outcome(parse_cancel_replace(text), print_cancel_replace);
  if (kind == "amend") return outcome(parse_amend(text), print_amend);
  if (kind == "user") return outcome(parse_user_message(text), print_user);
  if (kind == "api") return outcome(parse_api_message(text), print_api);
  if (kind == "answer")
    return {{"value",
             {{"kind", stratdock::binance::text(judge(HttpAnswer{400, text, {}}).kind)},
              {"code", judge(HttpAnswer{400, text, {}}).code},
              {"msg", judge(HttpAnswer{400, text, {}}).message}}}};
  return {};
}

} // namespace printing
