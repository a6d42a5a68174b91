// The overview: every bot, attention first, its figures those of the API, moving without a reload.
import assert from "node:assert/strict";
import { figure, meets } from "./figures.mjs";

export default [
  {
    name: "a card a bot, with the API's figures",
    async run(world) {
      const page = await world.signedIn();
      await page.waitForSelector(".card, .bots tbody tr");
      const { bots } = await world.api(page, "/api/v1/overview");
      const names = await page.locator(".card header a, .bots tbody td:first-child a").allTextContents();
      assert.deepEqual([...names].sort(), bots.map((bot) => bot.name).sort());
      if (bots.length > 12) return;
      for (const bot of bots) {
        const card = page.getByRole("article", { name: bot.name, exact: true });
        const now = async () => (await world.api(page, "/api/v1/overview")).bots.find((each) => each.id === bot.id);
        await meets(
          () => card.locator(".big b").textContent(),
          async () => figure((await now()).net_pnl, 2, true),
          `${bot.name}: net P&L`,
        );
        await meets(
          () => card.locator(".facts dd").first().textContent(),
          async () => figure((await now()).equity, 2),
          `${bot.name}: equity`,
        );
      }
      await world.shot(page, "overview_dark");
    },
  },
  {
    name: "totals of the strip are the API's, paper and live apart",
    async run(world) {
      const page = await world.signedIn();
      await page.waitForSelector(".kpi");
      const { totals } = await world.api(page, "/api/v1/overview");
      for (const total of totals) {
        const name = total.mode[0].toUpperCase() + total.mode.slice(1) + " equity";
        assert.equal(await page.locator(".kpi dt", { hasText: name }).count(), 1, name);
      }
    },
  },
  {
    name: "attention comes first and says why",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      const first = page.locator(".card").first();
      await first.waitFor();
      assert.match(await first.textContent(), /doge-scalp.*Quarantined.*segmentation fault/s);
      assert.match(await page.title(), /^\(1\) /);
    },
  },
  {
    name: "prices move and the countdown runs on server time",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      const card = page.getByRole("article", { name: "btc-trend", exact: true });
      const price = () => card.locator(".railtext").textContent();
      const before = await price();
      await page.waitForFunction(
        (old) =>
          [...document.querySelectorAll(".railtext")].some(
            (each) => each.closest("article").textContent.includes("btc-trend") && each.textContent !== old,
          ),
        before,
      );
      const left = async () => {
        const [minutes, seconds] = (await card.locator(".next b").textContent()).split(":").map(Number);
        return minutes * 60 + seconds;
      };
      const first = await left();
      await page.waitForTimeout(2200);
      const second = await left();
      assert.ok(first - second >= 1 && first - second <= 4, `countdown went from ${first} to ${second} in 2.2 s`);
    },
  },
  {
    name: "above twelve bots a table, with filter, order and URL",
    bots: 60,
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      await page.waitForSelector(".bots tbody tr");
      assert.equal(await page.locator(".bots tbody tr").count(), 60);
      assert.match(await page.locator(".bots tbody tr").first().textContent(), /doge-scalp/);
      await world.shot(page, "table_dark");
      await page.getByRole("button", { name: "Net P&L" }).click();
      await page.waitForFunction(() => location.search.includes("sort=net_pnl"));
      const gains = (await page.locator(".bots tbody td:nth-child(5)").allTextContents()).map((text) =>
        Number(text.replace("\u2212", "-").replace(/[\u00a0+]/g, "")),
      );
      assert.deepEqual(gains.slice(0, 5), [...gains].sort((a, b) => b - a).slice(0, 5));
      await page.getByLabel("Find a bot").fill("btc-trend");
      await page.waitForFunction(() => document.querySelectorAll(".bots tbody tr").length === 1 && location.search.includes("q=btc-trend"));
      await page.reload();
      await page.waitForSelector(".bots tbody tr");
      assert.equal(await page.locator(".bots tbody tr").count(), 1);
    },
  },
  {
    name: "a thousand bots are shown",
    bots: 1000,
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      await page.waitForSelector(".bots tbody tr");
      const started = Date.now();
      await page.reload();
      await page.waitForFunction(() => document.querySelectorAll(".bots tbody tr").length === 200);
      console.log(`        1,000 bots: rows on the page ${Date.now() - started} ms after the reload`);
      await page.getByRole("button", { name: "Show all 1000" }).click();
      await page.waitForFunction(() => document.querySelectorAll(".bots tbody tr").length === 1000);
    },
  },
];
