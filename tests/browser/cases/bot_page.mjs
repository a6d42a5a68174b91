// One bot: its figures, a chart that is really drawn, why it does what it does, and every tab by its own address.
import assert from "node:assert/strict";
import { figure, meets } from "./figures.mjs";

const firstBot = async (world, page, wish = () => true) => {
  const { bots } = await world.api(page, "/api/v1/overview");
  return bots.find(wish) ?? bots[0];
};
/** How many different colours a canvas of the chart holds: an empty one has one. */
const colours = (page) =>
  page.evaluate(() => {
    const seen = new Set();
    for (const canvas of document.querySelectorAll(".chart canvas")) {
      if (canvas.width < 200) continue;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      for (let at = 0; at < data.length; at += 4 * 37) seen.add(data[at] * 65536 + data[at + 1] * 256 + data[at + 2]);
    }
    return seen.size;
  });

export default [
  {
    name: "figures, chart, position and reasons",
    async run(world) {
      const page = await world.signedIn();
      const bot = await firstBot(world, page, (each) => each.position);
      await page.goto(`${world.base}/bots/${bot.id}/overview`);
      await page.getByRole("heading", { name: bot.name, exact: true }).waitFor();
      await page.waitForSelector(".chart canvas");
      await page.waitForTimeout(800);
      assert.ok((await colours(page)) > 4, "the chart is not empty");
      const now = async () => (await world.api(page, `/api/v1/bots/${bot.id}`)).bot;
      await meets(
        () =>
          page
            .locator(".kpi", { hasText: "Net P&L" })
            .locator("dd")
            .evaluate((at) => at.firstChild.textContent),
        async () => figure((await now()).net_pnl, 2, true),
        "net P&L",
      );
      await page.getByRole("region", { name: "Why it is doing this" }).waitFor();
      // Both move with the market: one look at the API and one at the page meet before long.
      await meets(
        async () => {
          const detail = await now();
          const why = await page.getByRole("region", { name: "Why it is doing this" }).textContent();
          const open = (await page.getByRole("region", { name: "Open position" }).textContent()).replaceAll("\u00a0", "");
          const wants = detail.last_decision?.reasons.slice(0, 1).map((reason) => why.includes(reason.split(":")[0])) ?? [];
          if (detail.position) wants.push(open.includes(figure(detail.entry_price, detail.price_decimals).replaceAll("\u00a0", "")), /At the stop/.test(open));
          return wants.every(Boolean);
        },
        async () => true,
        "reasons and open position",
      );
      await world.shot(page, "bot_dark");
    },
  },
  {
    name: "every tab by its address",
    async run(world) {
      const page = await world.signedIn();
      const bot = await firstBot(world, page, (each) => each.trades > 0);
      for (const [tab, text] of [
        ["trades", "Entry price|No trade yet"],
        ["decisions", "Reasons|No evaluation yet"],
        ["parameters", "Settings"],
        ["logs", "Following"],
      ]) {
        await page.goto(`${world.base}/bots/${bot.id}/${tab}`);
        await page.waitForFunction((pattern) => new RegExp(pattern).test(document.querySelector("main")?.textContent ?? ""), text);
        assert.equal(await page.locator(".tabs [aria-current=page]").count(), 1);
        await world.shot(page, `bot_${tab}_dark`);
      }
      const { rows } = await world.api(page, `/api/v1/bots/${bot.id}/trades?limit=100&open=1`);
      await page.goto(`${world.base}/bots/${bot.id}/trades`);
      if (rows.length) {
        await page.waitForSelector("td");
        assert.ok(Math.abs((await page.locator("table").first().locator("tbody tr").count()) - rows.length) <= 2);
      }
    },
  },
  {
    name: "older candles come on scrolling",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      const asked = [];
      page.on("request", (request) => {
        if (request.url().includes("/candles?")) asked.push(request.url());
      });
      await page.goto(`${world.base}/bots/1/overview`);
      await page.waitForSelector(".chart canvas");
      await page.waitForTimeout(500);
      const box = await page.locator(".chart").first().boundingBox();
      await page.mouse.move(box.x + 300, box.y + 150);
      for (let at = 0; at < 10 && !asked.some((url) => url.includes("to=")); ++at) {
        await page.mouse.wheel(-1500, 0);
        await page.waitForTimeout(150);
      }
      assert.ok(
        asked.some((url) => url.includes("to=")),
        "older candles were asked for",
      );
    },
  },
  {
    name: "the log follows live and shows markup as text",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn("/bots/1/logs");
      await page.getByRole("log").waitFor();
      await page.waitForTimeout(600);
      world.mock.api.emit("log", {
        seq: ++world.mock.api.log_seq,
        ms: Date.now(),
        bot_id: 1,
        level: "error",
        text: "<img src=x onerror=alert(1)> marker-7",
      });
      await page.waitForFunction(() => document.querySelector(".log").textContent.includes("<img src=x onerror=alert(1)> marker-7"));
      assert.equal(await page.locator(".log img").count(), 0);
      await page.getByLabel("Filter lines").fill("marker-7");
      await page.waitForFunction(() => document.querySelectorAll(".log > div").length === 1);
    },
  },
  {
    name: "a bot that does not exist, a page that does not exist",
    expects: ["404"],
    async run(world) {
      const page = await world.signedIn("/bots/999999/overview");
      await page.getByText("There is no bot 999999.").waitFor();
    },
  },
];
