// The old system's files as they were found: its bots, what they hold, its settings, and what becomes of every field.
// Thread rule: free functions. Invariant: values of keys and other secrets are dropped while reading; no line carries one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/decimal.hpp"
#include "core/result.hpp"

namespace stratdock {

// What becomes of one field of one file.
struct ImportedField {
  enum class Fate { taken, left, wrong } fate = Fate::left;
  std::string file, field;
  std::string text;  // taken over as what, or why not
};

struct OldPosition {
  std::string symbol;
  std::string entry_price, stop_loss, take_profit, initial_investment;  // as text; empty where absent
  // What its money bought at that price: the old files keep no quantity. None where a figure is missing.
  std::optional<Decimal> estimated_quantity() const;
};

struct OldBot {
  std::string number;    // the old id
  std::string name;      // "BTC Bot"
  std::string bot_name;  // "btc-bot"; unique among the bots found
  std::string symbol, strategy;
  Decimal trade_amount;
  bool usable = true;  // false: a field it cannot be made without is missing or wrong
  std::optional<OldPosition> position;  // it holds something
};

struct OldSystem {
  std::vector<OldBot> bots;
  std::vector<ImportedField> fields;
  // Settings of .env that hold for every bot made.
  std::optional<double> stop_loss, take_profit;
  std::optional<int64_t> evaluate_every_ms;
};

// Fails where `folder` holds none of the files, or one of them cannot be read.
Result<OldSystem> read_old_system(const std::filesystem::path& folder);

// "BTC Bot" -> "btc-bot": a name that a configuration accepts; empty when nothing of it is left.
std::string bot_name_of(const std::string& name);

}  // namespace stratdock
