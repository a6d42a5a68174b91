// "Assign to a bot…": coins that belong to no bot become a bot's position, protected at once.
import { html, useEffect, useState } from "../lib.js";
import { get } from "../api.js";
import { command } from "../commands.js";
import { fixed, units } from "../decimal.js";
import { amount, exact, money } from "../format.js";
import { botSignal } from "../store.js";
import { Dialog, openDialog } from "./dialog.js";

/** @typedef {import("../types.js").Holding} Holding */
const one = 10n ** 8n;
const usual = { stop_loss: 0.02, take_profit: 0.05 };
const plain = (/** @type {string} */ text) => text.trim().replace(",", ".");

/** A level at a fraction of the entry, as the engine chooses it. @param {bigint|null} entry @param {number} fraction */
const level = (entry, fraction) => (entry === null ? null : (entry * BigInt(Math.round((1 + fraction) * 1e8))) / one);

/** @param {{label: string, unit: string, value: string, fault: string, hint: any, placeholder?: string, onInput: (text: string) => void}} props */
function Figure({ label, unit, value, fault, hint, placeholder = "", onInput }) {
  return html`<label class="field"><span>${label}</span><span class="unit">
    <input inputmode="decimal" autocomplete="off" placeholder=${placeholder} value=${value} aria-invalid=${fault !== ""} onInput=${(/** @type {any} */ event) => onInput(event.target.value)} /><i>${unit}</i></span>${fault ? html`<span class="error" role="alert">${fault}</span>` : html`<small>${hint}</small>`}</label>`;
}

/** @param {{quantity: string, entry: string, stop: string, take: string}} text @param {Holding} holding @param {bigint|null} now @param {bigint|null} stopAt @param {bigint|null} takeAt */
function faultsOf(text, holding, now, stopAt, takeAt) {
  const quantity = units(plain(text.quantity)),
    entry = units(plain(text.entry)),
    all = units(holding.unallocated);
  const above = "A price above 0, such as 61250 or 0.42.";
  return {
    quantity:
      quantity === null || quantity <= 0n
        ? "An amount above 0, such as 0.5."
        : all !== null && quantity > all
          ? `At most ${exact(holding.unallocated)} ${holding.asset} is unallocated.`
          : "",
    entry: entry === null || entry <= 0n ? above : "",
    stop:
      text.stop && stopAt === null
        ? above
        : stopAt !== null && entry !== null && entry > 0n && stopAt >= entry
          ? "Must lie below the entry price."
          : stopAt !== null && now !== null && stopAt >= now
            ? "The price is below that already: it would be sold at once."
            : "",
    take:
      text.take && takeAt === null
        ? above
        : takeAt !== null && entry !== null && entry > 0n && takeAt <= entry
          ? "Must lie above the entry price."
          : takeAt !== null && now !== null && takeAt <= now
            ? "The price is above that already: it would be sold at once."
            : "",
  };
}

/** @param {{holding: Holding}} props */
function AdoptDialog({ holding }) {
  const [id, setId] = useState(holding.takers[0].id);
  const [text, setText] = useState({ quantity: holding.unallocated, entry: holding.price ?? "", stop: "", take: "" });
  const [settings, setSettings] = useState(/** @type {any} */ (null));
  useEffect(() => {
    let gone = false;
    setSettings(null);
    get(`/api/v1/bots/${id}`).then(
      (answer) => {
        if (!gone) setSettings(answer.bot.settings);
      },
      () => {},
    );
    return () => {
      gone = true;
    };
  }, [id]);
  const bot = botSignal(id)?.value;
  if (!bot) return "";
  const quote = bot.quote_asset;
  const own = { stop_loss: settings?.stop_loss ?? usual.stop_loss, take_profit: settings?.take_profit ?? usual.take_profit };
  const entry = units(plain(text.entry)),
    quantity = units(plain(text.quantity)),
    now = units(bot.price);
  const stopAt = text.stop ? units(plain(text.stop)) : level(entry, -own.stop_loss);
  const takeAt = text.take ? units(plain(text.take)) : level(entry, own.take_profit);
  const fault = faultsOf(text, holding, now, stopAt, takeAt);
  const price = (/** @type {bigint|null} */ value) => (value === null ? "–" : amount(fixed(value, 8), bot.price_decimals));
  const worth = (/** @type {bigint|null} */ at) =>
    at === null || quantity === null ? "–" : money(fixed((quantity * at) / one, 8), quote);
  const set = (/** @type {string} */ key) => (/** @type {string} */ value) => setText((before) => ({ ...before, [key]: value }));
  const send = async () =>
    (await command(`Assign ${plain(text.quantity)} ${holding.asset} to ${bot.name}`, `/api/v1/bots/${id}/adopt`, {
      quantity: plain(text.quantity),
      entry_price: plain(text.entry),
      stop_loss: text.stop ? plain(text.stop) : null,
      take_profit: text.take ? plain(text.take) : null,
    })) !== null;
  return html`<${Dialog} title=${`Assign ${holding.asset} to a bot`} action=${`Assign to ${bot.name}`} disabled=${Object.values(fault).some(Boolean)} onConfirm=${send}>
    <label class="field"><span>Bot</span><select value=${String(id)} onChange=${(/** @type {any} */ event) => setId(Number(event.target.value))}>${holding.takers.map((each) => html`<option key=${each.id} value=${String(each.id)}>${each.name}</option>`)}</select><small>${bot.symbol}, ${bot.strategy}, ${bot.state}. Bots that trade ${holding.asset} and hold nothing.</small></label>
    <div class="pair"><${Figure} label="Quantity" unit=${holding.asset} value=${text.quantity} fault=${fault.quantity} hint=${`${exact(holding.unallocated)} belong to no bot`} onInput=${set("quantity")} />
      <${Figure} label="Entry price" unit=${quote} value=${text.entry} fault=${fault.entry} hint=${bot.price === null ? "What one was bought for" : `What one was bought for; now ${amount(bot.price, bot.price_decimals)}`} onInput=${set("entry")} />
      <${Figure} label="Stop-loss" unit=${quote} placeholder=${price(level(entry, -own.stop_loss))} value=${text.stop} fault=${fault.stop} hint="Empty: the bot's own" onInput=${set("stop")} />
      <${Figure} label="Take-profit" unit=${quote} placeholder=${price(level(entry, own.take_profit))} value=${text.take} fault=${fault.take} hint="Empty: the bot's own" onInput=${set("take")} /></div>
    <div class="notice"><b>At once, ${bot.name} places its stop-loss and take-profit.</b><dl class="pairs num"><dt>Sells everything at or below</dt>
      <dd>${price(stopAt)} <span class="soft nowrap">· about ${worth(stopAt)} ${quote}</span></dd><dt>Sells everything at or above</dt>
      <dd>${price(takeAt)} <span class="soft nowrap">· about ${worth(takeAt)} ${quote}</span></dd></dl>
      <span class="soft">${bot.status === "running" ? "Its strategy may sell earlier. " : `It is ${bot.state}: its strategy decides nothing until it is started. `}What the sale brings is the bot's to trade with.</span></div><//>`;
}

/** @param {Holding} holding */ export const askAdopt = (holding) => openDialog(html`<${AdoptDialog} holding=${holding} />`);
