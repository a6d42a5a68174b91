// Alarms: what happened, what money is at risk, whether stops are active, what to do next; and who asked for what.
import { html } from "../lib.js";
import { CommandButton } from "../components/bot_actions.js";
import { Empty, Failure } from "../components/parts.js";
import { Table, useTable } from "../components/table.js";
import { count, money, time } from "../format.js";
import { route, setQuery } from "../router.js";

/** @param {{alarm: import("../types.js").Alarm}} props */
function AlarmCard({ alarm }) {
  const open = alarm.resolved_ms === null && alarm.acknowledged_ms === null;
  return html`<article class=${"panel alarm " + alarm.severity}><div class="head"><b>${alarm.title}</b><code>${alarm.code}
    </code>${alarm.bot_id !== null ? html`<a href=${`/bots/${alarm.bot_id}/overview`}>${alarm.bot}</a>` : ""}<span class="gap"></span>
    <span class="muted num">${time(alarm.last_ms)}${alarm.count > 1 ? ` · ${count(alarm.count)}× since ${time(alarm.since_ms, "short")}` : ""}</span></div>
    <p>${alarm.text}</p>${alarm.cause && alarm.cause !== alarm.text ? html`<p class="soft">Cause: ${alarm.cause}</p>` : ""}
    <p class="soft num">Money at risk: ${alarm.money_at_risk === null ? "–" : `${money(alarm.money_at_risk, alarm.currency)} ${alarm.currency}`} · stop-loss and take-profit: ${alarm.protected === null ? "–" : alarm.protected ? html`<span class="up">✓ active</span>` : html`<span class="bad">▲ not active</span>`}</p>
    ${alarm.next_step ? html`<p>Next: ${alarm.next_step.startsWith("stratdock ") ? html`<code>${alarm.next_step}
      </code>` : alarm.next_step}</p>` : ""}
    <div class="actions">${open ? html`<${CommandButton} label="Acknowledge" what=${`Acknowledge ${alarm.code}`} path=${`/api/v1/alarms/${alarm.id}/acknowledge`} />` : html`<span class="chip">${alarm.resolved_ms !== null ? `cleared ${time(alarm.resolved_ms, "short")}` : `acknowledged ${time(alarm.acknowledged_ms, "short")}`}</span>`}</div></article>`;
}

export function AlertsPage() {
  const state = route.value.query.get("state") === "all" ? "all" : "open";
  const table = useTable("/api/v1/alarms", { state }, "alarm");
  const audit = useTable("/api/v1/audit", {}, null);
  const rows = state === "all" ? table.rows : table.rows.filter((alarm) => alarm.resolved_ms === null && alarm.acknowledged_ms === null);
  return html`<div class="title"><h1>Alerts</h1><span class="gap"></span><span class="seg" role="group" aria-label="Which">
    <button aria-pressed=${state === "open"} onClick=${() => setQuery("state", null)}>Open</button>
    <button aria-pressed=${state === "all"} onClick=${() => setQuery("state", "all")}>All</button></span>
    <a class="button" href=${table.csv} download>CSV</a></div>
    <div class="list spaced">${table.error ? html`<${Failure} error=${table.error} retry=${table.again} />` : !rows.length ? html`<div class="panel"><${Empty}>${table.busy ? "Loading…" : state === "open" ? "Nothing needs you. ✓" : "No alarm yet."}<//></div>` : rows.map((alarm) => html`<${AlarmCard} key=${alarm.id} alarm=${alarm} />`)}</div>
    <section class="panel"><header><h2>Who asked for what</h2><span class="gap"></span><button onClick=${audit.again}>Refresh</button>
      <a href=${audit.csv} download>CSV</a></header><${Table} caption="Commands" table=${audit} empty="No command yet." columns=${[
      { name: "Time", cell: (row) => html`<span class="num">${time(row.ms, "short")}</span>` },
      { name: "By", cell: (row) => row.who },
      { name: "What", cell: (row) => row.action },
      { name: "Bot", cell: (row) => row.bot ?? "–" },
      { name: "Detail", wide: true, cell: (row) => row.detail ?? "" },
      { name: "Outcome", cell: (row) => row.status, tone: (row) => (row.status === "refused" ? "bad" : "") },
      { name: "Answer", wide: true, cell: (row) => row.message ?? "" },
    ]} /></section>`;
}
