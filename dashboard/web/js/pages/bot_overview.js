// The bot's first tab: chart, equity, the open position with its risk, and why it does what it does.
import { html, useEffect, useState } from "../lib.js";
import { get } from "../api.js";
import { marketNow, tick } from "../clock.js";
import { CandleChart } from "../components/candle_chart.js";
import { EquityChart } from "../components/equity_chart.js";
import { Gain, gainClass } from "../components/parts.js";
import { approximate } from "../decimal.js";
import { amount, dash, duration, exact, money, percent, signedMoney, time } from "../format.js";
import { onEvent } from "../store.js";

/** @typedef {import("../types.js").Bot} Bot @typedef {import("../types.js").Decision} Decision */
const guards = /** @type {Record<string, [string, string]>} */ ({
  active: ["✓ rest at the exchange", "up"],
  in_flight: ["being placed", ""],
  engine: ["watched by the engine", "warn"],
  missing: ["▲ missing", "bad"],
});
const sources = /** @type {Record<string, string>} */ ({ bot: "set for the bot", strategy: "from the strategy", default: "default" });

/** How far a level lies from the price. @param {Bot} bot @param {string|null} level */
function away(bot, level) {
  const [price, there] = [approximate(bot.price), approximate(level)];
  return price && there !== null ? percent(there / price - 1) : dash;
}

/** @param {{bot: Bot}} props */
export function PositionPanel({ bot }) {
  tick.value;
  const d = bot.price_decimals,
    q = bot.quote_asset;
  const guard = guards[bot.protection ?? ""];
  return html`<section class="panel" aria-label="Open position"><header><h2>Open position</h2><span class="gap"></span>
    <span class="chip">${bot.position ?? "FLAT"}</span></header><div class="body">${
    bot.position
      ? html`<dl class="pairs num">
    <dt>Size</dt><dd>${exact(bot.quantity)} ${bot.base_asset}</dd><dt>Entry</dt><dd>${amount(bot.entry_price, d)}</dd><dt>Price</dt>
      <dd>${amount(bot.price, d)}</dd>
    <dt>Unrealised</dt><dd><${Gain} value=${bot.unrealised} currency=${q} fraction=${bot.unrealised_fraction} /></dd>
    <dt>Stop-loss</dt><dd>${amount(bot.stop_loss, d)} <span class="down">${away(bot, bot.stop_loss)}</span><br />
      <small class="muted">${sources[bot.stop_source ?? ""] ?? dash}</small></dd>
    <dt>Take-profit</dt><dd>${amount(bot.take_profit, d)} <span class="up">${away(bot, bot.take_profit)}</span><br />
      <small class="muted">${sources[bot.take_source ?? ""] ?? dash}</small></dd>
    <dt>At the stop</dt><dd class=${gainClass(bot.at_stop)} title="Result of this trade if the stop-loss fills at its price">${signedMoney(bot.at_stop, q)} ${q}</dd><dt>At the take-profit</dt><dd class=${gainClass(bot.at_take)}>${signedMoney(bot.at_take, q)} ${q}</dd>
    <dt>Protection</dt><dd class=${guard?.[1] ?? ""}>${guard?.[0] ?? dash}</dd><dt>Held for</dt>
      <dd title=${time(bot.entry_ms)}>${bot.entry_ms === null ? dash : duration(Math.max(0, marketNow() - bot.entry_ms))}</dd></dl>`
      : html`<p class="soft">Flat. A BUY may spend its cash, ${money(bot.cash, q)} ${q}.${approximate(bot.dust) ? ` Dust of ${exact(bot.dust)} ${bot.base_asset} joins the next one.` : ""}</p>`
  }</div></section>`;
}

/** A reason such as "RSI 24.1 < 25: +20" in two columns. @param {{text: string}} props */
function Reason({ text }) {
  const match = /^(.*?):?\s+([+\u2212-]\d+(?:\.\d+)?)$/.exec(text);
  if (!match) return html`<li>${text}</li>`;
  const value = match[2].replace("-", "\u2212");
  return html`<li><span>${match[1]}</span><b class=${"num " + (value.startsWith("+") ? "up" : "down")}>${value}</b></li>`;
}

const outcomes = /** @type {Record<string, string>} */ ({
  order: "planned order",
  blocked: "refused",
  held: "nothing to do",
  error: "error",
});

/** @param {{bot: Bot}} props */
export function WhyPanel({ bot }) {
  const last = bot.last_decision;
  return html`<section class="panel" aria-label="Why it is doing this"><header><h2>Why it is doing this</h2></header>
    <div class="body stack">${
    !last
      ? html`<p class="soft">${bot.waiting_for?.text ?? "No evaluation yet."}</p>`
      : html`
    <dl class="pairs num"><dt>Signal</dt><dd><b>${last.action}</b>${last.confidence === null ? "" : ` · ${last.confidence} of 100`}</dd>
      <dt>Outcome</dt><dd class=${last.outcome === "blocked" || last.outcome === "error" ? "warn" : ""}>${outcomes[last.outcome] ?? last.outcome}</dd><dt>At</dt><dd>${time(last.last_ms)}</dd>${last.count > 1 ? html`<dt>Same since</dt><dd>${time(last.first_ms, "short")} · ${last.count}×</dd>` : ""}</dl>
    ${last.blocked ? html`<div class="notice warning"><span>${last.blocked.text}</span>
      </div>` : ""}${last.reasons.length ? html`<ul class="reasons num">${last.reasons.map((text, at) => html`<${Reason} key=${at} text=${text} />`)}</ul>` : html`<p class="muted">The strategy gave no reason.</p>`}`
  }
    ${bot.warm_up ? html`<p class="soft">Warming up: ${bot.warm_up.have} of ${bot.warm_up.need} candles</p>` : ""}<p>
      <a href=${`/bots/${bot.id}/decisions`}>All decisions</a></p></div></section>`;
}

/** @param {{bot: Bot}} props */
export function OverviewTab({ bot }) {
  const [trades, setTrades] = useState(/** @type {any[]} */ ([]));
  const [blocked, setBlocked] = useState(/** @type {Decision[]} */ ([]));
  useEffect(() => {
    const base = `/api/v1/bots/${bot.id}`;
    get(base + "/trades", { limit: 500, open: 1 }).then(
      (answer) => setTrades(answer.rows),
      () => {},
    );
    get(base + "/decisions", { limit: 500, outcome: "blocked" }).then(
      (answer) => setBlocked(answer.rows),
      () => {},
    );
    const replace = (/** @type {any[]} */ list, /** @type {any} */ row) => [row, ...list.filter((each) => each.id !== row.id)];
    const ends = [
      onEvent("trade", (row) => {
        if (row.bot_id === bot.id)
          setTrades((list) =>
            replace(
              list.filter((each) => each.exit_ms !== null),
              row,
            ),
          );
      }),
      onEvent("decision", (row) => {
        if (row.bot_id === bot.id && row.outcome === "blocked") setBlocked((list) => replace(list, row));
      }),
    ];
    return () => ends.forEach((end) => end());
  }, [bot.id, bot.entry_ms]);
  return html`<div class="row"><div class="stack"><${CandleChart} bot=${bot} trades=${trades} blocked=${blocked} />
    <${EquityChart} bot=${bot} /></div><div class="stack second"><${PositionPanel} bot=${bot} /><${WhyPanel} bot=${bot} /></div></div>`;
}
