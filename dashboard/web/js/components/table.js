// A table that pages back and takes new rows from the event stream; every one can be had as CSV.
import { html, useEffect, useState } from "../lib.js";
import { get, withQuery } from "../api.js";
import { onEvent } from "../store.js";
import { Empty, Failure } from "./parts.js";

/**
 * @param {string} path @param {Record<string, any>} query @param {string|null} kind the event that brings rows
 * @param {(row: any) => boolean} [belongs] @param {any} [version] another value reads the table anew
 */
export function useTable(path, query, kind, belongs = () => true, version = /** @type {any} */ (0)) {
  const [state, setState] = useState(
    /** @type {{rows: any[], before: any, error: any, busy: boolean}} */ ({ rows: [], before: null, error: null, busy: true }),
  );
  const key = withQuery(path, query);
  const load = async (/** @type {any} */ before = null) => {
    setState((old) => ({ ...old, busy: true }));
    try {
      const answer = await get(path, { ...query, before });
      setState((old) => ({
        rows: before === null ? answer.rows : [...old.rows, ...answer.rows],
        before: answer.next_before,
        error: null,
        busy: false,
      }));
    } catch (error) {
      setState((old) => ({ ...old, error, busy: false }));
    }
  };
  useEffect(() => {
    load();
  }, [key, version]);
  useEffect(
    () =>
      kind
        ? onEvent(kind, (row) => {
            if (!belongs(row)) return;
            if (kind === "trade" && row.exit_ms !== null)
              setState((old) => ({ ...old, rows: old.rows.filter((each) => each.exit_ms !== null) })); // its open row is over
            setState((old) => {
              const at = old.rows.findIndex((each) => each.id === row.id);
              return { ...old, rows: at < 0 ? [row, ...old.rows] : old.rows.map((each, index) => (index === at ? row : each)) };
            });
          })
        : undefined,
    [key, kind],
  );
  useEffect(() => (kind ? onEvent("reset", () => load()) : undefined), [key, kind]);
  return { ...state, more: () => load(state.before), again: () => load(), csv: withQuery(path, { ...query, limit: 1000, format: "csv" }) };
}

/**
 * @param {{table: ReturnType<typeof useTable>, columns: {name: string, cell: (row: any) => any, figure?: boolean, wide?: boolean, tone?: (row: any) => string}[], empty: any, caption: string}} props
 */
export function Table({ table, columns, empty, caption }) {
  if (table.error && !table.rows.length) return html`<${Failure} error=${table.error} retry=${table.again} />`;
  if (!table.rows.length) return html`<${Empty}>${table.busy ? "Loading…" : empty}<//>`;
  return html`<div class="scroll"><table class="table-wide"><caption class="hidden">${caption}</caption><thead>
    <tr>${columns.map(({ name, figure }) => html`<th key=${name} class=${figure ? "r" : ""}>${name}</th>`)}</tr></thead>
    <tbody>${table.rows.map((row) => html`<tr key=${row.id}>${columns.map(({ name, cell, figure, wide, tone }) => html`<td key=${name} class=${(figure ? "r num " : wide ? "text " : "nowrap ") + (tone?.(row) ?? "")}>${cell(row)}</td>`)}</tr>`)}</tbody></table></div>
    ${table.before !== null ? html`<p class="empty">
      <button disabled=${table.busy} onClick=${table.more}>${table.busy ? "Loading…" : "Older ones"}</button></p>` : ""}`;
}
