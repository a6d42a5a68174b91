// What its owner sets for a bot. Thread rule: a plain value. Invariant: validated where it was read (YAML, form, import);
// the core relies on it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/decimal.hpp"

namespace stratdock {

struct BotSettings {
  std::string name;      // ^[a-z0-9][a-z0-9_-]{0,31}$
  std::string title;     // free text for people; empty: the name
  std::string symbol;    // "BTCUSDT"
  std::string strategy;  // id or alias
  Decimal trade_amount;  // the whole stake, in the quote asset; positive
  int64_t interval_ms = 300'000;
  int64_t evaluate_every_ms = 900'000;       // a multiple of interval_ms
  std::optional<double> stop_loss;           // fraction below the entry, 0 < x < 1; unset: the strategy's, else 0.02
  std::optional<double> take_profit;         // fraction above the entry, 0 < x; unset: the strategy's, else 0.05
  std::map<std::string, std::string> parameters;  // as text; those not named take the strategy's defaults
  std::vector<std::string> recommended_symbols;   // symbols the bot may follow a recommendation to; empty: none
  friend bool operator==(const BotSettings&, const BotSettings&) = default;
};

}  // namespace stratdock
