// Every trade of a bot, entry to exit, and the orders behind them.
import { html } from "../lib.js";
import { gainClass } from "../components/parts.js";
import { Table, useTable } from "../components/table.js";
import { amount, dash, duration, exact, money, percent, signedMoney, time } from "../format.js";

const exits = /** @type {Record<string, string>} */ ({
  signal: "signal",
  stop_loss: "stop-loss",
  take_profit: "take-profit",
  close: "closed by hand",
  foreign: "from outside",
});

/** @param {{bot: import("../types.js").Bot}} props */
export function TradesTab({ bot }) {
  const d = bot.price_decimals;
  const mine = (/** @type {any} */ row) => row.bot_id === bot.id;
  const trades = useTable(`/api/v1/bots/${bot.id}/trades`, { open: 1 }, "trade", mine, bot.entry_ms);
  const orders = useTable(`/api/v1/bots/${bot.id}/orders`, {}, "order", mine, bot.entry_ms);
  return html`<div class="stack"><section class="panel"><header><h2>Trades</h2>
    <span class="muted">prices and money in ${bot.quote_asset}, after fees</span><span class="gap"></span>
    <a href=${trades.csv} download>CSV</a></header>
    <${Table} caption="Trades" table=${trades} empty="No trade yet." columns=${[
      { name: "Entry", cell: (row) => time(row.entry_ms, "short") },
      { name: "Exit", cell: (row) => (row.exit_ms === null ? html`<span class="chip">open</span>` : time(row.exit_ms, "short")) },
      { name: "Held", figure: true, cell: (row) => duration(row.duration_ms) },
      { name: "Quantity", figure: true, cell: (row) => exact(row.quantity) },
      { name: "Entry price", figure: true, cell: (row) => amount(row.entry_price, d) },
      { name: "Exit price", figure: true, cell: (row) => amount(row.exit_price, d) },
      { name: "Fees", figure: true, cell: (row) => money(row.fees, row.quote_asset) },
      { name: "Result", figure: true, cell: (row) => signedMoney(row.profit, row.quote_asset), tone: (row) => gainClass(row.profit) },
      { name: "%", figure: true, cell: (row) => percent(row.profit_fraction), tone: (row) => gainClass(row.profit) },
      { name: "Exit by", cell: (row) => (row.exit_reason === null ? dash : (exits[row.exit_reason] ?? row.exit_reason)) },
      { name: "Bought because", wide: true, cell: (row) => row.entry_reason || dash },
    ]} /></section>
    <section class="panel"><header><h2>Orders</h2><span class="gap"></span><a href=${orders.csv} download>CSV</a></header>
    <${Table} caption="Orders" table=${orders} empty="No order yet." columns=${[
      { name: "Time", cell: (row) => time(row.created_ms, "short") },
      { name: "For", cell: (row) => row.purpose.replace("_", "-") },
      { name: "Side", cell: (row) => row.side },
      { name: "Type", cell: (row) => row.type },
      { name: "State", cell: (row) => html`${row.status ?? row.state}${row.reason ? html` <span class="warn">${row.reason}</span>` : ""}` },
      { name: "Quantity", figure: true, cell: (row) => (row.quantity === null ? dash : exact(row.quantity)) },
      { name: "Price", figure: true, cell: (row) => amount(row.stop_price ?? row.price, d) },
      { name: "Filled", figure: true, cell: (row) => exact(row.executed_quantity) },
      { name: "Average", figure: true, cell: (row) => amount(row.average_price, d) },
    ]} /></section></div>`;
}
