// Start: session, then snapshot and stream, then the page that the address names.
import { effect, html, render, signal } from "./lib.js";
import { get, session } from "./api.js";
import { DialogHost } from "./components/dialog.js";
import { Shell } from "./components/shell.js";
import { AboutPage } from "./pages/about.js";
import { AccountPage } from "./pages/account.js";
import { AlertsPage } from "./pages/alerts.js";
import { BotPage } from "./pages/bot.js";
import { LoginPage, signInByLink } from "./pages/login.js";
import { NewBotPage } from "./pages/new_bot.js";
import { OverviewPage } from "./pages/overview.js";
import { StrategiesPage } from "./pages/strategies.js";
import { SystemPage } from "./pages/system.js";
import { go, route } from "./router.js";
import { botSignal, needAttention } from "./store.js";
import { start } from "./stream.js";
import "./settings.js";

const fault = signal(/** @type {string|null} */ (null));

function Page() {
  const { path, parts } = route.value;
  if (path === "/" || path === "/bots") return html`<${OverviewPage} />`;
  if (path === "/bots/new") return html`<${NewBotPage} />`;
  if (parts[0] === "bots" && /^\d+$/.test(parts[1] ?? ""))
    return html`<${BotPage} key=${parts[1]} id=${Number(parts[1])} tab=${parts[2] ?? "overview"} />`;
  if (path === "/account") return html`<${AccountPage} />`;
  if (path === "/strategies") return html`<${StrategiesPage} />`;
  if (path === "/alerts") return html`<${AlertsPage} />`;
  if (path === "/system") return html`<${SystemPage} />`;
  return html`<div class="panel empty"><h1>There is no such page</h1><p>${path}</p><br /><a class="button" href="/">Overview</a></div>`;
}

function App() {
  if (route.value.path === "/about" && !session.value) return html`<main id="main"><${AboutPage} /></main>`;
  if (session.value === undefined) return html`<p class="empty">Connecting…</p>`;
  if (session.value === null || (route.value.path === "/login" && fault.value)) return html`<${LoginPage} fault=${fault.value} />`;
  return html`<${Shell}>${route.value.path === "/about" ? html`<${AboutPage} />` : html`<${Page} />`}<//><${DialogHost} />`;
}

effect(() => {
  const { parts } = route.value;
  const bot = parts[0] === "bots" && /^\d+$/.test(parts[1] ?? "") ? botSignal(Number(parts[1]))?.value.name : null;
  const worries = needAttention.value.length;
  const page =
    bot ??
    { bots: "New bot", account: "Account", strategies: "Strategies", alerts: "Alerts", system: "System", about: "About", login: "Sign in" }[parts[0]] ??
    "Overview";
  document.title = (worries ? `(${worries}) ` : "") + page + " · Stratdock";
});
effect(() => {
  if (session.value) start();
});

render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
fault.value = await signInByLink();
if (session.value === undefined || session.value === null) {
  try {
    session.value = await get("/api/v1/session");
    fault.value = null;
  } catch {
    session.value = null;
  }
}
if (session.value && route.value.path === "/login")
  go(route.value.query.get("next")?.match(/^\/[a-z]/) ? /** @type {string} */ (route.value.query.get("next")) : "/", { replace: true });
