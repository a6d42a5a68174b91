// The dialogs of one bot that move money or cannot be undone: each names amount, price and result before the button works.
import { html, useEffect, useState } from "../lib.js";
import { get } from "../api.js";
import { command } from "../commands.js";
import { sign, sum, units } from "../decimal.js";
import { amount, exact, money, percent, signedMoney } from "../format.js";
import { go } from "../router.js";
import { Dialog, openDialog } from "./dialog.js";
import { Failure, gainClass } from "./parts.js";

/** @typedef {import("../types.js").Bot} Bot */

/** @param {{bot: Bot}} props */
function CloseDialog({ bot }) {
  const [preview, setPreview] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const load = () => {
    get(`/api/v1/bots/${bot.id}/close-preview`).then((answer) => {
      setPreview(answer);
      setError(null);
    }, setError);
  };
  useEffect(() => {
    load();
    const timer = setInterval(load, 2000);
    return () => clearInterval(timer);
  }, []);
  const sell = async () => (await command(`Close ${bot.name}`, `/api/v1/bots/${bot.id}/close`, { quantity: preview.quantity })) !== null;
  const quote = preview?.quote_asset;
  return html`<${Dialog} title=${`Close the position of ${bot.name}?`} action=${preview?.possible ? `Sell ${exact(preview.quantity)} ${preview.base_asset} now` : "Sell now"} danger disabled=${!preview?.possible} onConfirm=${sell}>
    ${
      error
        ? html`<${Failure} error=${error} />`
        : !preview
          ? html`<p class="muted">Asking for amount and price…</p>`
          : !preview.possible
            ? html`<p>${preview.text}</p>`
            : html`
      <p>At the market price, now. ${preview.cancels ? `Its ${preview.cancels} protective orders are cancelled first. ` : ""}Afterwards the bot is stopped.</p>
      <dl class="pairs num"><dt>Sells</dt><dd>${exact(preview.quantity)} ${preview.base_asset}</dd><dt>At about</dt>
        <dd>${amount(preview.price, bot.price_decimals)} ${quote}</dd>
        <dt>Brings about</dt><dd>${money(preview.value, quote)} ${quote}</dd><dt>Fee, about</dt><dd>${money(preview.fee, quote)} ${quote}
          </dd>
        <dt><b>Result of the trade, about</b></dt><dd class=${gainClass(preview.result)}><b>${signedMoney(preview.result, quote)} ${quote}
          </b> (${percent(preview.result_fraction)})</dd></dl>
      ${preview.text ? html`<p class="muted">${preview.text}</p>` : ""}`
    }<//>`;
}

/** @param {{bot: Bot}} props */
function FundsDialog({ bot }) {
  const [action, setAction] = useState("allot");
  const [text, setText] = useState("");
  const [account, setAccount] = useState(/** @type {any} */ (null));
  useEffect(() => {
    get("/api/v1/account").then(
      (answer) =>
        setAccount(answer.accounts.find((/** @type {any} */ each) => each.mode === bot.mode && each.asset === bot.quote_asset) ?? null),
      () => {},
    );
  }, []);
  const limit = action === "allot" ? (account?.unallocated ?? null) : bot.cash;
  const value = units(text.trim().replace(",", "."));
  const most = units(limit);
  const fault =
    text === ""
      ? ""
      : value === null || value <= 0n
        ? "An amount above 0, such as 50 or 12.5."
        : most !== null && value > most
          ? `At most ${money(limit, bot.quote_asset)} ${bot.quote_asset} ${action === "allot" ? "is unallocated" : "of its cash is free"}.`
          : "";
  const send = async () =>
    (await command(`${action === "allot" ? "Allot to" : "Release from"} ${bot.name}`, `/api/v1/bots/${bot.id}/funds`, {
      action,
      amount: text.trim().replace(",", "."),
    })) !== null;
  return html`<${Dialog} title=${`Funds of ${bot.name}`} action=${action === "allot" ? "Allot" : "Release"} disabled=${!text || fault !== ""} onConfirm=${send}>
    <div class="seg" role="group" aria-label="Direction">
      <button type="button" aria-pressed=${action === "allot"} onClick=${() => setAction("allot")}>Allot to the bot</button>
      <button type="button" aria-pressed=${action === "release"} onClick=${() => setAction("release")}>Release from it</button></div>
    <dl class="pairs num"><dt>Allotted so far</dt><dd>${money(bot.allotted, bot.quote_asset)} ${bot.quote_asset}</dd><dt>Its cash</dt>
      <dd>${money(bot.cash, bot.quote_asset)} ${bot.quote_asset}</dd><dt>Unallocated in the ${bot.mode} account</dt>
      <dd>${money(account?.unallocated, bot.quote_asset)} ${bot.quote_asset}</dd></dl>
    <label class="field"><span>Amount</span><span class="unit">
      <input inputmode="decimal" autocomplete="off" value=${text} aria-invalid=${fault !== ""} onInput=${(/** @type {any} */ event) => setText(event.target.value)} /><i>${bot.quote_asset}</i></span>${fault ? html`<span class="error" role="alert">${fault}</span>` : html`<small>${action === "allot" ? "The next BUY may spend it." : "It goes back to the account's unallocated money."}</small>`}</label><//>`;
}

