// Stop all, at three levels, each with what it would touch. It asks bot by bot, so every answer is the engine's own.
import { html, useState } from "../lib.js";
import { get, post } from "../api.js";
import { tell } from "../commands.js";
import { sum } from "../decimal.js";
import { money, signedMoney } from "../format.js";
import { allBots } from "../store.js";
import { Dialog, openDialog } from "./dialog.js";
import { gainClass } from "./parts.js";

/** @typedef {import("../types.js").Bot} Bot */
const levels = [
  {
    id: "pause",
    name: "No new entries",
    text: "Exits, stop-losses and take-profits go on.",
    pick: (/** @type {Bot} */ bot) => bot.wanted_state === "running",
  },
  {
    id: "stop",
    name: "No evaluations",
    text: "Strategies act no more. Stop-losses and take-profits stay active.",
    pick: (/** @type {Bot} */ bot) => bot.wanted_state !== "stopped",
  },
  {
    id: "close",
    name: "Close everything",
    text: "Sells every position at the market price, then all bots are stopped.",
    pick: (/** @type {Bot} */ bot) => bot.wanted_state !== "stopped" || bot.position !== null,
  },
];

/** One line a mode and currency: sums never mix them. @param {{bots: Bot[]}} props */
function Sums({ bots }) {
  /** @type {Map<string, Bot[]>} */ const groups = new Map();
  for (const bot of bots) {
    const key = `${bot.mode} ${bot.quote_asset}`;
    groups.set(key, [...(groups.get(key) ?? []), bot]);
  }
  return [...groups].map(
    ([key, list]) =>
      html`<div key=${key} class="num soft">${key}: worth ${money(sum(list.map((bot) => bot.position_value)), list[0].quote_asset)}, result about <span class=${gainClass(sum(list.map((bot) => bot.unrealised)))}>${signedMoney(sum(list.map((bot) => bot.unrealised)), list[0].quote_asset)}</span></div>`,
  );
}

/** @param {Bot} bot @param {string} level @returns {Promise<boolean>} accepted by the engine */
async function one(bot, level) {
  const base = `/api/v1/bots/${bot.id}/`;
  if (level !== "close" || bot.position === null) return (await post(base + (level === "close" ? "stop" : level))).status !== "refused";
  const preview = await get(base + "close-preview");
  return preview.possible && (await post(base + "close", { quantity: preview.quantity })).status !== "refused";
}

function StopAll() {
  const [level, setLevel] = useState(levels[0]);
  const bots = allBots();
  const picked = bots.filter(level.pick);
  const holding = picked.filter((bot) => bot.position);
  const act = async () => {
    /** @type {string[]} */ const failed = [];
    await Promise.all(
      picked.map(async (bot) => {
        try {
          if (!(await one(bot, level.id))) failed.push(bot.name);
        } catch {
          failed.push(bot.name);
        }
      }),
    );
    tell(
      failed.length
        ? {
            kind: "danger",
            title: `${level.name}: ${failed.length} of ${picked.length} bots refused`,
            text: failed.slice(0, 8).join(", ") + ". Look at their cards.",
            lasting: true,
          }
        : {
            kind: "info",
            title: `${level.name}: requested for ${picked.length} bots`,
            text: "Each card shows when the engine has done it.",
          },
    );
  };
  return html`<${Dialog} title="Stop all bots" action=${`${level.name}: ${picked.length} ${picked.length === 1 ? "bot" : "bots"}`} danger disabled=${!picked.length} onConfirm=${act}>
    <fieldset class="picks"><legend class="hidden">How far</legend>${levels.map((each) => html`<label class="pick" key=${each.id}>
      <input type="radio" name="level" checked=${each === level} onChange=${() => setLevel(each)} /><b>${each.name}</b><small>${each.text}
      </small></label>`)}</fieldset>
    <p>${picked.length} of ${bots.length} bots; ${holding.length} hold a position${holding.length ? (level.id === "close" ? ", which is sold:" : ", which stays:") : "."}</p>${holding.length ? html`<${Sums} bots=${holding} />` : ""}<//>`;
}

export const openStopAll = () => openDialog(html`<${StopAll} />`);
