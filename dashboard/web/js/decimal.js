// Exact decimals, as the server sends money, prices and quantities: text in, text out, eight digits after the point.

const places = 8;
const one = 10n ** BigInt(places);

/** @param {string|null|undefined} text @returns {bigint|null} units of 1e-8; null for anything that is no plain decimal */
export function units(text) {
  const match = /^(-?)(\d{1,24})(?:\.(\d{1,8}))?$/.exec(text ?? "");
  if (!match) return null;
  const size = BigInt(match[2]) * one + BigInt((match[3] ?? "").padEnd(places, "0"));
  return match[1] ? -size : size;
}

/** @param {bigint} value @param {number} digits rounded half away from zero @returns {string} "-12.50" */
export function fixed(value, digits) {
  const step = 10n ** BigInt(places - digits);
  const size = ((value < 0n ? -value : value) + step / 2n) / step;
  const text = size.toString().padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  return (value < 0n && size !== 0n ? "-" : "") + whole + (digits ? "." + text.slice(-digits) : "");
}

/** @param {(string|null|undefined)[]} texts @returns {string|null} the exact sum; null when any part is unknown */
export function sum(texts) {
  let total = 0n;
  for (const text of texts) {
    const part = units(text);
    if (part === null) return null;
    total += part;
  }
  return fixed(total, places).replace(/\.?0+$/, "");
}

/** @param {string|null|undefined} text @returns {number} -1, 0 or 1; 0 for unknown */
export function sign(text) {
  const value = units(text);
  return value === null || value === 0n ? 0 : value < 0n ? -1 : 1;
}

/** For drawing only: the nearest double. @param {string|null|undefined} text @returns {number|null} */
export function approximate(text) {
  return units(text) === null ? null : Number(text);
}
