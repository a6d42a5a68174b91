// Which field of a row is which column. One list per row serves writing, reading and the SQL texts, so they cannot disagree.
// Private to the store. Thread rule: functions over plain values.
// A visitor gets: id (a number given by SQLite when 0), key (part of the primary key), rev (stamped by the store),
// reference (a row of another table; 0 is NULL), settings (JSON) and plain fields.
#pragma once

#include <string>

#include "host/store/records.hpp"

namespace stratdock::store {

template <typename Row>
struct Fields;

template <>
struct Fields<BotRow> {
  static constexpr const char* table = "bots";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.id("id", row.id), v.rev(row.rev), v.settings("settings", row.settings), v("name", row.settings.name);
    v("origin", row.origin), v("declared_at", row.declared_at), v("wanted", row.wanted), v("state", row.state);
    v("reason", row.reason), v("symbol", row.symbol), v("anchor_ms", row.anchor_ms), v("created_ms", row.created_ms);
    v("started_ms", row.started_ms), v("deleted_ms", row.deleted_ms), v("quantity", row.quantity), v("cost", row.cost);
    v("entry_price", row.entry_price), v("entry_ms", row.entry_ms), v("stop_price", row.stop_price);
    v("take_profit_price", row.take_profit_price), v("stop_source", row.stop_source);
    v("take_profit_source", row.take_profit_source), v("protection", row.protection), v("allotted", row.allotted);
    v("cash", row.cash), v("realised", row.realised), v("trade_count", row.trade_count), v("win_count", row.win_count);
    v("core_state", row.core_state);
  }
};

template <>
struct Fields<DecisionRow> {
  static constexpr const char* table = "decisions";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.id("id", row.id), v.rev(row.rev), v.reference("bot_id", row.bot_id), v("first_ms", row.first_ms);
    v("last_ms", row.last_ms), v("count", row.count), v("symbol", row.symbol), v("action", row.action);
    v("confidence", row.confidence), v("size_fraction", row.size_fraction), v("stop_loss", row.stop_loss);
    v("take_profit", row.take_profit), v("price", row.price), v("reasons", row.reasons), v("outcome", row.outcome);
    v("blocked_reason", row.blocked_reason), v.reference("intent_id", row.intent_id);
  }
};

template <>
struct Fields<IntentRow> {
  static constexpr const char* table = "intents";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.id("id", row.id), v.rev(row.rev), v.reference("bot_id", row.bot_id), v("at_ms", row.at_ms);
    v("purpose", row.purpose), v("state", row.state), v("client_id", row.client_id), v("symbol", row.symbol);
    v("request", row.request), v("reason", row.reason), v("answer", row.answer), v.reference("decision_id", row.decision_id);
  }
};

template <>
struct Fields<OrderRow> {
  static constexpr const char* table = "orders";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.key("symbol", row.symbol), v.key("order_id", row.order_id), v.rev(row.rev), v.reference("bot_id", row.bot_id);
    v.reference("intent_id", row.intent_id), v("list_id", row.list_id), v("client_id", row.client_id), v("side", row.side);
    v("type", row.type), v("status", row.status), v("purpose", row.purpose), v("quantity", row.quantity);
    v("price", row.price), v("stop_price", row.stop_price), v("executed_quantity", row.executed_quantity);
    v("executed_quote_quantity", row.executed_quote_quantity), v("time_ms", row.time_ms), v("update_ms", row.update_ms);
  }
};

template <>
struct Fields<FillRow> {
  static constexpr const char* table = "fills";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.key("symbol", row.symbol), v.key("trade_id", row.trade_id), v.rev(row.rev), v.reference("bot_id", row.bot_id);
    v("order_id", row.order_id), v.reference("intent_id", row.intent_id), v("side", row.side), v("purpose", row.purpose);
    v("price", row.price), v("quantity", row.quantity), v("quote_quantity", row.quote_quantity);
    v("commission", row.commission), v("commission_asset", row.commission_asset), v("time_ms", row.time_ms);
  }
};

template <>
struct Fields<TradeRow> {
  static constexpr const char* table = "trades";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.id("id", row.id), v.rev(row.rev), v.reference("bot_id", row.bot_id), v("symbol", row.symbol);
    v("entry_ms", row.entry_ms), v("exit_ms", row.exit_ms), v("quantity", row.quantity), v("entry_price", row.entry_price);
    v("exit_price", row.exit_price), v("cost", row.cost), v("proceeds", row.proceeds), v("fees", row.fees);
    v("profit", row.profit), v("profit_fraction", row.profit_fraction), v("exit_reason", row.exit_reason);
  }
};

template <>
struct Fields<LedgerRow> {
  static constexpr const char* table = "ledger";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.id("id", row.id), v.rev(row.rev), v("at_ms", row.at_ms), v("account", row.account), v("asset", row.asset);
    v("amount", row.amount), v("balance_after", row.balance_after), v("reason", row.reason), v("reference", row.reference);
  }
};