/** @param {{bot: Bot}} props */
function DeleteDialog({ bot }) {
  const flat = bot.position === null;
  const [release, setRelease] = useState(false);
  const [name, setName] = useState("");
  const send = async () => {
    const done = await command(`Delete ${bot.name}`, `/api/v1/bots/${bot.id}/delete`, { release_holding: release });
    if (done) go("/");
    return done !== null;
  };
  return html`<${Dialog} title=${`Delete ${bot.name}?`} action="Delete" danger disabled=${name !== bot.name || (!flat && !release)} onConfirm=${send}>
    <p>${money(sum([bot.cash]), bot.quote_asset)} ${bot.quote_asset} of cash goes back to the account. Its trades and decisions stay in the journal.</p>
    ${
      flat
        ? ""
        : html`<div class="notice warning"><b>It holds ${exact(bot.quantity)} ${bot.base_asset}, worth about ${money(bot.position_value, bot.quote_asset)} ${bot.quote_asset}.</b><span>Close the position first, or release the holding: then nobody watches it, and its stop-loss and take-profit are cancelled.</span>
      <label class="check"><input type="checkbox" checked=${release} onChange=${(/** @type {any} */ event) => setRelease(event.target.checked)} />Release the holding to unallocated</label></div>`
    }
    <label class="field"><span>Type the bot's name to confirm</span>
      <input autocomplete="off" value=${name} placeholder=${bot.name} onInput=${(/** @type {any} */ event) => setName(event.target.value)} /></label><//>`;
}

/** @param {{bot: Bot}} props */
function StopDialog({ bot }) {
  return html`<${Dialog} title=${`Stop ${bot.name} with an open position?`} action="Stop evaluations" danger onConfirm=${async () => (await command(`Stop ${bot.name}`, `/api/v1/bots/${bot.id}/stop`)) !== null}>
    <p>It keeps ${exact(bot.quantity)} ${bot.base_asset} (${signedMoney(bot.unrealised, bot.quote_asset)} ${bot.quote_asset}). No evaluations follow; the strategy will not sell any more.</p>
    <dl class="pairs num"><dt>Stop-loss stays at</dt><dd>${amount(bot.stop_loss, bot.price_decimals)}</dd><dt>Take-profit stays at</dt>
      <dd>${amount(bot.take_profit, bot.price_decimals)}</dd><dt>Result at the stop</dt>
      <dd class=${gainClass(bot.at_stop)}>${signedMoney(bot.at_stop, bot.quote_asset)} ${bot.quote_asset}</dd></dl>
    <p class="muted">To get out now, use Close… instead.</p><//>`;
}

/** @param {Bot} bot */ export const askClose = (bot) => openDialog(html`<${CloseDialog} bot=${bot} />`);
/** @param {Bot} bot */ export const askFunds = (bot) => openDialog(html`<${FundsDialog} bot=${bot} />`);
/** @param {Bot} bot */ export const askDelete = (bot) => openDialog(html`<${DeleteDialog} bot=${bot} />`);
/** Asks only where money is at work. @param {Bot} bot */
export function stopBot(bot) {
  if (bot.position && sign(bot.quantity) > 0) openDialog(html`<${StopDialog} bot=${bot} />`);
  else command(`Stop ${bot.name}`, `/api/v1/bots/${bot.id}/stop`);
}
