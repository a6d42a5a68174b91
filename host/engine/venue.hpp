// Where the engine's bots trade: the paper exchange inside this process, or an exchange over the wire. The engine itself
// cannot tell the two apart.
//
// Thread rule: all calls come from the engine's thread. Invariant: what a venue reports is reported once, in the order in
// which it happened, and its state() is journaled in the transaction that books it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/account.hpp"
#include "host/config/config.hpp"
#include "host/market/candle_source.hpp"

namespace stratdock {

class Venue {
public:
  virtual ~Venue() = default;

  virtual ExchangePort& port() = 0;
  // What the account holds there, free and locked, as far as it is known now.
  virtual std::map<std::string, Balance> balances() const = 0;
  // When all of that was looked at last, by the wall clock; 0: it is this process's own and never old.
  virtual int64_t balances_ms() const { return 0; }

  // The first start of an account: its money is in the ledger afterwards, and the account knows the last prices of the
  // market's history. `history` has the last candle of each symbol that has one, by the index into the source's symbols().
  virtual Status begin(Account& account, std::span<const MarketCandle> history, int64_t now_ms) = 0;
  // A later start: what state() said before, and the last prices. What happened in between comes with the next settle().
  virtual Status restore(Account& account, std::string_view state) = 0;
  // What restore() needs; opaque to others.
  virtual std::string state() const = 0;

  // A symbol that joins the market while it runs, or one whose rules or status have changed.
  virtual void set_rules(const Symbol&) {}
  // The last candle before the first step that holds the symbol: the account knows its price afterwards.
  virtual void join(Account& account, const Symbol& rules, const Candle& last) { account.set_price(rules.name, Decimal::from_double(last.close)); }

  // A step of the market: afterwards all that happened up to its close is booked, the account's time is the close, its
  // prices are the closes, and what the engine watches itself was looked at.
  virtual Status trade(Account& account, const MarketStep& step) = 0;
  // Books what has happened since the last call.
  virtual Status settle(Account& account) = 0;
  // Whether settle() has something to book that did not come from an own call.
  virtual bool has_news() { return false; }

  // Whether the books hold all that happened at the exchange, as far as anybody knows. Until then differences mean nothing.
  virtual bool knows_all() const { return true; }

  // Why nothing is heard from it; empty while all is well.
  virtual std::string trouble() const { return {}; }

  // Adds money from nowhere, as a paper account can. An error elsewhere.
  virtual Status deposit(const std::string& asset, Decimal amount) = 0;
};

// The paper exchange with the rules and candles of `source`, which must outlive it. `listed` gives the rules of symbols that
// were traded once and are not followed any more; null where there are none.
using ListedRules = std::function<const Symbol*(std::string_view)>;
std::unique_ptr<Venue> make_paper_venue(const PaperAccount& paper, const CandleSource& source, ListedRules listed = {});

}  // namespace stratdock
