// One bot in a glance: result, risk, what it waits for, what to do.
import { html } from "../lib.js";
import { sign } from "../decimal.js";
import { amount, dash, exact, money, percent, ratio, signedMoney } from "../format.js";
import { botSignal } from "../store.js";
import { BotActions } from "./bot_actions.js";
import { PositionRail, Sparkline } from "./draw.js";
import { Gain, gainClass, ModeChip, NextCheck, StateChip } from "./parts.js";

/** @typedef {import("../types.js").Bot} Bot */

/** @param {Bot} bot */
export function lastWord(bot) {
  const last = bot.last_decision;
  if (!last) return "no decision yet";
  const what =
    last.outcome === "blocked"
      ? `${last.action} refused: ${last.blocked?.text}`
      : `${last.action.toLowerCase()}${last.reasons.length ? ", " + last.reasons.join(", ") : ""}`;
  return "last: " + what;
}

/** @param {{bot: Bot}} props */
function Holding({ bot }) {
  if (!bot.position)
    return html`<div class="hold"><span class="soft">${bot.waiting_for ? bot.waiting_for.text : `Flat. ${bot.trades} closed ${bot.trades === 1 ? "trade" : "trades"}.`}</span></div>`;
  const unprotected = bot.protection === "missing";
  return html`<div class="hold"><div class="line1 num"><span>LONG ${exact(bot.quantity)} @ ${amount(bot.entry_price, bot.price_decimals)}
    </span><span class="gap"></span><${Gain} value=${bot.unrealised} currency=${bot.quote_asset} /></div>
    <${PositionRail} bot=${bot} />${unprotected ? html`<span class="cause">▲ No stop-loss rests at the exchange.</span>` : bot.state === "stopped" ? html`<span class="soft">Stop-loss and take-profit stay active.</span>` : ""}</div>`;
}

/** @param {{id: number}} props */
export function BotCard({ id }) {
  const bot = botSignal(id)?.value;
  if (!bot) return null;
  const worry = bot.attention[0];
  const quote = bot.quote_asset;
  const danger = worry?.severity === "danger";
  return html`<article class=${"panel card" + (worry ? " attention" + (danger ? "" : " mild") : "")} aria-labelledby=${`bot-${id}`}>
    <header><a href=${`/bots/${id}/overview`} id=${`bot-${id}`}>${bot.name}</a><${ModeChip} mode=${bot.mode} /><${StateChip} bot=${bot} />
      </header>
    <div class="sub">${bot.strategy} ${bot.strategy_version} · ${bot.base_asset}/${quote} · ${bot.interval}</div>
    <div class="big num"><b class=${"figure " + gainClass(bot.net_pnl)} title=${`${exact(bot.net_pnl)} ${quote} = equity − allotted`}>${signedMoney(bot.net_pnl, quote)}</b><span class=${"figure " + gainClass(bot.net_pnl)}>${percent(bot.net_pnl_fraction)}</span><span class="muted">${quote}, net of fees</span></div>
    <${Sparkline} values=${bot.spark} tone=${sign(bot.net_pnl) > 0 ? "up" : sign(bot.net_pnl) < 0 ? "down" : ""} label="Net P&L over time" />
    <dl class="facts num"><div><dt>Equity</dt><dd class="figure">${money(bot.equity, quote)}</dd></div><div><dt>Today</dt>
      <dd class=${"figure " + gainClass(bot.today)}>${signedMoney(bot.today, quote)}</dd></div><div><dt>
      <abbr title="Share of closed trades with a profit; profit factor: gains / losses">Win · PF</abbr></dt>
      <dd class="figure">${bot.win_rate === null ? dash : percent(bot.win_rate, 0, false) + " · " + ratio(bot.profit_factor)}</dd></div>
      <div><dt>Max DD</dt><dd class="figure">${percent(bot.max_drawdown, 1)}</dd></div></dl>
    <${Holding} bot=${bot} />
    ${worry ? html`<div class=${"cause" + (danger ? "" : " mild")}>▲ ${worry.text} <a href=${`/bots/${id}/logs?level=warning`}>Log</a>${bot.attention.length > 1 ? ` and ${bot.attention.length - 1} more` : ""}</div>` : html`<div class="why" title=${lastWord(bot)}>${lastWord(bot)}</div>`}
    <footer><${NextCheck} bot=${bot} bar /><${BotActions} bot=${bot} /></footer></article>`;
}
