#include "core/ledger.hpp"

#include <algorithm>

#include "core/check.hpp"

namespace stratdock {

std::string bot_account(int64_t bot_id) { return "bot:" + std::to_string(bot_id); }

void Ledger::deposit(const std::string& asset, Decimal amount) {
  move(exchange, unallocated, asset, amount, amount.is_negative() ? "withdrawal" : "deposit", "");
}

Status Ledger::allot(int64_t bot_id, const std::string& asset, Decimal amount) {
  Decimal available = balance(unallocated, asset);
  if (amount > available)
    return failure("allotting " + amount.text() + " " + asset + ": only " + available.text() + " " + asset + " are unallocated",
                   "release money from another bot, deposit more, or lower the trade amount");
  move(unallocated, bot_account(bot_id), asset, amount, "allot", "");
  return {};
}

Status Ledger::release(int64_t bot_id, const std::string& asset, Decimal amount) {
  Decimal held = bot_balance(bot_id, asset);
  if (amount > held)
    return failure("releasing " + amount.text() + " " + asset + ": the bot holds only " + held.text() + " " + asset,
                   "release at most that, or close its position first");
  move(bot_account(bot_id), unallocated, asset, amount, "release", "");
  return {};
}

Decimal Ledger::pay(const std::vector<std::string>& payers, const std::string& asset, Decimal amount, const char* reason, const std::string& reference) {
  if (amount.is_negative()) return move(exchange, payers.front(), asset, -amount, reason, reference), Decimal();  // a rebate
  for (const std::string& payer : payers) {
    const Decimal part = std::min(balance(payer, asset), amount);
    move(payer, exchange, asset, part, reason, reference);
    amount -= part;
  }
  if (amount.is_zero()) return {};
  move(exchange, unallocated, asset, amount, "deposit", reference);
  move(unallocated, exchange, asset, amount, reason, reference);
  return amount;
}

std::vector<Ledger::Shortage> Ledger::apply_fill(int64_t bot_id, const Fill& fill, const std::string& base, const std::string& quote) {
  const std::string account = bot_account(bot_id);
  const std::string reference = fill.symbol + ":" + std::to_string(fill.trade_id);
  const bool buys = fill.side == Side::buy;
  const std::string& given = buys ? quote : base;
  const Decimal given_amount = buys ? fill.quote_quantity : fill.quantity;
  std::vector<Shortage> shortages;
  Shortage trade{given, {}, given_amount - std::min(given_amount, balance(account, given))};
  trade.found = pay({account, unallocated}, given, given_amount, "fill", reference);
  if (trade.beyond_bot.is_positive()) shortages.push_back(trade);
  move(exchange, account, buys ? base : quote, buys ? fill.quantity : fill.quote_quantity, "fill", reference);
  if (fill.commission.is_zero()) return shortages;
  std::vector<std::string> payers{fees, unallocated};
  if (fill.commission_asset == base || fill.commission_asset == quote) payers.insert(payers.begin(), account);
  const Decimal found = pay(payers, fill.commission_asset, fill.commission, "commission", reference);
  if (found.is_positive()) shortages.push_back({fill.commission_asset, found, {}});
  return shortages;
}

std::set<std::string> Ledger::assets() const {
  std::set<std::string> all;
  for (const auto& [key, amount] : balances_) all.insert(key.second);
  return all;
}

Decimal Ledger::balance(const std::string& account, const std::string& asset) const {
  auto found = balances_.find({account, asset});
  return found == balances_.end() ? Decimal() : found->second;
}

void Ledger::move(const std::string& from, const std::string& to, const std::string& asset, Decimal amount,
                  const char* reason, const std::string& reference) {
  if (amount.is_zero()) return;
  Decimal& source = balances_[{from, asset}];
  source -= amount;
  Decimal& target = balances_[{to, asset}];
  target += amount;
  STRATDOCK_CHECK(from == exchange || !source.is_negative());
  STRATDOCK_CHECK(to == exchange || !target.is_negative());
  postings_.push_back({from, asset, -amount, source, reason, reference});
  postings_.push_back({to, asset, amount, target, reason, reference});
}

}  // namespace stratdock
