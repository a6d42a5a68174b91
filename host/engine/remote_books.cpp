#include "host/engine/remote_books.hpp"

#include <algorithm>
#include <set>

namespace stratdock {

bool RemoteBooks::adjust(Account& account, const std::string& asset, Decimal change, const std::string& why) {
  const Decimal unallocated = account.ledger().balance(Ledger::unallocated, asset);
  const std::string what = why + " changed the exchange's account by " + change.text() + " " + asset;
  if ((unallocated + change).is_negative()) {
    options_.disagree(what + ", but only " + unallocated.text() + " of it are unallocated: the rest belongs to bots");
    return false;
  }
  account.ledger().deposit(asset, change);
  options_.tell(what + "; it is unallocated money");
  return true;
}

void RemoteBooks::book_foreign(const Order& order, const Fill& fill, Account& account) {
  const Symbol* symbol = session_.find_symbol(order.symbol);
  if (symbol == nullptr) return;
  const bool bought = fill.side == Side::buy;
  const std::string why = "a trade of " + order.symbol + " that no bot asked for";
  (void)adjust(account, symbol->base_asset, bought ? fill.quantity : -fill.quantity, why);
  (void)adjust(account, symbol->quote_asset, bought ? -fill.quote_quantity : fill.quote_quantity, why);
  if (fill.commission.is_positive()) (void)adjust(account, fill.commission_asset, -fill.commission, why);
}

std::map<std::string, Decimal> RemoteBooks::differences(const Account& account) const {
  const std::map<std::string, Balance>& held = session_.holdings().balances;
  const Ledger& ledger = account.ledger();
  std::set<std::string> assets = ledger.assets();
  for (const auto& [asset, balance] : held) assets.insert(asset);
  std::map<std::string, Decimal> found;
  for (const std::string& asset : assets) {
    const auto balance = held.find(asset);
    const Decimal change = (balance == held.end() ? Decimal() : balance->second.free + balance->second.locked) - ledger.expected_exchange_balance(asset);
    if (!change.is_zero()) found[asset] = change;
  }
  return found;
}

bool RemoteBooks::is_protection_missing(const Account& account, const std::function<Decimal(const std::string& symbol)>& executed) const {
  std::map<std::string, Decimal> needed;  // by asset
  std::set<std::string> symbols;
  for (const auto& [id, intent] : account.open_intents()) {
    const Symbol* symbol = intent.purpose == IntentPurpose::protect && intent.state == IntentState::acked ? session_.find_symbol(intent.symbol) : nullptr;
    if (symbol == nullptr || intent.above_ended || intent.below_ended) continue;
    needed[symbol->base_asset] += intent.list.above.quantity;
    if (symbols.insert(intent.symbol).second) needed[symbol->base_asset] -= executed(intent.symbol);
  }
  const std::map<std::string, Balance>& held = session_.holdings().balances;
  return std::any_of(needed.begin(), needed.end(), [&](const auto& entry) {
    const auto found = held.find(entry.first);
    return (found == held.end() ? Decimal() : found->second.locked) < entry.second;
  });
}

RemoteBooks::Finding RemoteBooks::look(Account& account, bool settled, const std::function<Decimal(const std::string& symbol)>& executed) {
  looked_at_ms_ = session_.holdings().at_ms;
  const bool is_moving = std::any_of(account.open_intents().begin(), account.open_intents().end(), [](const auto& entry) { return entry.second.purpose != IntentPurpose::protect; });
  if (!settled) return Finding::nothing;
  if (is_moving) return Finding::ask_moving;
  std::map<std::string, Decimal> differ = differences(account);
  const bool is_new = differ != differed_;
  differed_ = differ;
  if (is_protection_missing(account, executed)) return Finding::ask_all;
  if (is_new) return differ.empty() ? Finding::nothing : Finding::ask_all;
  for (const auto& [asset, change] : differ) {
    const auto told = disagreed_.find(asset);
    if (told != disagreed_.end() && told->second == change) continue;
    if (told != disagreed_.end()) disagreed_.erase(told);
    if (!adjust(account, asset, change, "something that the exchange did not tell of")) disagreed_[asset] = change;
  }
  if (!differ.empty()) return Finding::nothing;
  disagreed_.clear();
  if (options_.agree) options_.agree();
  return Finding::nothing;
}

}  // namespace stratdock
