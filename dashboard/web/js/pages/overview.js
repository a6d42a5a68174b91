// "Is all well, what do I own, what can I lose now?"
import { html, useEffect, useState } from "../lib.js";
import { BotCard } from "../components/bot_card.js";
import { BotTable } from "../components/bot_table.js";
import { HoldingsNotice } from "../components/holdings.js";
import { gainClass, Kpi } from "../components/parts.js";
import { count, exact, money, percent, signedMoney } from "../format.js";
import { route, setQuery } from "../router.js";
import { allBots, botIds, engine, loaded, needAttention, totals } from "../store.js";

const cardsAtMost = 12;

function Strip() {
  const list = [...totals.value].sort((a, b) => Number(b.mode === "live") - Number(a.mode === "live") || a.mode.localeCompare(b.mode));
  const worried = needAttention.value;
  const away = engine.value !== null && engine.value.state !== "running";
  return html`<dl class="kpis num">${list.map((total, place) => {
    const name = total.mode[0].toUpperCase() + total.mode.slice(1);
    const c = total.currency;
    const first = place === 0;
    return [
      html`<${Kpi} key=${name + c + "e"} name=${`${name} equity`} value=${money(total.equity, c)} note=${`${c} · ${total.bots} ${total.bots === 1 ? "bot" : "bots"}`} tip=${`${exact(total.equity)} ${c}\nSum of cash + position value of its bots.\nUnallocated: ${money(total.unallocated, c)}`} />`,
      first &&
        html`<${Kpi} key=${name + c + "t"} name=${`${name} P&L today`} value=${signedMoney(total.today, c)} note=${percent(total.today_fraction)} tone=${gainClass(total.today)} tip=${`${exact(total.today)} ${c}\nNet P&L now − net P&L at 00:00 UTC.`} />`,
      html`<${Kpi} key=${name + c + "n"} name=${`${name} net P&L`} value=${signedMoney(total.net_pnl, c)} note=${first ? percent(total.net_pnl_fraction) : `${percent(total.net_pnl_fraction, 1)} · today ${signedMoney(total.today, c)}`} tone=${gainClass(total.net_pnl)} tip=${`${exact(total.net_pnl)} ${c}\nEquity − allotted (${money(total.allotted, c)}), after all fees.`} />`,
      first &&
        html`<${Kpi} key=${name + c + "s"} name="At the stops" value=${total.open_positions ? signedMoney(total.at_stop, c) : "–"} note=${total.open_positions ? `${percent(total.at_stop_fraction)} of equity` : "no open position"} tone=${gainClass(total.at_stop)} tip=${`${exact(total.at_stop)} ${c}\nResult of all open trades if every stop-loss fills at its price.\n${total.open_positions} open.${total.unprotected ? `\n${total.unprotected} without a resting stop!` : ""}`} />`,
    ];
  })}
    <${Kpi} name="Needs attention" value=${count(worried.length + Number(away))} note=${
      away
        ? "the engine is " + engine.value?.state
        : worried.length
          ? worried
              .slice(0, 2)
              .map((bot) => bot.name)
              .join(", ") + (worried.length > 2 ? " …" : "")
          : "all is well"
    } tone=${away || worried.some((bot) => bot.attention[0].severity === "danger") ? "bad" : worried.length ? "warn" : ""} tip=${
      worried.length
        ? worried
            .slice(0, 5)
            .map((bot) => `${bot.name}: ${bot.attention[0].text}`)
            .join("\n")
        : "No bot needs a person."
    } /></dl>`;
}

/** @param {import("../types.js").Bot} bot @param {string} text @param {string} state */
const matches = (bot, text, state) =>
  (!text || `${bot.name} ${bot.symbol} ${bot.strategy} ${bot.mode}`.toLowerCase().includes(text)) &&
  (!state || (state === "attention" ? bot.attention.length > 0 : state === "open" ? bot.position !== null : bot.state === state));

export function OverviewPage() {
  const ids = botIds.value;
  const query = route.value.query;
  const [text, setText] = useState(query.get("q") ?? "");
  useEffect(() => {
    const timer = setTimeout(() => {
      if ((query.get("q") ?? "") !== text) setQuery("q", text || null);
    }, 250);
    return () => clearTimeout(timer);
  }, [text]);
  const many = ids.length > cardsAtMost;
  const view = query.get("view") ?? (many ? "table" : "cards");
  const state = query.get("state") ?? "";
  const filtered =
    text || state
      ? allBots()
          .filter((bot) => matches(bot, text.toLowerCase(), state))
          .map((bot) => bot.id)
      : ids;
  return html`<div class="title"><h1>Overview</h1><span class="gap"></span><a class="button primary" href="/bots/new">New bot</a></div>
    <${Strip} /><${HoldingsNotice} />
    ${
      many
        ? html`<div class="tools"><input type="search" aria-label="Find a bot" placeholder="Name, symbol, strategy" value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
      <select aria-label="State" value=${state} onChange=${(/** @type {any} */ event) => setQuery("state", event.target.value)}>
        <option value="">All states</option><option value="attention">Needs attention</option>
        <option value="open">In a position</option>${["running", "paused", "stopped", "quarantined", "degraded"].map((each) => html`<option key=${each} value=${each}>${each}</option>`)}</select>
      <span class="muted num">${filtered.length} of ${ids.length}</span><span class="gap"></span>
      <span class="seg" role="group" aria-label="View">
        <button aria-pressed=${view === "cards"} onClick=${() => setQuery("view", "cards")}>Cards</button>
        <button aria-pressed=${view === "table"} onClick=${() => setQuery("view", "table")}>Table</button></span>
        <a class="button" href="/api/v1/bots?format=csv">CSV</a></div>`
        : ""
    }
    ${
      !loaded.value
        ? html`<p class="empty">Loading…</p>`
        : !ids.length
          ? html`<div class="panel empty"><p>No bots yet. A bot is a strategy at work on a symbol with a trade amount.</p><p><br />
            <a class="button primary" href="/bots/new">Make the first one</a></p></div>`
          : !filtered.length
            ? html`<p class="empty">No bot matches.</p>`
            : view === "table"
              ? html`<${BotTable} ids=${filtered} />`
              : html`<div class="cards">${filtered.map((id) => html`<${BotCard} key=${id} id=${id} />`)}</div>`
    }`;
}
