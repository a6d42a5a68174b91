// A made-up market for the mock: a seeded random walk of candles, the same on every run.

/** @param {number} seed @returns {() => number} 0 to 1 (mulberry32) */
export function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const lengths = { "1m": 60000, "5m": 300000, "15m": 900000, "1h": 3600000, "4h": 14400000 };
export const intervalMs = (text) => lengths[text] ?? 300000;

/** @param {number} start price at the end @param {number} count @param {number} step_ms @param {number} end_ms @param {number} seed @param {number} digits */
export function candles(start, count, step_ms, end_ms, seed, digits) {
  const next = random(seed);
  const rows = [];
  let price = start;
  const last = Math.floor(end_ms / step_ms) * step_ms;
  for (let at = 0; at < count; ++at) {
    const close = price;
    const open = close * (1 - (next() - 0.49) * 0.006);
    const high = Math.max(open, close) * (1 + next() * 0.002),
      low = Math.min(open, close) * (1 - next() * 0.002);
    const round = (value) => Number(value.toFixed(digits));
    rows.push([
      last - at * step_ms,
      round(open),
      round(high),
      round(low),
      round(close),
      Number((5 + next() * 60 * (1 + 40 * Math.abs(close / open - 1) * 10)).toFixed(3)),
    ]);
    price = open;
  }
  return rows.reverse();
}
