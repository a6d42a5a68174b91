// The figures as the page must show them, computed anew from what the API says: not with the page's own code.

/** @param {string|null} text @param {number} digits */
export function figure(text, digits, signed = false) {
  if (text === null) return "\u2013";
  const value = Number(text);
  const fixed = Math.abs(value).toFixed(digits);
  const zero = Number(fixed) === 0;
  const grouped = fixed.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, "\u00a0");
  return (zero ? "" : value < 0 ? "\u2212" : signed ? "+" : "") + grouped;
}

/** Waits until `read` gives the same as `want`: both move with the market, so a few tries meet. */
export async function meets(read, want, what, tries = 40) {
  let got, wanted;
  for (let at = 0; at < tries; ++at) {
    [wanted, got] = [await want(), await read()];
    if (got === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  throw new Error(`${what}: the page shows ${JSON.stringify(got)}, the API says ${JSON.stringify(wanted)}`);
}
