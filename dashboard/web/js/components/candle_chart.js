// Candles of a bot with what it did: trades, refused signals, entry, stop-loss and take-profit, volume, and what its strategy
// draws. Older candles come on scrolling.
import { html, useEffect, useRef, useState } from "../lib.js";
import { get } from "../api.js";
import { approximate } from "../decimal.js";
import { percent, time } from "../format.js";
import { paint, timeZone } from "../settings.js";
import { onEvent } from "../store.js";
import { chartOptions, colours, faded, loadCharts } from "./chart_base.js";
import { HollowMarkers } from "./hollow_markers.js";
import { IndicatorLayer } from "./indicator_layer.js";
import { choose, expectedPanes, followIndicators, IndicatorMenu, indicatorNote, shownOf } from "./indicators.js";

/** @typedef {import("../types.js").Bot} Bot @typedef {import("../types.js").Trade} Trade @typedef {import("../types.js").Decision} Decision */
const batch = 500;
const most = 5000;
const least_indicators = 1000;
const pane_px = 96;

/** @param {number[]} row */
const bar = (row) => ({ time: /** @type {any} */ (row[0] / 1000), open: row[1], high: row[2], low: row[3], close: row[4] });

/** The chart outside of the page's rendering: it lives as long as its element. */
class CandleView {
  /** @param {any} library @param {HTMLElement} element @param {HTMLElement} legend @param {Bot} bot @param {string} interval @param {(row: number[]|null) => void} onHover @param {(count: number) => void} onRows */
  constructor(library, element, legend, bot, interval, onHover, onRows) {
    this.onRows = onRows;
    this.element = element;
    this.bot = bot;
    this.interval = interval;
    /** @type {number[][]} */ this.rows = [];
    this.interval_ms = 0;
    this.busy = this.complete = this.ended = false;
    /** @type {any[]} */ this.lines = [];
    this.caught_at = -Infinity;
    this.settled = 0;
    this.asked = "";
    this.onOlder = () => {};
    /** @type {Record<string, string>} */ this.c = {};
    /** @type {string|undefined} */ this.key = undefined;
    /** @type {Trade[]} */ this.trades = [];
    /** @type {Decision[]} */ this.blocked = [];
    this.chart = library.createChart(element, chartOptions());
    this.candles = this.chart.addSeries(library.CandlestickSeries, {
      priceFormat: { type: "price", precision: bot.price_decimals, minMove: 10 ** -bot.price_decimals },
      priceLineVisible: true,
      priceLineStyle: 1,
      autoscaleInfoProvider: (/** @type {() => any} */ original) => this.scale(original()),
    });
    this.volume = this.chart.addSeries(library.HistogramSeries, {
      priceScaleId: "",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.candles.priceScale().applyOptions({ scaleMargins: { top: 0.1, bottom: 0.2 } });
    this.marks = library.createSeriesMarkers(this.candles, []);
    this.hollow = new HollowMarkers();
    this.candles.attachPrimitive(this.hollow);
    this.layer = new IndicatorLayer(library, this.chart, this.candles, bot.price_decimals, legend);
    this.chart.subscribeCrosshairMove((/** @type {any} */ at) => {
      onHover(at.time ? (this.rows.find((row) => row[0] === at.time * 1000) ?? null) : null);
      this.layer.hover(at.time ? at.time * 1000 : null);
    });
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((/** @type {any} */ range) => {
      if (range && range.from < 30) this.older();
    });
    this.colour();
  }
  colour() {
    const c = (this.c = colours("up", "down", "fg-2", "accent", "fg-1", "warn"));
    this.chart.applyOptions(chartOptions());
    this.candles.applyOptions({
      upColor: c.up,
      downColor: c.down,
      borderUpColor: c.up,
      borderDownColor: c.down,
      wickUpColor: c.up,
      wickDownColor: c.down,
    });
    this.layer.colour();
    this.fill();
    this.layer.fill();
    this.levels(this.bot);
  }
  /** What to ask for: what came since, or all where older candles have come that have no values yet. */
  indicatorsWanted() {
    const limit = Math.min(most, Math.max(least_indicators, this.rows.length));
    const { rows, data } = this.layer;
    const first = rows[0]?.[0];
    const more = rows.length < limit && first > (data?.anchor_ms ?? 0) && first > this.rows[0]?.[0] && this.settled !== limit;
    if (more && this.asked === `${limit} ${first}`) this.settled = limit; // there is no more to be had
    this.asked = more ? `${limit} ${first}` : "";
    return { from: rows.length && !more ? rows[rows.length - 1][0] : null, limit };
  }
  /** The strategy's panes keep their height, the price has the rest. @param {Set<string>} shown @param {import("../types.js").Indicators} data */
  indicators(data, shown) {
    this.layer.set(data, shown);
    this.share();
  }
  share() {
    const [price, ...others] = this.chart.panes();
    price.setStretchFactor(Math.max(1.5 * pane_px, this.element.clientHeight - 30 - others.length * pane_px));
    for (const pane of others) pane.setStretchFactor(pane_px);
  }
  follow() {
    if (this.rows.length) this.layer.follow(this.rows[0][0], /** @type {number[]} */ (this.rows.at(-1))[0]);
  }
  /** @param {number[]} row */
  bulk(row) {
    return { time: /** @type {any} */ (row[0] / 1000), value: row[5], color: faded(row[4] >= row[1] ? this.c.up : this.c.down, 0.35) };
  }
  fill() {
    this.candles.setData(this.rows.map(bar));
    this.volume.setData(this.rows.map((row) => this.bulk(row)));
    this.follow();
  }
  async load() {
    const answer = await get(`/api/v1/bots/${this.bot.id}/candles`, { interval: this.interval, limit: batch });
    if (this.ended) return;
    this.rows = answer.rows;
    this.interval_ms = answer.interval_ms;
    this.fill();
    this.onRows(this.rows.length);
    this.chart.timeScale().setVisibleLogicalRange({ from: Math.max(0, this.rows.length - 160), to: this.rows.length + 4 });
  }
  async older() {
    if (this.busy || this.complete || !this.rows.length || this.rows.length >= most) return;
    this.busy = true;
    try {
      const answer = await get(`/api/v1/bots/${this.bot.id}/candles`, { interval: this.interval, to: this.rows[0][0] - 1, limit: batch });
      if (this.ended) return;
      if (answer.rows.length) {
        this.rows = [...answer.rows, ...this.rows];
        this.fill();
        this.mark(this.trades, this.blocked);
        this.onOlder();
      } else this.complete = true;
    } catch {
      this.complete = true;
    } finally {
      this.busy = false;
    }
  }
  /** @param {number[]} row a candle that came live; earlier ones may have been left out */
  async take(row) {
    const last = this.rows.at(-1);
    if (!last || this.ended || row[0] < last[0]) return;
    if (row[0] > last[0] + this.interval_ms) await this.catchUp();
    else this.put(row);
  }
  /** Reads what closed since the last candle known, at most once in two seconds. */
  async catchUp() {
    const last = this.rows.at(-1);
    const now = performance.now();
    if (this.busy || now - this.caught_at < 2000) return;
    this.busy = true;
    this.caught_at = now;
    try {
      if (!last) {
        await this.load(); // there was none yet
        this.mark(this.trades, this.blocked);
        return;
      }
      const answer = await get(`/api/v1/bots/${this.bot.id}/candles`, { interval: this.interval, from: last[0], limit: most });
      for (const each of answer.rows) this.put(each);
      this.mark(this.trades, this.blocked);
    } catch {
      /* the next price asks again */
    } finally {
      this.busy = false;
    }
  }
  /** @param {number[]} row */
  put(row) {
    const last = this.rows.at(-1);
    if (this.ended || !last || row[0] < last[0]) return;
    if (row[0] === last[0]) this.rows[this.rows.length - 1] = row;
    else this.rows.push(row);
    this.candles.update(bar(row));
    this.volume.update(this.bulk(row));
    if (!last || row[0] !== last[0]) this.follow();
  }
  /** The candle that is forming, from the price. @param {Bot} bot */
  price(bot) {
    const value = approximate(bot.price);
    const last = this.rows.at(-1);
    if (!last && this.interval_ms) this.catchUp();
    if (value === null || bot.price_ms === null || !last || !this.interval_ms) return;
    const open_ms = Math.floor(bot.price_ms / this.interval_ms) * this.interval_ms;
    if (open_ms > last[0]) this.catchUp(); // the candle before has closed: read how it really ended
    if (open_ms === last[0]) this.put([open_ms, last[1], Math.max(last[2], value), Math.min(last[3], value), value, last[5]]);
    else if (open_ms === last[0] + this.interval_ms) this.put([open_ms, value, value, value, value, 0]);
  }
  /** @param {Bot} bot */
  levels(bot) {
    this.bot = bot;
    const c = this.c;
    /** @type {any[][]} */ const wanted = bot.position
      ? [
          ["Entry", bot.entry_price, c.accent, 0],
          ["SL", bot.stop_loss, c.down, 2],
          ["TP", bot.take_profit, c.up, 2],
        ]
      : [];
    const key = JSON.stringify(wanted);
    if (key === this.key) return;
    this.key = key;
    for (const line of this.lines) this.candles.removePriceLine(line);
    this.lines = wanted
      .filter(([, price]) => price !== null)
      .map(([title, price, color, lineStyle]) =>
        this.candles.createPriceLine({ price: Number(price), color, lineStyle, lineWidth: 1, title, axisLabelVisible: true }),
      );
  }
  /** Widens the price scale so that stop and take-profit are seen, unless they lie too far off. @param {any} info */
  scale(info) {
    if (!info?.priceRange || !this.bot.position) return info;
    let { minValue, maxValue } = info.priceRange;
    const reach = Math.max(maxValue - minValue, maxValue * 0.03);
    for (const text of [this.bot.stop_loss, this.bot.take_profit]) {
      const level = approximate(text);
      if (level !== null && level > minValue - reach && level < maxValue + reach) {
        minValue = Math.min(minValue, level);
        maxValue = Math.max(maxValue, level);
      }
    }
    return { ...info, priceRange: { minValue, maxValue } };
  }
  /** @param {Trade[]} trades @param {Decision[]} blocked */
  mark(trades, blocked) {
    this.trades = trades;
    this.blocked = blocked;
    if (!this.rows.length || this.ended) return;
    const snap = (/** @type {number} */ ms) => /** @type {any} */ ((Math.floor(ms / this.interval_ms) * this.interval_ms) / 1000);
    const first = this.rows[0][0] / 1000;
    const c = this.c;
    const all = trades
      .flatMap((trade) => [
        { time: snap(trade.entry_ms), position: "belowBar", shape: "arrowUp", color: c.accent, text: "Buy" },
        ...(trade.exit_ms === null
          ? []
          : [
              {
                time: snap(trade.exit_ms),
                position: "aboveBar",
                shape: "arrowDown",
                color: (trade.profit_fraction ?? 0) >= 0 ? c.up : c.down,
                text: percent(trade.profit_fraction, 1),
              },
            ]),
      ])
      .filter((mark) => mark.time >= first)
      .sort((a, b) => a.time - b.time);
    this.marks.setMarkers(all);
    const byTime = new Map(this.rows.map((row) => [row[0] / 1000, row]));
    this.hollow.set(
      blocked.flatMap((decision) => {
        const time = snap(decision.candle_ms),
          row = byTime.get(time),
          up = decision.action === "BUY";
        return row ? [{ time, price: up ? row[3] : row[2], up, text: decision.blocked?.text ?? "" }] : [];
      }),
      c.warn ?? "",
    );
  }
  end() {
    this.ended = true;
    this.layer.clear();
    this.chart.remove();
  }
}

/** @param {{bot: Bot, trades: Trade[], blocked: Decision[]}} props */
export function CandleChart({ bot, trades, blocked }) {
  const box = useRef(/** @type {HTMLDivElement|null} */ (null));
  const view = useRef(/** @type {CandleView|null} */ (null));
  const legend = useRef(/** @type {HTMLDivElement|null} */ (null));
  const [data, setData] = useState(/** @type {import("../types.js").Indicators|null} */ (null));
  const [interval, setInterval] = useState(bot.interval);
  const [hover, setHover] = useState(/** @type {number[]|null} */ (null));
  const [fault, setFault] = useState("");
  const [count, setCount] = useState(/** @type {number|null} */ (null));
  const [ready, setReady] = useState(0);
  useEffect(() => {
    let gone = false;
    loadCharts().then(
      async (library) => {
        if (gone || !box.current || !legend.current) return;
        view.current = new CandleView(library, box.current, legend.current, bot, interval, setHover, setCount);
        try {
          await view.current.load();
          setFault("");
        } catch (error) {
          setFault(/** @type {Error} */ (error).message);
        }
        if (!gone) setReady((n) => n + 1);
      },
      () => setFault("The chart could not be loaded."),
    );
    const offReset = onEvent("reset", () => view.current?.catchUp());
    const off = onEvent("candle", (data) => {
      if (data.symbol === bot.symbol && data.interval === interval) view.current?.take(data.row);
    });
    return () => {
      gone = true;
      off();
      offReset();
      view.current?.end();
      view.current = null;
    };
  }, [interval, bot.symbol]);
  const own = interval === bot.interval;
  const shown = shownOf(bot.strategy, data);
  const panes = own ? (data?.series.length ? data.panes.filter((pane) => shown.has("pane." + pane.key)).length : expectedPanes(bot.strategy)) : 0;
  useEffect(() => {
    if (!ready || !own) return;
    const here = view.current;
    setData(null);
    const following = followIndicators(
      bot,
      () => here?.indicatorsWanted() ?? { from: null, limit: least_indicators },
      (answer, whole) => {
        if (!here || here.ended) return true;
        if (answer.state === "ready") {
          if (!whole && !here.layer.add(answer)) return false;
          if (whole) here.indicators(answer, shownOf(bot.strategy, answer));
        }
        // What is drawn stays while newer values are on their way or fail; only the words change.
        setData((known) => {
          if (whole && (answer.state === "ready" || answer.state === "none" || !known?.series.length)) return answer;
          return known && (known.state !== answer.state || known.reason !== answer.reason) ? { ...known, state: answer.state, reason: answer.reason } : known;
        });
        return true;
      },
    );
    if (here) here.onOlder = () => following.look();
    return () => following.end();
  }, [ready, own, bot.id, bot.anchor_ms]);
  const chosen = [...shown].join();
  useEffect(() => {
    const here = view.current;
    if (!here || !data?.series.length) return;
    choose(bot.strategy, "panes", panes);
    if ([...here.layer.shown].join() !== chosen) here.indicators({ ...data, rows: here.layer.rows }, shown);
    else here.share();
  }, [chosen, data]);
  useEffect(() => {
    view.current?.price(bot);
    view.current?.levels(bot);
  }, [bot.price, bot.price_ms, bot.stop_loss, bot.take_profit, bot.entry_price, ready]);
  useEffect(() => {
    view.current?.mark(trades, blocked);
  }, [trades, blocked, ready]);
  const colour = paint.value + timeZone.value;
  useEffect(() => {
    view.current?.colour();
    view.current?.mark(trades, blocked);
  }, [colour]);
  const intervals = [...new Set([bot.interval, "15m", "1h", "4h"])];
  const d = bot.price_decimals;
  const note = own ? indicatorNote(data) : "";
  return html`<section class="panel" aria-label="Price and trades"><header><h2>Price and trades</h2><span class="gap"></span>
    <${IndicatorMenu} strategy=${bot.strategy} data=${data} off=${own ? "" : `The strategy draws on its own candles: choose ${bot.interval}.`} />
    <span class="seg" role="group" aria-label="Candle length">${intervals.map((each) => html`<button key=${each} aria-pressed=${each === interval} onClick=${() => setInterval(each)}>${each}</button>`)}</span></header>
    ${fault ? html`<p class="empty">${fault}</p>` : ""}<div class="chart tall" style=${{ "--more-panes": Math.max(0, panes - 3) }}>${count === 0 ? html`<p class="none">No candle of ${bot.symbol} is stored yet.</p>` : ""}
      <div class="legend num"><div class="row-of">${
        hover
          ? html`<span>${time(hover[0], "short")}</span><span>O ${hover[1].toFixed(d)}</span>
      <span>H ${hover[2].toFixed(d)}</span><span>L ${hover[3].toFixed(d)}</span><span>C ${hover[4].toFixed(d)}</span>
      <span>V ${hover[5].toFixed(2)}</span>`
          : ""
      }</div><div class="row-of" ref=${legend}></div>${note ? html`<div class=${data?.state === "failed" ? "warn" : "soft"} role="status">${note}</div>` : ""}</div>
      <div class="fill" ref=${box} role="img" aria-label=${`Candles of ${bot.symbol} and what the strategy draws; the trades stand in the table under Trades`}></div>
      </div>
    <div class="legendkey"><span>▲ bought</span><span>▼ sold, with result</span>
      <span>△ ▽ signal that was refused</span>${bot.position ? html`<span>lines: entry, stop-loss, take-profit</span>` : ""}</div>
      </section>`;
}
