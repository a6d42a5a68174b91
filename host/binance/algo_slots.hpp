// The book of a symbol's stop orders: only so many may rest at the exchange (filter MAX_NUM_ALGO_ORDERS, 5 on mainnet), and
// all bots of a symbol share them. A bot that finds no slot may not enter, since it could not be protected.
// Thread rule: a plain object of one thread. Invariant: never more holders of a symbol than its limit, orders that are not
// ours included; a holder has at most one slot a symbol, however often it asks.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace stratdock::binance {

class AlgoSlots {
public:
  // From exchangeInfo. A limit below what is held already stops new holders only.
  void set_limit(const std::string& symbol, int limit);
  // Stop orders of others on the symbol (the user's own), as open orders show them.
  void set_foreign(const std::string& symbol, int count);
  // True when `holder` (a bot) has a slot now; it keeps it until release().
  bool take(const std::string& symbol, int64_t holder);
  void release(const std::string& symbol, int64_t holder);
  int free(const std::string& symbol) const;
  int held(const std::string& symbol) const;

private:
  struct Book {
    int limit = 5, foreign = 0;
    std::set<int64_t> holders;
  };
  std::map<std::string, Book> books_;
};

}  // namespace stratdock::binance
