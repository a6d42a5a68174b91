// A bot's indicators for its chart: read while somebody looks, kept up to date by events, and the list that shows or hides them.
import { html, useEffect, useId, useRef, useState } from "../lib.js";
import { get } from "../api.js";
import { chartChoices } from "../settings.js";
import { onEvent } from "../store.js";

/** @typedef {import("../types.js").Indicators} Indicators @typedef {import("../types.js").Bot} Bot */

const at_first = 3; // panes shown unless somebody chose otherwise; all lines over the price are
const look_ms = 30000; // the server works them out while it is asked now and then
const wait_ms = 1500; // while they are being worked out

/** @returns {Record<string, boolean|number>} what was chosen for a strategy @param {string} strategy */
function choices(strategy) {
  try {
    return JSON.parse(chartChoices.value)[strategy] ?? {};
  } catch {
    return {};
  }
}
/** @param {string} strategy @param {string} key @param {boolean|number} value */
export function choose(strategy, key, value) {
  const mine = choices(strategy);
  if (mine[key] === value) return;
  /** @type {Record<string, any>} */ let all = {};
  try {
    all = JSON.parse(chartChoices.value);
  } catch {
    /* nothing was chosen yet */
  }
  chartChoices.value = JSON.stringify({ ...all, [strategy]: { ...mine, [key]: value } });
}
/** Panes to make room for before it is known what the strategy draws. @param {string} strategy */
export const expectedPanes = (strategy) => Number(choices(strategy).panes ?? at_first);

/** @param {string} strategy @param {Indicators|null} data @returns {Set<string>} */
export function shownOf(strategy, data) {
  const mine = choices(strategy);
  /** @type {[string, boolean][]} */ const all = [
    ...(data?.panes ?? []).map((pane, at) => /** @type {[string, boolean]} */ (["pane." + pane.key, at < at_first])),
    ...(data?.series ?? []).map((line) => /** @type {[string, boolean]} */ (["series." + line.key, true])),
  ];
  return new Set(all.filter(([key, usual]) => mine[key] ?? usual).map(([key]) => key));
}

/** Reads and goes on reading until it is ended. @param {Bot} bot @param {() => {from: number|null, limit: number}} wants @param {(data: Indicators, whole: boolean) => boolean} take false: read all of it again */
export function followIndicators(bot, wants, take) {
  let ended = false,
    busy = false,
    again = false,
    timer = /** @type {any} */ (0);
  const look = async (whole = false) => {
    if (ended || document.hidden) return; // nobody looks
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    clearTimeout(timer);
    let next = look_ms;
    try {
      const { from, limit } = wants();
      const part = !whole && from !== null;
      /** @type {Indicators} */ const data = await get(`/api/v1/bots/${bot.id}/indicators`, { limit, from: part ? from : null });
      if (!ended && !take(data, !part)) {
        next = 0;
        whole = true;
      } else whole = false;
      if (data.state === "computing") next = wait_ms;
    } catch {
      whole = false; // the next look tries again; the header says when the server is away
    } finally {
      busy = false;
    }
    if (again) next = 0;
    again = false;
    if (!ended) timer = setTimeout(() => look(whole), next);
  };
  const ends = [
    onEvent("indicators", (data) => {
      if (data.bot_id === bot.id) look();
    }),
    onEvent("reset", () => look()),
  ];
  const seen = () => look();
  document.addEventListener("visibilitychange", seen);
  look(true);
  return {
    look,
    end() {
      ended = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
      for (const end of ends) end();
    },
  };
}

/** Why nothing, or nothing new, is drawn; "" where all is well. @param {Indicators|null} data */
export function indicatorNote(data) {
  if (!data) return "";
  if (data.state === "computing") return data.reason ?? "Indicators are being worked out…";
  if (data.state === "failed") return `No indicators: ${data.reason}. The bot itself is not affected.`;
  return "";
}

/** @param {{strategy: string, data: Indicators|null, off: string}} props off: why none are shown at present; "" when they are */
export function IndicatorMenu({ strategy, data, off }) {
  const id = "indicators-" + useId();
  const button = useRef(/** @type {HTMLButtonElement|null} */ (null));
  const [open, setOpen] = useState(false);
  const place = (/** @type {any} */ event) => {
    setOpen(event.newState === "open");
    if (event.newState !== "open" || !button.current) return;
    const list = event.currentTarget,
      at = button.current.getBoundingClientRect();
    list.style.left = Math.max(8, Math.min(at.right - list.offsetWidth, innerWidth - list.offsetWidth - 8)) + "px";
    list.style.top = Math.max(8, Math.min(at.bottom + 4, innerHeight - list.offsetHeight - 8)) + "px";
  };
  useEffect(() => () => setOpen(false), []);
  const shown = shownOf(strategy, data);
  const box = (/** @type {string} */ key, /** @type {string} */ name) =>
    html`<label key=${key}><input type="checkbox" checked=${shown.has(key)} onChange=${(/** @type {any} */ event) => choose(strategy, key, event.target.checked)} />${name}</label>`;
  const lines = (/** @type {string} */ pane) => (data?.series ?? []).filter((line) => line.pane === pane);
  const part = (/** @type {string} */ pane, /** @type {any} */ head, /** @type {string} */ name) =>
    html`<fieldset key=${pane} aria-label=${name}>${head ?? html`<legend>${name}</legend>`}
      ${head && (lines(pane).length < 2 || !shown.has("pane." + pane)) ? "" : html`<div class=${head ? "inner" : ""}>${lines(pane).map((line) => box("series." + line.key, line.name))}</div>`}</fieldset>`;
  const none = off || (data?.state === "none" ? "This strategy draws nothing." : data?.series.length ? "" : indicatorNote(data) || "Nothing to draw yet.");
  return html`<button type="button" class="small" ref=${button} popovertarget=${id} aria-expanded=${open}>Indicators</button>
    <div class="menu indicators" id=${id} popover="auto" role="group" aria-label="Indicators" onToggle=${place}>${
      none
        ? html`<p class="soft">${none}</p>`
        : html`${lines("price").length ? part("price", null, "On the price") : ""}
        ${data?.panes.map((pane) => part(pane.key, box("pane." + pane.key, pane.name), pane.name))}`
    }</div>`;
}
