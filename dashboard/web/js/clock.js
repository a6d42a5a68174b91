// Server time and market time. The browser's own clock is only used to measure how long ago the server spoke.
import { signal } from "./lib.js";

/** Moves once a second; whoever shows a running time reads it. */
export const tick = signal(0);
setInterval(() => {
  tick.value++;
}, 1000);

const zero = { server_ms: Date.now(), market_ms: Date.now(), speed: /** @type {number|null} */ (1), at: performance.now() };
const last = signal(zero);

/** @param {{server_ms: number, market_ms: number|null, speed: number|null}} beat */
export function setClock(beat) {
  last.value = { server_ms: beat.server_ms, market_ms: beat.market_ms ?? beat.server_ms, speed: beat.speed, at: performance.now() };
}

/** @returns {number} */
export function serverNow() {
  return last.value.server_ms + performance.now() - last.value.at;
}

/** Time as the bots live it: a replay runs at its own. @returns {number} */
export function marketNow() {
  return last.value.market_ms + (last.value.speed ?? 0) * (performance.now() - last.value.at);
}

/** Real time until a moment of market time; null where the market halts or runs as fast as it can. @param {number|null} market_ms */
export function untilMarket(market_ms) {
  const { speed } = last.value;
  return market_ms == null || !speed ? null : (market_ms - marketNow()) / speed;
}

export const marketSpeed = () => last.value.speed;
/** True where bots live in another time than we do. */
export const isReplay = () => last.value.speed !== 1 || Math.abs(last.value.market_ms - last.value.server_ms) > 60000;
