// Many bots: a dense table, sorted by any column, the order kept in the URL.
import { html } from "../lib.js";
import { approximate, sign } from "../decimal.js";
import { amount, dash, money, percent, signedMoney } from "../format.js";
import { route, setQuery } from "../router.js";
import { allBots, botSignal } from "../store.js";
import { BotActions } from "./bot_actions.js";
import { Sparkline } from "./draw.js";
import { gainClass, ModeChip, NextCheck, StateChip } from "./parts.js";

/** @typedef {import("../types.js").Bot} Bot */
const shown = 200;
/** @type {[string, string, boolean, ((bot: Bot) => any)|null][]} key, title, figure, what to sort by */
const columns = [
  ["name", "Bot", false, (bot) => bot.name],
  ["state", "State", false, (bot) => bot.state],
  ["symbol", "Symbol, strategy", false, (bot) => bot.symbol + bot.strategy],
  ["net_pnl", "Net P&L", true, (bot) => approximate(bot.net_pnl)],
  ["pct", "%", true, (bot) => bot.net_pnl_fraction],
  ["spark", "", false, null],
  ["today", "Today", true, (bot) => approximate(bot.today)],
  ["equity", "Equity", true, (bot) => approximate(bot.equity)],
  ["open", "Open trade", true, (bot) => approximate(bot.unrealised)],
  ["at_stop", "At stop", true, (bot) => approximate(bot.at_stop)],
  ["win", "Win", true, (bot) => bot.win_rate],
  ["dd", "Max DD", true, (bot) => bot.max_drawdown],
  ["next", "Next check", true, (bot) => bot.next_evaluation_ms],
  ["act", "", true, null],
];

/** @param {{id: number}} props */
function Row({ id }) {
  const bot = botSignal(id)?.value;
  if (!bot) return null;
  const quote = bot.quote_asset;
  return html`<tr><td><a href=${`/bots/${id}/overview`}>${bot.name}
    </a>${bot.attention.length ? html` <span class="bad" title=${bot.attention[0].text}>▲<span class="hidden">${bot.attention[0].text}
    </span></span>` : ""}</td>
    <td><${ModeChip} mode=${bot.mode} /> <${StateChip} bot=${bot} /></td><td>${bot.symbol} <span class="muted">${bot.strategy}</span></td>
    <td class=${"r num " + gainClass(bot.net_pnl)}>${signedMoney(bot.net_pnl, quote)}</td>
      <td class=${"r num " + gainClass(bot.net_pnl)}>${percent(bot.net_pnl_fraction)}</td><td>
      <${Sparkline} values=${bot.spark} tone=${sign(bot.net_pnl) > 0 ? "up" : sign(bot.net_pnl) < 0 ? "down" : ""} label="Net P&L" /></td>
    <td class=${"r num " + gainClass(bot.today)}>${signedMoney(bot.today, quote)}</td><td class="r num">${money(bot.equity, quote)}</td>
    <td class=${"r num " + (bot.position ? gainClass(bot.unrealised) : "muted")} title=${bot.position ? `LONG @ ${amount(bot.entry_price, bot.price_decimals)}` : "flat"}>${bot.position ? signedMoney(bot.unrealised, quote) : dash}</td><td class="r num">${bot.position ? signedMoney(bot.at_stop, quote) : dash}</td>
    <td class="r num">${percent(bot.win_rate, 0, false)}</td><td class="r num">${percent(bot.max_drawdown, 1)}</td><td class="r">
      <${NextCheck} bot=${bot} /></td><td class="r"><${BotActions} bot=${bot} compact /></td></tr>`;
}

/** @param {{ids: number[]}} props in the overview's own order: attention first */
export function BotTable({ ids }) {
  const query = route.value.query;
  const [key, way] = [query.get("sort"), query.get("way") === "up" ? 1 : -1];
  const by = columns.find((column) => column[0] === key)?.[3];
  const all = query.get("all") === "1";
  const wanted = new Set(ids);
  const sorted = by
    ? allBots()
        .filter((bot) => wanted.has(bot.id))
        .sort((a, b) => {
          const [x, y] = [by(a), by(b)];
          return x === y ? 0 : x === null ? 1 : y === null ? -1 : (x < y ? -1 : 1) * way;
        })
        .map((bot) => bot.id)
    : ids;
  const sort = (/** @type {string} */ column) => {
    if (key === column) setQuery("way", way === 1 ? null : "up");
    else {
      setQuery("way", null);
      setQuery("sort", column);
    }
  };
  const seen = all ? sorted : sorted.slice(0, shown);
  return html`<div class="panel scroll bots"><table><thead>
    <tr>${columns.map(([id, title, figure, value]) => html`<th key=${id} class=${figure ? "r" : ""} aria-sort=${key === id ? (way === 1 ? "ascending" : "descending") : undefined}>${value ? html`<button onClick=${() => sort(id)}>${title}${key === id ? (way === 1 ? " ↑" : " ↓") : ""}</button>` : html`<span class="hidden">${id}</span>`}</th>`)}</tr></thead>
    <tbody>${seen.map((id) => html`<${Row} key=${id} id=${id} />`)}</tbody></table></div>
    ${seen.length < sorted.length ? html`<p class="empty"><button onClick=${() => setQuery("all", "1")}>Show all ${sorted.length}</button>
      </p>` : ""}`;
}
