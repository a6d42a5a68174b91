// What a bot of the mock draws: averages and bands on the price, and panes as the strategies that come with the program have them.

function average(length) {
  let value = null;
  return (next) => (value = value === null ? next : value + (2 / (length + 1)) * (next - value));
}

function strength(length) {
  let before = null,
    count = 0,
    gain = 0,
    loss = 0;
  return (close) => {
    const change = before === null ? null : close - before;
    before = close;
    if (change === null) return null;
    const weight = ++count <= length ? count : length;
    gain += (Math.max(change, 0) - gain) / weight;
    loss += (Math.max(-change, 0) - loss) / weight;
    return count < length ? null : gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
  };
}

const line = (key, name, pane, style = "line") => ({ key, name, unit: "", pane, style });
const panes = [
  { key: "rsi", name: "RSI", min: 0, max: 100 },
  { key: "macd", name: "MACD", min: null, max: null },
  { key: "adx", name: "Trend strength", min: 0, max: 100 },
  { key: "obv", name: "On-balance volume", min: null, max: null },
];
const series = [
  line("ema9", "EMA 9", "price"),
  line("ema21", "EMA 21", "price"),
  line("band", "Band", "price", "dashed"),
  line("rsi", "RSI 14", "rsi"),
  line("histogram", "Histogram", "macd", "histogram"),
  line("macd", "MACD", "macd"),
  line("adx", "ADX 14", "adx"),
  line("obv", "OBV", "obv"),
];
const levels = [
  { pane: "rsi", name: "oversold", value: 30, style: "dashed" },
  { pane: "rsi", name: "overbought", value: 70, style: "dashed" },
];

/** @param {any} bot @param {number[][]} candles @param {{state: string, reason: string|null}|undefined} instead @param {URLSearchParams} query */
export function indicators(bot, candles, instead, query) {
  const closed = candles.slice(0, -1);
  const head = {
    bot_id: bot.id,
    state: "ready",
    reason: null,
    symbol: bot.symbol,
    interval: bot.interval,
    interval_ms: bot.interval_ms,
    anchor_ms: closed[0][0],
    as_of_ms: closed.at(-1)[0],
  };
  if (instead) return { ...head, ...instead, as_of_ms: null, panes: [], series: [], levels: [], columns: ["open_ms"], rows: [] };
  const fast = average(9),
    slow = average(21),
    signal = average(9),
    rsi = strength(14);
  let flow = 0;
  const rows = closed.map(([open_ms, open, , , close, volume], at) => {
    const [a, b] = [fast(close), slow(close)];
    flow += close > open ? volume : -volume;
    return [open_ms, a, b, at < 20 ? null : b * 1.01, rsi(close), a - b - signal(a - b), a - b, 20 + 10 * Math.sin(at / 20), flow * 1000];
  });
  const from = Number(query.get("from") ?? 0);
  return {
    ...head,
    panes,
    series,
    levels,
    columns: ["open_ms", ...series.map((each) => each.key)],
    rows: rows.filter((row) => row[0] >= from).slice(-Number(query.get("limit") ?? 1000)),
  };
}
