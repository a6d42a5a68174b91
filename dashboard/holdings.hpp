// Coins of the account that belong to no bot, and who could take them; what an asset is worth.
// Owns nothing. Thread rule: pure functions. Invariant: what is too small to be sold, and what bots trade for, is no holding.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/store/store.hpp"

namespace stratdock::dashboard {

struct HoldingBot {
  int64_t id = 0;
  std::string name, symbol;
  bool is_flat = true;
};

// All that is looked at; the maps go by symbol.
struct AccountView {
  std::vector<store::JournalReader::AccountBalance> accounts;
  std::vector<HoldingBot> bots;
  std::map<std::string, store::SymbolRow> symbols;
  std::map<std::string, Decimal> prices;
};

struct Holding {
  std::string asset, symbol, quote_asset;  // the symbol that a bot trades it by, else the one to make a bot for
  Decimal unallocated;
  std::optional<Decimal> price;  // of that symbol
  std::vector<HoldingBot> takers;  // flat bots that trade the asset
  bool is_traded = false;        // some bot trades it, flat or not
};

// What the worth of everything is told in: the quote asset of most bots, else of most symbols; empty: nothing is known.
std::string money_of(const AccountView& view);
// Of one unit of `asset` in `money`; nullopt where no symbol of the two has a price.
std::optional<Decimal> price_in(const AccountView& view, const std::string& asset, const std::string& money);
// By asset. Above dust: at least the symbol's step and, where a price is known, its smallest order.
std::vector<Holding> find_holdings(const AccountView& view);

}  // namespace stratdock::dashboard
