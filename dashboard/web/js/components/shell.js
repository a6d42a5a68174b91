// The frame around every page: navigation, connection, clock, modes, stop-all, toasts.
import { html, useEffect } from "../lib.js";
import { isReplay, marketNow, marketSpeed, serverNow, tick } from "../clock.js";
import { dismiss, toasts } from "../commands.js";
import { time } from "../format.js";
import { route } from "../router.js";
import { palette, theme, timeZone } from "../settings.js";
import { allBots, engine, openAlarms } from "../store.js";
import { connection } from "../stream.js";
import { openStopAll } from "./stop_all.js";

const icon = new URL("../../icon.svg", import.meta.url).pathname;
const items = [
  ["/", "Overview", "M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z", ""],
  ["/bots/new", "New bot", "M8 3v10M3 8h10", ""],
  ["/account", "Account", "M2 5h12v8H2zM2 5l9-2v2M10 9h2", ""],
  ["/strategies", "Strategies", "M2 12l4-5 3 3 5-7", ""],
  ["/alerts", "Alerts", "M4 11V7a4 4 0 0 1 8 0v4l1 1H3zM7 14h2", ""],
  ["/system", "System", "M2 4h12M2 8h12M2 12h12M5 3v2M11 7v2M7 11v2", ""],
  ["/about", "About", "M8 7v5M8 4v1", "wide"],
];

function here(/** @type {string} */ path) {
  const now = route.value.path;
  return path === "/" ? now === "/" || (now.startsWith("/bots/") && now !== "/bots/new") : now === path;
}

const words = /** @type {Record<string, [string, string, string]>} */ ({
  live: ["ok", "●", "Live data"],
  connecting: ["", "○", "Connecting"],
  stale: ["warning", "▲", "Stale"],
  polling: ["warning", "◐", "Live stream lost, polling"],
  offline: ["err", "▲", "No connection"],
});

function Clock() {
  tick.value;
  const zone = timeZone.value === "UTC" ? "UTC" : "local";
  const replay = isReplay();
  const speed = marketSpeed();
  return html`<button class="chip" onClick=${() => {
    timeZone.value = timeZone.value === "UTC" ? "local" : "UTC";
  }} title="Server time; click for UTC or local time">${zone} <span class="num">${time(serverNow(), "clock")}</span></button>
    ${replay ? html`<span class="chip wideonly" title="The bots live in this time">market <span class="num">${time(marketNow(), "short")}
      </span> ${speed === null ? "" : `· ${speed}×`}</span>` : ""}`;
}

function Modes() {
  const counts = /** @type {Record<string, number>} */ ({});
  for (const bot of allBots()) counts[bot.mode] = (counts[bot.mode] ?? 0) + 1;
  return Object.entries(counts)
    .sort()
    .map(
      ([mode, n]) =>
        html`<span class=${"chip wideonly " + (mode === "live" ? "live" : "paper")} key=${mode}>${n} ${mode.toUpperCase()}</span>`,
    );
}

const next = { system: "light", light: "dark", dark: "system" };

export function Shell(/** @type {{children: any}} */ { children }) {
  const [kind, glyph, word] = words[connection.value];
  const away = engine.value && engine.value.state !== "running";
  useEffect(() => {
    document.documentElement.classList.toggle("stale", ["stale", "polling", "offline"].includes(connection.value));
  });
  return html`<a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => {
    event.preventDefault();
    document.querySelector("main")?.focus();
  }}>To the content</a>
    <div class="app">
      <nav class="side" aria-label="Pages"><a class="brand" href="/"><img src=${icon} alt="" />Stratdock</a>
        ${items.map(([path, name, drawing, kind]) => html`<a key=${path} class=${"item " + kind} href=${path} aria-current=${here(path) ? "page" : undefined}><svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${drawing} /></svg>${name}${path === "/alerts" && openAlarms.value ? html`<span class="count">${openAlarms.value}<span class="hidden"> open</span></span>` : ""}</a>`)}
        <div class="foot"><span>Charts: <a href="https://www.tradingview.com/" rel="noreferrer noopener" target="_blank">TradingView</a> Lightweight Charts</span></div></nav>
      <div class="column">
        <header class="top"><span class=${"chip " + kind} role="status"><span aria-hidden="true">${glyph}</span>${word}</span><${Clock} />
          ${away ? html`<span class="chip err" role="status" title=${engine.value?.text ?? ""}>▲ Engine ${engine.value?.state}</span>` : ""}
          <span class="gap"></span><${Modes} />
          <button class="plain wideonly" title=${`Theme: ${theme.value}`} aria-label=${`Theme: ${theme.value}; change`} onClick=${() => {
            theme.value = next[/** @type {keyof typeof next} */ (theme.value)] ?? "system";
          }}>${theme.value === "dark" ? "☾" : theme.value === "light" ? "☀" : "◐"}</button>
          <button class="plain wideonly" aria-pressed=${palette.value === "safe"} title="Colours for red-green blindness" onClick=${() => {
            palette.value = palette.value === "safe" ? "default" : "safe";
          }}>${palette.value === "safe" ? "Blue / orange" : "Green / red"}</button>
          <button class="danger" onClick=${openStopAll}>Stop all…</button></header>
        <main id="main" tabindex="-1">${children}</main></div></div>
    <div class="toasts" aria-live="polite">${toasts.value.map((toast) => html`<div key=${toast.id} class=${"notice " + toast.kind} role=${toast.kind === "danger" ? "alert" : undefined}><span><b>${toast.title}</b><br /><span class="soft">${toast.text}</span></span><button class="plain" aria-label="Dismiss" onClick=${() => dismiss(toast.id)}>✕</button></div>`)}</div>`;
}
