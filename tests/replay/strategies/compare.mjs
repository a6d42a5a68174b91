// compare.mjs DECIDE_ALL PLUGIN_FOLDER: every decision of every strategy on every recorded 5-minute file against rules.mjs.
// Exit 0: all agree, except where a compared value lies within 1e-9 of its threshold and the other answer to that comparison
// gives the decision that was made (listed, with both sides). 77: no recorded data.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Compare, decide, indicators } from "./rules.mjs";

const [decideAll, plugins, defaultData] = process.argv.slice(2);
const data = process.env.STRATDOCK_SHARED_DATA || defaultData;
if (!existsSync(`${data}/klines`)) {
  console.log(`skipped: no recorded candles at ${data}/klines (STRATDOCK_SHARED_DATA names another folder)`);
  process.exit(77);
}
const names = ["HOLD", "BUY", "SELL"];
const differs = (a, b, tolerance) => Number.isNaN(a) !== Number.isNaN(b) || Math.abs(a - b) > tolerance * Math.abs(b);

function load(file) {
  const lines = gunzipSync(readFileSync(file)).toString("latin1").trim().split("\n");
  const rows = [];
  for (const line of lines) {
    const row = line.split(",", 6).map(Number);
    if (rows.length === 0 || row[0] > rows.at(-1)[0]) rows.push(row); // a repeated row is no new candle
  }
  const column = (i) => Float64Array.from(rows, (row) => row[i]);
  return { rows, candles: { open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) } };
}

const same = (got, want) => got.action === want.action && got.confidence === want.confidence && !differs(got.size, want.size, 0) &&
  !differs(got.stop, want.stop, 1e-9) && !differs(got.take, want.take, 1e-9);

// The comparisons near a threshold that, answered the other way, give what was decided; none: it is simply different.
function excuse(strategy, x, t, got) {
  const plain = new Compare();
  decide(strategy, x, t, plain);
  for (let turned = 1; turned < 1 << Math.min(plain.near.length, 10); turned++) {
    const compare = new Compare(turned);
    if (same(got, decide(strategy, x, t, compare))) return compare.near.filter((_, i) => (turned >> i) & 1).join(", ");
  }
  return "";
}

let failures = 0;
const files = readdirSync(`${data}/klines`).filter((name) => name.includes("-5m-")).sort();
if (files.length === 0) throw new Error(`${data}/klines holds no 5-minute file: nothing was compared`);
for (const file of files) {
  const { rows, candles } = load(`${data}/klines/${file}`);
  const x = indicators(candles);
  const input = Buffer.from(Float64Array.from(rows.flat()).buffer);
  for (const strategy of ["volatile", "enhanced", "simple_profitable", "ticker_news"]) {
    const run = spawnSync(decideAll, [`${plugins}/${strategy}.so`], { input, maxBuffer: 1 << 28 });
    if (run.status !== 0) throw new Error(`${strategy} on ${file}: ${run.stderr}`);
    const got = new Float64Array(run.stdout.buffer.slice(run.stdout.byteOffset, run.stdout.byteOffset + run.stdout.length));
    if (got.length !== rows.length * 5) throw new Error(`${strategy} on ${file}: ${got.length / 5} decisions for ${rows.length} candles`);
    const count = [0, 0, 0];
    let near = 0, wrong = 0;
    for (let t = 0; t < rows.length; t++) {
      const want = decide(strategy, x, t, new Compare());
      const [action, confidence, size, stop, take] = got.subarray(t * 5, t * 5 + 5);
      count[action]++;
      if (same({ action, confidence, size, stop, take }, want)) continue;
      const text = `${strategy} ${file} row ${t} ${new Date(rows[t][0]).toISOString()}: ${names[action]} ${confidence} ${size} ${stop} ${take}, expected ${names[want.action]} ${want.confidence} ${want.size} ${want.stop} ${want.take}`;
      const rounded = excuse(strategy, x, t, { action, confidence, size, stop, take });
      if (rounded) { near++; console.log(`near a threshold (${rounded}): ${text}`); }
      else if (++wrong <= 10) console.log(`DIFFERENT: ${text}`);
    }
    if (strategy !== "ticker_news" && (count[1] === 0 || count[2] === 0)) { wrong++; console.log(`${strategy} never advised both BUY and SELL: nothing was compared`); }
    // Rounding excuses one decision in ten thousand at most.
    if (near > rows.length / 10000) { wrong++; console.log(`${strategy}: too many differences near thresholds`); }
    failures += wrong;
    console.log(`${strategy} on ${file}: ${rows.length} candles, BUY ${count[1]}, SELL ${count[2]}, different ${wrong}, near a threshold ${near}`);
  }
}
console.log(failures > 0 ? `${failures} decisions differ` : `every decision agrees on ${files.length} files: ${files.join(", ")}`);
process.exit(failures > 0 ? 1 : 0);
