// Keeps the store up to date: one event stream a browser, shared by its tabs. 15 s of silence is "stale"; then it reconnects,
// and while that fails it polls. The tab that holds the lock reads the stream and passes every event on to the others.
import { effect, signal } from "./lib.js";
import { get, session } from "./api.js";
import { apply, onEvent, refresh, revision, server } from "./store.js";

const kinds = [
  "heartbeat",
  "bot",
  "bot_removed",
  "price",
  "totals",
  "candle",
  "indicators",
  "decision",
  "trade",
  "order",
  "alarm",
  "log",
  "command",
  "plugin",
  "reset",
];
const silence_ms = 15000;
const pauses_ms = [1000, 2000, 5000, 10000];
const poll_ms = 5000;
const refresh_ms = 1000;

/** "connecting" "live" "stale" "polling" "offline" */
export const connection = signal("connecting");
/** The bot whose log lines somebody looks at. */
export const wantedLog = signal(/** @type {number|null} */ (null));
/** True where this tab reads the stream itself; others poll their log. */
export const isReader = signal(false);

/** @type {EventSource|null} */ let source = null;
let heard_at = 0,
  failures = 0,
  stopped = true,
  polled_at = 0;
/** @type {any} */ let retry = 0;
/** @type {BroadcastChannel|null} */ let channel = null;

function heard() {
  heard_at = performance.now();
  failures = 0;
  if (connection.peek() !== "live") connection.value = "live";
}

/** Events that came while a snapshot was on its way; null: none is. @type {[string, number, any][]|null} */
let held = null;
let refreshed_at = -Infinity;

/** Everything anew. A busy market may ask for it often: once a second is enough. */
async function startOver() {
  if (held) return;
  held = [];
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, refreshed_at + refresh_ms - performance.now())));
  refreshed_at = performance.now();
  try {
    await refresh();
  } catch {
    /* the next reset or poll tries again */
  }
  const waiting = held;
  held = null;
  apply("reset", 0, {});
  for (const [kind, rev, data] of waiting) if (rev > revision || kind === "log") apply(kind, rev, data);
}

/** @param {string} kind @param {number} rev @param {any} data */
function take(kind, rev, data) {
  heard();
  if (kind === "reset") {
    startOver();
    return;
  }
  if (kind !== "heartbeat" && held) {
    held.push([kind, rev, data]);
    return;
  }
  if (kind !== "heartbeat" && rev && rev <= revision && kind !== "log") return;
  apply(kind, rev, data);
  if (kind === "heartbeat" && data.asset_version && server.peek().asset_version && data.asset_version !== server.peek().asset_version)
    location.reload();
}

function open() {
  if (stopped) return;
  clearTimeout(retry);
  source?.close();
  const log = wantedLog.peek();
  source = new EventSource(`/api/v1/events?since=${revision}` + (log === null ? "" : `&logs=${log}`));
  heard_at = performance.now();
  for (const kind of kinds) {
    source.addEventListener(kind, (event) => {
      const rev = Number(event.lastEventId) || 0;
      const data = JSON.parse(event.data);
      take(kind, rev, data);
      channel?.postMessage({ kind, rev, data });
    });
  }
  source.onerror = () => lost();
}

// A stream that ended says nothing about why: ask for the session, which tells a lost sign-in from a lost server.
async function lost() {
  source?.close();
  source = null;
  if (stopped) return;
  const pause = pauses_ms[Math.min(failures++, pauses_ms.length - 1)];
  if (connection.peek() === "live") connection.value = "connecting";
  clearTimeout(retry);
  retry = setTimeout(async () => {
    try {
      await get("/api/v1/session");
      open();
    } catch {
      if (!stopped && session.peek()) lost();
    }
  }, pause);
}

async function watch() {
  if (stopped) return;
  const quiet_ms = performance.now() - heard_at;
  if (quiet_ms > silence_ms && connection.peek() === "live") {
    connection.value = "stale";
    if (isReader.peek()) lost();
  }
  const away = isReader.peek() ? failures >= 3 : quiet_ms > silence_ms + 5000;
  if (!away || performance.now() - polled_at < poll_ms) return;
  polled_at = performance.now();
  try {
    await refresh();
    if (connection.peek() !== "live") connection.value = "polling";
  } catch {
    if (!stopped) connection.value = "offline";
  }
}
setInterval(watch, 1000);

// The lock passes to the next tab when this one closes.
async function compete() {
  if (!navigator.locks) {
    isReader.value = true;
    open();
    return;
  }
  await navigator.locks.request(
    "stratdock.stream",
    () =>
      new Promise((/** @type {(value?: unknown) => void} */ release) => {
        if (stopped) {
          release();
          return;
        }
        isReader.value = true;
        open();
        done = release;
      }),
  );
}
let done = () => {};

/** Call once signed in. */
export async function start() {
  if (!stopped) return;
  stopped = false;
  heard_at = performance.now();
  channel = new BroadcastChannel("stratdock.events");
  channel.onmessage = ({ data }) => {
    if (!isReader.peek()) take(data.kind, data.rev, data.data);
  };
  try {
    await refresh();
    if (!navigator.locks) connection.value = "live";
  } catch {
    connection.value = "offline";
  }
  compete();
}

export function stop() {
  stopped = true;
  clearTimeout(retry);
  source?.close();
  source = null;
  channel?.close();
  isReader.value = false;
  connection.value = "connecting";
  done();
}

effect(() => {
  wantedLog.value;
  if (isReader.peek() && !stopped) open();
});
effect(() => {
  if (session.value === null) stop();
});
onEvent("heartbeat", () => {
  if (connection.peek() !== "live") connection.value = "live";
});
