// The rules of the strategies once more, by another hand: plain arrays, every window recomputed from its rows, nothing
// shared with the C++. Where a rule is silent, the textbook definition; NaN where a divisor is 0.
//
// Every comparison with a threshold goes through `Compare`, which notes when both sides lie within 1e-9 of each other:
// there two correct implementations may disagree by rounding. Bit i of `turned` answers the i-th such comparison the other
// way, so that a different decision can be traced to exactly those.

export class Compare {
  near = []; // "left against right", in the order met
  #turned;
  constructor(turned = 0) { this.#turned = turned; }
  #say(a, b, answer) {
    if (!(Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)))) return answer;
    return this.near.push(`${a} against ${b}`) <= 16 && (this.#turned >> (this.near.length - 1)) & 1 ? !answer : answer;
  }
  gt(a, b) { return this.#say(a, b, a > b); }
  lt(a, b) { return this.#say(a, b, a < b); }
  ge(a, b) { return this.#say(a, b, a >= b); }
  le(a, b) { return this.#say(a, b, a <= b); }
}

const nans = (n) => new Float64Array(n).fill(NaN);

export function ema(values, n) {
  const out = nans(values.length);
  for (let i = 0; i < values.length; i++) out[i] = i === 0 ? values[0] : values[i] * (2 / (n + 1)) + out[i - 1] * (1 - 2 / (n + 1));
  return out;
}

// Wilder: mean of the first n values from index `start`, then (previous * (n - 1) + value) / n.
function wilder(values, n, start) {
  const out = nans(values.length);
  let sum = 0;
  for (let i = start; i < values.length; i++) {
    if (i < start + n) { sum += values[i]; if (i === start + n - 1) out[i] = sum / n; }
    else out[i] = (out[i - 1] * (n - 1) + values[i]) / n;
  }
  return out;
}

export function sma(values, n) {
  const out = nans(values.length);
  for (let i = n - 1; i < values.length; i++) {
    let sum = 0;
    for (let j = i - n + 1; j <= i; j++) sum += values[j];
    out[i] = sum / n;
  }
  return out;
}

function deviation(values, n, mean) {
  const out = nans(values.length);
  for (let i = n - 1; i < values.length; i++) {
    let squares = 0, same = true;
    for (let j = i - n + 1; j <= i; j++) { squares += (values[j] - mean[i]) ** 2; same &&= values[j] === values[i]; }
    out[i] = same ? 0 : Math.sqrt(squares / n); // equal values have no deviation, whatever rounding makes of their mean
  }
  return out;
}

const extreme = (pick) => (values, n) => {
  const out = nans(values.length);
  for (let i = n - 1; i < values.length; i++) {
    let best = values[i];
    for (let j = i - n + 1; j < i; j++) best = pick(best, values[j]);
    out[i] = best;
  }
  return out;
};
const highest = extreme(Math.max), lowest = extreme(Math.min);

export function rsi(close, n) {
  const up = nans(close.length), down = nans(close.length);
  for (let i = 1; i < close.length; i++) { const d = close[i] - close[i - 1]; up[i] = Math.max(d, 0); down[i] = Math.max(-d, 0); }
  const gain = wilder(up, n, 1), loss = wilder(down, n, 1);
  return gain.map((g, i) => (g === 0 && loss[i] === 0 ? 50 : loss[i] === 0 ? 100 : 100 - 100 / (1 + g / loss[i])));
}

function trueRange({ high, low, close }) {
  return high.map((h, i) => (i === 0 ? h - low[0] : Math.max(h - low[i], Math.abs(h - close[i - 1]), Math.abs(low[i] - close[i - 1]))));
}

function directional(candles, n) {
  const { high, low, close } = candles, size = close.length;
  const plus = nans(size), minus = nans(size);
  for (let i = 1; i < size; i++) {
    const up = high[i] - high[i - 1], down = low[i - 1] - low[i];
    plus[i] = up > down && up > 0 ? up : 0;
    minus[i] = down > up && down > 0 ? down : 0;
  }
  const tr = wilder(trueRange(candles), n, 1), p = wilder(plus, n, 1), m = wilder(minus, n, 1);
  const plusDi = p.map((v, i) => (tr[i] === 0 ? 0 : 100 * v / tr[i])), minusDi = m.map((v, i) => (tr[i] === 0 ? 0 : 100 * v / tr[i]));
  const dx = plusDi.map((v, i) => (v + minusDi[i] === 0 ? 0 : 100 * Math.abs(v - minusDi[i]) / (v + minusDi[i])));
  return { plusDi, minusDi, adx: wilder(dx, n, n) };
}

export function indicators(candles) {
  const { high, low, close, volume } = candles, size = close.length;
  const ema12 = ema(close, 12), ema26 = ema(close, 26);
  const macd = ema12.map((v, i) => v - ema26[i]);
  const hh = highest(high, 14), ll = lowest(low, 14);
  const k = close.map((c, i) => (hh[i] === ll[i] ? NaN : 100 * (c - ll[i]) / (hh[i] - ll[i])));
  const obv = new Float64Array(size);
  for (let i = 1; i < size; i++) obv[i] = obv[i - 1] + (close[i] > close[i - 1] ? volume[i] : close[i] < close[i - 1] ? -volume[i] : 0);
  const atr = wilder(trueRange(candles), 14, 0), meanVolume = sma(volume, 20), mean = sma(close, 20), dev = deviation(close, 20, mean);
  const place = (width) => close.map((c, i) => (dev[i] === 0 ? NaN : (c - (mean[i] - width * dev[i])) / (2 * width * dev[i])));
  return {
    close, rsi: rsi(close, 14), ema9: ema(close, 9), ema21: ema(close, 21), ema50: ema(close, 50), ema200: ema(close, 200),
    macd, signal: ema(macd, 9), k, d: sma(k, 3), bb25: place(2.5), bb2: place(2), obv, obvEma: ema(obv, 20), obvMean: sma(obv, 20),
    atr, atrPercent: atr.map((a, i) => 100 * a / close[i]), volumeRatio: volume.map((v, i) => (meanVolume[i] === 0 ? NaN : v / meanVolume[i])),
    momentum: close.map((c, i) => (i < 10 ? NaN : 100 * (c / close[i - 10] - 1))), min10: lowest(close, 10), max10: highest(close, 10),
    ...directional(candles, 14),
  };
}

const hold = { action: 0, confidence: 0, size: NaN, stop: NaN, take: NaN };

function outcome(c, x, t, buy, sell, needed, stopAtr, takeAtr, size) {
  if (buy > sell && buy >= needed) return { action: 1, confidence: Math.min(buy, 100) / 100, size, stop: stopAtr * x.atr[t] / x.close[t], take: takeAtr * x.atr[t] / x.close[t] };
  if (sell > buy && sell >= needed) return { ...hold, action: 2, confidence: Math.min(sell, 100) / 100 };
  return hold;
}

function volatile(x, t, c) {
  if (c.gt(x.atrPercent[t], 8) || c.lt(x.adx[t], 20)) return hold;
  const { rsi, macd, signal, k, d, obv, obvEma } = x, p = t - 1;
  const e = [x.ema9[t], x.ema21[t], x.ema50[t], x.ema200[t]];
  const up = c.gt(e[0], e[1]);
  const strong = up && c.gt(e[1], e[2]) && c.gt(e[2], e[3]) ? 1 : c.lt(e[0], e[1]) && c.lt(e[1], e[2]) && c.lt(e[2], e[3]) ? -1 : 0;
  const spike = c.gt(x.volumeRatio[t], 3);
  let buy = 0, sell = 0;
  buy += c.lt(rsi[t], 25) ? 20 : c.lt(rsi[t], 35) ? 10 : 0;
  sell += c.gt(rsi[t], 75) ? 20 : c.gt(rsi[t], 65) ? 10 : 0;
  if (c.le(x.close[t], 1.01 * x.min10[t]) && c.gt(rsi[t] - rsi[t - 9], 5)) buy += 25;
  if (c.ge(x.close[t], 0.99 * x.max10[t]) && c.gt(rsi[t - 9] - rsi[t], 5)) sell += 25;
  const above = c.gt(macd[t], signal[t]), below = c.lt(macd[t], signal[t]);
  buy += c.le(macd[p], signal[p]) && above ? 25 : above && c.gt(macd[t], 0) ? 15 : !above ? -20 : 0;
  sell += c.ge(macd[p], signal[p]) && below ? 25 : below ? 15 : 0;
  if (c.lt(k[t], 20) && c.gt(k[t], d[t])) buy += 20;
  if (c.gt(k[t], 80) && c.lt(k[t], d[t])) sell += 20;
  if (c.lt(x.bb25[t], 0.15)) buy += 15;
  if (c.gt(x.bb25[t], 0.85)) sell += 15;
  if (c.gt(x.volumeRatio[t], 1.8)) buy += 20;
  if (c.lt(x.volumeRatio[t], 0.8)) buy -= 15;
  if (c.gt(x.volumeRatio[t], 2) && c.lt(x.momentum[t], -3)) sell += 20;
  const over = c.gt(obv[t], obvEma[t]), under = c.lt(obv[t], obvEma[t]);
  buy += over && c.le(obv[p], obvEma[p]) ? 20 : over ? 10 : under ? -10 : 0;
  sell += under && c.ge(obv[p], obvEma[p]) ? 20 : under ? 10 : 0;
  buy += strong === 1 ? 25 : up ? 10 : -25;
  sell += strong === -1 ? 25 : !up ? 10 : 0;
  buy += c.gt(x.adx[t], 30) && c.gt(x.plusDi[t], x.minusDi[t]) ? 20 : c.gt(x.adx[t], 25) ? 10 : 0;
  sell += c.gt(x.adx[t], 30) && c.gt(x.minusDi[t], x.plusDi[t]) ? 20 : 0;
  if (spike && c.gt(x.momentum[t], 15)) buy -= 30;
  if (spike && c.lt(x.momentum[t], -15)) sell += 30;
  return outcome(c, x, t, buy, sell, 70, 3, 6, NaN);
}

function enhanced(x, t, c) {
  const { rsi, macd, signal, k, obv, obvEma } = x, p = t - 1;
  const up = c.gt(x.ema9[t], x.ema21[t]);
  const strong = up && c.gt(x.ema21[t], x.ema50[t]) ? 1 : c.lt(x.ema9[t], x.ema21[t]) && c.lt(x.ema21[t], x.ema50[t]) ? -1 : 0;
  let buy = 0, sell = 0;
  buy += c.lt(rsi[t], 30) ? 15 : c.lt(rsi[t], 40) ? 8 : 0;
  sell += c.gt(rsi[t], 70) ? 15 : 0;
  const above = c.gt(macd[t], signal[t]), below = c.lt(macd[t], signal[t]);
  buy += above && c.le(macd[p], signal[p]) ? 20 : above ? 10 : 0;
  sell += below && c.ge(macd[p], signal[p]) ? 20 : below ? 10 : 0;
  if (c.lt(k[t], 20) && c.gt(k[t], k[p])) buy += 15;
  if (c.gt(k[t], 80) && c.lt(k[t], k[p])) sell += 15;
  if (c.lt(x.bb2[t], 0.2)) buy += 10;
  if (c.gt(x.bb2[t], 0.8)) sell += 10;
  if (c.gt(x.volumeRatio[t], 1.5)) { buy += 10; sell += 10; }
  if (c.gt(obv[t], obvEma[t])) buy += 8;
  if (c.lt(obv[t], obvEma[t])) sell += 8;
  buy += strong === 1 ? 15 : up ? 8 : 0;
  sell += strong === -1 ? 15 : !up ? 8 : 0;
  if (c.gt(x.adx[t], 25) && c.gt(x.plusDi[t], x.minusDi[t])) buy += 10;
  if (c.gt(x.adx[t], 25) && c.gt(x.minusDi[t], x.plusDi[t])) sell += 10;
  const range = x.atrPercent[t];
  return outcome(c, x, t, buy, sell, 50, 2, 4, c.lt(range, 1.5) ? 1 : c.lt(range, 2.5) ? 0.75 : c.lt(range, 4) ? 0.5 : 0.3);
}

function simple_profitable(x, t, c) {
  const { close, rsi, ema50 } = x;
  if (c.gt(rsi[t], 60) || c.lt(close[t], ema50[t]) || (c.gt(x.volumeRatio[t], 2) && close[t] < close[t - 1])) return { ...hold, action: 2, confidence: 0.8 };
  const conditions = [c.lt(rsi[t], 45), c.gt(close[t], ema50[t]), c.gt(x.adx[t], 20), c.gt(x.volumeRatio[t], 1), c.gt(x.obv[t], x.obvMean[t])];
  const held = conditions.filter(Boolean).length;
  return held >= 4 ? { action: 1, confidence: held === 5 ? 0.85 : 0.7, size: NaN, stop: 0.05, take: 0.1 } : hold;
}

const rules = { volatile, enhanced, simple_profitable, ticker_news: () => hold };

// The decision of one strategy on candle t: flat, no feeds, anchored at the first row.
export function decide(strategy, x, t, compare) {
  return t + 1 < 200 ? hold : rules[strategy](x, t, compare);
}
