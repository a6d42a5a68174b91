// What an exchange's answers mean for the bots of a configuration: what is good, what to watch, what would not work.
// Thread rule: pure functions over values; no clock, no network. Invariant: every finding that is not good says what to do;
// none holds anything of a key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bot_settings.hpp"
#include "core/result.hpp"
#include "host/binance/account_messages.hpp"
#include "host/binance/exchange_info.hpp"
#include "host/binance/key_permissions.hpp"

namespace stratdock::exchange_check {

using binance::Finding;

// One way to the exchange.
struct Reached {
  std::string what, address;  // "REST", "https://api.binance.com"
  Status status;              // why it was not
  int64_t took_ms = 0;        // connection and first answer
};

struct ClockReading {
  int64_t offset_ms = 0;       // how far the machine's clock is ahead of the exchange's
  int64_t uncertainty_ms = 0;  // of that figure
};

struct BudgetReading {
  int64_t used = 0, limit = 0;  // request weight of this minute, by this address
};

// What an account and its key say; only where orders go to the exchange.
struct AccountAnswers {
  Result<binance::KeyPermissions> permissions = failure("its rights were not asked for");
  Result<binance::AccountReport> account = failure("the account was not asked for");
};

struct Answers {
  binance::Venue venue = binance::Venue::paper;
  std::vector<Reached> reached;
  std::optional<ClockReading> clock;  // absent where the time could not be asked for
  int64_t server_ms = 0;
  std::optional<BudgetReading> budget;
  Result<binance::ExchangeInfo> info = failure("the symbols were not asked for");
  std::optional<AccountAnswers> account;
};

// Stop-loss where neither bot nor strategy names one.
inline constexpr double default_stop_loss = 0.02;

std::vector<Finding> judge_exchange(const Answers& answers, const std::vector<BotSettings>& bots);

}  // namespace stratdock::exchange_check
