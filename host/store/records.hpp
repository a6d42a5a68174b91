// The rows of the store, as the program sees them. Thread rule: plain values.
// Every row that the page shows carries `rev`: one counter over the whole journal, higher for later changes, so that
// "what changed since rev" is one query per table. Times are epoch milliseconds, money is Decimal, absent is nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bot_settings.hpp"
#include "core/decimal.hpp"

namespace stratdock::store {

struct BotRow {
  int64_t id = 0;  // given once, never reused
  int64_t rev = 0;
  BotSettings settings;
  std::string origin;       // "yaml", "dashboard", "import"
  std::string declared_at;  // "file:line" for yaml, else empty
  std::string wanted;       // running | paused | stopped: what its owner wants
  std::string state;        // running | paused | stopped | closing | quarantined | degraded | orphaned
  std::string reason;       // why it is in that state, or what it waits for; plain words; may be empty
  std::string symbol;       // the symbol now traded (differs from settings after a followed recommendation)
  int64_t anchor_ms = 0;    // open time of the first candle its strategy instance was fed; 0: none yet
  int64_t created_ms = 0;
  int64_t started_ms = 0;   // 0: never
  int64_t deleted_ms = 0;   // 0: exists
  // The position. Flat when quantity is zero.
  Decimal quantity;         // base asset it owns, net of commission (dust included)
  Decimal cost;             // what that quantity cost in the quote asset, commission included
  Decimal entry_price;      // average fill price
  int64_t entry_ms = 0;
  std::optional<Decimal> stop_price, take_profit_price;  // resting or watched
  std::string stop_source, take_profit_source;           // "bot", "strategy" or "default"
  std::string protection;   // none | placing | resting | watched | failed
  // Money, in the quote asset of its symbol.
  Decimal allotted;         // paid in by its owner so far, less what was released
  Decimal cash;             // what it may spend
  Decimal realised;         // sum of the profits of closed trades, after fees
  int64_t trade_count = 0, win_count = 0;
  std::string core_state;   // the bot's own state as JSON, for recovery; opaque to readers
};

// One evaluation's outcome, or a run of equal HOLDs.
struct DecisionRow {
  int64_t id = 0, rev = 0, bot_id = 0;
  int64_t first_ms = 0, last_ms = 0;  // close times of the candles decided on
  int64_t count = 1;
  std::string symbol;
  std::string action;   // BUY | SELL | HOLD
  double confidence = 0;  // 0..1
  double size_fraction = 1;
  std::optional<double> stop_loss, take_profit;  // fractions of the close
  Decimal price;        // the close decided on (of the last one in a run)
  std::string reasons;  // the strategy's words
  std::string outcome;  // hold | intent | blocked | failed
  std::string blocked_reason;  // why advice did not become an intent, or the failure; empty otherwise
  int64_t intent_id = 0;
};

struct IntentRow {
  int64_t id = 0, rev = 0, bot_id = 0;
  int64_t at_ms = 0;
  std::string purpose;  // entry | exit | protect | cancel
  std::string state;    // journaled | acked | rejected | canceled | filled | expired
  std::string client_id;
  std::string symbol;
  std::string request;  // the order as JSON
  std::string reason;   // why it is placed
  std::string answer;   // the exchange's refusal, if any
  int64_t decision_id = 0;
};

struct OrderRow {
  std::string symbol;
  int64_t order_id = 0, rev = 0, bot_id = 0, intent_id = 0, list_id = -1;
  std::string client_id, side, type, status, purpose;
  Decimal quantity, price, stop_price, executed_quantity, executed_quote_quantity;
  int64_t time_ms = 0, update_ms = 0;
};

struct FillRow {
  std::string symbol;
  int64_t trade_id = 0, rev = 0, bot_id = 0, order_id = 0, intent_id = 0;
  std::string side, purpose;
  Decimal price, quantity, quote_quantity, commission;
  std::string commission_asset;
  int64_t time_ms = 0;
};

// A closed round trip.
struct TradeRow {
  int64_t id = 0, rev = 0, bot_id = 0;
  std::string symbol;
  int64_t entry_ms = 0, exit_ms = 0;
  Decimal quantity, entry_price, exit_price;
  Decimal cost, proceeds, fees;  // quote asset; fees are already inside cost and proceeds
  Decimal profit;                // proceeds - cost
  double profit_fraction = 0;    // profit / cost
  std::string exit_reason;       // signal | stop_loss | take_profit | close | max_holding_time
};

struct LedgerRow {
  int64_t id = 0, rev = 0, at_ms = 0;
  std::string account;  // "bot:7", "unallocated", "fees", "exchange" (the counter-account: minus what the exchange holds)
  std::string asset;
  Decimal amount, balance_after;
  std::string reason;   // deposit | allot | release | fill | commission
  std::string reference;
};

struct AlarmRow {
  int64_t id = 0, rev = 0, at_ms = 0, bot_id = 0;
  std::string code;          // stable, e.g. "PLUGIN_CRASHED"
  std::string severity;      // info | warning | error
  std::string cause;         // plain words
  Decimal money_at_risk;
  std::string protection;    // whether stop-loss and take-profit are active, in words
  std::string next_command;  // what to do
  int64_t cleared_ms = 0;    // 0: stands
};

struct StateChangeRow {
  int64_t id = 0, rev = 0, at_ms = 0, bot_id = 0;
  std::string from, to, reason, actor;  // actor: engine, yaml, dashboard, cli
};

struct LogRow {
  int64_t id = 0, rev = 0, at_ms = 0, bot_id = 0;
  std::string level;  // INFO | WARNING | ERROR
  std::string text;
};

struct EquityRow {
  int64_t bot_id = 0, at_ms = 0, rev = 0;
  Decimal equity, cash;  // equity: cash + quantity * last price
};

struct CommandRow {
  int64_t id = 0, at_ms = 0;
  std::string origin;  // dashboard | cli
  std::string kind;    // start pause stop close evaluate create update delete funds send_alert release_quarantine ...
  std::string bot;     // name, or empty
  std::string arguments;  // JSON object
  std::string idempotency_key;  // unique per origin where not empty
};

struct CommandResultRow {
  int64_t command_id = 0, rev = 0, at_ms = 0;
  std::string status;   // done | refused
  std::string code;     // stable error code where refused
  std::string message;  // plain words
  std::string data;     // JSON object
};

// live.db: rebuilt at every start, never relied on for money.
struct PriceRow { std::string symbol; Decimal price; int64_t at_ms = 0; double change_24h = 0; };
struct MarketPriceRow { std::string symbol; Decimal price; int64_t at_ms = 0; };  // of any listed symbol, while somebody looks; at_ms by the wall clock
struct BalanceRow { std::string asset; Decimal free, locked; };
struct SymbolRow { std::string symbol, base, quote, status; Decimal tick, step, minimum_notional; };
struct BotLiveRow {
  int64_t bot_id = 0, next_evaluation_ms = 0, last_evaluation_ms = 0;
  Decimal price, equity, unrealised;
  std::string waiting;  // what it waits for now: "warming up: 120/200", "" when nothing
};
struct PluginRow { std::string file, sha256, state, reason, version, worker; int64_t loaded_ms = 0; };  // version: its build_info; worker: JSON {"pid","state","restarts"}, or empty
struct StrategyRow {
  std::string id, aliases, name, version, vendor, doc, file;
  std::string schema;  // JSON array of parameters: key name doc unit type default min max choices flags
};
// What a bot's strategy draws, made while somebody looks. The mark is the part that tells whether it changed.
struct IndicatorMark {
  int64_t bot_id = 0, revision = 0;  // revision: another for each result
  int64_t as_of_ms = 0;              // open time of the last candle it has values for; 0: none
  std::string state;                 // "ready", "none" (the strategy draws nothing), "failed"
  std::string reason;                // why it failed, in plain words
};
struct IndicatorRow {
  IndicatorMark mark;
  std::string symbol;
  int64_t interval_ms = 0, anchor_ms = 0;
  std::string chart;  // JSON object: panes, series, levels
  std::string rows;   // "[open_ms,value or null,...]" a candle, oldest first, each followed by a newline
};
struct HealthRow { std::string key, value; int64_t at_ms = 0; };

}  // namespace stratdock::store