template <>
struct Fields<AlarmRow> {
  static constexpr const char* table = "alarms";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.id("id", row.id), v.rev(row.rev), v("at_ms", row.at_ms), v.reference("bot_id", row.bot_id), v("code", row.code);
    v("severity", row.severity), v("cause", row.cause), v("money_at_risk", row.money_at_risk);
    v("protection", row.protection), v("next_command", row.next_command), v("cleared_ms", row.cleared_ms);
  }
};

template <>
struct Fields<StateChangeRow> {
  static constexpr const char* table = "state_changes";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.id("id", row.id), v.rev(row.rev), v("at_ms", row.at_ms), v.reference("bot_id", row.bot_id);
    v("from_state", row.from), v("to_state", row.to), v("reason", row.reason), v("actor", row.actor);
  }
};

template <>
struct Fields<LogRow> {
  static constexpr const char* table = "logs";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.id("id", row.id), v.rev(row.rev), v("at_ms", row.at_ms), v.reference("bot_id", row.bot_id);
    v("level", row.level), v("text", row.text);
  }
};

template <>
struct Fields<EquityRow> {
  static constexpr const char* table = "equity";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.key("bot_id", row.bot_id), v.key("at_ms", row.at_ms), v.rev(row.rev), v("equity", row.equity), v("cash", row.cash);
  }
};

template <>
struct Fields<CommandRow> {
  static constexpr const char* table = "commands";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.id("id", row.id), v("at_ms", row.at_ms), v("origin", row.origin), v("kind", row.kind), v("bot", row.bot);
    v("arguments", row.arguments), v("idempotency_key", row.idempotency_key);
  }
};

template <>
struct Fields<CommandResultRow> {
  static constexpr const char* table = "command_results";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.key("command_id", row.command_id), v.rev(row.rev), v("at_ms", row.at_ms), v("status", row.status);
    v("code", row.code), v("message", row.message), v("data", row.data);
  }
};

template <>
struct Fields<PriceRow> {
  static constexpr const char* table = "prices";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.key("symbol", row.symbol), v("price", row.price), v("at_ms", row.at_ms), v("change_24h", row.change_24h);
  }
};

template <>
struct Fields<MarketPriceRow> {
  static constexpr const char* table = "market_prices";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.key("symbol", row.symbol), v("price", row.price), v("at_ms", row.at_ms);
  }
};

template <>
struct Fields<BalanceRow> {
  static constexpr const char* table = "balances";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.key("asset", row.asset), v("free", row.free), v("locked", row.locked);
  }
};

template <>
struct Fields<SymbolRow> {
  static constexpr const char* table = "symbols";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.key("symbol", row.symbol), v("base", row.base), v("quote", row.quote), v("status", row.status);
    v("tick", row.tick), v("step", row.step), v("minimum_notional", row.minimum_notional);
  }
};

template <>
struct Fields<BotLiveRow> {
  static constexpr const char* table = "bots";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.key("bot_id", row.bot_id), v("next_evaluation_ms", row.next_evaluation_ms);
    v("last_evaluation_ms", row.last_evaluation_ms), v("price", row.price), v("equity", row.equity);
    v("unrealised", row.unrealised), v("waiting", row.waiting);
  }
};

template <>
struct Fields<PluginRow> {
  static constexpr const char* table = "plugins";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.key("file", row.file), v("sha256", row.sha256), v("state", row.state), v("reason", row.reason);
    v("version", row.version), v("worker", row.worker), v("loaded_ms", row.loaded_ms);
  }
};

template <>
struct Fields<StrategyRow> {
  static constexpr const char* table = "strategies";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.key("id", row.id), v("aliases", row.aliases), v("name", row.name), v("version", row.version);
    v("vendor", row.vendor), v("doc", row.doc), v("file", row.file), v("schema", row.schema);
  }
};

template <>
struct Fields<IndicatorMark> {
  static constexpr const char* table = "indicators";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.key("bot_id", row.bot_id), v("revision", row.revision), v("as_of_ms", row.as_of_ms);
    v("state", row.state), v("reason", row.reason);
  }
};

template <>
struct Fields<IndicatorRow> {
  static constexpr const char* table = "indicators";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    Fields<IndicatorMark>::each(row.mark, v);
    v("symbol", row.symbol), v("interval_ms", row.interval_ms), v("anchor_ms", row.anchor_ms);
    v("chart", row.chart), v("rows", row.rows);
  }
};

template <>
struct Fields<HealthRow> {
  static constexpr const char* table = "health";
  template <typename R, typename V>
  static void each(R& row, V& v) {
    v.key("key", row.key), v("value", row.value), v("at_ms", row.at_ms);
  }
};

}  // namespace stratdock::store
