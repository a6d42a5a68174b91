// What a bot of the mock has behind it: candles, trades, decisions.
import { dec } from "./data.mjs";
import { candles, random } from "./market.mjs";

/** @param {any} bot */
export function makeHistory(bot) {
  const now = Date.now();
  const rows = candles(Number(bot.price), 1400, 300000, now, bot.id, bot.price_decimals);
  const trades = [],
    decisions = [];
  const next = random(bot.id + 50);
  for (let at = 60; at < rows.length - 90; at += 60 + Math.floor(next() * 60)) {
    const exit = Math.min(rows.length - 40, at + 20 + Math.floor(next() * 40)),
      quantity = 0.1,
      cost = quantity * rows[at][4] * 1.001,
      proceeds = quantity * rows[exit][4] * 0.999;
    trades.unshift({
      id: trades.length + 1,
      bot_id: bot.id,
      bot: bot.name,
      symbol: bot.symbol,
      mode: bot.mode,
      quote_asset: bot.quote_asset,
      entry_ms: rows[at][0],
      exit_ms: rows[exit][0],
      duration_ms: rows[exit][0] - rows[at][0],
      quantity: dec(quantity, 5),
      entry_price: dec(rows[at][4], bot.price_decimals),
      exit_price: dec(rows[exit][4], bot.price_decimals),
      cost: dec(cost, 8),
      proceeds: dec(proceeds, 8),
      fees: dec(quantity * rows[at][4] * 0.002, 8),
      profit: dec(proceeds - cost, 8),
      profit_fraction: proceeds / cost - 1,
      exit_reason: proceeds > cost ? "take_profit" : "stop_loss",
      entry_reason: "RSI 24.1 < 25: +20 · MACD crossed above signal: +25 · strong trend: +25",
    });
  }
  if (bot.position)
    trades.unshift({
      id: 9999,
      bot_id: bot.id,
      bot: bot.name,
      symbol: bot.symbol,
      mode: bot.mode,
      quote_asset: bot.quote_asset,
      entry_ms: bot.entry_ms,
      exit_ms: null,
      duration_ms: 5400000,
      quantity: bot.quantity,
      entry_price: bot.entry_price,
      exit_price: null,
      cost: bot.entry_cost,
      proceeds: null,
      fees: "7.16",
      profit: null,
      profit_fraction: null,
      exit_reason: null,
      entry_reason: "RSI 24.1 < 25: +20 · MACD crossed above signal: +25 · strong trend: +25",
    });
  for (let at = 0; at < 40; ++at) {
    const blocked = at % 7 === 3,
      row = rows[rows.length - 8 - at * 9];
    decisions.push({
      ...(bot.last_decision ?? {}),
      id: bot.id * 1000 - at,
      bot_id: bot.id,
      first_ms: row[0],
      last_ms: row[0] + 300000,
      count: blocked ? 1 : 1 + (at % 4),
      candle_ms: row[0],
      close: dec(row[4], bot.price_decimals),
      action: blocked ? "BUY" : "HOLD",
      confidence: blocked ? 82 : 40,
      size_fraction: 1,
      stop_loss_fraction: null,
      take_profit_fraction: null,
      reasons: ["RSI 31.0 < 35: +10", "trend up: +10"],
      outcome: blocked ? "blocked" : "held",
      blocked: blocked ? { code: "MAX_POSITION", text: "At most one position: it already holds one." } : null,
      intent_id: null,
    });
  }
  return { rows, trades, decisions };
}
