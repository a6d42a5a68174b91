// Coins of the account that belong to no bot: read now and then, listed, assigned.
import { html, useEffect, useState } from "../lib.js";
import { get } from "../api.js";
import { units, fixed } from "../decimal.js";
import { exact, money } from "../format.js";
import { onEvent } from "../store.js";
import { askAdopt } from "./adopt_dialog.js";

/** @typedef {import("../types.js").Holding} Holding */
const one = 10n ** 8n;

/** The account, read anew after each command too. @param {number} every_ms @returns {{account: import("../types.js").Account|null, error: any, load: () => void}} */
export function useAccount(every_ms) {
  const [account, setAccount] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const load = () => {
    get("/api/v1/account").then((answer) => {
      setAccount(answer);
      setError(null);
    }, setError);
  };
  useEffect(() => {
    load();
    const timer = setInterval(load, every_ms);
    const off = onEvent("command", load);
    return () => {
      clearInterval(timer);
      off();
    };
  }, []);
  return { account, error, load };
}

/** @param {Holding} holding */
export function worthOf(holding) {
  const quantity = units(holding.unallocated),
    price = units(holding.price);
  return quantity === null || price === null ? null : fixed((quantity * price) / one, 8);
}

/** @param {{holding: Holding}} props */
export function AssignButton({ holding }) {
  if (holding.takers.length) return html`<button class="small" onClick=${() => askAdopt(holding)}>Assign to a bot…</button>`;
  return html`<span class="muted">${holding.is_traded ? "its bots hold a position" : `no bot trades ${holding.asset}`}</span>`;
}

/** On the overview: only what a bot could take now. */
export function HoldingsNotice() {
  const { account } = useAccount(30000);
  const open = (account?.holdings ?? []).filter((holding) => holding.takers.length);
  if (!open.length) return "";
  return html`<section class="notice spaced" aria-label="Coins without a bot"><b>${open.length === 1 ? "A coin belongs" : "Coins belong"} to no bot: nothing protects ${open.length === 1 ? "it" : "them"}</b>
    ${open.slice(0, 3).map(
      (holding) => html`<div class="line" key=${holding.asset}><span class="num">${exact(holding.unallocated)} ${holding.asset}${
        holding.price === null ? "" : ` · about ${money(worthOf(holding), holding.quote_asset)} ${holding.quote_asset}`
      }</span><span class="gap"></span><${AssignButton} holding=${holding} /></div>`,
    )}${open.length > 3 ? html`<a href="/account">${open.length - 3} more</a>` : ""}</section>`;
}
