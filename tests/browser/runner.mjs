// Runs cases: each gets a World, and fails by what it throws or by what its browser noticed.
import { join } from "node:path";
import { openBrowser } from "./browser.mjs";

/** What a case works with: the server under test, a browser that watches, a signed-in page. */
export class World {
  /** @param {{browser: any, mock?: any, base: string, state: {cookies?: any, link?: string}, shots?: string}} parts */
  constructor(parts) {
    Object.assign(this, { mock: null, shots: "" }, parts);
  }
  async page(options = {}) {
    const context = await this.browser.newContext({ ...options, storageState: this.state.cookies ?? undefined });
    return context.newPage();
  }
  /** A page with a session. The real host's link works once, so its cookie is kept for the cases after. */
  async signedIn(path = "/", options = {}) {
    const page = await this.page(options);
    if (this.mock || !this.state.cookies) {
      await page.goto(this.mock ? this.mock.link() : this.state.link);
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

/** Cases of `files`, named after their file. */
export async function loadCases(folder, files) {
  const cases = [];
  for (const name of files) {
    for (const each of (await import(join(folder, name + ".mjs"))).default) cases.push({ ...each, name: `${name}: ${each.name}` });
  }
  return cases;
}

/**
 * @param {any[]} cases
 * @param {(each: any) => Promise<any>} makeWorld gives {world, end}; the world's browser is closed here
 * @returns {Promise<{passed: number, failed: number}>}
 */
export async function runCases(cases, makeWorld) {
  let failed = 0,
    passed = 0;
  for (const each of cases) {
    const { world, end } = await makeWorld(each);
    const { browser } = world;
    browser.expected.push(...(each.expects ?? []));
    const started = performance.now();
    const faults = () => [...new Set(browser.faults)].slice(0, 8).join("\n      ");
    try {
      await each.run(world);
      if (browser.faults.length) throw new Error(faults());
      passed++;
      console.log(`ok      ${each.name} (${Math.round(performance.now() - started)} ms)`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${each.name}\n      ${error.stack ?? error}${browser.faults.length ? "\n      also: " + faults() : ""}`);
      if (world.shots) {
        const pages = browser.pages();
        for (const [at, page] of pages.entries())
          await page.screenshot({ path: join(world.shots, `failed_${failed}_${at}.png`) }).catch(() => {});
      }
    } finally {
      await browser.close();
      await end?.();
    }
  }
  return { passed, failed };
}

export { openBrowser };
