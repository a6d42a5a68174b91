// Answers of the order endpoints: orders, lists, cancels, and the mixture that openOrders brings.
// Thread rule: plain values. Invariant: `has_state` false means that nothing is known but the ids: the other fields of
// `order` then are defaults, not facts. Source: Binance Spot "Trading endpoints", "Account endpoints".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/order.hpp"
#include "core/result.hpp"

namespace stratdock::binance {

struct OrderReport {
  Order order;             // a side, type or status that is not known keeps its default: see words_known
  bool has_state = false;  // false: an ACK, which says no status
  bool words_known = true; // false: the exchange used a word that this program does not know; its text is below
  std::string side_text, type_text, time_in_force_text, status_text;
  std::string cancel_id;              // of an answer to a cancel: the id of that request; order.client_id is the order's own
  std::string self_trade_prevention;  // "EXPIRE_MAKER"; empty where not given
  int64_t working_ms = -1;            // when it came onto the book; -1: not yet, or not given
  bool quantity_known = true;         // false: an order of OPO that waits has none yet
  bool quote_quantity_known = true;   // false: very old orders carry a negative cummulativeQuoteQty
  std::vector<Fill> fills;            // of a FULL answer; empty does not mean that nothing filled
};

struct ListLeg {
  std::string symbol;
  int64_t order_id = 0;
  std::string client_id;
};

struct ListReport {
  int64_t list_id = -1;
  std::string contingency;        // "OCO" or "OTO"; OTOCO, OPO and OPOCO say "OTO"
  std::string list_status_type;   // "RESPONSE", "EXEC_STARTED", "UPDATED", "ALL_DONE"
  std::string list_order_status;  // "EXECUTING", "ALL_DONE", "REJECT"
  std::string list_client_id;
  std::string symbol;
  int64_t time_ms = 0;
  std::vector<ListLeg> legs;
  std::vector<OrderReport> reports;  // empty where the answer has none, as for a query
  bool is_done() const { return list_order_status == "ALL_DONE"; }
};

// A cancel of one order answers with that order, or with its list when it was in one.
struct OrdersAndLists {
  std::vector<OrderReport> orders;
  std::vector<ListReport> lists;
};

struct CancelReplaceReport {
  std::string cancel_result, new_order_result;  // "SUCCESS", "FAILURE", "NOT_ATTEMPTED"
  OrdersAndLists canceled;
  std::optional<OrderReport> placed;
  std::optional<Error> cancel_error, new_order_error;  // with the exchange's code
};

struct AmendReport {
  int64_t time_ms = 0;
  OrderReport order;        // with its new quantity and its client id as of now
  std::string previous_client_id;
};

// order (POST, GET), in each of ACK, RESULT and FULL.
Result<OrderReport> parse_order(std::string_view text);
// allOrders, sor/order over the WebSocket API: an array of orders.
Result<std::vector<OrderReport>> parse_orders(std::string_view text);
// order (DELETE), openOrders (GET and DELETE).
Result<OrdersAndLists> parse_orders_and_lists(std::string_view text);
Result<ListReport> parse_order_list(std::string_view text);
Result<std::vector<ListReport>> parse_order_lists(std::string_view text);
// order/cancelReplace: the answer of a success, and that of 400 and 409 with code -2021 or -2022.
Result<CancelReplaceReport> parse_cancel_replace(std::string_view text);
Result<AmendReport> parse_amend(std::string_view text);

}  // namespace stratdock::binance
