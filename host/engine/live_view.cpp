// live.db: prices, balances, symbols, plugins and health, for the page. Rebuilt at every start; nothing here decides about money.
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "host/engine/engine_state.hpp"

namespace stratdock {

using OrderedJson = nlohmann::ordered_json;

namespace {

constexpr int64_t publish_every_ms = 250;

OrderedJson json_of(const ParameterValue& value) {
  return std::visit([](const auto& v) { return OrderedJson(v); }, value);
}

std::string schema_json(const StrategyInfo& strategy) {
  OrderedJson all = OrderedJson::array();
  for (const ParameterSchema& p : strategy.parameters) {
    constexpr const char* types[] = {"int", "float", "bool", "text", "choice"};
    OrderedJson one{{"key", p.key}, {"name", p.name}, {"doc", p.doc}, {"unit", p.unit}, {"type", types[static_cast<size_t>(p.type)]}};
    one["default"] = json_of(p.default_value);
    bool whole = p.type == ParameterType::integer;
    auto bound = [&](const std::optional<double>& limit) { return !limit ? OrderedJson() : whole ? OrderedJson(static_cast<int64_t>(*limit)) : OrderedJson(*limit); };
    one["min"] = bound(p.minimum);
    one["max"] = bound(p.maximum);
    one["choices"] = p.choices;
    one["flags"] = OrderedJson::array();
    if (p.live_changeable) one["flags"].push_back("live");
    if (p.advanced) one["flags"].push_back("advanced");
    all.push_back(std::move(one));
  }
  return all.dump();
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

}  // namespace

void Engine::publish_catalog() {
  if (auto pids = plugins_->worker_pids(); pids != worker_pids_) {
    for (const auto& [file, pid] : pids)
      if (auto [place, is_first] = worker_restarts_.try_emplace(file, 0); !is_first && worker_pids_[file] != pid) ++place->second;
    worker_pids_ = std::move(pids);
    catalog_dirty_ = true;
  }
  if (!catalog_dirty_) return;
  catalog_dirty_ = false;
  std::vector<store::PluginRow> plugin_rows;
  std::vector<store::StrategyRow> strategy_rows;
  for (const PluginInfo& plugin : plugins_->plugins()) {
    std::string worker;
    if (const auto pid = worker_pids_.find(plugin.file); pid != worker_pids_.end())
      worker = OrderedJson{{"pid", pid->second}, {"state", "running"}, {"restarts", worker_restarts_[plugin.file]}}.dump();
    store::PluginRow row{plugin.file, plugin.sha256, text(plugin.state), plugin.reason, plugin.build_info, worker, wall_clock_ms()};
    plugin_rows.push_back(std::move(row));
  }
  for (const StrategyInfo& s : plugins_->strategies())
    strategy_rows.push_back({s.id, joined(s.aliases), s.name, s.version, s.vendor, s.doc, s.plugin_file, schema_json(s)});
  live_->set_plugins(plugin_rows);
  live_->set_strategies(strategy_rows);
  std::vector<store::SymbolRow> symbol_rows;
  const auto add = [&](const Symbol& rules) {
    symbol_rows.push_back({rules.name, rules.base_asset, rules.quote_asset, std::string(text(rules.status)), rules.price.tick, rules.lot.step, minimum_notional(rules, true)});
  };
  if (link_)
    for (const auto& [name, rules] : link_->listed()) add(rules);
  else
    for (const MarketSymbol& symbol : source_->symbols()) add(symbol.rules);
  live_->set_symbols(symbol_rows);
}

void Engine::publish_health(const std::string& state) {
  const int64_t now = wall_clock_ms();
  auto put = [&](const char* key, const std::string& value) { live_->put_health({key, value, now}); };
  put("engine", state);
  put("pid", std::to_string(::getpid()));
  put("started_ms", std::to_string(started_wall_ms_));
  put("market_ms", std::to_string(position_ms_));
  put("market_wall_ms", std::to_string(now));
  const int64_t balances_ms = venue_->balances_ms();
  put("balances_ms", std::to_string(balances_ms == 0 ? now : balances_ms));
  put("market_source", std::string(text(configuration_.market.source)));
  put("market_state", market_ended_ ? "ended" : "running");
  put("speed", configuration_.market.speed.kind == Speed::Kind::full || market_ended_ ? "" : parameter_text(configuration_.market.speed.factor));
  put("mode", std::string(text(configuration_.mode)));
  put("configuration", configuration_.file.string());
  put("log_folder", configuration_.logs.folder.string());
  put("time_zone", configuration_.logs.time_zone);
  std::string missing;
  for (const std::string& one : plugins_->sandbox_report()) missing += (missing.empty() ? "" : "; ") + one;
  put("sandbox", missing);
}

void Engine::publish_live(bool force) {
  const int64_t now = steady_clock_ms();
  if (!force && now - last_live_ms_ < publish_every_ms) return;
  last_live_ms_ = now;
  if (!live_->begin()) return;  // the page shows its age; trading does not depend on it
  publish_catalog();
  for (const MarketSymbol& symbol : source_->symbols()) {
    Decimal price = account_->price(symbol.rules.name);
    if (price.is_positive()) live_->put_price({symbol.rules.name, price, position_ms_, 0});
  }
  if (auto prices = link_ ? link_->take_prices() : std::nullopt) {
    std::vector<store::MarketPriceRow> rows;
    for (const auto& [symbol, price] : *prices) rows.push_back({symbol, price, wall_clock_ms()});
    live_->set_market_prices(rows);
  }
  std::vector<store::BalanceRow> balances;
  for (const auto& [asset, balance] : venue_->balances()) balances.push_back({asset, balance.free, balance.locked});
  live_->set_balances(balances);
  for (auto& [id, bot] : account_->bots()) {
    store::BotLiveRow row;
    row.bot_id = id;
    const int64_t every = bot.settings.evaluate_every_ms;
    row.next_evaluation_ms = rights(bot.state).evaluates && !market_ended_ ? (position_ms_ / every + 1) * every : 0;
    row.last_evaluation_ms = last_evaluation_ms_[id];
    row.price = account_->price(bot.symbol);
    row.equity = bot.equity(account_->cash(bot), row.price);
    row.unrealised = bot.is_flat() ? Decimal() : multiply(bot.quantity, row.price, Rounding::down) - bot.cost;
    row.waiting = bot.reason;
    live_->put_bot(row);
  }
  publish_health("running");
  (void)live_->commit();
  store::ring_doorbell(configuration_.data_folder.string(), "dashboard");
}

}  // namespace stratdock
