// Walks through the dashboard on a real Chromium: node tests/browser/run.mjs [--only TEXT] [--shots FOLDER]
// Without more it runs against the mock. Against a real host: BASE_URL=http://127.0.0.1:5001 SETUP_LINK=http://127.0.0.1:5001/login#token=... node run.mjs
// Exit code 0: all passed; 1: something failed; 77: Chromium or the npm packages are missing.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { here, needBrowser, option, pageCases, skip } from "./options.mjs";

needBrowser();
const real = process.env.BASE_URL?.replace(/\/$/, "");
if (!real && !existsSync(join(here, "../../dashboard/web/node_modules/preact")))
  skip("the page's packages are missing (npm ci --prefix dashboard/web)");

const { World, loadCases, openBrowser, runCases } = await import("./runner.mjs");
const shots = option("shots");
if (shots) mkdirSync(shots, { recursive: true });
const all = await loadCases(join(here, "cases"), pageCases);
const cases = all.filter((each) => each.name.includes(option("only")) && !(real && each.mockOnly));

const state = { link: process.env.SETUP_LINK };
const folder = real ? null : (await import("./assets.mjs")).prepareAssets();
const { startMock } = real ? {} : await import("./mock/server.mjs");
const { passed, failed } = await runCases(cases, async (each) => {
  const mock = real ? null : await startMock(folder, { bots: each.bots });
  const base = real ?? mock.base;
  return { world: new World({ browser: await openBrowser(base), mock, base, state, shots }), end: () => mock?.stop() };
});
console.log(`${passed} passed, ${failed} failed, ${all.length - cases.length} left out`);
process.exit(failed || !passed ? 1 : 0);
