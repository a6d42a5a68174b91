// What this is and whose work it stands on; the notices that the licences ask for.
import { html } from "../lib.js";
import { session } from "../api.js";
import { server } from "../store.js";

const parts = [
  ["Preact", "MIT", "Copyright (c) 2015-present Jason Miller"],
  ["Preact Signals", "MIT", "Copyright (c) 2022-present Preact Team"],
  ["htm", "Apache-2.0", "Copyright 2018 Google Inc."],
  ["Lightweight Charts, fancy-canvas", "Apache-2.0, MIT", "Copyright (c) TradingView, Inc."],
  ["Inter (by Fontsource)", "OFL-1.1", "Copyright 2016 The Inter Project Authors"],
];

export function AboutPage() {
  return html`<div class="title"><h1>About</h1></div><div class="prose">
    <p>Stratdock ${server.value.version || session.value?.version || ""} runs trading bots: a strategy is a plugin, a bot is a strategy at work on a symbol with a trade amount. Licensed under Apache-2.0, without any warranty. Nothing on these pages is investment advice.</p>
    <h2>Charts</h2><p>TradingView Lightweight Charts™<br />Copyright (с) 2025 TradingView, Inc. <a href="https://www.tradingview.com/" rel="noreferrer noopener" target="_blank">https://www.tradingview.com/</a></p><p>Licensed under the Apache License, Version 2.0.</p>
    <h2>Also in this page</h2><div class="panel scroll"><table><caption class="hidden">Third-party parts</caption><thead><tr><th>Part</th>
      <th>Licence</th><th>Notice</th></tr></thead><tbody>${parts.map(([name, licence, notice]) => html`<tr key=${name}><td>${name}</td>
      <td>${licence}</td><td>${notice}</td></tr>`)}</tbody></table></div>
    <p class="muted">This page loads nothing from another host.</p>${session.value ? "" : html`<p><a href="/login">Sign in</a></p>`}</div>`;
}
