// "Why is it not trading?": every decision and every refusal with its reason.
import { html } from "../lib.js";
import { Table, useTable } from "../components/table.js";
import { amount, dash, time } from "../format.js";
import { route, setQuery } from "../router.js";

const outcomes = /** @type {Record<string, [string, string]>} */ ({
  order: ["planned order", "up"],
  blocked: ["refused", "warn"],
  held: ["nothing to do", "muted"],
  error: ["error", "bad"],
});

/** @param {{bot: import("../types.js").Bot}} props */
export function DecisionsTab({ bot }) {
  const outcome = route.value.query.get("outcome") ?? "";
  const action = route.value.query.get("action") ?? "";
  const table = useTable(
    `/api/v1/bots/${bot.id}/decisions`,
    { outcome, action },
    "decision",
    (row) => row.bot_id === bot.id && (!outcome || row.outcome === outcome) && (!action || row.action === action),
  );
  return html`<section class="panel"><header><h2>Decisions</h2><span class="gap"></span>
    <select aria-label="Signal" class="small" value=${action} onChange=${(/** @type {any} */ event) => setQuery("action", event.target.value)}><option value="">All signals</option>${["BUY", "SELL", "HOLD"].map((each) => html`<option key=${each}>${each}</option>`)}</select>
    <select aria-label="Outcome" class="small" value=${outcome} onChange=${(/** @type {any} */ event) => setQuery("outcome", event.target.value)}><option value="">All outcomes</option>${Object.entries(outcomes).map(([id, [name]]) => html`<option key=${id} value=${id}>${name}</option>`)}</select><a href=${table.csv} download>CSV</a></header>
    <${Table} caption="Decisions" table=${table} empty=${outcome || action ? "No decision matches." : "No evaluation yet."} columns=${[
      {
        name: "Time",
        cell: (row) =>
          html`<span class="num">${time(row.last_ms, "short")}
            </span>${row.count > 1 ? html`<span class="muted num" title=${`since ${time(row.first_ms)}`}> · ${row.count}×</span>` : ""}`,
      },
      { name: "Signal", cell: (row) => html`<b>${row.action}</b>` },
      { name: "Confidence", figure: true, cell: (row) => row.confidence ?? dash },
      { name: "Close", figure: true, cell: (row) => amount(row.close, bot.price_decimals) },
      { name: "Outcome", cell: (row) => outcomes[row.outcome]?.[0] ?? row.outcome, tone: (row) => outcomes[row.outcome]?.[1] ?? "" },
      {
        name: "Reasons",
        wide: true,
        cell: (row) =>
          html`${row.blocked ? html`<span class="warn">${row.blocked.text}
            </span>${row.reasons.length ? " · " : ""}` : ""}${row.reasons.join(" · ")}`,
      },
    ]} /></section>`;
}
