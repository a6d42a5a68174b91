// What the engine asks of an exchange over the wire, in the core's own terms. Behind it stand REST, the WebSocket API and the
// user data stream; before it nobody knows them.
//
// Thread rule: all calls come from the engine's thread; those marked "waits" return within their own time limit. Invariant:
// a changing call leaves this machine at most once; an outcome that is not known for certain is never called a refusal.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/account.hpp"

namespace stratdock {

// What the exchange tells of its own accord, in the order in which it happened.
struct SessionEvent {
  enum class Kind : uint8_t {
    order,    // an order as it stands now, with the trade that changed it, if one did
    balance,  // a deposit, a withdrawal or a transfer of `asset`
    gap       // events may have been missed: ask
  };
  Kind kind = Kind::order;
  Order order;
  std::optional<Fill> fill;
  std::string asset;
  Decimal change;
};

// What an account holds, all that is not zero, as the exchange told it.
struct Holdings {
  std::map<std::string, Balance> balances;
  int64_t at_ms = 0;  // wall clock, of the last look at all of it; the account's stream changes single assets since
};

class ExchangeSession {
public:
  virtual ~ExchangeSession() = default;

  // Rules as of the last look; null where the exchange does not have the symbol.
  virtual const Symbol* find_symbol(std::string_view name) const = 0;

  // The exchange's time, for the next order: taken before the order is written down, so that a stall between that and the
  // send is refused by the exchange instead of executed late. Fails while its clock is not known well enough.
  virtual Result<int64_t> send_time_ms() = 0;

  // Wait for the answer. `sent_ms` is what send_time_ms() gave.
  virtual Submission place_order(const OrderRequest& request, int64_t sent_ms) = 0;
  virtual Submission place_list(const OrderListRequest& request, int64_t sent_ms) = 0;
  virtual Submission cancel_list(const std::string& symbol, int64_t list_id, int64_t sent_ms) = 0;

  // Waits. nullopt: the exchange says it does not know the order, which proves nothing for a while.
  virtual Result<std::optional<Order>> find_order(const std::string& symbol, const std::string& client_id) = 0;
  // Waits. All trades of an order.
  virtual Result<std::vector<Fill>> fills_of(const std::string& symbol, int64_t order_id) = 0;
  // All that are not zero. Waits where they are not known, as after a gap.
  virtual Result<std::map<std::string, Balance>> balances() = 0;

  // The same as it was told last, for people to look at: never waits, and looks anew by itself at most 30 s after the last look.
  virtual const Holdings& holdings() const = 0;
  // Why nothing has been heard of the account for a minute; empty while it is.
  virtual std::string trouble() const { return {}; }

  // Looks what has come.
  virtual bool has_events() = 0;
  virtual std::vector<SessionEvent> take_events() = 0;
};

}  // namespace stratdock
