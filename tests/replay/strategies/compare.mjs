// compare.mjs DECIDE_ALL PLUGIN_FOLDER: every decision of every strategy on every recorded 5-minute file against rules.mjs.
// Exit 0: all agree, except where a compared value lies within 1e-9 of its threshold (listed). 77: no recorded data.
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

let failures = 0;
for (const file of readdirSync(`${data}/klines`).filter((name) => name.includes("-5m-")).sort()) {
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
      const compare = new Compare(), want = decide(strategy, x, t, compare);
      const [action, confidence, size, stop, take] = got.subarray(t * 5, t * 5 + 5);
      count[action]++;
      if (action === want.action && confidence === want.confidence && !differs(size, want.size, 0) && !differs(stop, want.stop, 1e-9) && !differs(take, want.take, 1e-9)) continue;
      const text = `${strategy} ${file} row ${t} ${new Date(rows[t][0]).toISOString()}: ${names[action]} ${confidence} ${size} ${stop} ${take}, expected ${names[want.action]} ${want.confidence} ${want.size} ${want.stop} ${want.take}`;
      if (compare.near) { near++; console.log(`near a threshold: ${text}`); }
      else if (++wrong <= 10) console.log(`DIFFERENT: ${text}`);
    }
    if (strategy !== "ticker_news" && (count[1] === 0 || count[2] === 0)) { wrong++; console.log(`${strategy} never advised both BUY and SELL: nothing was compared`); }
    // Rounding excuses one decision in ten thousand at most.
    if (near > rows.length / 10000) { wrong++; console.log(`${strategy}: too many differences near thresholds`); }
    failures += wrong;
    console.log(`${strategy} on ${file}: ${rows.length} candles, BUY ${count[1]}, SELL ${count[2]}, different ${wrong}, near a threshold ${near}`);
  }
}
if (failures > 0) console.log(`${failures} decisions differ`);
process.exit(failures > 0 ? 1 : 0);
