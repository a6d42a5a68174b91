// Walks through the dashboard on a real Chromium: node tests/browser/run.mjs [--only TEXT] [--shots FOLDER]
// Without more it runs against the mock. Against a real host: BASE_URL=http://127.0.0.1:5001 SETUP_LINK=http://127.0.0.1:5001/login#token=... node run.mjs
// Exit code 0: all passed; 1: something failed; 77: Chromium or the npm packages are missing.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const option = (name) => {
  const at = process.argv.indexOf("--" + name);
  return at < 0 ? "" : (process.argv[at + 1] ?? "");
};
const skip = (text) => {
  console.log("skipped: " + text);
  process.exit(77);
};
if (!existsSync(process.env.CHROMIUM ?? "/usr/bin/chromium")) skip("Chromium is not installed (apt-get install chromium, or set CHROMIUM)");
if (!existsSync(join(here, "node_modules/playwright-core"))) skip("playwright-core is missing (npm ci --prefix tests/browser)");
const real = process.env.BASE_URL?.replace(/\/$/, "");
if (!real && !existsSync(join(here, "../../dashboard/web/node_modules/preact")))
  skip("the page's packages are missing (npm ci --prefix dashboard/web)");

const { openBrowser } = await import("./browser.mjs");
const cases = [];
for (const name of ["sign_in", "overview", "bot_page", "commands", "new_bot", "live", "access"]) {
  for (const each of (await import(`./cases/${name}.mjs`)).default) cases.push({ ...each, name: `${name}: ${each.name}` });
}
const shots = option("shots");
if (shots) mkdirSync(shots, { recursive: true });

/** One world for a case: the mock afresh (or the real host), a browser, a signed-in page. */
class World {
  constructor(browser, mock, base, state) {
    Object.assign(this, { browser, mock, base, state, shots });
  }
  async page(options = {}) {
    const context = await this.browser.newContext({ ...options, storageState: this.state.cookies ?? undefined });
    return context.newPage();
  }
  /** A page with a session. The real host's link works once, so its cookie is kept for the cases after. */
  async signedIn(path = "/", options = {}) {
    const page = await this.page(options);
    if (this.mock || !this.state.cookies) {
      await page.goto(this.mock ? this.mock.link() : process.env.SETUP_LINK);
      await page.waitForSelector("nav.side");
      if (!this.mock) this.state.cookies = await page.context().storageState();
    }
    if (path !== "/" || page.url() === "about:blank") await page.goto(this.base + path);
    await page.waitForSelector("nav.side");
    return page;
  }
  /** Reads the API with the page's own session. */
  api(page, path) {
    return page.evaluate(async (at) => (await fetch(at)).json(), path);
  }
  async shot(page, name) {
    if (this.shots) await page.screenshot({ path: join(this.shots, name + ".png"), fullPage: true });
  }
}

let failed = 0,
  passed = 0,
  left = 0;
const state = {};
const folder = real ? null : (await import("./assets.mjs")).prepareAssets();
const { startMock } = real ? {} : await import("./mock/server.mjs");
for (const each of cases) {
  if (!each.name.includes(option("only")) || (real && each.mockOnly)) {
    left++;
    continue;
  }
  const mock = real ? null : await startMock(folder, { bots: each.bots });
  const base = real ?? mock.base;
  const browser = await openBrowser(base);
  browser.expected.push(...(each.expects ?? []));
  const started = performance.now();
  try {
    await each.run(new World(browser, mock, base, state));
    if (browser.faults.length) throw new Error([...new Set(browser.faults)].slice(0, 8).join("\n      "));
    passed++;
    console.log(`ok      ${each.name} (${Math.round(performance.now() - started)} ms)`);
  } catch (error) {
    failed++;
    console.log(
      `FAILED  ${each.name}\n      ${error.stack ?? error}${browser.faults.length ? "\n      also: " + [...new Set(browser.faults)].slice(0, 5).join("\n      ") : ""}`,
    );
  } finally {
    await browser.close();
    await mock?.stop();
  }
}
console.log(`${passed} passed, ${failed} failed, ${left} left out`);
process.exit(failed || !passed ? 1 : 0);
