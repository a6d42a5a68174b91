// Symbols and their prices; the account: what it holds, whose it is, what it is worth, and what belongs to nobody.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "dashboard/holdings.hpp"
#include "dashboard/read_helpers.hpp"
#include "dashboard/routes.hpp"
#include "dashboard/secret_text.hpp"

namespace stratdock::dashboard {

using nlohmann::json;

namespace {

constexpr int64_t price_too_old_ms = 300'000;

json bot_json_of(const HoldingBot& bot) { return {{"id", bot.id}, {"name", bot.name}}; }

json holding_json(const Holding& holding, const std::string& mode) {
  json takers = json::array();
  for (const HoldingBot& bot : holding.takers) takers.push_back(bot_json_of(bot));
  return {{"mode", mode}, {"asset", holding.asset}, {"symbol", holding.symbol}, {"quote_asset", holding.quote_asset}, {"unallocated", holding.unallocated.text()},
          {"price", money_json(holding.price)}, {"is_traded", holding.is_traded}, {"takers", takers}};
}

// What the account has of an asset, and in which bots it lies.
json asset_json(const AccountView& view, const std::vector<store::BalanceRow>& balances, const std::string& asset, const std::string& money) {
  std::optional<Decimal> free, locked;
  for (const auto& row : balances)
    if (row.asset == asset) free = row.free, locked = row.locked;
  Decimal allotted, unallocated;
  json bots = json::array();
  for (const auto& row : view.accounts) {
    if (row.asset != asset || row.amount.is_zero()) continue;
    if (row.account == "unallocated") unallocated += row.amount;
    if (row.account.rfind("bot:", 0) != 0) continue;
    allotted += row.amount;
    for (const HoldingBot& bot : view.bots) {
      if (row.account != "bot:" + std::to_string(bot.id)) continue;
      bots.push_back(bot_json_of(bot));
      bots.back()["amount"] = row.amount.text();
    }
  }
  const Decimal whole = free ? *free + *locked : allotted + unallocated;
  const auto price = price_in(view, asset, money);
  return {{"asset", asset}, {"free", money_json(free)}, {"locked", money_json(locked)}, {"allotted", allotted.text()}, {"unallocated", unallocated.text()}, {"bots", bots},
          {"price", money_json(price)}, {"value", price ? json(multiply(whole, *price, Rounding::half_even).text()) : json()}, {"value_asset", text_json(money)}};
}

}  // namespace

std::map<std::string, Decimal> known_prices(App& app, store::LiveReader& live) {
  const int64_t now_ms = wall_clock_ms();
  app.pool.ask_for_prices(now_ms);
  std::map<std::string, Decimal> prices;
  for (const auto& row : live.prices()) prices.emplace(row.symbol, row.price);
  for (const auto& row : live.market_prices())
    if (now_ms - row.at_ms < price_too_old_ms) prices.emplace(row.symbol, row.price);
  return prices;
}

Response read_markets(App& app, const Request& request) {
  const auto limit = number_in(request, "limit", 20, 1, 1'000);
  if (!limit) return error_response(400, "BAD_REQUEST", "limit must be 1 to 1000.");
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  json list = json::array();
  if (lease->live()) {
    const auto prices = known_prices(app, *lease->live());
    for (const auto& row : lease->live()->symbols(request.parameter("query"), static_cast<int>(*limit))) {
      const auto price = prices.find(row.symbol);
      list.push_back({{"symbol", row.symbol}, {"base_asset", row.base}, {"quote_asset", row.quote}, {"status", row.status},
                      {"price", price == prices.end() ? json() : json(price->second.text())}, {"tick_size", row.tick.text()},
                      {"step_size", row.step.text()}, {"min_notional", row.minimum_notional.text()}, {"price_decimals", decimals_of(row.tick)}});
    }
  }
  return json_response(200, dump({{"symbols", list}}));
}

Response read_account(App& app, const Request&) {
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  AccountView view;
  if (lease->live()) view.prices = known_prices(app, *lease->live());
  std::vector<store::BalanceRow> balances;
  std::string mode;
  int64_t balances_ms = 0;
  app.board.with_world([&](const World& world) {
    mode = world.mode;
    balances = world.balances;
    view.accounts = world.accounts;
    view.symbols = world.symbols;
    for (const auto& [id, card] : world.bots) view.bots.push_back({id, card.row.settings.name, card.row.symbol, !card.figures.open});
    for (const auto& row : world.health)
      if (row.key == words::balances_ms) balances_ms = std::atoll(row.value.c_str());
  });
  std::set<std::string> assets;
  for (const auto& row : balances) assets.insert(row.asset);
  for (const auto& row : view.accounts)
    if (row.account == "unallocated" || row.account.rfind("bot:", 0) == 0) assets.insert(row.asset);
  const std::string money = money_of(view);
  json list = json::array(), holdings = json::array();
  for (const auto& asset : assets) {
    list.push_back(asset_json(view, balances, asset, money));
    list.back()["mode"] = mode;
  }
  for (const Holding& holding : find_holdings(view)) holdings.push_back(holding_json(holding, mode));
  const int64_t age_ms = std::max<int64_t>(0, wall_clock_ms() - balances_ms);
  return json_response(200, dump({{"accounts", list}, {"holdings", holdings}, {"balances_ms", time_json(balances_ms)}, {"balances_age_ms", balances_ms == 0 ? json() : json(age_ms)}}));
}

}  // namespace stratdock::dashboard
