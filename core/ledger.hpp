// Whose money is whose. Double entry: every posting moves an amount of one asset between two accounts.
// Accounts: "unallocated", "bot:<id>", "fees" (what pays commission in a third asset) and "exchange", the counter-account,
// whose balance is minus what the exchange holds for us. So the sum over all accounts of an asset is always zero, and
// bots + unallocated + fees = the exchange's balance.
// Thread rule: one thread. Invariant: no account but "exchange" is ever negative (checked: a negative one is a bug of ours).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/decimal.hpp"
#include "core/order.hpp"
#include "core/result.hpp"

namespace stratdock {

struct Posting {
  std::string account, asset;
  Decimal amount, balance_after;
  std::string reason;     // deposit | withdrawal | allot | release | fill | commission
  std::string reference;  // e.g. the fill's "BTCUSDT:17"
};

std::string bot_account(int64_t bot_id);  // "bot:7"

class Ledger {
public:
  static constexpr const char* unallocated = "unallocated";
  static constexpr const char* exchange = "exchange";
  static constexpr const char* fees = "fees";

  // What came in (or went out, negative) from outside: to and from unallocated.
  void deposit(const std::string& asset, Decimal amount);
  // Both fail with both figures named, and post nothing then.
  Status allot(int64_t bot_id, const std::string& asset, Decimal amount);
  Status release(int64_t bot_id, const std::string& asset, Decimal amount);
  // Books a fill of a bot. A commission in a third asset comes from "fees", then from unallocated. A fill is a fact: what the
  // bot itself lacks of it (its commission in BNB after it sold all its BNB) is paid by the same two, and what nobody has was
  // at the exchange without being booked: it is deposited first. Gives what was found that way, and what the bot lacked of
  // the trade itself, commission apart, which no order of it asked for.
  struct Shortage {
    std::string asset;
    Decimal found, beyond_bot;
  };
  std::vector<Shortage> apply_fill(int64_t bot_id, const Fill& fill, const std::string& base, const std::string& quote);

  Decimal balance(const std::string& account, const std::string& asset) const;
  // Every asset that was ever posted.
  std::set<std::string> assets() const;
  Decimal bot_balance(int64_t bot_id, const std::string& asset) const { return balance(bot_account(bot_id), asset); }
  // What the exchange must hold of an asset if the books agree.
  Decimal expected_exchange_balance(const std::string& asset) const { return -balance(exchange, asset); }

  // Postings since the last call, in order.
  std::vector<Posting> take_postings() { return std::exchange(postings_, {}); }
  // Sets a balance while the ledger is restored from the journal; posts nothing.
  void restore(const std::string& account, const std::string& asset, Decimal amount) { balances_[{account, asset}] = amount; }

private:
  // Out to the exchange, from the first of `payers` that have it. Gives what none of them had.
  Decimal pay(const std::vector<std::string>& payers, const std::string& asset, Decimal amount, const char* reason, const std::string& reference);
  void move(const std::string& from, const std::string& to, const std::string& asset, Decimal amount,
            const char* reason, const std::string& reference);

  std::map<std::pair<std::string, std::string>, Decimal> balances_;
  std::vector<Posting> postings_;
};

}  // namespace stratdock
