// How figures look: true minus, narrow spaces between thousands, "–" for what is unknown.
import { fixed, units } from "./decimal.js";
import { timeZone } from "./settings.js";

export const dash = "\u2013";
const minus = "\u2212";
const thin = "\u00a0";
const twoPlaces = new Set(["USDT", "USDC", "FDUSD", "BUSD", "TUSD", "DAI", "EUR", "USD", "GBP", "TRY", "BRL"]);

/** @param {string} text "-1234.5" @returns {string} "−1 234.5" */
function dress(text) {
  const negative = text.startsWith("-");
  const [whole, rest] = (negative ? text.slice(1) : text).split(".");
  const grouped = whole.length > 3 ? whole.replace(/\B(?=(\d{3})+$)/g, thin) : whole;
  return (negative ? minus : "") + grouped + (rest === undefined ? "" : "." + rest);
}

/** @param {string|null|undefined} value @param {number} digits */
export function amount(value, digits) {
  const parsed = units(value);
  return parsed === null ? dash : dress(fixed(parsed, Math.min(8, Math.max(0, digits))));
}

/** @param {string|null|undefined} currency */
export const moneyDigits = (currency) => (twoPlaces.has(currency ?? "USDT") ? 2 : 6);

/** @param {string|null|undefined} value @param {string|null} [currency] */
export const money = (value, currency) => amount(value, moneyDigits(currency));

/** With a plus where it is one. @param {string|null|undefined} value @param {string|null} [currency] */
export function signedMoney(value, currency) {
  const text = money(value, currency);
  return text === dash || text.startsWith(minus) || !/[1-9]/.test(text) ? text : "+" + text;
}

/** Every digit the server sent. @param {string|null|undefined} value */
export const exact = (value) => (value == null ? dash : dress(value));

/** A figure that is no money, of any size: "56.21", "0.0041", "12.3 M". @param {number} value */
export function approximateText(value) {
  const size = Math.abs(value);
  if (size >= 1e9) return dress((value / 1e9).toFixed(2)) + "\u00a0G";
  if (size >= 1e6) return dress((value / 1e6).toFixed(2)) + "\u00a0M";
  if (size >= 1e-4 || size === 0) return dress(value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 || size === 0 ? 2 : 4));
  return dress(value.toPrecision(2));
}

/** @param {number|null|undefined} fraction 0.05 is 5 % */
export function percent(fraction, digits = 2, signed = true) {
  if (fraction == null || !Number.isFinite(fraction)) return dash;
  const text = Math.abs(fraction * 100).toFixed(digits);
  const zero = !/[1-9]/.test(text);
  return (zero ? "" : fraction < 0 ? minus : signed ? "+" : "") + dress(text) + "\u00a0%";
}

/** @param {number|null|undefined} value */
export const ratio = (value, digits = 2) => (value == null ? dash : dress(value.toFixed(digits)));

/** @param {number|null|undefined} value a whole number */
export const count = (value) => (value == null ? dash : dress(String(value)));

/** "1:04:09" or "0:48". @param {number|null} ms */
export function countdown(ms) {
  if (ms == null) return dash;
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

/** "3 d 4 h", "15 m", "42 s". @param {number|null|undefined} ms */
export function duration(ms) {
  if (ms == null) return dash;
  const steps = /** @type {[number, string][]} */ ([
    [86400000, "d"],
    [3600000, "h"],
    [60000, "m"],
    [1000, "s"],
  ]);
  const first = steps.findIndex(([size]) => ms >= size);
  if (first < 0) return "0 s";
  const [size, unit] = steps[first];
  const rest = steps[first + 1];
  const tail = rest ? Math.floor((ms % size) / rest[0]) : 0;
  return `${Math.floor(ms / size)} ${unit}` + (tail ? ` ${tail} ${rest[1]}` : "");
}

/** @param {number|null|undefined} bytes */
export function size(bytes) {
  if (bytes == null) return dash;
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = bytes < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** step).toFixed(step && bytes / 1024 ** step < 100 ? 1 : 0)} ${names[step]}`;
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {number|null|undefined} ms @param {"full"|"clock"|"short"|"day"} [kind] */
export function time(ms, kind = "full") {
  if (ms == null) return dash;
  const zone = timeZone.value === "UTC" ? "UTC" : undefined;
  const key = zone ?? "local";
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    });
    formats.set(key, format);
  }
  const text = format.format(ms); // "2026-11-22 13:30:36"
  return kind === "clock" ? text.slice(11) : kind === "short" ? text.slice(5, 16) : kind === "day" ? text.slice(0, 10) : text;
}
