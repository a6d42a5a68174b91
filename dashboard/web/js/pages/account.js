// "What does the account hold, whose is it, and what belongs to nobody?"
import { html } from "../lib.js";
import { serverNow, tick } from "../clock.js";
import { AssignButton, useAccount, worthOf } from "../components/holdings.js";
import { Empty, Failure, ModeChip } from "../components/parts.js";
import { approximate, sign } from "../decimal.js";
import { amount, dash, duration, exact, money, moneyDigits } from "../format.js";

/** @typedef {import("../types.js").Holding} Holding */
/** @typedef {import("../types.js").AccountAsset} AccountAsset */

/** @param {AccountAsset} row @param {string|null} value a quantity: zero is a dash, money has its usual digits */
const held = (row, value) => (value === null || sign(value) === 0 ? dash : row.asset === row.value_asset ? money(value, row.asset) : exact(value));

/** The greatest worth first, what has no known price last. @param {AccountAsset[]} rows */
const byWorth = (rows) => [...rows].sort((a, b) => (approximate(b.value) ?? -1) - (approximate(a.value) ?? -1) || a.asset.localeCompare(b.asset));

/** @param {{holdings: Holding[], name: string}} props */
function HoldingTable({ holdings, name }) {
  return html`<div class="scroll"><table><caption class="hidden">${name}</caption><thead><tr><th>Coin</th><th class="r">Unallocated</th>
    <th class="r">Price</th><th class="r">Worth</th><th class="r"><span class="hidden">Assign</span></th></tr></thead><tbody>${holdings.map(
      (holding) => html`<tr key=${holding.asset}><td><b>${holding.asset}</b> <span class="muted">${holding.symbol}</span></td>
      <td class="r num">${exact(holding.unallocated)}</td><td class="r num">${holding.price === null ? dash : amount(holding.price, Math.max(2, holding.price.split(".")[1]?.length ?? 0))}</td>
      <td class="r num">${holding.price === null ? dash : `${money(worthOf(holding), holding.quote_asset)} ${holding.quote_asset}`}</td>
      <td class="r"><${AssignButton} holding=${holding} /></td></tr>`,
    )}</tbody></table></div>`;
}

/** @param {{holdings: Holding[]}} props */
function Holdings({ holdings }) {
  const traded = holdings.filter((holding) => holding.is_traded),
    others = holdings.filter((holding) => !holding.is_traded);
  return html`<section class="panel"><header><h2>Without a bot</h2><span class="muted">coins that nothing watches: no stop-loss, no strategy</span></header>
    ${traded.length ? html`<${HoldingTable} holdings=${traded} name="Coins without a bot" />` : ""}
    ${
      others.length
        ? html`<details class="rest inset" open=${others.length <= 3 && !traded.length}><summary>${others.length} ${others.length === 1 ? "coin that no bot trades" : "coins that no bot trades"}. Make a bot for one, and it can take them.</summary><${HoldingTable} holdings=${others} name="Coins that no bot trades" /></details>`
        : ""
    }</section>`;
}

/** @param {{account: import("../types.js").Account}} props */
function Balances({ account }) {
  tick.value;
  const age = account.balances_ms === null ? null : Math.max(0, serverNow() - account.balances_ms);
  const money_name = account.accounts[0]?.value_asset ?? null;
  return html`<section class="panel"><header><h2>Balances</h2><span class="gap"></span><span class=${"num " + (age !== null && age > 60000 ? "warn" : "muted")} role="status">${age === null ? "the exchange has not told them yet" : `as the exchange said ${duration(age)} ago`}</span></header>
    ${
      account.accounts.length
        ? html`<div class="scroll"><table><caption class="hidden">Balances</caption><thead><tr><th>Asset</th><th class="r">Free</th><th class="r">Locked in orders</th>
      <th class="r">In bots</th><th class="r">Unallocated</th><th class="r">Worth${money_name ? `, ${money_name}` : ""}</th></tr></thead><tbody>${byWorth(account.accounts).map(
        (row) => html`<tr key=${row.asset}><td><b>${row.asset}</b></td><td class="r num">${held(row, row.free)}</td>
        <td class="r num">${held(row, row.locked)}</td><td class="r num" title=${row.bots.map((bot) => `${bot.name}: ${exact(bot.amount)}`).join("\n")}>${held(row, row.allotted)}${row.bots.length ? html` <span class="muted">${row.bots.length === 1 ? row.bots[0].name : `${row.bots.length} bots`}</span>` : ""}</td>
        <td class="r num">${held(row, row.unallocated)}</td><td class="r num">${row.value === null ? dash : amount(row.value, moneyDigits(row.value_asset))}</td></tr>`,
      )}</tbody></table></div>`
        : html`<${Empty}>The account holds nothing yet.<//>`
    }</section>`;
}

export function AccountPage() {
  const { account, error, load } = useAccount(5000); // shown beside their age: never much older than the engine has them
  const mode = account?.accounts[0]?.mode;
  return html`<div class="title"><h1>Account</h1>${mode ? html`<${ModeChip} mode=${mode} />` : ""}</div>
    ${error ? html`<${Failure} error=${error} retry=${load} />` : ""}
    ${account ? html`<div class="stack spaced">${account.holdings.length ? html`<${Holdings} holdings=${account.holdings} />` : ""}<${Balances} account=${account} /></div>` : error ? "" : html`<${Empty}>Loading…<//>`}`;
}
