// Changing calls as a person sees them: "requested", then what the engine said. Nothing is shown as done before it is.
import { signal } from "./lib.js";
import { ApiError, get, post } from "./api.js";
import { onEvent } from "./store.js";

/** @typedef {{id: number, kind: "info"|"warning"|"danger", title: string, text: string, lasting: boolean}} Toast */
export const toasts = signal(/** @type {Toast[]} */ ([]));
let next = 1;

/** @param {Omit<Toast, "id"|"lasting"> & {lasting?: boolean}} toast */
export function tell(toast) {
  const id = next++;
  toasts.value = [...toasts.value.slice(-3), { lasting: false, ...toast, id }];
  if (!toast.lasting && toast.kind === "info") setTimeout(() => dismiss(id), 6000);
  return id;
}
/** @param {number} id */
export const dismiss = (id) => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
};
/** @param {unknown} error @param {string} title */
export function tellError(error, title) {
  const known = error instanceof ApiError ? error : null;
  if (known?.status === 401) return;
  const where = /** @type {any} */ (known)?.fields && Object.values(known?.fields ?? {}).join(" ");
  tell({ kind: "danger", title, text: [known?.message ?? String(error), where, known?.hint].filter(Boolean).join(" "), lasting: true });
}

/** @type {Map<string, (command: import("./types.js").Command) => void>} */
const waiting = new Map();
onEvent("command", (command) => {
  if (command.status !== "pending") waiting.get(command.command_id)?.(command);
});

/** Resolves when the engine has answered; asks again every 2 s where no event comes. @param {import("./types.js").Command} command @returns {Promise<import("./types.js").Command>} */
function settled(command) {
  return new Promise((resolve) => {
    const finish = (/** @type {import("./types.js").Command} */ answer) => {
      clearInterval(asking);
      waiting.delete(command.command_id);
      resolve(answer);
    };
    const asking = setInterval(async () => {
      try {
        const now = await get(`/api/v1/commands/${encodeURIComponent(command.command_id)}`);
        if (now.status !== "pending") finish(now);
      } catch {
        /* the next look tells */
      }
    }, 2000);
    waiting.set(command.command_id, finish);
  });
}

/**
 * @param {string} what "Start btc-trend", as it stands on the button
 * @param {string} path @param {unknown} [body]
 * @returns {Promise<import("./types.js").Command|null>} null when it was not done; the person has been told either way
 */
export async function command(what, path, body = {}) {
  try {
    let answer = await post(path, body);
    if (answer.status === "pending") {
      const id = tell({ kind: "info", title: `${what}: requested`, text: answer.message || "Waiting for the engine.", lasting: true });
      answer = await settled(answer);
      dismiss(id);
    }
    if (answer.status === "refused") {
      tell({ kind: "danger", title: `${what}: refused`, text: answer.message, lasting: true });
      return null;
    }
    tell({ kind: "info", title: `${what}: confirmed`, text: answer.message });
    return answer;
  } catch (error) {
    tellError(error, `${what}: not done`);
    return null;
  }
}
