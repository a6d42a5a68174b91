// The part of `check` that asks the configured exchange.
// Thread rule: one thread, which it blocks for seconds at most. Invariant: reading calls only; no key in what it returns.
#pragma once

#include <vector>

#include "core/symbol.hpp"
#include "host/binance/key_permissions.hpp"
#include "host/config/config.hpp"

namespace stratdock::cli {

struct ExchangeChecked {
  std::vector<binance::Finding> findings;
  std::vector<Symbol> symbols;  // of the bots, as far as they are listed
};

// Of a configuration whose market is an exchange.
ExchangeChecked check_exchange(const Configuration& configuration);

}  // namespace stratdock::cli
