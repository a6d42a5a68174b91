// "What is it doing and why?" One bot: eight figures, then a tab each for the chart, trades, decisions, parameters and log.
import { html, useEffect, useState } from "../lib.js";
import { ApiError, get } from "../api.js";
import { BotActions } from "../components/bot_actions.js";
import { Failure, gainClass, Kpi, ModeChip, NextCheck, StateChip } from "../components/parts.js";
import { count, duration, exact, money, percent, ratio, signedMoney, time } from "../format.js";
import { botSignal, loaded } from "../store.js";
import { DecisionsTab } from "./bot_decisions.js";
import { LogsTab } from "./bot_logs.js";
import { OverviewTab } from "./bot_overview.js";
import { ParametersTab } from "./bot_parameters.js";
import { TradesTab } from "./bot_trades.js";

/** @typedef {import("../types.js").Bot} Bot */
const tabs = /** @type {[string, string, any][]} */ ([
  ["overview", "Overview", OverviewTab],
  ["trades", "Trades", TradesTab],
  ["decisions", "Decisions", DecisionsTab],
  ["parameters", "Parameters", ParametersTab],
  ["logs", "Log", LogsTab],
]);

/** @param {{bot: Bot}} props */
function Figures({ bot }) {
  const q = bot.quote_asset;
  return html`<dl class="kpis num">
    <${Kpi} name=${`Equity, ${q}`} value=${money(bot.equity, q)} note=${`cash ${money(bot.cash, q)}`} tip=${`${exact(bot.equity)} ${q}\n= cash ${exact(bot.cash)} + position ${exact(bot.position_value)}`} />
    <${Kpi} name="Net P&L" value=${signedMoney(bot.net_pnl, q)} note=${`${percent(bot.net_pnl_fraction)} · after fees`} tone=${gainClass(bot.net_pnl)} tip=${`${exact(bot.net_pnl)} ${q}\n= equity − allotted ${exact(bot.allotted)}\n= closed ${signedMoney(bot.profit, q)} + open ${signedMoney(bot.unrealised, q)}`} />
    <${Kpi} name="Today" value=${signedMoney(bot.today, q)} note=${percent(bot.today_fraction)} tone=${gainClass(bot.today)} tip=${`${exact(bot.today)} ${q}\nNet P&L now − net P&L at 00:00 UTC`} />
    <${Kpi} name="Max drawdown" value=${percent(bot.max_drawdown)} note=${`now ${percent(bot.drawdown_now)}`} tip="Lowest fall of net P&L below its peak, as a share of allotted + peak" />
    <${Kpi} name="Win rate" value=${percent(bot.win_rate, 0, false)} note=${`${bot.wins} of ${bot.trades} ${bot.trades === 1 ? "trade" : "trades"}`} tip="Closed trades with a profit / closed trades" />
    <${Kpi} name="Profit factor" value=${ratio(bot.profit_factor)} note="gains / losses" tip="Sum of profits / size of the sum of losses; – without a loss" />
    <${Kpi} name="Fees paid" value=${money(bot.fees_paid, q)} note=${`${q} in ${count(bot.trades)} trades`} tip=${`${exact(bot.fees_paid)} ${q}, all commissions at the price of their fill`} />
    <${Kpi} name="Next check" value=${html`<${NextCheck} bot=${bot} />`} note=${`every ${duration(bot.evaluate_every_ms)}`} tip=${`Planned for ${time(bot.next_evaluation_ms)}\nLast one ${time(bot.last_evaluation_ms)}`} /></dl>`;
}

/** @param {{bot: Bot}} props */
function Notices({ bot }) {
  const reason = bot.state_reason && bot.state !== "running" ? bot.state_reason : null;
  return html`${bot.attention.map((item) => html`<div key=${item.code} class=${"notice " + item.severity} role="status"><b>${item.text}
    </b><span class="soft"><a href="/alerts">Alerts</a> · <a href=${`/bots/${bot.id}/logs?level=warning`}>Log lines of it</a></span>
    </div>`)}
    ${reason && !bot.attention.some((item) => item.text === reason) ? html`<div class="notice warning"><span>${reason}</span></div>` : ""}
    ${bot.waiting_for && !bot.attention.length ? html`<div class="notice"><span>${bot.waiting_for.text}</span></div>` : ""}
    ${bot.state === "stopped" && bot.position ? html`<div class="notice warning">
      <b>Stopped, but holding ${exact(bot.quantity)} ${bot.base_asset}.</b>
      <span>Stop-loss and take-profit stay active. Close… sells it now.</span></div>` : ""}`;
}

/** @param {{id: number, tab: string}} props */
export function BotPage({ id, tab }) {
  const bot = botSignal(id)?.value;
  const [details, setDetails] = useState(/** @type {import("../types.js").BotDetails|null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const load = () =>
    get(`/api/v1/bots/${id}`).then((answer) => {
      setDetails(answer.bot);
      setError(null);
    }, setError);
  useEffect(() => {
    if (bot) load();
  }, [id, bot === undefined, bot?.anchor_ms, bot?.strategy_version, bot?.trade_amount]);
  if (!bot)
    return loaded.value || error
      ? html`<${Failure} error=${error ?? new ApiError(404, { message: `There is no bot ${id}.`, hint: "It may have been deleted." })} />
        <p><br /><a href="/">All bots</a></p>`
      : html`<p class="empty">Loading…</p>`;
  const View = (tabs.find(([name]) => name === tab) ?? tabs[0])[2];
  return html`<div class="title"><h1>${bot.name}</h1><${ModeChip} mode=${bot.mode} /><${StateChip} bot=${bot} />
    <span class="chip">${bot.strategy} ${bot.strategy_version} · ${bot.interval} · ${bot.base_asset}/${bot.quote_asset}
    </span>${bot.declared ? html`<span class="chip" title="Its settings are changed in that file">${bot.declared.file}:${bot.declared.line}</span>` : ""}<span class="gap"></span><span class="actions"><${BotActions} bot=${bot} page /></span></div>
    <div class="stack notices"><${Notices} bot=${bot} /></div>
    <${Figures} bot=${bot} />
    <nav class="tabs" aria-label=${`Views of ${bot.name}`}>${tabs.map(([name, title]) => html`<a key=${name} href=${`/bots/${id}/${name}`} aria-current=${name === tab ? "page" : undefined}>${title}</a>`)}</nav>
    <${View} bot=${bot} details=${details} reload=${load} key=${tab} />`;
}
