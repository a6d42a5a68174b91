// The whole program on a real Chromium: node tests/browser/program.mjs [--only TEXT] [--shots FOLDER]
// Starts `stratdock run` (STRATDOCK_BINARY) twice in folders of its own: one on an accelerated market that goes on, one whose
// market comes to its end, where every figure is compared with the journal's.
// Exit code 0: all passed; 1: something failed; 77: Chromium, the npm packages, the program, python3 or cc is missing.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { here, needBrowser, option, pageCases, skip } from "./options.mjs";

needBrowser();
if (!existsSync(process.env.STRATDOCK_BINARY ?? "")) skip("STRATDOCK_BINARY does not name the program");
for (const tool of ["python3", "cc"]) if (spawnSync(tool, ["--version"]).error) skip(`${tool} is not installed`);

const { launch } = await import("./browser.mjs");
const { World, loadCases, openBrowser, runCases } = await import("./runner.mjs");
const { Host, freePort } = await import("./program/host.mjs");
const { walkCases, deathCases } = await import("./program/walk.mjs");
const { figureCases } = await import("./program/figures.mjs");

const taker_fee = "0.0015"; // not the default, so that who takes the default is found out
const yaml = (market, bots) => `mode: paper
market:
  source: synthetic
  interval: 5m
  start: 2025-01-01
${market}
  symbols:
    BTCUSDT: {price: 50000, volatility: 0.03}
    ETHUSDT: {price: 2500, volatility: 0.04}
    BNBUSDT: {price: 500, volatility: 0.035}
    SOLUSDT: {price: 150, volatility: 0.06}
    XRPUSDT: {price: 0.55, volatility: 0.05}
    DOGEUSDT: {price: 0.12, volatility: 0.07}
paper:
  balances: {USDT: 10000}
  maker_fee: 0.1%
  taker_fee: 0.15%
risk: {max_orders_per_minute: 0, max_orders_per_day: 0}
plugins: {incomplete_sandbox: allow}
bots:
  btc_enhanced: {symbol: BTCUSDT, strategy: enhanced, trade_amount: 1500}
  eth_volatile: {symbol: ETHUSDT, strategy: volatile, trade_amount: 1000}
  sol_simple: {symbol: SOLUSDT, strategy: simple_profitable, trade_amount: 1000, stop_loss: 3%, take_profit: 6%}
  doge_volatile: {symbol: DOGEUSDT, strategy: volatile, trade_amount: 500}
${bots}`;

const shots = option("shots");
if (shots) mkdirSync(shots, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), "sdk-browser-"));
const started = performance.now();
const going = new Host(join(folder, "going"), await freePort(), yaml("  seed: 7\n  speed: 3000x", ""));
const ending = new Host(
  join(folder, "ending"),
  await freePort(),
  yaml("  seed: 11\n  speed: 30000x\n  end: 2025-01-06T13:15:00", "  bnb_idle: {symbol: BNBUSDT, strategy: volatile, trade_amount: 100, start: false}\n"),
);

function build(name, flags) {
  const file = join(folder, name + ".so");
  const done = spawnSync(
    "cc",
    ["-std=c11", "-O1", "-shared", "-fPIC", "-fvisibility=hidden", "-I", join(here, "../../plugin_api/include"), ...flags, join(here, "program/strategy.c"), "-o", file],
    { encoding: "utf8" },
  );
  if (done.status !== 0) throw new Error(done.stderr);
  return file;
}

let outcome = { passed: 0, failed: 1 };
const browser = await launch();
try {
  going.started_at = performance.now();
  await going.start();
  await ending.start();
  const pages = (await loadCases(join(here, "cases"), pageCases)).filter((each) => !each.mockOnly);
  const named = (prefix, cases) => cases.map((each) => ({ ...each, name: `${prefix}: ${each.name}` }));
  const figures = figureCases(ending, taker_fee);
  const walk = walkCases(going, build);
  const cases = [
    ...named("walk", walk.slice(0, 1)),
    ...named("figures", figures.slice(0, 1)),
    ...named("walk", walk.slice(1)),
    ...named("figures", figures.slice(1)),
    ...pages,
    ...named("death", deathCases(going)),
  ].filter((each) => each.name.includes(option("only")));
  const states = new Map([going, ending].map((host) => [host, { link: host.link }]));
  outcome = await runCases(cases, async (each) => {
    const host = each.host ?? going;
    return { world: new World({ browser: await openBrowser(host.base, {}, browser), base: host.base, state: states.get(host), shots }) };
  });
} catch (error) {
  console.log(error.stack ?? error);
} finally {
  await browser.close();
  await Promise.all([going.stop(), ending.stop()]);
}
if (outcome.failed) for (const host of [going, ending]) console.log(`--- ${host.config} said:\n${host.said.slice(-3000)}`);
if (!outcome.failed || !option("keep")) rmSync(folder, { recursive: true, force: true });
console.log(`${outcome.passed} passed, ${outcome.failed} failed, ${Math.round((performance.now() - started) / 1000)} s`);
process.exit(outcome.failed || !outcome.passed ? 1 : 0);
