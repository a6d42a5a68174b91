// What the dashboard knows at the moment: every bot with its figures, the market's clock, the engine's health.
// Owns: the values. Thread rule: none of its own; the Board guards the one World there is. The functions are pure.
// Invariant: a BotCard's figures belong to its row and price (refresh() after changing either).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dashboard/figures.hpp"
#include "host/store/store.hpp"

namespace stratdock::dashboard {

// Names of rows that the engine writes and the dashboard reads. Each may be missing: then the thing is unknown.
namespace words {
constexpr const char* meta_mode = "mode";            // in the journal: paper | testnet | demo | live
constexpr const char* meta_taker_fee = "taker_fee";  // in the journal: "0.001", a fraction of the notional
// In live.db's health:
constexpr const char* engine = "engine";                  // its state; at_ms is its last sign of life
constexpr const char* started_ms = "started_ms";          // of the engine
constexpr const char* pid = "pid";                        // of the engine
constexpr const char* mode = "mode";
constexpr const char* market_ms = "market_ms";            // market time ...
constexpr const char* market_wall_ms = "market_wall_ms";  // ... and the wall time at which it was that
constexpr const char* speed = "speed";                    // market time against wall time; empty: full speed, or halted
constexpr const char* balances_ms = "balances_ms";        // when the balances were the exchange's, by the wall clock
constexpr const char* market_source = "market_source";
constexpr const char* market_state = "market_state";
}  // namespace words

constexpr int64_t engine_away_after_ms = 5'000;

struct MarketClock {
  int64_t market_ms = 0, read_ms = 0;  // market time, and the wall time at which it was that
  std::optional<double> speed = 1.0;   // nullopt: as fast as it can, or halted
  int64_t now(int64_t wall_ms) const;
};

struct EngineHealth {
  std::string state = "away", text;
  int64_t since_ms = 0, seen_ms = 0;
};

struct BotCard {
  store::BotRow row;
  store::BotLiveRow live;
  std::optional<Decimal> price;
  int64_t price_ms = 0;
  PnlHistory history;
  TradeSums trades;
  int64_t last_trade_id = 0;
  Decimal open_fees;  // of the open trade so far
  bool loaded = false;  // history, trades and fees are in
  std::optional<store::DecisionRow> decision;
  Figures figures;
  std::shared_ptr<const std::string> json;  // null: to be made again
};

struct World {
  std::map<int64_t, BotCard> bots;
  std::map<std::string, store::SymbolRow> symbols;
  std::map<std::string, store::StrategyRow> strategies;  // by id
  std::map<std::string, std::string> strategy_ids;       // id, short name or alias -> id
  std::vector<store::AlarmRow> alarms;                   // open ones, newest first
  std::vector<store::BalanceRow> balances;
  std::vector<store::JournalReader::AccountBalance> accounts;
  std::vector<store::PluginRow> plugins;
  std::vector<store::HealthRow> health;
  EngineHealth engine;
  MarketClock clock;
  std::string mode = "paper";
  Decimal taker_fee;

  const store::StrategyRow* strategy(const std::string& name) const;  // id, short name or alias; null when unknown
  const store::SymbolRow* symbol(const std::string& name) const;
};

// Short names of a strategy: its aliases, however they are listed; the last part of the id where there are none.
std::vector<std::string> strategy_aliases(const store::StrategyRow& row);

FigureInput figure_input(const World& world, const BotCard& card, int64_t wall_ms);
void refresh(const World& world, BotCard& card, int64_t wall_ms);
void read_health(World& world, const std::vector<store::HealthRow>& rows);
void update_engine_state(EngineHealth& engine, int64_t wall_ms);

// JSON texts of API.md's objects.
std::string bot_json(const World& world, const BotCard& card);
// Only what moves with the price.
std::string price_json(const BotCard& card);
std::string totals_json(const World& world, int64_t wall_ms);  // an array
std::string engine_json(const EngineHealth& engine);
std::string open_alarms_json(const World& world, size_t most);  // an array
std::string strategy_name_of(const World& world, const std::string& name);  // the short name

}  // namespace stratdock::dashboard
