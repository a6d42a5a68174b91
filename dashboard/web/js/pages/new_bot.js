// A bot from a strategy: pick one, its parameters make the form, the engine checks it all before anything is made.
import { html, useEffect, useState } from "../lib.js";
import { ApiError, get, newKey, post } from "../api.js";
import { command, tellError } from "../commands.js";
import { Failure } from "../components/parts.js";
import { ParameterForm, readParameters } from "../components/parameter_form.js";
import { SymbolSearch } from "../components/symbol_search.js";
import { units } from "../decimal.js";
import { exact, money } from "../format.js";
import { go, route } from "../router.js";

/** @typedef {import("../types.js").Strategy} Strategy */
const namePattern = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/** @param {{name: string, label: string, hint: string, value: string, unit?: string, fault: string, onInput: (value: string) => void, placeholder?: string, decimal?: boolean}} props */
function TextField({ name, label, hint, value, unit, fault, onInput, placeholder, decimal }) {
  return html`<label class="field"><span>${label}</span><span class="unit">
    <input name=${name} value=${value} placeholder=${placeholder ?? ""} inputmode=${decimal ? "decimal" : "text"} autocomplete="off" aria-invalid=${fault !== ""} onInput=${(/** @type {any} */ event) => onInput(event.target.value)} />${unit ? html`<i>${unit}</i>` : ""}</span>${fault ? html`<span class="error" role="alert">${fault}</span>` : html`<small>${hint}</small>`}</label>`;
}

/** Percent as typed to a fraction; null: not set. @param {string} text */
const fraction = (text) => (text.trim() === "" ? null : Math.round(Number(text.replace(",", ".")) * 1e6) / 1e8);

/** @param {{bot: {id: number, name: string}}} props */
function Made({ bot }) {
  return html`<div class="panel narrow"><header><h1>${bot.name} is made, and stopped</h1></header><div class="body stack">
    <p>It does nothing until you start it. From then on it looks at the market at every evaluation; with the first BUY its stop-loss and take-profit are placed as well.</p>
    <div class="actions"><button class="primary" onClick=${async () => {
      if (await command(`Start ${bot.name}`, `/api/v1/bots/${bot.id}/start`)) go(`/bots/${bot.id}/overview`);
    }}>Start it</button><a class="button" href=${`/bots/${bot.id}/overview`}>Look at it first</a>
      <a class="button" href="/bots/new">Make another</a></div></div></div>`;
}

