#include "dashboard/world.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "dashboard/row_json.hpp"

namespace stratdock::dashboard {

using nlohmann::json;

int64_t MarketClock::now(int64_t wall_ms) const {
  if (read_ms == 0) return wall_ms;
  if (!speed) return market_ms;
  return market_ms + static_cast<int64_t>(static_cast<double>(std::max<int64_t>(0, wall_ms - read_ms)) * *speed);
}

const store::StrategyRow* World::strategy(const std::string& name) const {
  const auto id = strategy_ids.find(name);
  const auto row = strategies.find(id == strategy_ids.end() ? name : id->second);
  return row == strategies.end() ? nullptr : &row->second;
}

const store::SymbolRow* World::symbol(const std::string& name) const {
  const auto row = symbols.find(name);
  return row == symbols.end() ? nullptr : &row->second;
}

std::vector<std::string> strategy_aliases(const store::StrategyRow& row) {
  std::vector<std::string> names;
  const json list = json::parse(row.aliases, nullptr, false);
  if (list.is_array()) {
    for (const auto& name : list)
      if (name.is_string()) names.push_back(name);
  } else {
    std::string name;
    for (const char c : row.aliases + ",") {
      if (c != ',' && c != ' ' && c != ';') {
        name += c;
      } else if (!name.empty()) {
        names.push_back(std::move(name));
        name.clear();
      }
    }
  }
  if (names.empty()) names.push_back(row.id.substr(row.id.find_last_of("./:") + 1));
  return names;
}

std::string strategy_name_of(const World& world, const std::string& name) {
  const auto* row = world.strategy(name);
  return row ? strategy_aliases(*row).front() : name;
}

FigureInput figure_input(const World& world, const BotCard& card, int64_t wall_ms) {
  return {card.row, card.price, world.taker_fee, world.clock.now(wall_ms)};
}

void refresh(const World& world, BotCard& card, int64_t wall_ms) {
  card.figures = compute_figures(figure_input(world, card, wall_ms), card.history);
  if (!card.loaded) {
    // Without the history the start of the day is unknown, not zero.
    card.figures.today.reset();
    card.figures.today_fraction.reset();
    card.figures.drawdown_now.reset();
  }
  card.json.reset();
}

void read_health(World& world, const std::vector<store::HealthRow>& rows) {
  world.health = rows;
  MarketClock clock;
  clock.speed = std::nullopt;
  for (const auto& row : rows) {
    if (row.key == words::engine) {
      world.engine.state = row.value.empty() ? "running" : row.value;
      world.engine.seen_ms = row.at_ms;
      world.engine.text.clear();
    } else if (row.key == words::started_ms) {
      world.engine.since_ms = std::atoll(row.value.c_str());
    } else if (row.key == words::market_ms) {
      clock.market_ms = std::atoll(row.value.c_str());
      if (clock.read_ms == 0) clock.read_ms = row.at_ms;
    } else if (row.key == words::market_wall_ms) {
      clock.read_ms = std::atoll(row.value.c_str());
    } else if (row.key == words::speed) {
      const double factor = std::atof(row.value.c_str());
      if (factor > 0 && std::isfinite(factor)) clock.speed = factor;
    } else if (row.key == words::mode && !row.value.empty()) {
      world.mode = row.value;
    }
  }
  // Before the first candle there is no market time yet.
  if (clock.market_ms > 0) world.clock = clock;
}

void update_engine_state(EngineHealth& engine, int64_t wall_ms) {
  if (engine.seen_ms == 0 || wall_ms - engine.seen_ms > engine_away_after_ms) {
    engine.state = "away";
    engine.text = engine.seen_ms == 0 ? "The engine has not shown itself yet." : "The engine gives no sign of life; it is started again by its owner.";
  }
}

std::string engine_json(const EngineHealth& engine) {
  return dump({{"state", engine.state}, {"since_ms", time_json(engine.since_ms)}, {"seen_ms", time_json(engine.seen_ms)}, {"text", engine.text}});
}

std::string totals_json(const World& world, int64_t wall_ms) {
  const int64_t market_ms = world.clock.now(wall_ms);
  std::map<std::string, Total> totals;
  for (const auto& [id, card] : world.bots) {
    const auto* symbol = world.symbol(card.row.symbol);
    const std::string currency = symbol ? symbol->quote : "";
    totals[currency].add(card.row, card.figures, card.history, market_ms);
  }
  // What bots trade for; dust that a deleted bot left behind makes no line of its own.
  const auto is_currency = [&](const std::string& asset) {
    return std::any_of(world.symbols.begin(), world.symbols.end(), [&](const auto& symbol) { return symbol.second.quote == asset; });
  };
  for (const auto& account : world.accounts)
    if (account.account == "unallocated" && account.amount.is_positive() && is_currency(account.asset)) totals.try_emplace(account.asset);
  json list = json::array();
  for (const auto& [currency, total] : totals) {
    std::optional<Decimal> unallocated, balance;
    for (const auto& account : world.accounts)
      if (account.account == "unallocated" && account.asset == currency) unallocated = account.amount;
    for (const auto& held : world.balances)
      if (held.asset == currency) balance = held.free + held.locked;
    const auto when = [](bool known, Decimal value) { return known ? std::optional(value) : std::nullopt; };
    const bool today_known = total.today_complete;
    list.push_back({{"mode", world.mode}, {"currency", text_json(currency)}, {"bots", total.bots}, {"running", total.running},
                    {"equity", money_json(when(total.complete, total.equity))}, {"allotted", total.allotted.text()},
                    {"net_pnl", money_json(when(total.complete, total.net_pnl))},
                    {"net_pnl_fraction", total.complete ? number_json(fraction(total.net_pnl, total.allotted)) : json()},
                    {"today", money_json(when(today_known, total.today))},
                    {"today_fraction", today_known ? number_json(fraction(total.today, total.day_base)) : json()},
                    {"at_stop", total.at_stop.text()}, {"at_stop_fraction", total.complete ? number_json(fraction(total.at_stop, total.equity)) : json()},
                    {"open_positions", total.open_positions}, {"unprotected", total.unprotected}, {"unallocated", money_json(unallocated)},
                    {"balance", money_json(balance)}});
  }
  return dump(list);
}

std::string open_alarms_json(const World& world, size_t most) {
  json list = json::array();
  for (size_t i = 0; i < std::min(most, world.alarms.size()); ++i) list.push_back(alarm_json(world.alarms[i], world));
  return dump(list);
}

}  // namespace stratdock::dashboard
