// What all charts share: loading the library when first needed, the page's colours and times, resizing, an end.
import { paint } from "../settings.js";
import { time } from "../format.js";

/** @type {Promise<typeof import("../../vendor/lightweight-charts.js")>|null} */
let library = null;
export const loadCharts = () => (library ??= import("../../vendor/lightweight-charts.js"));

// The tokens are light-dark() pairs; only a real property gives the one in force.
const probe = document.createElement("i");
probe.hidden = true;

/** @param {...string} names custom properties without the dashes @returns {Record<string, string>} as rgb() text */
export function colours(...names) {
  paint.value;
  if (!probe.isConnected) document.body.append(probe);
  return Object.fromEntries(
    names.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
}

/** @param {string} rgb "rgb(1, 2, 3)" @param {number} alpha */
export const faded = (rgb, alpha) => rgb.replace(/^rgb\(([^)]+)\)$/, `rgba($1, ${alpha})`);

/** Options in the page's colours. The library's own logo is off (it injects a style, which the policy forbids); the shell and About name TradingView instead. */
export function chartOptions() {
  const c = colours("fg-2", "line-soft", "line", "bg-3", "fg-1");
  return {
    autoSize: true,
    layout: {
      background: { color: "transparent" },
      textColor: c["fg-2"],
      fontSize: 11,
      fontFamily: getComputedStyle(document.body).fontFamily,
      attributionLogo: false,
      panes: { enableResize: false, separatorColor: c.line, separatorHoverColor: c["bg-3"] },
    },
    grid: { vertLines: { color: c["line-soft"] }, horzLines: { color: c["line-soft"] } },
    rightPriceScale: { borderColor: c.line },
    timeScale: { borderColor: c.line, timeVisible: true, secondsVisible: false, rightOffset: 4, tickMarkFormatter: tick },
    crosshair: {
      mode: 0,
      vertLine: { color: c["fg-2"], labelBackgroundColor: c["bg-3"] },
      horzLine: { color: c["fg-2"], labelBackgroundColor: c["bg-3"] },
    },
    localization: { timeFormatter: (/** @type {number} */ seconds) => time(seconds * 1000, "short") },
  };
}

/** @param {number} seconds @param {number} kind 0 year, 1 month, 2 day, 3 time, 4 with seconds */
function tick(seconds, kind) {
  const ms = seconds * 1000;
  return kind === 0
    ? time(ms, "day").slice(0, 4)
    : kind === 1
      ? time(ms, "day").slice(0, 7)
      : kind === 2
        ? time(ms, "day").slice(5)
        : time(ms, "clock").slice(0, kind === 4 ? 8 : 5);
}