export function NewBotPage() {
  const [strategies, setStrategies] = useState(/** @type {Strategy[]|null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [chosen, setChosen] = useState(route.value.query.get("strategy") ?? "");
  const [schema, setSchema] = useState(/** @type {any} */ (null));
  const [form, setForm] = useState({ name: "", symbol: "", trade_amount: "", stop_loss: "", take_profit: "", evaluate: "15" });
  const [market, setMarket] = useState(/** @type {any} */ (null));
  const [typed, setTyped] = useState(/** @type {import("../components/parameter_form.js").Typed} */ ({}));
  const [faults, setFaults] = useState(/** @type {Record<string, string>} */ ({}));
  const [warnings, setWarnings] = useState(/** @type {string[]} */ ([]));
  const [accounts, setAccounts] = useState(/** @type {any[]} */ ([]));
  const [busy, setBusy] = useState(false);
  const [made, setMade] = useState(/** @type {{id: number, name: string}|null} */ (null));
  const load = () =>
    get("/api/v1/strategies").then((answer) => {
      setStrategies(answer.strategies);
      setError(null);
      if (!chosen) setChosen(answer.strategies.find((/** @type {Strategy} */ each) => each.usable)?.short ?? "");
    }, setError);
  useEffect(() => {
    load();
    get("/api/v1/account").then(
      (answer) => setAccounts(answer.accounts),
      () => {},
    );
  }, []);
  useEffect(() => {
    setSchema(null);
    setTyped({});
    if (chosen) get(`/api/v1/strategies/${encodeURIComponent(chosen)}/schema`).then(setSchema, setError);
  }, [chosen]);
  const set = (/** @type {string} */ key) => (/** @type {string} */ value) => {
    setForm((old) => ({ ...old, [key]: value }));
    setFaults((old) => ({ ...old, [key]: "" }));
  };
  const parameters = schema ? readParameters(schema.parameters, typed) : { values: {}, faults: {} };

  const local = () => {
    const list = /** @type {Record<string, string>} */ ({});
    const amount = units(form.trade_amount.trim().replace(",", "."));
    if (!namePattern.test(form.name)) list.name = "1 to 32 of a-z, 0-9, - and _, beginning with a letter or digit.";
    if (!form.symbol) list.symbol = "Which pair shall it trade?";
    if (amount === null || amount <= 0n) list.trade_amount = "An amount above 0, such as 100.";
    for (const key of /** @type {const} */ (["stop_loss", "take_profit"])) {
      const value = fraction(form[key]);
      if (value !== null && !(value > 0 && value < (key === "stop_loss" ? 1 : 100))) list[key] = "A percentage above 0, or nothing.";
    }
    if (!(Number(form.evaluate) > 0)) list.evaluate_every_ms = "Minutes above 0.";
    return list;
  };
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const before = {
      ...local(),
      ...Object.fromEntries(Object.entries(parameters.faults).map(([key, text]) => ["parameters." + key, text])),
    };
    setFaults(before);
    if (Object.keys(before).length) {
      queueMicrotask(() =>
        requestAnimationFrame(() => /** @type {HTMLElement|null} */ (document.querySelector("form [aria-invalid=true]"))?.focus()),
      );
      return;
    }
    const body = {
      name: form.name,
      symbol: form.symbol,
      strategy: chosen,
      trade_amount: form.trade_amount.trim().replace(",", "."),
      stop_loss: fraction(form.stop_loss),
      take_profit: fraction(form.take_profit),
      evaluate_every_ms: Math.round(Number(form.evaluate) * 60000),
      parameters: parameters.values,
    };
    setBusy(true);
    try {
      const dry = await post("/api/v1/bots?dry_run=1", body);
      const fresh = (dry.warnings ?? []).filter((/** @type {string} */ text) => !warnings.includes(text));
      if (fresh.length) {
        setWarnings(dry.warnings);
        return;
      } // shown once: a second press accepts them
      const answer = await post("/api/v1/bots", body, newKey());
      if (answer.status === "refused") throw new ApiError(409, { message: answer.message });
      if (answer.bot_id) setMade({ id: answer.bot_id, name: form.name });
      else go("/");
    } catch (caught) {
      if (caught instanceof ApiError && Object.keys(caught.fields).length) setFaults(caught.fields);
      else tellError(caught, "The bot was not made");
    } finally {
      setBusy(false);
    }
  };
  if (made) return html`<${Made} bot=${made} />`;
  const quote = market?.quote_asset ?? "USDT";
  const account = accounts.find((each) => each.asset === quote);
  const other = Object.entries(faults).filter(
    ([key, text]) =>
      text &&
      !["name", "symbol", "trade_amount", "stop_loss", "take_profit", "evaluate_every_ms"].includes(key) &&
      !key.startsWith("parameters."),
  );
  const parameterFaults = {
    ...Object.fromEntries(
      Object.entries(faults)
        .filter(([key]) => key.startsWith("parameters."))
        .map(([key, text]) => [key.slice(11), text]),
    ),
    ...parameters.faults,
  };
  return html`<div class="title"><h1>New bot</h1><span class="sub">A strategy at work on a symbol with a trade amount.</span></div>
    <form class="form" onSubmit=${submit} novalidate>${error ? html`<${Failure} error=${error} retry=${load} />` : ""}
    <section class="panel"><header><h2>1 · Strategy</h2><span class="gap"></span><a href="/strategies">Plugins</a></header>
      <div class="body">${strategies && !strategies.length ? html`<p class="empty">No strategy is loaded. Drop a .so file into the plugin folder; Strategies names it.</p>` : ""}
      <fieldset class="picks"><legend class="hidden">Strategy</legend>${(strategies ?? []).map(
        (each) =>
          html`<label class=${"pick" + (each.usable ? "" : " off")} key=${each.id}>
            <input type="radio" name="strategy" value=${each.short} disabled=${!each.usable} checked=${each.short === chosen} onChange=${() => {
            setChosen(each.short);
            setFaults({});
          }} /><b>${each.short} <span class="muted">${each.version}</span></b><small>${each.doc}</small></label>`,
      )}</fieldset></div></section>
    <section class="panel"><header><h2>2 · Market and money</h2></header><div class="body grid">
      <${TextField} name="name" label="Name" hint="As it stands on its card; a-z, 0-9, - and _." placeholder="btc-trend" value=${form.name} fault=${faults.name ?? ""} onInput=${set("name")} />
      <${SymbolSearch} value=${form.symbol} fault=${faults.symbol ?? ""} onPick=${(
        /** @type {string} */ symbol,
        /** @type {any} */ found,
      ) => {
        set("symbol")(symbol);
        setMarket(found);
      }} />
      <${TextField} name="trade_amount" label="Trade amount" hint=${`Its whole stake, allotted once. ${account ? `Unallocated: ${money(account.unallocated, quote)} ${quote}.` : ""}${market?.min_notional ? ` An order is at least ${exact(market.min_notional)} ${quote}.` : ""}`} unit=${quote} decimal placeholder="100" value=${form.trade_amount} fault=${faults.trade_amount ?? ""} onInput=${set("trade_amount")} />
      <${TextField} name="stop_loss" label="Stop-loss" hint="Below the entry. Empty: the strategy's, else 2 %." unit="%" decimal placeholder="strategy's" value=${form.stop_loss} fault=${faults.stop_loss ?? ""} onInput=${set("stop_loss")} />
      <${TextField} name="take_profit" label="Take-profit" hint="Above the entry. Empty: the strategy's, else 5 %." unit="%" decimal placeholder="strategy's" value=${form.take_profit} fault=${faults.take_profit ?? ""} onInput=${set("take_profit")} />
      <${TextField} name="evaluate" label="Evaluation every" hint="How often it looks at the market." unit="minutes" decimal value=${form.evaluate} fault=${faults.evaluate_every_ms ?? ""} onInput=${set("evaluate")} /></div></section>
    <section class="panel"><header><h2>3 · Parameters of ${chosen || "the strategy"}</h2><span class="gap">
      </span>${Object.keys(typed).length ? html`<button type="button" onClick=${() => setTyped({})}>All to default</button>` : ""}
      </header><div class="body form">${
      schema
        ? schema.parameters.length
          ? html`<${ParameterForm} schema=${schema.parameters} typed=${typed} faults=${parameterFaults} onChange=${(
              /** @type {any} */ next,
            ) => {
              setTyped(next);
              setFaults({});
            }} />`
          : html`<p class="muted">It has none.</p>`
        : html`<p class="muted">${chosen ? "Loading…" : "Choose a strategy first."}</p>`
    }</div>
      ${other.map(([key, text]) => html`<div key=${key} class="notice danger"><b>${key}</b><span>${text}</span>
        </div>`)}${warnings.map((text) => html`<div key=${text} class="notice warning"><span>${text}</span></div>`)}
      <div class="sum"><span class="muted">It is made stopped; you start it.</span><span class="gap"></span>
        <a class="button" href="/">Cancel</a><button class="primary" type="submit" disabled=${busy || !chosen}>${busy ? "Checking…" : warnings.length ? "Make it all the same" : "Check and make"}</button></div></section></form>`;
}
