// What a bot's strategy draws, on the candles' chart: lines over the price, panes of their own below it, a legend in each pane
// with the values under the cursor. Lives beside the page's rendering, as the chart does.
import { approximateText } from "../format.js";
import { colours, faded } from "./chart_base.js";

/** @typedef {import("../types.js").Indicators} Indicators @typedef {import("../types.js").IndicatorSeries} Line */

/** Inks of tokens.css, for the full lines of a pane in their order; dashed ones are dim, histograms that change sign gain and loss. */
export const inks = 8;
/** @param {Line[]} list of one pane @returns {Map<string, string>} key -> "1" to "8" or "dim" */
function inksOf(list) {
  let next = 0;
  return new Map(list.map((each) => [each.key, each.style === "line" ? String((next++ % inks) + 1) : "dim"]));
}

/** Without needless zeros, for axes and levels. @param {number} value */
const plain = (value) => approximateText(value).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");

/** @param {string} name @param {string} text @param {string} kind */
function element(name, text, kind) {
  const made = document.createElement(name);
  made.className = kind;
  made.textContent = text;
  return made;
}

export class IndicatorLayer {
  /** @param {any} library @param {any} chart @param {any} candles its series of the price @param {number} digits of the price @param {HTMLElement} host the legend of the price's pane */
  constructor(library, chart, candles, digits, host) {
    this.library = library;
    this.chart = chart;
    this.candles = candles;
    this.digits = digits;
    this.host = host;
    /** @type {Record<string, string>} */ this.c = {};
    /** @type {Indicators|null} */ this.data = null;
    /** @type {any[][]} */ this.rows = [];
    /** @type {Map<number, any[]>} */ this.byTime = new Map();
    /** @type {Set<string>} */ this.shown = new Set();
    /** @type {{line: Line, at: number, series: any, ink: string, signed: boolean, value: Element}[]} */ this.drawn = [];
    /** @type {[any, any][]} */ this.levels = [];
    /** @type {Element[]} */ this.legends = [];
    this.first_ms = this.last_ms = 0;
    this.drawn_ms = 0;
    /** @type {number|null} */ this.hovered = null;
    this.frame = 0;
    host.classList.add("idle");
  }
  /** Everything anew. @param {Indicators} data @param {Set<string>} shown keys "series.ema" and "pane.rsi" */
  set(data, shown) {
    this.data = data;
    this.rows = data.rows;
    this.byTime = new Map(data.rows.map((row) => [row[0], row]));
    this.shown = shown;
    this.build();
  }
  /** Rows that came since. False where they do not go on from what is known: then everything must be read again. @param {Indicators} data */
  add(data) {
    const old = this.data;
    if (!old || old.anchor_ms !== data.anchor_ms || JSON.stringify([old.panes, old.series, old.levels]) !== JSON.stringify([data.panes, data.series, data.levels])) return false;
    const last = this.rows.at(-1);
    if (last && data.rows.length && (data.rows[0][0] !== last[0] || data.rows[0].some((value, at) => value !== last[at]))) return false;
    for (const row of last ? data.rows.slice(1) : data.rows) {
      this.rows.push(row);
      this.byTime.set(row[0], row);
    }
    this.data = { ...data, rows: this.rows };
    this.follow(this.first_ms, this.last_ms);
    return true;
  }
  /** The candles that are there; rows of others wait, since they would stretch the chart. @param {number} first_ms @param {number} last_ms */
  follow(first_ms, last_ms) {
    const earlier = first_ms !== this.first_ms;
    this.first_ms = first_ms;
    this.last_ms = last_ms;
    if (earlier) {
      this.fill();
      return;
    }
    if (!this.drawn.length) return;
    for (let at = this.rows.length - 1; at >= 0 && this.rows[at][0] > this.drawn_ms; --at) if (this.rows[at][0] <= last_ms) return this.extend(at);
  }
  /** @param {number} last place of the newest row to draw */
  extend(last) {
    let from = last;
    while (from > 0 && this.rows[from - 1][0] > this.drawn_ms) --from;
    for (const each of this.drawn) for (let at = from; at <= last; ++at) each.series.update(this.point(each, this.rows[at]));
    this.drawn_ms = this.rows[last][0];
    this.tell();
  }
  clear() {
    cancelAnimationFrame(this.frame);
    for (const [owner, line] of this.levels) owner.removePriceLine(line);
    for (const { series } of this.drawn) this.chart.removeSeries(series);
    for (const legend of this.legends) legend.remove();
    this.levels = [];
    this.drawn = [];
    this.legends = [];
    this.host.textContent = "";
  }
  build() {
    this.clear();
    if (!this.data) return;
    this.host.textContent = "";
    const price = { key: "price", name: "", min: null, max: null };
    let place = 0;
    for (const pane of [price, ...this.data.panes]) {
      const all = this.data.series.filter((each) => each.pane === pane.key);
      const lines = pane === price || this.shown.has("pane." + pane.key) ? all.filter((each) => this.shown.has("series." + each.key)) : [];
      if (pane !== price && !lines.length) continue;
      const legend = pane === price ? this.host : element("div", "", "legend pane num");
      const ink = inksOf(all);
      for (const line of lines) this.drawOne(line, pane, place, ink.get(line.key) ?? "dim", legend);
      this.drawLevels(pane, legend, pane === price);
      if (pane !== price) this.legends.push(legend);
      ++place;
    }
    this.colour();
    this.fill();
    this.attach(0);
  }
  /** @param {Line} line @param {import("../types.js").IndicatorPane} pane @param {number} place @param {string} ink @param {Element} legend */
  drawOne(line, pane, place, ink, legend) {
    const fixed = pane.min !== null && pane.max !== null;
    const series = this.chart.addSeries(
      line.style === "histogram" ? this.library.HistogramSeries : this.library.LineSeries,
      {
        priceLineVisible: false,
        lastValueVisible: false,
        lineWidth: line.style === "dashed" ? 1 : 1.5,
        lineStyle: line.style === "dashed" ? 2 : 0,
        crosshairMarkerRadius: 3,
        priceFormat:
          pane.key === "price"
            ? { type: "price", precision: this.digits, minMove: 10 ** -this.digits }
            : { type: "custom", formatter: (/** @type {number} */ value) => (fixed && (value > Number(pane.max) || value < Number(pane.min)) ? "" : plain(value)), minMove: 1e-8 },
        ...(fixed ? { autoscaleInfoProvider: () => ({ priceRange: { minValue: pane.min, maxValue: pane.max } }) } : {}),
      },
      place,
    );
    if (place) series.priceScale().applyOptions({ scaleMargins: { top: 0.18, bottom: 0.06 } });
    const label = element("span", "", "key");
    const value = element("b", "", "");
    label.append(element("i", "", "swatch ink-" + ink + (line.style === "dashed" ? " dashed" : "")), line.name + " ", value);
    legend.append(label);
    const at = 1 + /** @type {Indicators} */ (this.data).series.indexOf(line);
    this.drawn.push({ line, at, series, ink, value, signed: false });
  }
  /** @param {import("../types.js").IndicatorPane} pane @param {Element} legend @param {boolean} isPrice */
  drawLevels(pane, legend, isPrice) {
    const owner = isPrice ? this.candles : this.drawn.at(-1)?.series;
    for (const level of this.data?.levels.filter((each) => each.pane === pane.key) ?? []) {
      this.levels.push([owner, owner.createPriceLine({ price: level.value, lineWidth: 1, lineStyle: level.style === "dashed" ? 2 : 0, axisLabelVisible: false, title: "" })]);
      legend.append(element("span", `${level.name} ${plain(level.value)}`, "level"));
    }
  }
  colour() {
    const names = Array.from({ length: inks }, (_, at) => `ink-${at + 1}`);
    const c = (this.c = colours("up", "down", "ink-dim", "fg-2", ...names));
    for (const { series, ink } of this.drawn) series.applyOptions({ color: c["ink-" + ink] });
    for (const [, line] of this.levels) line.applyOptions({ color: faded(c["fg-2"], 0.55) });
  }
  /** @param {{line: Line, at: number, ink: string, signed: boolean}} each @param {any[]} row */
  point({ line, at, ink, signed }, row) {
    const time = /** @type {any} */ (row[0] / 1000),
      value = row[at];
    if (value === null) return { time };
    if (line.style !== "histogram") return { time, value };
    const c = this.c;
    return { time, value, color: faded(signed ? (value < 0 ? c.down : c.up) : c["ink-" + ink], 0.55) };
  }
  fill() {
    const rows = this.rows.filter((row) => row[0] >= this.first_ms && row[0] <= this.last_ms);
    for (const each of this.drawn) {
      if (each.line.style === "histogram") each.signed = this.rows.some((row) => row[each.at] < 0);
      each.series.setData(rows.map((row) => this.point(each, row)));
    }
    this.drawn_ms = rows.at(-1)?.[0] ?? 0;
    this.tell();
  }
  /** The panes' elements are made with the next frame. @param {number} tries */
  attach(tries) {
    const panes = this.chart.panes();
    let missing = false;
    this.legends.forEach((legend, at) => {
      const home = panes[at + 1]?.getHTMLElement()?.querySelector("canvas")?.parentElement;
      if (home) home.append(legend);
      else missing = true;
    });
    if (missing && tries < 60) this.frame = requestAnimationFrame(() => this.attach(tries + 1));
  }
  /** @param {number|null} open_ms under the cursor */
  hover(open_ms) {
    this.hovered = open_ms;
    this.host.classList.toggle("idle", open_ms === null);
    this.tell();
  }
  tell() {
    const row = this.hovered === null ? this.byTime.get(this.drawn_ms) : this.byTime.get(this.hovered);
    for (const { line, at, value } of this.drawn) value.textContent = this.text(line, row?.[at] ?? null);
  }
  /** @param {Line} line @param {number|null} value */
  text(line, value) {
    if (value === null) return "\u2013";
    return (line.pane === "price" ? value.toFixed(this.digits) : approximateText(value)) + (line.unit ? "\u00a0" + line.unit : "");
  }
  /** How many panes there are below the price. */
  get panes() {
    return this.legends.length;
  }
}
