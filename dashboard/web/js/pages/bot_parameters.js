// A bot's settings and parameters: a form for bots made here, a list with file and line for those that YAML declares.
import { html, useEffect, useState } from "../lib.js";
import { ApiError, get, post } from "../api.js";
import { command, tellError } from "../commands.js";
import { ParameterForm, readParameters } from "../components/parameter_form.js";
import { Failure } from "../components/parts.js";
import { duration, exact, percent } from "../format.js";

/** @typedef {import("../types.js").BotDetails} BotDetails */

/** @param {{bot: import("../types.js").Bot, details: BotDetails|null, reload: () => void}} props */
export function ParametersTab({ bot, details, reload }) {
  const [schema, setSchema] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [typed, setTyped] = useState(/** @type {import("../components/parameter_form.js").Typed} */ ({}));
  const [faults, setFaults] = useState(/** @type {Record<string, string>} */ ({}));
  const [effect, setEffect] = useState("");
  const [busy, setBusy] = useState(false);
  const reset = () => {
    setTyped(Object.fromEntries((details?.parameters_set ?? []).map((key) => [key, details?.parameters[key]])));
    setFaults({});
    setEffect("");
  };
  useEffect(() => {
    get(`/api/v1/strategies/${encodeURIComponent(bot.strategy_id)}/schema`).then(setSchema, setError);
  }, [bot.strategy_id, bot.strategy_version]);
  useEffect(reset, [details]);
  if (error) return html`<${Failure} error=${error} />`;
  if (!schema || !details) return html`<p class="empty">Loading…</p>`;
  const read = readParameters(schema.parameters, typed);
  const changed = /** @type {Record<string, any>} */ ({});
  for (const { key, default: normal } of schema.parameters) {
    const now = details.parameters[key],
      next = key in read.values ? read.values[key] : normal;
    if (!(key in read.faults) && String(next) !== String(now)) changed[key] = key in read.values ? next : null;
  }
  const count = Object.keys(changed).length;
  const path = `/api/v1/bots/${bot.id}/update`;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    try {
      if (!effect) {
        const dry = await post(path + "?dry_run=1", { parameters: changed });
        setEffect(dry.message || "The engine accepts it.");
        return;
      }
      if (await command(`Change ${bot.name}`, path, { parameters: changed })) reload();
      setEffect("");
    } catch (caught) {
      if (caught instanceof ApiError && Object.keys(caught.fields).length)
        setFaults(Object.fromEntries(Object.entries(caught.fields).map(([key, text]) => [key.replace(/^parameters\./, ""), text])));
      else tellError(caught, "Not changed");
    } finally {
      setBusy(false);
    }
  };
  const s = details.settings;
  return html`<div class="stack"><section class="panel"><header><h2>Settings</h2></header><div class="body"><dl class="pairs num limited">
    <dt>Strategy</dt><dd>${bot.strategy_id} ${bot.strategy_version}</dd><dt>Plugin</dt><dd>${bot.plugin_file ?? "–"}</dd><dt>Symbol</dt>
    <dd>${bot.symbol}${s.symbols.length > 1 ? ` (may follow to ${s.symbols.join(", ")})` : ""}</dd><dt>Candles</dt><dd>${bot.interval}
    </dd><dt>Evaluation</dt><dd>every ${duration(bot.evaluate_every_ms)}</dd><dt>Trade amount</dt>
    <dd>${exact(bot.trade_amount)} ${bot.quote_asset}</dd><dt>Stop-loss</dt>
    <dd>${s.stop_loss === null ? "the strategy's, else 2 %" : percent(s.stop_loss, 2, false)}</dd><dt>Take-profit</dt>
    <dd>${s.take_profit === null ? "the strategy's, else 5 %" : percent(s.take_profit, 2, false)}</dd></dl></div></section>
    <form class="panel" onSubmit=${submit} novalidate><header><h2>Parameters</h2></header>
      <div class="body form">${bot.declared ? html`<div class="notice">
      <span>This bot is declared in <b>${bot.declared.file}, line ${bot.declared.line}
      </b>. Change it there: the file is picked up while running.</span></div>` : ""}
      <${ParameterForm} schema=${schema.parameters} typed=${typed} faults=${{ ...faults, ...read.faults }} disabled=${bot.declared !== null} onChange=${(
        /** @type {any} */ next,
      ) => {
        setTyped(next);
        setFaults({});
        setEffect("");
      }} /></div>
      ${
        effect
          ? html`<div class="notice warning"><b>${count} ${count === 1 ? "change" : "changes"}: ${Object.entries(changed)
              .map(([key, value]) => `${key} ${details.parameters[key]} → ${value ?? "default"}`)
              .join(", ")}</b><span>${effect}</span></div>`
          : ""
      }
      ${bot.declared ? "" : html`<div class="sum"><span class="muted">${count ? `${count} changed` : "Nothing changed."}</span>
        <span class="gap"></span><button type="button" disabled=${!count} onClick=${reset}>Undo</button>
        <button class="primary" type="submit" disabled=${busy || !count || Object.keys(read.faults).length > 0}>${effect ? "Apply" : "Check"}</button></div>`}</form></div>`;
}
