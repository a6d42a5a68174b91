// "What plugins are there, do they load, who uses them?"
import { html, useEffect, useState } from "../lib.js";
import { get } from "../api.js";
import { CommandButton } from "../components/bot_actions.js";
import { Failure } from "../components/parts.js";
import { size, time } from "../format.js";
import { onEvent } from "../store.js";

const states = /** @type {Record<string, [string, string]>} */ ({
  loaded: ["ok", "✓ Loaded"],
  copying: ["", "○ Still being copied"],
  probing: ["", "○ Being examined"],
  refused: ["err", "▲ Refused"],
  quarantined: ["err", "▲ Quarantined"],
  gone: ["warning", "◇ File gone"],
});

/** @param {{plugin: import("../types.js").Plugin}} props */
function PluginCard({ plugin }) {
  const [kind, word] = states[plugin.state] ?? ["", plugin.state];
  const worker = plugin.worker;
  return html`<article class=${"panel plugin" + (plugin.error ? " faulty" : "")}><div class="head"><h3>${plugin.file}</h3>
    <span class=${"chip " + kind}>${word}</span><span class="gap"></span>
    <span class="hash" title=${plugin.sha256 ?? ""}>${plugin.sha256 ? "sha256 " + plugin.sha256.slice(0, 12) + "…" : ""}</span></div>
    ${plugin.error ? html`<div class="notice danger"><b>${plugin.error}</b>${plugin.hint ? html`<span class="soft">${plugin.hint}
      </span>` : ""}</div>` : ""}
    ${plugin.strategies.map((each) => html`<div key=${each.id}><b>${each.short}
      </b> <span class="muted">${each.id} · ${each.version}${each.vendor ? " · " + each.vendor : ""} · ${each.parameter_count} parameters</span><div class="soft">${each.doc}</div>${each.usable ? html`<a href=${`/bots/new?strategy=${encodeURIComponent(each.short)}`}>New bot with it</a>` : ""}</div>`)}
    <div class="soft">Used by: ${plugin.bots.length ? plugin.bots.map((bot, at) => html`${at ? ", " : ""}
      <a href=${`/bots/${bot.id}/overview`}>${bot.name}</a>`) : "no bot"}</div>
    <div class="muted num">${[plugin.abi && `ABI ${plugin.abi}`, plugin.build_info, size(plugin.size_bytes), plugin.modified_ms && `changed ${time(plugin.modified_ms, "short")}`, worker && `worker ${worker.pid} ${worker.state}, ${worker.restarts} restarts, ${size(worker.memory_bytes)}`].filter(Boolean).join(" · ")}</div></article>`;
}

export function StrategiesPage() {
  const [data, setData] = useState(/** @type {{folders: string[], plugins: import("../types.js").Plugin[]}|null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const load = () =>
    get("/api/v1/plugins").then((answer) => {
      setData(answer);
      setError(null);
    }, setError);
  useEffect(() => {
    load();
    return onEvent("plugin", load);
  }, []);
  return html`<div class="title"><h1>Strategies</h1><span class="gap"></span>
    <${CommandButton} label="Look again" what="Rescan plugins" path="/api/v1/plugins/rescan" /></div>
    ${error ? html`<${Failure} error=${error} retry=${load} />` : ""}${
      data
        ? html`<p class="soft spaced">Drop a .so into ${data.folders.map((folder, at) => html`${at ? " or " : ""}<code>${folder}
          </code>`)}: it is listed here within two seconds, no restart. A plugin is code, so there is no upload.</p>
    <div class="list">${[...data.plugins].sort((a, b) => Number(!a.error) - Number(!b.error) || a.file.localeCompare(b.file)).map((plugin) => html`<${PluginCard} key=${plugin.path} plugin=${plugin} />`)}</div>${data.plugins.length ? "" : html`<p class="empty">The folder is empty.</p>`}`
        : error
          ? ""
          : html`<p class="empty">Loading…</p>`
    }`;
}
