// What the page knows: one snapshot, kept up to date by events. A signal a bot, so that a price repaints one card only.
import { batch, computed, signal } from "./lib.js";
import { get } from "./api.js";
import { setClock } from "./clock.js";

/** @typedef {import("./types.js").Bot} Bot */
/** @type {Map<number, import("../vendor/signals.js").Signal<Bot>>} */
const known = new Map();
/** Changes when bots come, go, or change places. */
const order = signal(/** @type {number[]} */ ([]));
export const totals = signal(/** @type {import("./types.js").Total[]} */ ([]));
export const alarms = signal(/** @type {import("./types.js").Alarm[]} */ ([]));
export const openAlarms = signal(0);
export const engine = signal(/** @type {import("./types.js").Engine|null} */ (null));
export const server = signal({ version: "", asset_version: "" });
export const loaded = signal(false);
export let revision = 0;

/** Attention first, then live, then paper; stopped ones last; by name. @param {Bot} bot */
function rank(bot) {
  const worry = bot.attention.some((item) => item.severity === "danger") ? 0 : bot.attention.length ? 1 : 2;
  return worry * 8 + (bot.mode === "live" ? 0 : 4) + (bot.state === "stopped" ? 1 : 0);
}

function sort() {
  const sorted = [...known.values()]
    .map((each) => each.peek())
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .map((bot) => bot.id);
  const now = order.peek();
  if (sorted.length !== now.length || sorted.some((id, at) => id !== now[at])) order.value = sorted;
}

export const botIds = computed(() => order.value);
/** @param {number} id */
export const botSignal = (id) => {
  order.value;
  return known.get(id);
};
export const allBots = () => order.value.map((id) => /** @type {any} */ (known.get(id)).value);
export const needAttention = computed(() => allBots().filter((bot) => bot.attention.length));

/** @param {Bot} bot */
function put(bot) {
  const there = known.get(bot.id);
  if (!there) {
    known.set(bot.id, signal(bot));
    return true;
  }
  const before = rank(there.peek());
  const renamed = there.peek().name !== bot.name;
  there.value = bot;
  return renamed || rank(bot) !== before;
}

/** Reads the whole snapshot. @returns {Promise<number>} its revision */
export async function refresh() {
  const snapshot = await get("/api/v1/overview");
  batch(() => {
    const alive = new Set(snapshot.bots.map((/** @type {Bot} */ bot) => bot.id));
    for (const id of known.keys()) if (!alive.has(id)) known.delete(id);
    snapshot.bots.forEach(put);
    sort();
    totals.value = snapshot.totals;
    alarms.value = snapshot.alarms;
    openAlarms.value = snapshot.open_alarms;
    engine.value = snapshot.engine;
    server.value = { version: snapshot.version, asset_version: snapshot.asset_version };
    setClock(snapshot);
    loaded.value = true;
  });
  revision = snapshot.rev;
  return revision;
}

/** @type {Set<{kind: string, act: (data: any) => void}>} */
const listeners = new Set();

/** @param {string} kind @param {(data: any) => void} act @returns {() => void} ends it */
export function onEvent(kind, act) {
  const listener = { kind, act };
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** @param {string} kind @param {number} rev @param {any} data */
export function apply(kind, rev, data) {
  if (rev && kind !== "heartbeat") revision = Math.max(revision, rev); // a heartbeat may run ahead of events still to be replayed
  batch(() => {
    switch (kind) {
      case "heartbeat":
        setClock(data);
        engine.value = data.engine;
        break;
      case "bot":
        if (put(data)) sort();
        break;
      case "bot_removed":
        known.delete(data.id);
        sort();
        break;
      case "price":
        for (const [id, part] of Object.entries(data.bots)) {
          const bot = known.get(Number(id));
          if (bot) bot.value = { ...bot.peek(), .../** @type {any} */ (part) };
        }
        break;
      case "totals":
        totals.value = data.totals;
        break;
      case "alarm":
        takeAlarm(data);
        break;
    }
    for (const listener of listeners) if (listener.kind === kind) listener.act(data);
  });
}

/** @param {import("./types.js").Alarm} alarm */
function takeAlarm(alarm) {
  const isOpen = alarm.resolved_ms === null && alarm.acknowledged_ms === null;
  const wasOpen = alarms.value.some((each) => each.id === alarm.id);
  const others = alarms.value.filter((each) => each.id !== alarm.id);
  alarms.value = isOpen ? [alarm, ...others] : others;
  openAlarms.value += Number(isOpen) - Number(wasOpen);
}
