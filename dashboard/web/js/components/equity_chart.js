// Equity of a bot over time with its drawdown below, on one time axis.
import { html, useEffect, useRef, useState } from "../lib.js";
import { get } from "../api.js";
import { marketNow } from "../clock.js";
import { paint, timeZone } from "../settings.js";
import { onEvent } from "../store.js";
import { chartOptions, colours, faded, loadCharts } from "./chart_base.js";

const ranges = /** @type {[string, string, number|null][]} */ ([
  ["day", "1 d", 86400000],
  ["week", "7 d", 604800000],
  ["quarter", "90 d", 7776000000],
  ["all", "All", null],
]);

/** @param {{bot: import("../types.js").Bot}} props */
export function EquityChart({ bot }) {
  const box = useRef(/** @type {HTMLDivElement|null} */ (null));
  const chart = useRef(/** @type {any} */ (null));
  const [range, setRange] = useState("all");
  const [state, setState] = useState("loading");
  const colour = paint.value + timeZone.value;
  useEffect(() => {
    let gone = false,
      again = /** @type {any} */ (0);
    /** @type {any} */ let equity;
    /** @type {any} */ let down;
    const load = async () => {
      const span = ranges.find(([id]) => id === range)?.[2] ?? null;
      try {
        const answer = await get(`/api/v1/bots/${bot.id}/equity`, {
          points: 800,
          from: span === null ? null : Math.floor(marketNow() - span),
        });
        if (gone) return;
        /** @type {Map<number, any[]>} */ const rows = new Map(
          answer.rows.map((/** @type {any[]} */ row) => [Math.floor(row[0] / 1000), row]),
        );
        equity.setData([...rows].map(([time, row]) => ({ time, value: Number(row[1]) })));
        down.setData([...rows].map(([time, row]) => ({ time, value: 100 * (row[3] ?? 0) })));
        chart.current.timeScale().fitContent();
        setState(rows.size ? "ready" : "empty");
      } catch {
        if (!gone) setState("failed");
      }
    };
    loadCharts().then((library) => {
      if (gone || !box.current) return;
      const c = colours("accent", "down");
      chart.current = library.createChart(box.current, /** @type {any} */ (chartOptions()));
      equity = chart.current.addSeries(library.AreaSeries, {
        lineColor: c.accent,
        lineWidth: 2,
        topColor: faded(c.accent, 0.22),
        bottomColor: faded(c.accent, 0),
        priceLineVisible: false,
        priceFormat: { type: "price", precision: 2, minMove: 0.01 },
      });
      down = chart.current.addSeries(
        library.BaselineSeries,
        {
          baseValue: { type: "price", price: 0 },
          topLineColor: c.down,
          bottomLineColor: c.down,
          topFillColor1: "transparent",
          topFillColor2: "transparent",
          bottomFillColor1: faded(c.down, 0.05),
          bottomFillColor2: faded(c.down, 0.3),
          lineWidth: 1,
          priceLineVisible: false,
          priceFormat: { type: "custom", formatter: (/** @type {number} */ value) => value.toFixed(1).replace("-", "\u2212") + " %" },
        },
        1,
      );
      chart.current.panes()[0].setStretchFactor(0.72);
      chart.current.panes()[1].setStretchFactor(0.28);
      load();
    });
    const off = onEvent("trade", (trade) => {
      if (trade.bot_id === bot.id) {
        clearTimeout(again);
        again = setTimeout(load, 700);
      }
    });
    return () => {
      gone = true;
      off();
      clearTimeout(again);
      chart.current?.remove();
      chart.current = null;
    };
  }, [range, colour]);
  return html`<section class="panel" aria-label="Equity and drawdown"><header><h2>Equity and drawdown</h2>
    <span class="muted">${bot.quote_asset}</span><span class="gap"></span>
    <span class="seg" role="group" aria-label="Range">${ranges.map(([id, name]) => html`<button key=${id} aria-pressed=${range === id} onClick=${() => setRange(id)}>${name}</button>`)}</span><a class="soft" href=${`/api/v1/bots/${bot.id}/equity?points=5000&format=csv`} download>CSV</a></header>
    ${state === "empty" ? html`<p class="empty">No evaluation yet, so no equity to draw.</p>` : state === "failed" ? html`<p class="empty">The equity could not be read.</p>` : ""}<div class=${"chart small" + (state === "empty" || state === "failed" ? " hidden" : "")}><div class="fill" ref=${box} role="img" aria-label="Equity and drawdown over time"></div></div></section>`;
}
