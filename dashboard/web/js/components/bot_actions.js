// Which buttons a bot has in which state; the same on its card and on its page.
import { html, useState } from "../lib.js";
import { command } from "../commands.js";
import { askClose, askDelete, askFunds, stopBot } from "./bot_dialogs.js";
import { Menu } from "./parts.js";

/** @typedef {import("../types.js").Bot} Bot */

/** @param {{label: string, what: string, path: string, kind?: string}} props a button that asks the engine and is off until it answered */
export function CommandButton({ label, what, path, kind = "" }) {
  const [busy, setBusy] = useState(false);
  const act = async () => {
    setBusy(true);
    await command(what, path);
    setBusy(false);
  };
  return html`<button class=${kind} disabled=${busy} onClick=${act}>${busy ? "Requested…" : label}</button>`;
}

/** @param {Bot} bot the one action that is at hand */
function mainAction(bot) {
  const base = `/api/v1/bots/${bot.id}`;
  if (bot.state === "closing" || bot.state === "orphaned") return null;
  if (bot.wanted_state === "paused") return { label: "Resume", what: `Resume ${bot.name}`, path: base + "/start" };
  if (bot.wanted_state === "running" && bot.state !== "quarantined")
    return { label: "Pause entries", what: `Pause ${bot.name}`, path: base + "/pause" };
  return { label: bot.state === "quarantined" ? "Try again" : "Start", what: `Start ${bot.name}`, path: base + "/start", kind: "primary" };
}

/** @param {{bot: Bot, page?: boolean, compact?: boolean}} props compact: all of them in the menu */
export function BotActions({ bot, page = false, compact = false }) {
  const main = mainAction(bot);
  const base = `/api/v1/bots/${bot.id}`;
  const evaluates = bot.status === "running";
  return html`${bot.position && !compact ? html`<button class="danger" onClick=${() => askClose(bot)}>Close…</button>` : ""}
    ${main && !compact ? html`<${CommandButton} key=${main.label} ...${main} />` : ""}
    ${page && evaluates ? html`<${CommandButton} label="Evaluate now" what=${`Evaluate ${bot.name}`} path=${base + "/evaluate"} />` : ""}
    <${Menu} label=${`More for ${bot.name}`}>
      ${compact && bot.position ? html`<button class="danger" onClick=${() => askClose(bot)}>Close…</button>` : ""}${compact && main ? html`<button onClick=${() => command(main.what, main.path)}>${main.label}</button>` : ""}
      ${!page && evaluates ? html`<button onClick=${() => command(`Evaluate ${bot.name}`, base + "/evaluate")}>Evaluate now</button>` : ""}
      ${bot.wanted_state !== "stopped" ? html`<button onClick=${() => stopBot(bot)}>Stop${bot.position ? "…" : ""}</button>` : ""}
      <button onClick=${() => askFunds(bot)}>Funds…</button><a class="button" href=${`/bots/${bot.id}/parameters`}>Parameters</a>
        <a class="button" href=${`/bots/${bot.id}/logs`}>Log</a>
      <button class="danger" onClick=${() => askDelete(bot)}>Delete…</button><//>`;
}
