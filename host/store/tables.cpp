// The tables of the three files. A change here is a new version: raise it, and add the step that brings older files along.
// Money is TEXT (canonical decimals), candles are REAL (the same bits back), times are INTEGER epoch milliseconds.
#include "host/store/schema.hpp"

namespace stratdock::store {
namespace {

constexpr const char* journal_tables = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('rev', '0');

CREATE TABLE bots(
  id INTEGER PRIMARY KEY AUTOINCREMENT, rev INTEGER NOT NULL, settings TEXT NOT NULL, name TEXT NOT NULL,
  origin TEXT NOT NULL, declared_at TEXT NOT NULL, wanted TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
  symbol TEXT NOT NULL, anchor_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL, started_ms INTEGER NOT NULL,
  deleted_ms INTEGER NOT NULL, quantity TEXT NOT NULL, cost TEXT NOT NULL, entry_price TEXT NOT NULL,
  entry_ms INTEGER NOT NULL, stop_price TEXT, take_profit_price TEXT, stop_source TEXT NOT NULL,
  take_profit_source TEXT NOT NULL, protection TEXT NOT NULL, allotted TEXT NOT NULL, cash TEXT NOT NULL,
  realised TEXT NOT NULL, trade_count INTEGER NOT NULL, win_count INTEGER NOT NULL, core_state TEXT NOT NULL) STRICT;
CREATE INDEX bots_rev ON bots(rev);
CREATE UNIQUE INDEX bots_name ON bots(name) WHERE deleted_ms = 0;

-- A decision and its intent name each other, so their references are checked at the end of the transaction.
CREATE TABLE decisions(
  id INTEGER PRIMARY KEY AUTOINCREMENT, rev INTEGER NOT NULL, bot_id INTEGER NOT NULL REFERENCES bots(id),
  first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, "count" INTEGER NOT NULL, symbol TEXT NOT NULL,
  action TEXT NOT NULL, confidence REAL NOT NULL, size_fraction REAL NOT NULL, stop_loss REAL, take_profit REAL,
  price TEXT NOT NULL, reasons TEXT NOT NULL, outcome TEXT NOT NULL, blocked_reason TEXT NOT NULL,
  intent_id INTEGER REFERENCES intents(id) DEFERRABLE INITIALLY DEFERRED) STRICT;
CREATE INDEX decisions_rev ON decisions(rev);
CREATE INDEX decisions_bot ON decisions(bot_id, id);

CREATE TABLE intents(
  id INTEGER PRIMARY KEY AUTOINCREMENT, rev INTEGER NOT NULL, bot_id INTEGER REFERENCES bots(id), at_ms INTEGER NOT NULL,
  purpose TEXT NOT NULL, state TEXT NOT NULL, client_id TEXT NOT NULL, symbol TEXT NOT NULL, request TEXT NOT NULL,
  reason TEXT NOT NULL, answer TEXT NOT NULL,
  decision_id INTEGER REFERENCES decisions(id) DEFERRABLE INITIALLY DEFERRED) STRICT;
CREATE INDEX intents_rev ON intents(rev);
CREATE INDEX intents_bot ON intents(bot_id, id);

CREATE TABLE orders(
  symbol TEXT NOT NULL, order_id INTEGER NOT NULL, rev INTEGER NOT NULL, bot_id INTEGER REFERENCES bots(id),
  intent_id INTEGER REFERENCES intents(id), list_id INTEGER NOT NULL, client_id TEXT NOT NULL, side TEXT NOT NULL,
  type TEXT NOT NULL, status TEXT NOT NULL, purpose TEXT NOT NULL, quantity TEXT NOT NULL, price TEXT NOT NULL,
  stop_price TEXT NOT NULL, executed_quantity TEXT NOT NULL, executed_quote_quantity TEXT NOT NULL,
  time_ms INTEGER NOT NULL, update_ms INTEGER NOT NULL, PRIMARY KEY(symbol, order_id)) STRICT, WITHOUT ROWID;
CREATE INDEX orders_rev ON orders(rev);
CREATE INDEX orders_bot ON orders(bot_id, rev);

CREATE TABLE fills(
  symbol TEXT NOT NULL, trade_id INTEGER NOT NULL, rev INTEGER NOT NULL, bot_id INTEGER REFERENCES bots(id),
  order_id INTEGER NOT NULL, intent_id INTEGER REFERENCES intents(id), side TEXT NOT NULL, purpose TEXT NOT NULL,
  price TEXT NOT NULL, quantity TEXT NOT NULL, quote_quantity TEXT NOT NULL, commission TEXT NOT NULL,
  commission_asset TEXT NOT NULL, time_ms INTEGER NOT NULL, PRIMARY KEY(symbol, trade_id)) STRICT, WITHOUT ROWID;
CREATE INDEX fills_rev ON fills(rev);
CREATE INDEX fills_bot ON fills(bot_id, rev);

CREATE TABLE trades(
  id INTEGER PRIMARY KEY AUTOINCREMENT, rev INTEGER NOT NULL, bot_id INTEGER NOT NULL REFERENCES bots(id),
  symbol TEXT NOT NULL, entry_ms INTEGER NOT NULL, exit_ms INTEGER NOT NULL, quantity TEXT NOT NULL,
  entry_price TEXT NOT NULL, exit_price TEXT NOT NULL, cost TEXT NOT NULL, proceeds TEXT NOT NULL, fees TEXT NOT NULL,
  profit TEXT NOT NULL, profit_fraction REAL NOT NULL, exit_reason TEXT NOT NULL) STRICT;
CREATE INDEX trades_rev ON trades(rev);
CREATE INDEX trades_bot ON trades(bot_id, id);

CREATE TABLE ledger(
  id INTEGER PRIMARY KEY AUTOINCREMENT, rev INTEGER NOT NULL, at_ms INTEGER NOT NULL, account TEXT NOT NULL,
  asset TEXT NOT NULL, amount TEXT NOT NULL, balance_after TEXT NOT NULL, reason TEXT NOT NULL,
  reference TEXT NOT NULL) STRICT;
CREATE INDEX ledger_rev ON ledger(rev);
CREATE INDEX ledger_account ON ledger(account, id);
-- The ledger's sums, so that nobody adds it up from the beginning.
CREATE TABLE account_balances(
  account TEXT NOT NULL, asset TEXT NOT NULL, amount TEXT NOT NULL, PRIMARY KEY(account, asset)) STRICT, WITHOUT ROWID;

CREATE TABLE alarms(
  id INTEGER PRIMARY KEY AUTOINCREMENT, rev INTEGER NOT NULL, at_ms INTEGER NOT NULL, bot_id INTEGER REFERENCES bots(id),
  code TEXT NOT NULL, severity TEXT NOT NULL, cause TEXT NOT NULL, money_at_risk TEXT NOT NULL,
  protection TEXT NOT NULL, next_command TEXT NOT NULL, cleared_ms INTEGER NOT NULL) STRICT;
CREATE INDEX alarms_rev ON alarms(rev);
CREATE INDEX alarms_bot ON alarms(bot_id, id);

CREATE TABLE state_changes(
  id INTEGER PRIMARY KEY AUTOINCREMENT, rev INTEGER NOT NULL, at_ms INTEGER NOT NULL, bot_id INTEGER REFERENCES bots(id),
  from_state TEXT NOT NULL, to_state TEXT NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL) STRICT;
CREATE INDEX state_changes_rev ON state_changes(rev);
CREATE INDEX state_changes_bot ON state_changes(bot_id, id);

CREATE TABLE logs(
  id INTEGER PRIMARY KEY AUTOINCREMENT, rev INTEGER NOT NULL, at_ms INTEGER NOT NULL, bot_id INTEGER REFERENCES bots(id),
  level TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX logs_rev ON logs(rev);
CREATE INDEX logs_bot ON logs(bot_id, id);

CREATE TABLE equity(
  bot_id INTEGER NOT NULL, at_ms INTEGER NOT NULL, rev INTEGER NOT NULL, equity TEXT NOT NULL, cash TEXT NOT NULL,
  PRIMARY KEY(bot_id, at_ms)) STRICT, WITHOUT ROWID;
CREATE INDEX equity_rev ON equity(rev);

CREATE TABLE command_results(
  command_id INTEGER PRIMARY KEY, rev INTEGER NOT NULL, at_ms INTEGER NOT NULL, status TEXT NOT NULL, code TEXT NOT NULL,
  message TEXT NOT NULL, data TEXT NOT NULL) STRICT;

-- Candles name their series by a number: a text in each key would double the table.
CREATE TABLE series(
  id INTEGER PRIMARY KEY, symbol TEXT NOT NULL, interval_ms INTEGER NOT NULL, UNIQUE(symbol, interval_ms)) STRICT;
CREATE TABLE candles(
  series_id INTEGER NOT NULL REFERENCES series(id), open_time_ms INTEGER NOT NULL, open REAL NOT NULL, high REAL NOT NULL,
  low REAL NOT NULL, close REAL NOT NULL, volume REAL NOT NULL, quote_volume REAL NOT NULL,
  taker_buy_volume REAL NOT NULL, trade_count INTEGER NOT NULL,
  PRIMARY KEY(series_id, open_time_ms)) STRICT, WITHOUT ROWID;

CREATE TABLE paper(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* commands_tables = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE commands(
  id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, origin TEXT NOT NULL, kind TEXT NOT NULL,
  bot TEXT NOT NULL, arguments TEXT NOT NULL, idempotency_key TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX commands_key ON commands(origin, idempotency_key) WHERE idempotency_key <> '';
)sql";

constexpr const char* live_tables = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE prices(symbol TEXT PRIMARY KEY, price TEXT NOT NULL, at_ms INTEGER NOT NULL, change_24h REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE market_prices(symbol TEXT PRIMARY KEY, price TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE balances(asset TEXT PRIMARY KEY, free TEXT NOT NULL, locked TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE symbols(
  symbol TEXT PRIMARY KEY, base TEXT NOT NULL, quote TEXT NOT NULL, status TEXT NOT NULL, tick TEXT NOT NULL,
  step TEXT NOT NULL, minimum_notional TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE bots(
  bot_id INTEGER PRIMARY KEY, next_evaluation_ms INTEGER NOT NULL, last_evaluation_ms INTEGER NOT NULL,
  price TEXT NOT NULL, equity TEXT NOT NULL, unrealised TEXT NOT NULL, waiting TEXT NOT NULL) STRICT;
CREATE TABLE plugins(
  file TEXT PRIMARY KEY, sha256 TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, version TEXT NOT NULL,
  worker TEXT NOT NULL, loaded_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE strategies(
  id TEXT PRIMARY KEY, aliases TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, vendor TEXT NOT NULL,
  doc TEXT NOT NULL, file TEXT NOT NULL, "schema" TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- The long columns come last: who reads the others does not touch their pages.
CREATE TABLE indicators(
  bot_id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, as_of_ms INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
  symbol TEXT NOT NULL, interval_ms INTEGER NOT NULL, anchor_ms INTEGER NOT NULL, chart TEXT NOT NULL, rows TEXT NOT NULL) STRICT;
CREATE TABLE health("key" TEXT PRIMARY KEY, value TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
)sql";

}  // namespace

const Schema& journal_schema() {
  static const Schema schema{"the journal", 0x53444b4a, 1, journal_tables, {}};
  return schema;
}

const Schema& commands_schema() {
  static const Schema schema{"the command queue", 0x53444b43, 1, commands_tables, {}};
  return schema;
}

const Schema& live_schema() {
  static const Schema schema{"the live view", 0x53444b4c, 3, live_tables, {}};
  return schema;
}

}  // namespace stratdock::store
