// A combobox over the exchange's symbols: type, choose by arrow keys or click.
import { html, useEffect, useState } from "../lib.js";
import { get } from "../api.js";
import { exact } from "../format.js";

/** @param {{value: string, fault: string, onPick: (symbol: string, market: any) => void}} props */
export function SymbolSearch({ value, fault, onPick }) {
  const [found, setFound] = useState(/** @type {any[]} */ ([]));
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    if (!open) return;
    let gone = false;
    const look = (/** @type {boolean} */ again) =>
      get("/api/v1/markets", { query: value, limit: 20 }).then(
        (answer) => {
          if (gone) return;
          setFound(answer.symbols);
          setTrouble("");
          if (again) return;
          setAt(0);
          // Asking is what makes the engine ask for them.
          if (answer.symbols.some((/** @type {any} */ market) => market.price === null)) timer = setTimeout(() => look(true), 1500);
        },
        (error) => setTrouble(error.message),
      );
    let timer = setTimeout(() => look(false), 150);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [value, open]);
  const pick = (/** @type {any} */ market) => {
    onPick(market.symbol, market);
    setOpen(false);
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      setAt((now) => Math.min(found.length - 1, Math.max(0, now + (event.key === "ArrowDown" ? 1 : -1))));
    } else if (event.key === "Enter" && open && found[at]) {
      event.preventDefault();
      pick(found[at]);
    } else if (event.key === "Escape") setOpen(false);
  };
  return html`<div class="field combo"><label class="field"><span>Symbol</span>
    <input name="symbol" role="combobox" aria-expanded=${open && found.length > 0} aria-controls="symbols" aria-autocomplete="list" aria-activedescendant=${open && found[at] ? "symbol-" + found[at].symbol : undefined} autocomplete="off" placeholder="BTCUSDT" value=${value} aria-invalid=${fault !== ""}
      onInput=${(/** @type {any} */ event) => {
        onPick(event.target.value.toUpperCase().trim(), null);
        setOpen(true);
      }} onFocus=${() => setOpen(true)} onBlur=${() => setTimeout(() => setOpen(false), 150)} onKeyDown=${onKeyDown} />
      ${fault ? html`<span class="error" role="alert">${fault}</span>` : html`<small>${trouble || "Type a coin or a pair."}</small>`}
        </label>
    ${
      open && found.length
        ? html`<ul class="found" id="symbols" role="listbox">${found.map(
            (market, index) =>
              html`<li key=${market.symbol} id=${"symbol-" + market.symbol} role="option" aria-selected=${index === at} onPointerDown=${(
                /** @type {Event} */ event,
              ) => {
                event.preventDefault();
                pick(market);
              }}><b>${market.base_asset}</b><span class="muted">/ ${market.quote_asset}</span><span class="gap"></span>
                <span class="num soft">${exact(market.price)}</span></li>`,
          )}</ul>`
        : ""
    }</div>`;
}
