// The event stream: lost and found again, silent, replaced by polling, shared by tabs, and a new version of the page.
import assert from "node:assert/strict";

const says = (page, text) => page.locator("header.top [role=status]", { hasText: text }).waitFor({ timeout: 30000 });

export default [
  {
    name: "a cut stream comes back and nothing is missed",
    mockOnly: true,
    expects: ["ERR_INCOMPLETE_CHUNKED", "ERR_EMPTY_RESPONSE"],
    async run(world) {
      const page = await world.signedIn();
      await says(page, "Live data");
      world.mock.api.dropStreams();
      const bot = world.mock.api.bots[3];
      bot.state_reason = "changed while the stream was away";
      Object.assign(bot, { state: "stopped", wanted_state: "stopped", status: "stopped" });
      world.mock.api.emit("bot", bot);
      await page.waitForFunction(() =>
        [...document.querySelectorAll("article")].some((each) => each.textContent.includes("xrp-calm") && /Stopped/.test(each.textContent)),
      );
      await says(page, "Live data");
    },
  },
  {
    name: "a reset reads everything anew",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      await says(page, "Live data");
      world.mock.api.bots[0].name = "renamed-before-reset";
      world.mock.api.emit("reset", { reason: "test" });
      await page.getByText("renamed-before-reset").waitFor();
    },
  },
  {
    name: "a candle that closes without an event is read",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn("/bots/1/overview");
      await page.waitForSelector(".chart canvas");
      await page.waitForTimeout(600);
      const asked = page.waitForRequest((request) => request.url().includes("/candles?") && request.url().includes("from="));
      const bot = world.mock.api.bots[0];
      world.mock.api.emit("price", { bots: { 1: { price: bot.price, price_ms: Date.now() + 300000 } } });
      await asked;
    },
  },
  {
    name: "silence of 15 s dims the numbers and says so",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      await says(page, "Live data");
      world.mock.api.silent = true;
      await says(page, "Stale");
      await page.waitForFunction(() => document.documentElement.classList.contains("stale"));
      world.mock.api.silent = false;
      await says(page, "Live data");
      await page.waitForFunction(() => !document.documentElement.classList.contains("stale"));
    },
  },
  {
    name: "without a stream the page polls, and returns to it",
    mockOnly: true,
    expects: ["503", "ERR_INCOMPLETE_CHUNKED"],
    async run(world) {
      const page = await world.signedIn();
      await says(page, "Live data");
      world.mock.api.refuseStreams = true;
      world.mock.api.dropStreams();
      await says(page, "polling");
      world.mock.api.bots[0].name = "renamed-meanwhile";
      await page.getByText("renamed-meanwhile").waitFor();
      world.mock.api.refuseStreams = false;
      await says(page, "Live data");
    },
  },
  {
    name: "two tabs share one stream, and the second goes on when the first closes",
    mockOnly: true,
    async run(world) {
      const first = await world.signedIn();
      await says(first, "Live data");
      const second = await first.context().newPage();
      await second.goto(world.base + "/");
      await says(second, "Live data");
      await second.waitForTimeout(500);
      assert.equal(world.mock.api.streams.size, 1);
      const price = () => second.getByRole("article", { name: "btc-trend", exact: true }).locator(".railtext").textContent();
      await first.close();
      await second.waitForTimeout(1500);
      const before = await price();
      await second.waitForTimeout(1500);
      assert.notEqual(await price(), before);
      assert.equal(world.mock.api.streams.size, 1);
    },
  },
  {
    name: "a page left open reloads itself after an upgrade",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      await says(page, "Live data");
      await page.evaluate(() => {
        window.marker = 1;
      });
      world.mock.api.version = "ffffffffffff";
      world.mock.api.emit("heartbeat", world.mock.api.beat(), false);
      await page.waitForFunction(() => window.marker === undefined);
      await says(page, "Live data");
    },
  },
  {
    name: "live events arrive",
    async run(world) {
      const page = await world.signedIn();
      await says(page, "Live data");
    },
  },
];
