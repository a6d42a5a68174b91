// A form out of a strategy's parameter schema: one field a parameter, checked while typing by the same rules as the host's.
import { html } from "../lib.js";

/** @typedef {import("../types.js").Parameter} Parameter */
/** What stands in the fields: text as typed, or a boolean; absent = the default. @typedef {Record<string, string|boolean>} Typed */

/** @param {Parameter} parameter @param {string|boolean|undefined} typed @returns {{value: any, fault: string}} value undefined: leave the default */
export function readParameter({ type, min, max, choices }, typed) {
  if (typed === undefined || typed === "") return { value: undefined, fault: "" };
  if (type === "bool") return { value: typed === true, fault: "" };
  const text = String(typed).trim();
  if (type === "choice" || (type === "text" && choices.length))
    return choices.includes(text) ? { value: text, fault: "" } : { value: undefined, fault: `One of ${choices.join(", ")}.` };
  if (type === "text") return { value: text, fault: "" };
  const value = Number(text.replace(",", "."));
  if (!Number.isFinite(value)) return { value: undefined, fault: "A number, please." };
  if (type === "int" && !Number.isInteger(value)) return { value: undefined, fault: "A whole number, please." };
  if (min !== null && value < min) return { value: undefined, fault: `At least ${min}.` };
  if (max !== null && value > max) return { value: undefined, fault: `At most ${max}.` };
  return { value, fault: "" };
}

/** @param {Parameter[]} schema @param {Typed} typed @returns {{values: Record<string, any>, faults: Record<string, string>}} only what differs from the defaults */
export function readParameters(schema, typed) {
  const values = /** @type {Record<string, any>} */ ({}),
    faults = /** @type {Record<string, string>} */ ({});
  for (const parameter of schema) {
    const { value, fault } = readParameter(parameter, typed[parameter.key]);
    if (fault) faults[parameter.key] = fault;
    else if (value !== undefined && value !== parameter.default) values[parameter.key] = value;
  }
  return { values, faults };
}

/** @param {{parameter: Parameter, typed: string|boolean|undefined, fault: string, disabled: boolean, onChange: (value: string|boolean) => void}} props */
function Field({ parameter: p, typed, fault, disabled, onChange }) {
  const id = "parameter-" + p.key;
  const hint = [
    p.doc,
    p.min !== null && p.max !== null
      ? `${p.min} to ${p.max}.`
      : p.min !== null
        ? `From ${p.min}.`
        : p.max !== null
          ? `Up to ${p.max}.`
          : "",
    `Default ${p.type === "bool" ? (p.default ? "on" : "off") : p.default || "none"}.`,
  ]
    .filter(Boolean)
    .join(" ");
  const changed = typed !== undefined && typed !== "" && String(typed) !== String(p.default);
  const title = html`<span>${p.name || p.key}${changed ? html` <span class="accent">changed</span>` : ""}</span>`;
  const below = fault
    ? html`<span class="error" id=${id + "-fault"} role="alert">${fault}</span>`
    : html`<small id=${id + "-fault"}>${hint}</small>`;
  if (p.type === "bool")
    return html`<div class="field"><span class="label" id=${id + "-name"}>${title}</span><label class="check">
      <input id=${id} type="checkbox" aria-describedby=${id + "-fault"} disabled=${disabled} checked=${typed === undefined ? p.default === true : typed === true} onChange=${(/** @type {any} */ event) => onChange(event.target.checked)} />on</label>${below}</div>`;
  if (p.type === "choice" || (p.type === "text" && p.choices.length))
    return html`<label class="field">${title}
      <select id=${id} disabled=${disabled} aria-describedby=${id + "-fault"} value=${typed ?? p.default} onChange=${(/** @type {any} */ event) => onChange(event.target.value)}>${p.choices.map((choice) => html`<option key=${choice} value=${choice}>${choice}</option>`)}</select>${below}</label>`;
  return html`<label class="field">${title}<span class="unit">
    <input id=${id} name=${p.key} disabled=${disabled} inputmode=${p.type === "int" ? "numeric" : p.type === "float" ? "decimal" : "text"} autocomplete="off" aria-invalid=${fault !== ""} aria-describedby=${id + "-fault"} placeholder=${String(p.default ?? "")} value=${typed === undefined ? "" : String(typed)} onInput=${(/** @type {any} */ event) => onChange(event.target.value)} />${p.unit ? html`<i>${p.unit}</i>` : ""}</span>${below}</label>`;
}

/** @param {{schema: Parameter[], typed: Typed, faults: Record<string, string>, disabled?: boolean, onChange: (typed: Typed) => void}} props */
export function ParameterForm({ schema, typed, faults, disabled = false, onChange }) {
  const field = (/** @type {Parameter} */ p) =>
    html`<${Field} key=${p.key} parameter=${p} typed=${typed[p.key]} fault=${faults[p.key] ?? ""} disabled=${disabled} onChange=${(/** @type {any} */ value) => onChange({ ...typed, [p.key]: value })} />`;
  const plain = schema.filter((p) => !p.flags.includes("advanced")),
    advanced = schema.filter((p) => p.flags.includes("advanced"));
  const openAdvanced = advanced.some((p) => faults[p.key] || (typed[p.key] !== undefined && typed[p.key] !== ""));
  return html`<div class="grid">${plain.map(field)}</div>${advanced.length ? html`<details class="rest" open=${openAdvanced}>
    <summary>${advanced.length} advanced</summary><div class="grid">${advanced.map(field)}</div></details>` : ""}`;
}
