// What happens to the exchange itself when a fault or the control port says so: filters and status of symbols, balances,
// orders, fees, keys and the clock.
// Owns: nothing. Thread rule: one thread. Invariant: an action is done whole or not at all; clients are told as if it had
// come from the exchange or from the user's own app.
#pragma once

#include <string>
#include <vector>

#include "host/exchange_server/fault.hpp"
#include "host/exchange_server/rest_door.hpp"
#include "host/exchange_server/socket_door.hpp"

namespace stratdock::exchange_server {

class FaultActions {
public:
  FaultActions(Exchange& exchange, SocketDoor& sockets) : exchange_(exchange), sockets_(sockets) {}

  // False: the call is none that the fault could act on, such as a call that cancels nothing for a cancel race.
  bool can_perform(const Fault& fault, const Call& call);
  // `call` is what it acts on, null when nobody called. Gives what was done, in words.
  Result<std::string> perform(const Fault& fault, const Call* call);

private:
  // The account a fault names, else the call's, else the only one or the first.
  Result<Account*> account_of(const Fault& fault, const Call* call);
  Result<Symbol> symbol_of(const Fault& fault, const Call* call);
  // The order that a cancelling call means; null when it means none that is open.
  const Order* order_to_cancel(const Call& call, Account& account);

  Result<std::string> change_symbol(const Fault& fault, const Call* call);
  Result<std::string> cancel(const Fault& fault, const Call* call, const std::string& symbol);
  Result<std::string> race(const Fault& fault, const Call* call);
  Result<std::string> change_account(const Fault& fault, Account& account);
  Result<std::string> revoke(const Fault& fault, const Call* call);

  Exchange& exchange_;
  SocketDoor& sockets_;
  Order found_; // what order_to_cancel() points to
};

} // namespace stratdock::exchange_server
