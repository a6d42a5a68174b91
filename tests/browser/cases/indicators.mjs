// What a bot's strategy draws on its chart: there without a jump, hidden and shown by keyboard and remembered, in words where
// there is nothing to draw.
import assert from "node:assert/strict";

const ready = async (page) => {
  await page.waitForSelector(".chart canvas");
  await page.locator(".legend.pane").first().waitFor();
};
const names = async (page) => (await page.locator(".legend.pane").allTextContents()).map((text) => /^[A-Za-z]+/.exec(text)[0]);
const price = (page) => page.locator(".chart > .legend");
const menu = (page) => page.getByRole("group", { name: "Indicators" });
const open = async (page) => {
  await page.getByRole("button", { name: "Indicators" }).focus();
  await page.keyboard.press("Enter");
  await menu(page).waitFor();
};

export default [
  {
    name: "lines on the price, three panes below it, and nothing jumps when they come",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      await page.evaluate(() => {
        const seen = new Set();
        Object.assign(window, { chartHeights: seen });
        new MutationObserver(() => {
          const height = document.querySelector(".chart.tall")?.getBoundingClientRect().height;
          if (height) seen.add(height);
        }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
      });
      await page.getByRole("article").first().getByRole("link").first().click();
      await ready(page);
      assert.deepEqual(await names(page), ["RSI", "Histogram", "ADX"]);
      assert.match(await price(page).textContent(), /EMA 9 [\d.]+.*EMA 21 [\d.]+.*Band/);
      assert.match(await page.locator(".legend.pane").first().textContent(), /RSI 14 \d+\.\d\d *oversold 30 *overbought 70/);
      assert.equal(await page.evaluate(() => /** @type {any} */ (window).chartHeights.size), 1, "the chart keeps its height");
      await world.shot(page, "indicators_dark");
    },
  },
  {
    name: "hidden and shown by keyboard, and remembered",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn("/bots/1/overview");
      await ready(page);
      await open(page);
      await page.keyboard.press("Tab");
      assert.ok(await menu(page).getByRole("checkbox", { name: "EMA 9" }).evaluate((at) => at === document.activeElement), "the first is reached by Tab");
      await page.keyboard.press("Space");
      await page.waitForFunction(() => !document.querySelector(".chart > .legend").textContent.includes("EMA 9"));
      await menu(page).getByRole("checkbox", { name: "RSI" }).focus();
      await page.keyboard.press("Space");
      await menu(page).getByRole("checkbox", { name: "On-balance volume" }).focus();
      await page.keyboard.press("Space");
      await page.waitForFunction(() => document.querySelectorAll(".fill .legend.pane").length === 3);
      await page.keyboard.press("Escape");
      await menu(page).waitFor({ state: "hidden" });
      const chosen = await names(page);
      assert.deepEqual(chosen, ["Histogram", "ADX", "OBV"]);
      const { height } = await page.locator(".chart.tall").boundingBox();
      await page.reload();
      await ready(page);
      assert.deepEqual(await names(page), chosen);
      assert.doesNotMatch(await price(page).textContent(), /EMA 9/);
      await open(page);
      await menu(page).getByRole("checkbox", { name: "RSI" }).check();
      await page.waitForFunction(() => document.querySelectorAll(".fill .legend.pane").length === 4);
      assert.ok((await page.locator(".chart.tall").boundingBox()).height > height, "a fourth pane has room of its own");
    },
  },
  {
    name: "why there is nothing to draw, in plain words",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      const { charts } = world.mock.api;
      charts.set(1, { state: "computing", reason: null });
      await page.goto(`${world.base}/bots/1/overview`);
      await price(page).getByText("Indicators are being worked out…").waitFor();
      charts.set(1, { state: "failed", reason: "the plugin ended while it was asked for its chart: a segmentation fault (SIGSEGV)" });
      world.mock.api.emit("indicators", { bot_id: 1, state: "failed", as_of_ms: null });
      await price(page).getByText(/No indicators: the plugin ended.*segmentation fault.*The bot itself is not affected/).waitFor();
      await world.shot(page, "indicators_failed");
      charts.delete(1);
      world.mock.api.emit("indicators", { bot_id: 1, state: "ready", as_of_ms: Date.now() });
      await ready(page);
      await price(page).getByText("No indicators").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "15m" }).click();
      await page.locator(".legend.pane").first().waitFor({ state: "detached" });
      await open(page);
      await menu(page).getByText("The strategy draws on its own candles: choose 5m.").waitFor();
      charts.set(2, { state: "none", reason: null });
      await page.goto(`${world.base}/bots/2/overview`);
      await page.waitForSelector(".chart canvas");
      await open(page);
      await menu(page).getByText("This strategy draws nothing.").waitFor();
    },
  },
  {
    name: "what closes is drawn on, and only what is new is read",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      await page.goto(`${world.base}/bots/1/overview`);
      await ready(page);
      const bot = world.mock.api.bots.find((each) => each.id === 1);
      const { rows } = world.mock.api.historyOf(bot);
      const before = await page.locator(".legend.pane").first().textContent();
      const last = rows.at(-1);
      rows.push([last[0] + 300000, last[4], last[4] * 1.05, last[4], last[4] * 1.05, 10]);
      const asked = page.waitForRequest(/\/indicators\?.*from=\d+/);
      world.mock.api.emit("candle", { symbol: bot.symbol, interval: "5m", closed: true, row: rows.at(-1) });
      world.mock.api.emit("indicators", { bot_id: 1, state: "ready", as_of_ms: last[0] });
      await asked;
      await page.waitForFunction((text) => document.querySelector(".legend.pane")?.textContent !== text, before);
    },
  },
  {
    name: "on a phone nothing runs over the edge",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn("/bots/1/overview", { viewport: { width: 360, height: 740 } });
      await ready(page);
      await open(page);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
      const box = await menu(page).boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= 360 && box.y >= 0 && box.y + box.height <= 740, "the list is on the screen");
      const small = await menu(page).locator("label").evaluateAll((all) => all.filter((at) => at.getBoundingClientRect().height < 44).length);
      assert.equal(small, 0, "touch targets of 44 px");
      await world.shot(page, "indicators_phone");
    },
  },
];
