#include "dashboard/holdings.hpp"

#include <algorithm>
#include <set>

namespace stratdock::dashboard {

namespace {

std::string most_frequent(const std::map<std::string, int>& counts) {
  const auto most = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? "" : most->first;
}

const store::SymbolRow* symbol_of(const AccountView& view, const std::string& name) {
  const auto found = view.symbols.find(name);
  return found == view.symbols.end() ? nullptr : &found->second;
}

std::optional<Decimal> price_of(const AccountView& view, const std::string& symbol) {
  const auto found = view.prices.find(symbol);
  return found == view.prices.end() || !found->second.is_positive() ? std::nullopt : std::optional(found->second);
}

// The better of two symbols of one asset: one that bots trade, one that trades at all, one in `money`, one with a price.
int rank(const AccountView& view, const store::SymbolRow& symbol, const std::set<std::string>& traded, const std::string& money) {
  return (traded.contains(symbol.symbol) ? 8 : 0) + (symbol.status == "TRADING" ? 4 : 0) + (symbol.quote == money ? 2 : 0) + (price_of(view, symbol.symbol) ? 1 : 0);
}

bool is_dust(const store::SymbolRow& symbol, Decimal quantity, const std::optional<Decimal>& price) {
  const Decimal sells = symbol.step.is_positive() ? quantity.floor_to(symbol.step) : quantity;
  return !sells.is_positive() || (price && multiply(sells, *price, Rounding::down) < symbol.minimum_notional);
}

}  // namespace

std::string money_of(const AccountView& view) {
  std::map<std::string, int> counts;
  for (const HoldingBot& bot : view.bots)
    if (const auto* symbol = symbol_of(view, bot.symbol)) ++counts[symbol->quote];
  if (counts.empty())
    for (const auto& [name, symbol] : view.symbols) ++counts[symbol.quote];
  return most_frequent(counts);
}

std::optional<Decimal> price_in(const AccountView& view, const std::string& asset, const std::string& money) {
  if (asset == money && !money.empty()) return Decimal::from_units(Decimal::units_per_one);
  return price_of(view, asset + money);
}

std::vector<Holding> find_holdings(const AccountView& view) {
  const std::string money = money_of(view);
  std::set<std::string> traded, bases, quotes{money};
  for (const HoldingBot& bot : view.bots) {
    const auto* symbol = symbol_of(view, bot.symbol);
    if (symbol == nullptr) continue;
    traded.insert(bot.symbol);
    bases.insert(symbol->base);
    quotes.insert(symbol->quote);
  }
  std::map<std::string, Decimal> free;
  for (const auto& row : view.accounts)
    if (row.account == "unallocated" && row.amount.is_positive() && (bases.contains(row.asset) || !quotes.contains(row.asset))) free[row.asset] += row.amount;
  std::map<std::string, const store::SymbolRow*> best;
  for (const auto& [name, symbol] : view.symbols) {
    if (!free.contains(symbol.base)) continue;
    const auto*& chosen = best[symbol.base];
    if (chosen == nullptr || rank(view, symbol, traded, money) > rank(view, *chosen, traded, money)) chosen = &symbol;
  }
  std::vector<Holding> holdings;
  for (const auto& [asset, symbol] : best) {
    Holding holding{asset, symbol->symbol, symbol->quote, free[asset], price_of(view, symbol->symbol), {}, bases.contains(asset)};
    if (is_dust(*symbol, holding.unallocated, holding.price)) continue;
    for (const HoldingBot& bot : view.bots)
      if (const auto* own = symbol_of(view, bot.symbol); own != nullptr && own->base == asset && bot.is_flat) holding.takers.push_back(bot);
    holdings.push_back(std::move(holding));
  }
  return holdings;
}

}  // namespace stratdock::dashboard
