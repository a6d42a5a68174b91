// Small parts: chips, figures, countdown, empty states, menus.
import { html, useId, useRef } from "../lib.js";
import { marketNow, tick, untilMarket } from "../clock.js";
import { sign } from "../decimal.js";
import { countdown, dash, exact, percent, signedMoney, time } from "../format.js";

/** @typedef {import("../types.js").Bot} Bot */
const states = /** @type {Record<string, [string, string, string]>} */ ({
  running: ["▶", "Running", "ok"],
  paused: ["❚❚", "Entries paused", ""],
  stopped: ["■", "Stopped", ""],
  closing: ["↧", "Closing", "warning"],
  quarantined: ["▲", "Quarantined", "err"],
  degraded: ["▲", "Degraded", "err"],
  orphaned: ["◇", "Orphaned", "warning"],
});
const waits = /** @type {Record<string, string>} */ ({
  MONEY: "Waiting for money",
  WARM_UP: "Warming up",
  FIRST_CANDLE: "Waiting for first candle",
  EXCHANGE: "Exchange unreachable",
  PLUGIN: "Waiting for plugin",
});

/** @param {{mode: string}} props */
export const ModeChip = ({ mode }) => html`<span class=${"chip " + (mode === "live" ? "live" : "paper")}>${mode.toUpperCase()}</span>`;

/** @param {{bot: Bot}} props */
export function StateChip({ bot }) {
  const wait = bot.state === "running" && bot.waiting_for;
  const [glyph, word, kind] = wait
    ? ["○", waits[wait.code] ?? "Waiting", wait.code === "MONEY" || wait.code === "EXCHANGE" ? "warning" : ""]
    : (states[bot.state] ?? ["?", bot.state, ""]);
  return html`<span class=${"chip " + kind} title=${(wait && wait.text) || bot.state_reason || ""}><span aria-hidden="true">${glyph}
    </span>${word}</span>`;
}

/** Colour, sign and arrow together. @param {{value: string|null|undefined, currency?: string|null, fraction?: number|null, arrow?: boolean}} props */
export function Gain({ value, currency, fraction, arrow = true }) {
  const way = sign(value);
  return html`<span class=${"num nowrap " + (way > 0 ? "up" : way < 0 ? "down" : "")} title=${exact(value)}>${arrow && way ? html`<span aria-hidden="true">${way > 0 ? "▲ " : "▼ "}</span>` : ""}${signedMoney(value, currency)}${fraction === undefined ? "" : ` (${percent(fraction)})`}</span>`;
}

/** @param {string|null|undefined} value */
export const gainClass = (value) => (sign(value) > 0 ? "up" : sign(value) < 0 ? "down" : "");

/** One figure of a strip: name, value, a line below; the tip gives full precision and the formula. */
export function Kpi(
  /** @type {{name: string, value: any, note?: any, tip: string, tone?: string}} */ { name, value, note, tip, tone = "" },
) {
  return html`<div class="kpi" tabindex="0" data-tip=${tip}><dt>${name}</dt><dd class=${"figure " + tone}>${value}<small>${note}</small>
    </dd></div>`;
}

/** @param {{bot: Bot, bar?: boolean}} props */
export function NextCheck({ bot, bar = false }) {
  tick.value;
  const evaluates = bot.status === "running";
  const left = evaluates ? untilMarket(bot.next_evaluation_ms) : null;
  const text = !evaluates
    ? bar
      ? "no evaluations"
      : dash
    : bot.next_evaluation_ms === null
      ? dash
      : left === null
        ? time(bot.next_evaluation_ms, "clock")
        : left <= 0
          ? "now"
          : countdown(left);
  const rest = (bot.next_evaluation_ms ?? 0) - marketNow();
  const done = Math.min(1, Math.max(0, 1 - rest / Math.max(bot.evaluate_every_ms, 1)));
  return bar
    ? html`<span class="next"><span>${evaluates ? "next check " : ""}<b class="num">${text}</b>
      </span>${evaluates && left !== null ? html`<progress max="1" value=${done} aria-hidden="true"></progress>` : ""}</span>`
    : html`<span class="num">${text}</span>`;
}

/** A button and the list it opens, in the top layer: no table or card cuts it off. @param {{label: string, children: any}} props */
export function Menu({ label, children }) {
  const id = "menu-" + useId();
  const button = useRef(/** @type {HTMLButtonElement|null} */ (null));
  const place = (/** @type {any} */ event) => {
    if (event.newState !== "open" || !button.current) return;
    const list = event.currentTarget,
      at = button.current.getBoundingClientRect();
    list.style.left = Math.max(8, Math.min(at.right - list.offsetWidth, innerWidth - list.offsetWidth - 8)) + "px";
    list.style.top = (at.bottom + 4 + list.offsetHeight < innerHeight ? at.bottom + 4 : Math.max(8, at.top - 4 - list.offsetHeight)) + "px";
  };
  return html`<button type="button" class="more" ref=${button} popovertarget=${id} aria-label=${label}>⋯</button>
    <div class="menu" id=${id} popover="auto" onToggle=${place} onClick=${(/** @type {any} */ event) => event.currentTarget.hidePopover()}>${children}</div>`;
}

/** @param {{children: any}} props */
export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;

/** @param {{error: any, retry?: () => void}} props */
export const Failure = ({ error, retry }) =>
  html`<div class="notice danger" role="alert"><b>${error.message}</b>${error.hint ? html`<span class="soft">${error.hint}
    </span>` : ""}${retry ? html`<span><button onClick=${retry}>Try again</button></span>` : ""}</div>`;
