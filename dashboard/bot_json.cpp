// The Bot object of API.md, and the few keys of it that move with the price.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/candle.hpp"
#include "dashboard/row_json.hpp"

namespace stratdock::dashboard {

using nlohmann::json;

namespace {

std::string protection_word(const std::string& stored) {
  if (stored == "resting") return "active";
  if (stored == "placing") return "in_flight";
  if (stored == "watched") return "engine";
  return "missing";
}

json declared_json(const store::BotRow& row) {
  const size_t colon = row.declared_at.rfind(':');
  if (row.declared_at.empty() || colon == std::string::npos) return {};
  return {{"file", row.declared_at.substr(0, colon)}, {"line", std::atoi(row.declared_at.c_str() + colon + 1)}};
}

// "warming up: 120/200" -> {"have":120,"need":200}
json warm_up_json(const std::string& waiting) {
  const size_t slash = waiting.find('/'), colon = waiting.find(':');
  if (waiting.rfind("warming up", 0) != 0 || slash == std::string::npos || colon == std::string::npos) return {};
  return {{"have", std::atoll(waiting.c_str() + colon + 1)}, {"need", std::atoll(waiting.c_str() + slash + 1)}};
}

bool waits_for_money(const BotCard& card) { return card.live.waiting.rfind("MONEY", 0) == 0 || card.live.waiting.rfind("waiting for money", 0) == 0; }

json waiting_json(const BotCard& card) {
  if (card.live.waiting.empty() || !is_running_state(card.row.state)) return {};
  if (card.live.waiting.rfind("warming up", 0) == 0) return {{"code", "WARM_UP"}, {"text", card.live.waiting}};
  const auto coded = split_code(card.live.waiting, waits_for_money(card) ? "MONEY" : "WAITING");
  return {{"code", coded.code}, {"text", coded.text}};
}

json attention_json(const World& world, const BotCard& card) {
  json danger = json::array(), warning = json::array();
  const auto& row = card.row;
  const auto add = [](json& list, const char* severity, const std::string& code, const std::string& text) {
    list.push_back({{"code", code}, {"severity", severity}, {"text", text}});
  };
  if (card.figures.open && protection_word(row.protection) == "missing")
    add(danger, "danger", "UNPROTECTED", "The position has no stop-loss at the exchange.");
  if (row.state == "quarantined") add(danger, "danger", "QUARANTINED", row.reason.empty() ? "Its plugin failed." : row.reason);
  if (row.state == "degraded") add(warning, "warning", "DEGRADED", row.reason.empty() ? "The books do not agree." : row.reason);
  if (row.state == "orphaned") add(warning, "warning", "ORPHANED", row.reason.empty() ? "It is gone from the configuration." : row.reason);
  if (waits_for_money(card)) add(warning, "warning", "MONEY", split_code(card.live.waiting, "MONEY").text);
  // An alarm that says what the state says already would only be read twice.
  const auto is_said = [&](const std::string& text) {
    const auto says = [&](const json& item) { return item["text"] == text; };
    return std::any_of(danger.begin(), danger.end(), says) || std::any_of(warning.begin(), warning.end(), says);
  };
  for (const auto& alarm : world.alarms)
    if (alarm.bot_id == row.id && alarm.severity != "info" && !is_said(alarm.cause)) add(alarm.severity == "error" ? danger : warning, alarm.severity == "error" ? "danger" : "warning", alarm.code, alarm.cause);
  danger.insert(danger.end(), warning.begin(), warning.end());
  return danger;
}

// The names of the old active_bots.json and position files.
json old_names_json(const World& world, const BotCard& card) {
  const auto& row = card.row;
  const bool open = card.figures.open;
  const auto when_open = [&](const std::optional<Decimal>& value) { return open ? money_json(value) : json(); };
  std::optional<Decimal> first_buy;
  if (card.trades.count > 0) first_buy = card.trades.first_cost;
  else if (open) first_buy = row.cost;
  return {{"id", row.id}, {"name", row.settings.name}, {"symbol", row.symbol}, {"strategy", strategy_name_of(world, row.settings.strategy)},
          {"trade_amount", row.settings.trade_amount.text()}, {"status", is_running_state(row.state) ? "running" : "stopped"},
          {"profit", row.realised.text()}, {"trades", row.trade_count}, {"position", open ? json("LONG") : json()},
          {"entry_price", when_open(row.entry_price)}, {"stop_loss", when_open(row.stop_price)}, {"take_profit", when_open(row.take_profit_price)},
          {"has_traded", row.trade_count > 0 || open}, {"initial_investment", money_json(first_buy)},
          {"timestamp", time_json(std::max(row.entry_ms, card.trades.last_exit_ms))}};
}

void add_settings(json& bot, const World& world, const BotCard& card) {
  const auto& row = card.row;
  const auto* strategy = world.strategy(row.settings.strategy);
  const auto* symbol = world.symbol(row.symbol);
  bot.update({{"title", row.settings.title.empty() ? row.settings.name : row.settings.title},
              {"strategy_id", strategy ? strategy->id : row.settings.strategy}, {"strategy_version", strategy ? text_json(strategy->version) : json()},
              {"plugin_file", strategy ? text_json(strategy->file) : json()}, {"mode", world.mode}, {"base_asset", symbol ? text_json(symbol->base) : json()},
              {"quote_asset", symbol ? text_json(symbol->quote) : json()}, {"price_decimals", symbol ? decimals_of(symbol->tick) : Decimal::digits},
              {"quantity_decimals", symbol ? decimals_of(symbol->step) : Decimal::digits}, {"interval", interval_text(row.settings.interval_ms)},
              {"interval_ms", row.settings.interval_ms}, {"evaluate_every_ms", row.settings.evaluate_every_ms}, {"state", row.state},
              {"wanted_state", row.wanted}, {"state_reason", text_json(row.reason)}, {"waiting_for", waiting_json(card)},
              {"warm_up", warm_up_json(card.live.waiting)}, {"declared", declared_json(row)}, {"created_ms", time_json(row.created_ms)},
              {"anchor_ms", time_json(row.anchor_ms)}});
}

void add_moving(json& bot, const BotCard& card) {
  const Figures& f = card.figures;
  bot.update({{"price", money_json(card.price)}, {"price_ms", time_json(card.price_ms)}, {"position_value", money_json(f.position_value)},
              {"equity", money_json(f.equity)}, {"unrealised", money_json(f.unrealised)}, {"unrealised_fraction", number_json(f.unrealised_fraction)},
              {"net_pnl", money_json(f.net_pnl)}, {"net_pnl_fraction", number_json(f.net_pnl_fraction)}, {"today", money_json(f.today)},
              {"today_fraction", number_json(f.today_fraction)}, {"drawdown_now", number_json(f.drawdown_now)}});
}

}  // namespace

std::string bot_json(const World& world, const BotCard& card) {
  const auto& row = card.row;
  const Figures& f = card.figures;
  json bot = old_names_json(world, card);
  add_settings(bot, world, card);
  add_moving(bot, card);
  std::optional<Decimal> fees;
  if (card.loaded) fees = card.trades.fees + card.open_fees;
  bot.update({{"quantity", f.open ? json(f.quantity.text()) : json()}, {"entry_ms", f.open ? time_json(row.entry_ms) : json()},
              {"entry_cost", f.open ? json(row.cost.text()) : json()}, {"stop_source", f.open ? text_json(row.stop_source) : json()},
              {"take_source", f.open ? text_json(row.take_profit_source) : json()}, {"protection", f.open ? json(protection_word(row.protection)) : json()},
              {"cash", row.cash.text()}, {"allotted", row.allotted.text()}, {"fees_paid", money_json(fees)}, {"dust", f.dust.text()},
              {"wins", row.win_count}, {"losses", card.loaded ? json(card.trades.losses) : json()},
              {"win_rate", number_json(win_rate(card.trades))}, {"profit_factor", number_json(profit_factor(card.trades))},
              {"max_drawdown", number_json(card.history.max_drawdown())}, {"at_stop", money_json(f.at_stop)}, {"at_take", money_json(f.at_take)},
              {"last_decision", card.decision ? decision_json(*card.decision, row.settings.interval_ms) : json()},
              {"last_evaluation_ms", time_json(card.live.last_evaluation_ms)}, {"next_evaluation_ms", time_json(card.live.next_evaluation_ms)},
              {"attention", attention_json(world, card)}, {"spark", card.history.spark()}});
  return dump(bot);
}

std::string price_json(const BotCard& card) {
  // A flat bot moves in nothing but the price.
  if (!card.figures.open && card.row.quantity.is_zero()) return dump({{"price", money_json(card.price)}, {"price_ms", time_json(card.price_ms)}});
  json moved = json::object();
  add_moving(moved, card);
  return dump(moved);
}

}  // namespace stratdock::dashboard
