// What happens in the account, as the user data stream tells it, wrapped in {"subscriptionId","event"} or bare.
// Thread rule: plain values. Invariant: an event that is not known is no error but an UnknownUserEvent.
// Source: Binance "User Data Streams".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/order.hpp"
#include "core/result.hpp"
#include "host/binance/account_messages.hpp"
#include "host/binance/order_messages.hpp"

namespace stratdock::binance {

enum class ExecutionKind : uint8_t { new_, canceled, replaced, rejected, trade, expired, trade_prevention, unknown };

// One step in an order's life. Key what you keep by order.order_id: client ids change hands on a cancel and on an amend.
struct ExecutionReport {
  ExecutionKind kind = ExecutionKind::unknown;
  std::string kind_text;
  OrderReport report;          // the order as of this event; client_id its own, cancel_id the cancel request's
  std::string previous_client_id;  // of an amend: the id before
  std::string reject_reason;   // "NONE", or the exchange's word
  std::optional<Fill> fill;    // the trade of this event, if it is one; several events may carry one trade id
  int64_t execution_id = 0;
  int64_t event_ms = 0, transaction_ms = 0;
};

// Absolute balances of the assets that may have changed, no others.
struct AccountPosition {
  std::vector<Balance> balances;
  int64_t event_ms = 0, update_ms = 0;
};

// A deposit, withdrawal or transfer; or (external) a lock from outside the exchange's spot engine.
struct BalanceUpdate {
  std::string asset;
  Decimal change;
  bool is_external_lock = false;
  int64_t event_ms = 0, clear_ms = 0;
};

struct ListStatus {
  ListReport list;  // without reports
  std::string reject_reason;
  int64_t event_ms = 0;
};

// The subscription has ended; nothing follows.
struct StreamTerminated {
  int64_t event_ms = 0;
};

struct UnknownUserEvent {
  std::string type;
};

using UserEvent = std::variant<ExecutionReport, AccountPosition, BalanceUpdate, ListStatus, StreamTerminated, UnknownUserEvent>;

struct UserMessage {
  int64_t subscription_id = -1;  // -1: not wrapped
  UserEvent event;
};

Result<UserMessage> parse_user_message(std::string_view text);

}  // namespace stratdock::binance
