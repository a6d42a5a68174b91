// The shapes of dashboard/API.md, for the type checker.

/** @typedef {{csrf: string, created_ms: number, expires_ms: number, idle_ms: number, version: string, asset_version: string}} Session */
/** @typedef {{state: string, since_ms: number|null, seen_ms: number|null, text: string|null}} Engine */
/** @typedef {{code: string, severity: "warning"|"danger", text: string}} Attention */
/**
 * @typedef {object} Decision
 * @property {number} id @property {number} bot_id @property {number} first_ms @property {number} last_ms @property {number} count
 * @property {number} candle_ms @property {string|null} close @property {"BUY"|"SELL"|"HOLD"} action @property {number|null} confidence
 * @property {number|null} size_fraction @property {number|null} stop_loss_fraction @property {number|null} take_profit_fraction
 * @property {string[]} reasons @property {"order"|"blocked"|"held"|"error"} outcome @property {{code: string, text: string}|null} blocked @property {number|null} intent_id
 */
/**
 * @typedef {object} Bot
 * @property {number} id @property {string} name @property {string} symbol @property {string} strategy @property {string} trade_amount
 * @property {string} status @property {string} profit @property {number} trades @property {"LONG"|null} position @property {string|null} entry_price
 * @property {string|null} stop_loss @property {string|null} take_profit @property {boolean} has_traded @property {string|null} initial_investment @property {number|null} timestamp
 * @property {string} strategy_id @property {string} strategy_version @property {string|null} plugin_file @property {"paper"|"testnet"|"demo"|"live"} mode
 * @property {string} base_asset @property {string} quote_asset @property {number} price_decimals @property {number} quantity_decimals
 * @property {string} interval @property {number} interval_ms @property {number} evaluate_every_ms @property {string} state @property {string} wanted_state
 * @property {string|null} state_reason @property {{code: string, text: string}|null} waiting_for @property {{have: number, need: number}|null} warm_up
 * @property {{file: string, line: number}|null} declared @property {number} created_ms @property {number|null} anchor_ms
 * @property {string|null} quantity @property {number|null} entry_ms @property {string|null} entry_cost @property {string|null} stop_source @property {string|null} take_source
 * @property {string|null} protection @property {string|null} price @property {number|null} price_ms
 * @property {string|null} cash @property {string|null} allotted @property {string|null} position_value @property {string|null} equity @property {string|null} unrealised
 * @property {string|null} net_pnl @property {string|null} today @property {string|null} fees_paid @property {string|null} dust
 * @property {number|null} net_pnl_fraction @property {number|null} today_fraction @property {number|null} unrealised_fraction
 * @property {number} wins @property {number} losses @property {number|null} win_rate @property {number|null} profit_factor @property {number|null} max_drawdown @property {number|null} drawdown_now
 * @property {string|null} at_stop @property {string|null} at_take @property {Decision|null} last_decision
 * @property {number|null} last_evaluation_ms @property {number|null} next_evaluation_ms @property {Attention[]} attention @property {number[]} spark
 */
/** @typedef {Bot & {parameters: Record<string, any>, parameters_set: string[], settings: {stop_loss: number|null, take_profit: number|null, symbols: string[]}, log_file: string|null}} BotDetails */
/**
 * @typedef {object} Trade
 * @property {number} id @property {number} bot_id @property {string} bot @property {string} symbol @property {string} quote_asset @property {number} entry_ms @property {number|null} exit_ms @property {number|null} duration_ms
 * @property {string} quantity @property {string} entry_price @property {string|null} exit_price @property {string} cost @property {string|null} proceeds @property {string} fees
 * @property {string|null} profit @property {number|null} profit_fraction @property {string|null} exit_reason @property {string} entry_reason
 */
/**
 * @typedef {object} Alarm
 * @property {number} id @property {string} code @property {"info"|"warning"|"danger"} severity @property {number|null} bot_id @property {string|null} bot
 * @property {string} title @property {string} text @property {string|null} cause @property {string|null} money_at_risk @property {string|null} currency @property {boolean|null} protected
 * @property {string|null} next_step @property {number} since_ms @property {number} last_ms @property {number} count @property {number|null} acknowledged_ms @property {number|null} resolved_ms
 */
/**
 * @typedef {object} Total
 * @property {string} mode @property {string} currency @property {number} bots @property {number} running @property {string|null} equity @property {string|null} allotted
 * @property {string|null} net_pnl @property {number|null} net_pnl_fraction @property {string|null} today @property {number|null} today_fraction
 * @property {string|null} at_stop @property {number|null} at_stop_fraction @property {number} open_positions @property {number} unprotected @property {string|null} unallocated @property {string|null} balance
 */
/** @typedef {{mode: string, asset: string, symbol: string, quote_asset: string, unallocated: string, price: string|null, is_traded: boolean, takers: {id: number, name: string}[]}} Holding */
/** @typedef {{mode: string, asset: string, free: string|null, locked: string|null, allotted: string, unallocated: string, bots: {id: number, name: string, amount: string}[], price: string|null, value: string|null, value_asset: string|null}} AccountAsset */
/** @typedef {{accounts: AccountAsset[], holdings: Holding[], balances_ms: number|null, balances_age_ms: number|null}} Account */
/** @typedef {{id: string, short: string, aliases: string[], name: string, version: string, vendor: string|null, doc: string, plugin_file: string, usable: boolean, parameter_count: number, bots: {id: number, name: string}[]}} Strategy */
/** @typedef {{key: string, name: string, doc: string, unit: string|null, type: "bool"|"int"|"float"|"text"|"choice", default: any, min: number|null, max: number|null, choices: string[], flags: string[]}} Parameter */
/** @typedef {{key: string, name: string, min: number|null, max: number|null}} IndicatorPane */
/** @typedef {{key: string, name: string, unit: string, pane: string, style: "line"|"histogram"|"dashed"}} IndicatorSeries */
/**
 * @typedef {object} Indicators
 * @property {number} bot_id @property {"ready"|"computing"|"none"|"failed"} state @property {string|null} reason @property {number|null} anchor_ms @property {number|null} as_of_ms
 * @property {IndicatorPane[]} panes @property {IndicatorSeries[]} series @property {{pane: string, name: string, value: number, style: string}[]} levels
 * @property {string[]} columns @property {any[][]} rows open_ms, then a value or null for each series
 */
/** @typedef {{seq: number, ms: number, bot_id: number|null, level: string, text: string}} LogLine */
/** @typedef {{command_id: string, status: "done"|"pending"|"refused", message: string, bot_id: number|null}} Command */
/**
 * @typedef {object} Plugin
 * @property {string} file @property {string} path @property {string|null} sha256 @property {string} state @property {string|null} error @property {string|null} hint @property {string|null} abi
 * @property {string|null} build_info @property {number|null} size_bytes @property {number|null} modified_ms @property {number|null} loaded_ms
 * @property {{pid: number, state: string, restarts: number, memory_bytes: number|null}|null} worker @property {Strategy[]} strategies @property {{id: number, name: string}[]} bots
 */
export {};
