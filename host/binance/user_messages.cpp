#include "host/binance/user_messages.hpp"

#include "host/binance/message_parts.hpp"

namespace stratdock::binance {
namespace {

ExecutionKind read_kind(std::string_view word) {
  if (word == "NEW") return ExecutionKind::new_;
  if (word == "CANCELED") return ExecutionKind::canceled;
  if (word == "REPLACED") return ExecutionKind::replaced;
  if (word == "REJECTED") return ExecutionKind::rejected;
  if (word == "TRADE") return ExecutionKind::trade;
  if (word == "EXPIRED") return ExecutionKind::expired;
  if (word == "TRADE_PREVENTION") return ExecutionKind::trade_prevention;
  return ExecutionKind::unknown;
}

// `c` is the id of the order, but on a cancel that of the request, and `C` then the order's own. An amend gives the
// order a new id in `c` and leaves the old one in `C`.
void read_ids(const MessageReader& message, ExecutionReport& event) {
  Order& order = event.report.order;
  order.client_id = message.text("c");
  const std::string other = message.text_or("C", "");
  if (other.empty()) return;
  if (event.kind == ExecutionKind::replaced) {
    event.previous_client_id = other;
  } else {
    event.report.cancel_id = order.client_id;
    order.client_id = other;
  }
}

std::optional<Fill> read_fill(const MessageReader& message, const ExecutionReport& event) {
  const Order& order = event.report.order;
  const int64_t trade_id = message.integer_or("t", -1);
  if (event.kind != ExecutionKind::trade || trade_id < 0) return {};
  Fill fill;
  fill.trade_id = trade_id;
  fill.order_id = order.order_id;
  fill.symbol = order.symbol;
  fill.client_id = order.client_id;
  fill.side = order.side;
  fill.price = message.decimal("L");
  fill.quantity = message.decimal("l");
  fill.quote_quantity = message.has("Y") ? message.decimal("Y") : read_product(message, fill.price, fill.quantity);
  fill.commission = message.decimal_or("n", {});
  fill.commission_asset = message.text_or("N", "");
  fill.time_ms = event.transaction_ms;
  fill.is_maker = message.flag("m");
  return fill;
}

ExecutionReport read_execution(const MessageReader& message) {
  ExecutionReport event;
  event.kind_text = message.text("x");
  event.kind = read_kind(event.kind_text);
  event.event_ms = message.integer("E");
  event.transaction_ms = message.integer("T");
  event.execution_id = message.integer_or("I", 0);
  event.reject_reason = message.text_or("r", "");
  OrderReport& report = event.report;
  report.has_state = true;
  read_order_words(report, message.text("S"), message.text("o"), message.text_or("f", ""), message.text("X"));
  Order& order = report.order;
  read_ids(message, event);
  order.symbol = message.text("s");
  order.order_id = message.integer("i");
  order.list_id = message.integer_or("g", -1);
  report.quantity_known = message.has("q");
  if (report.quantity_known) order.quantity = message.decimal("q");
  order.requested_quote_quantity = message.decimal_or("Q", {});
  order.price = message.decimal("p");
  order.stop_price = message.decimal_or("P", {});
  order.executed_quantity = message.decimal("z");
  order.executed_quote_quantity = message.decimal("Z");
  deduce_status(report);
  order.time_ms = message.integer_or("O", event.transaction_ms);
  order.update_ms = event.transaction_ms;
  order.is_working = message.flag_or("w", false);
  order.expiry_reason = message.text_or("eR", "");
  if (order.expiry_reason == "NONE") order.expiry_reason.clear();
  report.working_ms = message.integer_or("W", -1);
  report.self_trade_prevention = message.text_or("V", "");
  event.fill = read_fill(message, event);
  return event;
}

AccountPosition read_position(const MessageReader& message) {
  AccountPosition position;
  position.event_ms = message.integer("E");
  position.update_ms = message.integer_or("u", 0);
  message.at("B").each([&](const MessageReader& balance) {
    position.balances.push_back({balance.text("a"), balance.decimal("f"), balance.decimal("l")});
  });
  return position;
}

BalanceUpdate read_update(const MessageReader& message, bool external_lock) {
  return {message.text("a"), message.decimal("d"), external_lock, message.integer("E"), message.integer_or("T", 0)};
}

ListStatus read_list_status(const MessageReader& message) {
  ListStatus status;
  status.event_ms = message.integer("E");
  status.reject_reason = message.text_or("r", "");
  ListReport& list = status.list;
  list.symbol = message.text("s");
  list.list_id = message.integer("g");
  list.contingency = message.text("c");
  list.list_status_type = message.text("l");
  list.list_order_status = message.text("L");
  list.list_client_id = message.text_or("C", "");
  list.time_ms = message.integer_or("T", 0);
  message.at("O").each([&](const MessageReader& leg) { list.legs.push_back(read_leg(leg, "s", "i", "c")); });
  return status;
}

UserEvent read_user_event(const MessageReader& message) {
  const std::string type = message.text("e");
  if (type == "executionReport") return read_execution(message);
  if (type == "outboundAccountPosition") return read_position(message);
  if (type == "balanceUpdate") return read_update(message, false);
  if (type == "externalLockUpdate") return read_update(message, true);
  if (type == "listStatus") return read_list_status(message);
  if (type == "eventStreamTerminated") return StreamTerminated{message.integer_or("E", 0)};
  return UnknownUserEvent{short_quote(type)};
}

} // namespace

UserMessage read_user_message(const MessageReader& message) {
  if (!message.has("event")) return {-1, read_user_event(message)};
  return {message.integer_or("subscriptionId", -1), read_user_event(message.at("event"))};
}

Result<UserMessage> parse_user_message(std::string_view text) {
  return read_message("user data stream", text, read_user_message);
}

} // namespace stratdock::binance
