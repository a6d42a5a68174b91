// Calls to the server as dashboard/API.md describes them: errors are values of one kind, changing calls carry their keys.
import { signal } from "./lib.js";

/** @type {import("../vendor/signals.js").Signal<import("./types.js").Session|null|undefined>} undefined: not asked yet; null: none */
export const session = signal(/** @type {any} */ (undefined));

export class ApiError extends Error {
  /** @param {number} status @param {{code?: string, message?: string, hint?: string, fields?: Record<string, string>}} error */
  constructor(status, error) {
    super(error.message || `The server answered ${status}.`);
    this.status = status;
    this.code = error.code ?? "UNKNOWN";
    this.hint = error.hint ?? "";
    this.fields = error.fields ?? {};
  }
}

/** @param {string} path @param {RequestInit} [init] @returns {Promise<any>} */
async function call(path, init) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(15000), ...init });
  } catch {
    throw new ApiError(0, {
      code: "UNREACHABLE",
      message: "The dashboard's server does not answer.",
      hint: "Bots go on without it. Look at: stratdock status",
    });
  }
  let body = null;
  try {
    body = await answer.json();
  } catch {
    /* no JSON: the status has to do */
  }
  if (answer.ok) return body;
  const error = body?.error ?? { message: body?.message };
  if (answer.status === 401 && error.code === "SESSION_REQUIRED") session.value = null;
  throw new ApiError(answer.status, error);
}

/** @param {string} path @param {Record<string, string|number|null|undefined>} [query] */
export function get(path, query) {
  return call(withQuery(path, query));
}

/** @param {string} path @param {Record<string, string|number|null|undefined>} [query] */
export function withQuery(path, query) {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return pairs.length ? path + "?" + new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])) : path;
}

/** One wish, one key: pass the same key again only to ask for the same thing again. */
export const newKey = () => crypto.randomUUID();

/** @param {string} path @param {unknown} [body] @param {string} [key] @returns {Promise<any>} */
export function post(path, body = {}, key = newKey()) {
  const headers = /** @type {Record<string, string>} */ ({ "Content-Type": "application/json", "Idempotency-Key": key });
  if (session.value) headers["X-Stratdock-CSRF"] = session.value.csrf;
  return call(path, { method: "POST", headers, body: JSON.stringify(body) });
}
