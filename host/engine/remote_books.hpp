// Whether the ledger holds what the exchange holds, looked at again and again while one trades on it over the wire.
//
// The exchange tells of its own accord what changes, but not what happened while nobody listened. So every look at the whole
// account is compared with the ledger: a difference is first a reason to ask about the orders; what the questions do not
// explain by the next look came from somebody else.
//
// Thread rule: the engine's thread. Invariant: money that changed without any bot comes from and goes to unallocated, never
// from a bot; what unallocated money does not cover is told, once, and never repaired by guessing.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "host/engine/exchange_session.hpp"
#include "host/engine/remote_venue.hpp"

namespace stratdock {

class RemoteBooks {
public:
  enum class Finding : uint8_t {
    nothing,
    ask_moving,  // about orders that were to be over long ago
    ask_all
  };

  // Both must outlive it.
  RemoteBooks(const ExchangeSession& session, const RemoteVenueOptions& options) : session_(session), options_(options) {}

  // Books a change without any bot. False: the books cannot follow, and that was told.
  bool adjust(Account& account, const std::string& asset, Decimal change, const std::string& why);
  // A trade that no bot asked for: its owner traded by hand.
  void book_foreign(const Order& order, const Fill& fill, Account& account);
  // What the exchange holds beyond the ledger, by asset; only what differs.
  std::map<std::string, Decimal> differences(const Account& account) const;

  // Whether the account was looked at as a whole since the last look().
  bool due() const { return session_.holdings().at_ms != looked_at_ms_; }
  // `settled`: all that is known is booked. `executed` gives what the open orders of a symbol are known to have executed.
  Finding look(Account& account, bool settled, const std::function<Decimal(const std::string& symbol)>& executed);

private:
  // Less is locked at the exchange than the protective orders of the bots need.
  bool is_protection_missing(const Account& account, const std::function<Decimal(const std::string& symbol)>& executed) const;

  const ExchangeSession& session_;
  const RemoteVenueOptions& options_;
  int64_t looked_at_ms_ = 0;
  std::map<std::string, Decimal> differed_;   // at the last look
  std::map<std::string, Decimal> disagreed_;  // what was told
};

}  // namespace stratdock
