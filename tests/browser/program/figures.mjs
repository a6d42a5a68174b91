// Every number on the page equals the journal's: a market that has come to its end, each figure of the overview, a bot's page
// and its tables against what journal_figures.py computes from journal.db. Looked at three times: by the page that was open
// all the while and lives by events, by one loaded afresh, and after the dashboard's restart.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./host.mjs";

const here = dirname(fileURLToPath(import.meta.url));

export function journalFigures(host, taker_fee) {
  const done = spawnSync("python3", ["-B", join(here, "journal_figures.py"), host.data, taker_fee], { encoding: "utf8", maxBuffer: 1 << 26 });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout);
}

const text = (locator) => locator.textContent().then((found) => found.trim());
/** What a figure of a strip shows: its value, the line below, and its tip. */
const kpis = (page) =>
  page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll(".kpi")].map((at) => [
        at.querySelector("dt").textContent,
        [at.querySelector("dd").firstChild.textContent, at.querySelector("dd small").textContent, at.dataset.tip],
      ]),
    ),
  );
const cells = (page, caption) =>
  page.evaluate(
    (name) =>
      [...document.querySelectorAll("table")]
        .filter((table) => table.caption?.textContent === name)
        .flatMap((table) => [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent.replace(/[ \n]+/g, " ").trim()))),
    caption,
  );

/** Compares until equal: the last events may still be under way. */
async function equal(what, read, wanted, patience_ms = 3000) {
  let got;
  await until(what, async () => {
    try {
      assert.deepStrictEqual((got = await read()), wanted);
      return true;
    } catch {
      return false;
    }
  }, patience_ms, 100).catch(() => assert.deepStrictEqual(got, wanted, what));
}

export async function overviewEquals(page, journal) {
  for (const [name, [value, note, tip]] of Object.entries(journal.strip)) {
    await equal(name, async () => (await kpis(page))[name]?.slice(0, 2), [value, note]);
    if (tip) await equal(`${name}, every digit`, async () => (await kpis(page))[name][2], tip);
  }
  for (const bot of journal.bots) {
    const card = page.getByRole("article", { name: bot.name, exact: true });
    const shown = async () => {
      const facts = await card.locator(".facts dd").allTextContents();
      const hold = await text(card.locator(bot.open ? ".hold .line1 span:first-child" : ".hold").first());
      return {
        net: await text(card.locator(".big b")),
        net_percent: await text(card.locator(".big span").first()),
        equity: facts[0],
        today: facts[1],
        win: facts[2],
        drawdown: facts[3],
        hold,
        unrealised: bot.open ? (await text(card.locator(".hold .line1 .num"))).replace(/[▲▼] /, "") : null,
      };
    };
    await equal(`the card of ${bot.name}`, shown, bot.card);
  }
}

export async function botEquals(world, page, bot) {
  await page.goto(`${world.base}/bots/${bot.id}/overview`);
  await page.getByRole("heading", { name: bot.name, exact: true }).waitFor();
  for (const [name, wanted] of Object.entries(bot.strip)) await equal(`${bot.name}: ${name}`, async () => (await kpis(page))[name]?.slice(0, 2), wanted);
  for (const [name, tip] of Object.entries(bot.tips)) await equal(`${bot.name}: ${name}, every digit`, async () => (await kpis(page))[name]?.[2], tip);
  if (bot.position) {
    const shown = () =>
      page.evaluate(() => {
        const pairs = [...document.querySelectorAll("section[aria-label='Open position'] dt")].map((at) => [
          at.textContent,
          [...at.nextElementSibling.childNodes].filter((each) => each.nodeName !== "SMALL").map((each) => each.textContent).join("").replace(/[▲▼] /, "").replace(/[ \n]+/g, " ").trim(),
        ]);
        return Object.fromEntries(pairs.filter(([name]) => !["Protection", "Held for"].includes(name)));
      });
    await equal(`${bot.name}: position`, shown, bot.position);
  }
  await page.goto(`${world.base}/bots/${bot.id}/trades`);
  if (bot.trades) {
    await equal(
      `${bot.name}: trades`,
      async () => (await cells(page, "Trades")).filter((row) => row[1] !== "open").map((row) => row.slice(0, 10)),
      bot.trade_rows,
    );
  } else await page.getByText("No trade yet.").waitFor();
  await page.goto(`${world.base}/bots/${bot.id}/decisions`);
  const spaced = (rows) => rows.map((row) => row.map((cell) => cell.replace(/\s+/g, " ")));
  await equal(`${bot.name}: decisions`, async () => spaced(await cells(page, "Decisions")), spaced(bot.decision_rows));
}

/** @param {import("./host.mjs").Host} host its market has an end @param {string} taker_fee */
export const figureCases = (host, taker_fee) => {
  let page, journal;
  return [
    {
      name: "the overview that was open all the while",
      host,
      async run(world) {
        page = await world.signedIn();
        await page.waitForSelector(".card");
        await page.evaluate(() => (window.neverReloaded = true));
        await until("the market is at its end", async () => (await world.api(page, "/api/v1/system")).market.state === "ended", 60000, 200);
        journal = journalFigures(host, taker_fee);
        assert.ok(journal.bots.reduce((sum, bot) => sum + bot.trades, 0) >= 20, "there are trades enough to compare");
        assert.ok(journal.bots.some((bot) => bot.open), "a position is open");
        await overviewEquals(page, journal);
        assert.ok(await page.evaluate(() => window.neverReloaded), "the page lived by events alone");
        await world.shot(page, "program_overview_at_rest");
      },
    },
    {
      name: "every bot's page, trades and decisions",
      host,
      async run(world) {
        page = await world.signedIn();
        await overviewEquals(page, journal);
        for (const bot of journal.bots) await botEquals(world, page, bot);
        await page.goto(`${world.base}/bots/${journal.bots.find((bot) => bot.open).id}/overview`);
        await page.waitForSelector(".chart canvas");
        await world.shot(page, "program_bot_at_rest");
      },
    },
    {
      name: "after the dashboard's restart",
      host,
      async run(world) {
        await host.kill("dashboard-role");
        await until("the dashboard answers again", () => host.answers());
        page = await world.signedIn();
        await overviewEquals(page, journal);
        await botEquals(world, page, journal.bots.find((bot) => bot.open));
      },
    },
  ];
};
