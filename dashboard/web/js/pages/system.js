// "Is the machine well?" Processes, store, market, versions; and the choices of this browser.
import { html, useEffect, useState } from "../lib.js";
import { get, post, session } from "../api.js";
import { Failure } from "../components/parts.js";
import { tellError } from "../commands.js";
import { dash, duration, size, time } from "../format.js";
import { palette, theme, timeZone } from "../settings.js";

/** @param {{name: string, value: {value: string}, options: [string, string][]}} props */
function Choice({ name, value, options }) {
  return html`<label class="field"><span>${name}</span><select value=${value.value} onChange=${(/** @type {any} */ event) => {
    value.value = event.target.value;
  }}>${options.map(([id, word]) => html`<option key=${id} value=${id}>${word}</option>`)}</select></label>`;
}

async function signOut() {
  try {
    await post("/api/v1/session/end");
    session.value = null;
  } catch (error) {
    tellError(error, "Not signed out");
  }
}

export function SystemPage() {
  const [system, setSystem] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const load = () =>
    get("/api/v1/system").then((answer) => {
      setSystem(answer);
      setError(null);
    }, setError);
  useEffect(() => {
    load();
    const timer = setInterval(load, 5000);
    return () => clearInterval(timer);
  }, []);
  const s = system;
  return html`<div class="title"><h1>System</h1></div>${error ? html`<${Failure} error=${error} retry=${load} />` : ""}${
    !s
      ? error
        ? ""
        : html`<p class="empty">Loading…</p>`
      : html`<div class="row"><div class="stack">
    <section class="panel"><header><h2>Processes</h2></header><div class="scroll"><table><caption class="hidden">Processes</caption>
      <thead><tr><th>Role</th><th>State</th><th class="r">Process</th><th class="r">Running for</th><th class="r">Restarts</th>
      <th class="r">Memory</th></tr></thead><tbody>${s.processes.map(
        (/** @type {any} */ each) => html`<tr key=${each.role + each.pid}>
      <td>${each.role}</td><td class=${each.state === "running" ? "" : "warn"}>${each.state}</td><td class="r num">${each.pid ?? dash}
      </td><td class="r num">${each.since_ms === null ? dash : duration(Math.max(0, s.server_ms - each.since_ms))}</td>
      <td class="r num">${each.restarts ?? dash}</td><td class="r num">${size(each.memory_bytes)}</td></tr>`,
      )}</tbody></table></div>
      </section>
    <section class="panel"><header><h2>Engine and market</h2></header><div class="body"><dl class="pairs num limited"><dt>Engine</dt>
      <dd class=${s.engine.state === "running" ? "" : "bad"}>${s.engine.state}${s.engine.text ? `: ${s.engine.text}` : ""}</dd>
      <dt>Mode</dt><dd>${s.mode.join(", ")}</dd><dt>Market data</dt>
      <dd>${[s.market.source, s.market.state].filter(Boolean).join(" · ") || dash}${s.market.text ? `: ${s.market.text}` : ""}</dd><dt>Last candle</dt>
      <dd>${time(s.market.last_candle_ms)}</dd></dl></div></section></div>
    <div class="stack"><section class="panel"><header><h2>Stratdock ${s.version}</h2></header><div class="body"><dl class="pairs num">
      <dt>Build</dt><dd>${s.build || dash}</dd><dt>Started</dt><dd>${time(s.started_ms)}</dd><dt>Configuration</dt>
      <dd class="mono">${s.configuration || dash}</dd><dt>Data folder</dt><dd class="mono">${s.data_folder}</dd><dt>Logs</dt>
      <dd class="mono">${s.log_folder || dash} (${s.time_zone})</dd><dt>Journal</dt>
      <dd>${size(s.store.journal_bytes)}, schema ${s.store.schema_version}</dd><dt>Free on disk</dt><dd>${size(s.store.free_bytes)}</dd>
      <dt>Sessions, streams</dt><dd>${s.sessions}, ${s.streams}</dd></dl></div></section>
    <section class="panel"><header><h2>This browser</h2></header><div class="body form"><${Choice} name="Theme" value=${theme} options=${[
      ["system", "As the system"],
      ["dark", "Dark"],
      ["light", "Light"],
    ]} /><${Choice} name="Profit and loss" value=${palette} options=${[
      ["default", "Green and red"],
      ["safe", "Blue and orange"],
    ]} /><${Choice} name="Times" value=${timeZone} options=${[
      ["UTC", "UTC"],
      ["local", "Local"],
    ]} /><p class="muted num">Signed in until ${time(session.value?.expires_ms ?? null)}</p><span>
      <button onClick=${signOut}>Sign out</button></span></div></section></div></div>`
  }`;
}
