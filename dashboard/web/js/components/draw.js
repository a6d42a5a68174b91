// Our own small drawings as SVG: the sparkline and the rail between stop and take-profit.
import { html } from "../lib.js";
import { approximate } from "../decimal.js";
import { amount } from "../format.js";

/** @param {{values: number[], tone: string, label: string}} props tone: "up", "down" or "" */
export function Sparkline({ values, tone, label }) {
  if (values.length < 2) return html`<svg class="spark" role="img" aria-label=${label}></svg>`;
  const low = Math.min(0, ...values),
    high = Math.max(0, ...values);
  const y = (/** @type {number} */ value) => (high === low ? 20 : 38 - (36 * (value - low)) / (high - low)).toFixed(1);
  const points = values.map((value, at) => `${((200 * at) / (values.length - 1)).toFixed(1)} ${y(value)}`);
  return html`<svg class=${"spark " + (tone || "muted")} viewBox="0 0 200 40" preserveAspectRatio="none" role="img" aria-label=${label}>
    <path class="area" d=${`M0 ${y(0)} L${points.join(" L")} L200 ${y(0)} Z`} /><path class="zero" d=${`M0 ${y(0)} H200`} />
      <path class="line" d=${"M" + points.join(" L")} /></svg>`;
}

/** Where the price stands between stop and take-profit. @param {{bot: import("../types.js").Bot}} props */
export function PositionRail({ bot }) {
  const [entry, now, stop, take] = [bot.entry_price, bot.price, bot.stop_loss, bot.take_profit].map(approximate);
  const d = bot.price_decimals;
  const text = html`<div class="railtext num"><span><abbr title="stop-loss">SL</abbr> ${amount(bot.stop_loss, d)}</span>
    <span>now ${amount(bot.price, d)}</span><span><abbr title="take-profit">TP</abbr> ${amount(bot.take_profit, d)}</span></div>`;
  if (entry === null || now === null || stop === null || take === null || take <= stop) return text;
  const at = (/** @type {number} */ price) => Math.min(100, Math.max(0, (100 * (price - stop)) / (take - stop)));
  const [left, right] = [Math.min(at(entry), at(now)), Math.max(at(entry), at(now))];
  return html`<svg class="rail" role="img" aria-label=${`Price ${bot.price} between stop ${bot.stop_loss} and take-profit ${bot.take_profit}, entry ${bot.entry_price}`}>
      <rect class="base" x="0" y="4" width="100%" height="6" rx="3" />
        <rect class=${now >= entry ? "gain" : "loss"} x=${left + "%"} y="4" width=${Math.max(0.4, right - left) + "%"} height="6" />
      <rect class="sl" x="0" y="2" width="3" height="10" rx="1" /><svg x="100%" overflow="visible">
        <rect class="tp" x="-3" y="2" width="3" height="10" rx="1" /></svg>
      <rect class="entry" x=${at(entry) + "%"} y="2" width="2" height="10" /><svg x=${at(now) + "%"} overflow="visible">
        <rect class="now" x="-2" y="0" width="4" height="14" rx="2" /></svg></svg>${text}`;
}
