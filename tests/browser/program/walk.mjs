// The walk through the real program: what a person does and sees while bots trade, plugins come and bots are made in the page.
import assert from "node:assert/strict";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { until } from "./host.mjs";

const toast = (page, text) => page.locator(".toasts .notice", { hasText: text }).first().waitFor();
const overview = (world, page) => world.api(page, "/api/v1/overview");
const botNamed = async (world, page, name) => (await overview(world, page)).bots.find((bot) => bot.name === name);
/** A changing call with the page's own session, past the buttons. */
const post = (page, path, body) =>
  page.evaluate(
    async ([at, data]) => {
      const { csrf } = await (await fetch("/api/v1/session")).json();
      const answer = await fetch(at, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Stratdock-CSRF": csrf, "Idempotency-Key": crypto.randomUUID() },
        body: JSON.stringify(data),
      });
      return { status: answer.status, body: await answer.json() };
    },
    [path, body],
  );

/** What the SDK's Ema and Rsi give for these closes, by the same steps. */
function emas(closes, length) {
  let value = 0;
  const alpha = 2 / (length + 1);
  return closes.map((close, at) => (value = at === 0 ? close : value + alpha * (close - value)));
}
function strengths(closes, length) {
  const side = { up: 0, down: 0 };
  return closes.map((close, at) => {
    if (at === 0) return null;
    const change = close - closes[at - 1];
    for (const [key, move] of [["up", change > 0 ? change : 0], ["down", change < 0 ? -change : 0]]) {
      if (at > length) side[key] += (move - side[key]) / length;
      else side[key] = at === length ? (side[key] + move) / length : side[key] + move;
    }
    const both = side.up + side.down;
    return at < length ? null : both === 0 ? 50 : (100 * side.up) / both;
  });
}

/** Complete at once, as a careful copy does it: a half-written file never carries the name. */
function drop(host, built, name) {
  renameSync(built, join(host.data, "plugins", name));
  return performance.now();
}

/** @param {import("./host.mjs").Host} host @param {(name: string, flags: string[]) => string} build compiles strategy.c */
export const walkCases = (host, build) => [
  {
    name: "bots trade within 20 seconds of the start, live on their cards",
    async run(world) {
      const page = await world.signedIn();
      await page.locator(".card .hold", { hasText: /[1-9]\d* closed trade/ }).first().waitFor({ timeout: 20000 });
      console.log(`        first closed trade on the page ${((performance.now() - host.started_at) / 1000).toFixed(1)} s after the start`);
      await world.shot(page, "program_overview");
    },
  },
  {
    name: "a bot's page: chart, trades, decisions with reasons, refused signals, a log that goes on",
    async run(world) {
      const page = await world.signedIn();
      const bot = (await overview(world, page)).bots.find((each) => each.trades > 0);
      await page.goto(`${world.base}/bots/${bot.id}/overview`);
      await page.waitForSelector(".chart canvas");
      await page.getByRole("region", { name: "Why it is doing this" }).waitFor();
      await page.goto(`${world.base}/bots/${bot.id}/trades`);
      await page.locator("table", { hasText: "Bought because" }).locator("tbody tr").first().waitFor();
      assert.match(await page.locator("table", { hasText: "Bought because" }).locator("tbody").textContent(), /signal|stop-loss|take-profit/);
      await page.locator("table", { hasText: "Average" }).locator("tbody tr", { hasText: "FILLED" }).first().waitFor();
      await world.shot(page, "program_trades");
      await page.goto(`${world.base}/bots/${bot.id}/decisions`);
      await page.locator("tbody td.text", { hasText: /\w/ }).first().waitFor();
      await page.getByLabel("Outcome").selectOption("blocked");
      await page.locator("tbody tr", { hasText: "refused" }).first().waitFor();
      assert.match(await page.locator("tbody td.text .warn").first().textContent(), /\w+ \w+/, "a refusal says why");
      await world.shot(page, "program_refused_signals");
      await page.goto(`${world.base}/bots/${bot.id}/logs`);
      const lines = page.locator(".log > div");
      await lines.first().waitFor();
      const before = await lines.count();
      await until("further lines in the log", async () => (await lines.count()) > before);
      assert.match(await page.locator(".log").textContent(), /Position: |Market|Bought|BUY/i);
      await world.shot(page, "program_log");
    },
  },
  {
    name: "what a strategy draws is what its candles say, in every digit, and the value under the cursor is that candle's",
    async run(world) {
      const page = await world.signedIn();
      const bot = await botNamed(world, page, "eth_volatile");
      const opened_at = performance.now();
      await page.goto(`${world.base}/bots/${bot.id}/overview`);
      await page.locator(".legend.pane", { hasText: /RSI 14 \d/ }).waitFor();
      console.log(`        drawn ${Math.round(performance.now() - opened_at)} ms after the page was asked for`);
      const chart = await world.api(page, `/api/v1/bots/${bot.id}/indicators?limit=5000`);
      const candles = (await world.api(page, `/api/v1/bots/${bot.id}/candles?from=${chart.anchor_ms}&limit=5000`)).rows;
      assert.ok(candles[0][0] - chart.anchor_ms < bot.interval_ms, "all candles since the anchor are there");
      const times = candles.map((row) => row[0]);
      const closes = candles.map((row) => row[4]);
      const computed = new Map([["rsi", strengths(closes, 14)], ["ema_fast", emas(closes, 9)], ["ema_trend", emas(closes, 200)]]);
      assert.ok(chart.rows.length > 300, `${chart.rows.length} rows`);
      for (const [key, values] of computed)
        for (const row of chart.rows) assert.equal(row[chart.columns.indexOf(key)], values[times.indexOf(row[0])], `${key} at ${row[0]}`);
      assert.deepEqual(chart.levels.filter((level) => level.pane === "rsi").map((level) => level.value).sort(), [25, 35, 65, 75]);

      // The market goes on and moves the candle away from the cursor, so both are read in one go.
      const box = await page.locator(".chart.tall").boundingBox();
      await page.mouse.move(box.x + box.width * 0.4, box.y + 200);
      await page.locator(".chart > .legend", { hasText: /O \d/ }).waitFor();
      const shown = await page.evaluate(() => [document.querySelector(".chart > .legend").textContent, ...[...document.querySelectorAll(".legend.pane")].map((at) => at.textContent)].join(" | "));
      const [, month, day, hour, minute] = /(\d\d)-(\d\d) (\d\d):(\d\d)/.exec(shown);
      const at = times.findIndex((ms) => new Date(ms).toISOString().slice(5, 16) === `${month}-${day}T${hour}:${minute}`);
      assert.ok(at > 0, shown);
      assert.ok(shown.includes(`C ${closes[at].toFixed(2)}`), shown);
      assert.ok(shown.includes(`EMA 9 ${computed.get("ema_fast")[at].toFixed(2)}`), `${shown}: EMA 9 should be ${computed.get("ema_fast")[at]}`);
      assert.ok(shown.includes(`RSI 14 ${computed.get("rsi")[at].toFixed(2)}`), `${shown}: RSI should be ${computed.get("rsi")[at]}`);
      await world.shot(page, "program_indicators");
      const as_of = chart.as_of_ms;
      await until("newer candles are drawn while somebody looks", async () => (await world.api(page, `/api/v1/bots/${bot.id}/indicators?limit=1`)).as_of_ms > as_of, 10000);
    },
  },
  {
    name: "a declared bot's settings are refused with file and line",
    expects: ["409"],
    async run(world) {
      const page = await world.signedIn();
      const bot = (await overview(world, page)).bots.find((each) => each.declared);
      const line = readFileSync(host.config, "utf8").split("\n").findIndex((text) => text.trim().startsWith(bot.name + ":")) + 1;
      await page.goto(`${world.base}/bots/${bot.id}/parameters`);
      await page.getByText(`${bot.declared.file}, line ${line}`).waitFor();
      const { status, body } = await post(page, `/api/v1/bots/${bot.id}/update`, { trade_amount: "5" });
      assert.equal(status, 409);
      assert.equal(body.error.code, "DECLARED");
      assert.deepEqual([body.error.file, body.error.line], [host.config, line]);
      await world.shot(page, "program_declared");
    },
  },
  {
    name: "a plugin dropped into the running host is listed within 2 s, and a bot made in the page trades on it",
    expects: ["422"],
    async run(world) {
      const page = await world.signedIn("/strategies");
      await page.getByRole("heading", { name: "enhanced.so" }).waitFor();
      const built = build("dropped", []);
      const dropped_at = drop(host, built, "dropped.so");
      const card = page.getByRole("article").filter({ has: page.getByRole("heading", { name: "dropped.so" }) });
      await card.getByText("Loaded").waitFor({ timeout: 2000 });
      console.log(`        listed ${Math.round(performance.now() - dropped_at)} ms after it was dropped`);
      assert.match(await card.textContent(), /Buys whenever it is flat\..*cc, by a test/s);
      await world.shot(page, "program_strategies");
      await card.getByRole("link", { name: "New bot with it" }).click();
      await page.locator("#parameter-eagerness").waitFor();
      await page.fill("[name=name]", "btc_enhanced");
      await page.fill("[name=symbol]", "bnb");
      await page.getByRole("option", { name: /BNB/ }).waitFor();
      await page.keyboard.press("Enter");
      await page.fill("[name=trade_amount]", "300");
      await page.fill("[name=stop_loss]", "40");
      await page.fill("[name=take_profit]", "80");
      await page.fill("#parameter-eagerness", "101");
      await page.getByText("At most 100.").waitFor();
      await page.fill("#parameter-eagerness", "90");
      await page.getByRole("button", { name: "Check and make" }).click();
      await page.locator("label", { has: page.locator("[name=name]") }).getByText(/there is a bot/i).waitFor();
      await world.shot(page, "program_new_bot");
      await page.fill("[name=name]", "walker");
      await page.getByRole("button", { name: "Check and make" }).click();
      await page.getByText("walker is made, and stopped").waitFor();
      await page.getByRole("button", { name: "Start it" }).click();
      await page.getByRole("heading", { name: "walker", exact: true }).waitFor();
      await page.getByRole("region", { name: "Open position" }).getByText("LONG").waitFor();
      await page.getByRole("region", { name: "Open position" }).getByText("rest at the exchange").waitFor();
      await world.shot(page, "program_dropped_bot");
    },
  },
  {
    name: "evaluate now, pause, resume, stop, close with its dialog, funds, delete",
    async run(world) {
      const page = await world.signedIn();
      const { id } = await botNamed(world, page, "walker");
      await page.goto(`${world.base}/bots/${id}/overview`);
      await page.getByRole("button", { name: "Evaluate now" }).click();
      await toast(page, "Evaluate walker: confirmed");
      await page.getByRole("button", { name: "Pause entries" }).click();
      await page.getByRole("button", { name: "Resume" }).waitFor();
      assert.equal((await botNamed(world, page, "walker")).state, "paused");
      await page.getByRole("button", { name: "Resume" }).click();
      await page.getByRole("button", { name: "Pause entries" }).waitFor();
      await page.getByRole("button", { name: /^More for/ }).click();
      await page.locator(".menu:popover-open").getByRole("button", { name: /^Stop/ }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Stop evaluations" }).click();
      await page.getByText(/Stopped, but holding/).waitFor();
      await page.getByRole("button", { name: "Close…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: /^Sell [\d.]+ BNB now/ }).waitFor();
      assert.match(await dialog.textContent(), /Sells[\d.]+ BNB.*At about.*USDT.*Fee.*Result of the trade/s);
      await world.shot(page, "program_close_dialog");
      await dialog.getByRole("button", { name: /^Sell/ }).click();
      await toast(page, "Close walker: confirmed");
      await page.getByRole("region", { name: "Open position" }).getByText("FLAT", { exact: true }).waitFor();
      const flat = await botNamed(world, page, "walker");
      assert.deepEqual([flat.position, flat.state, flat.trades], [null, "stopped", 1]);

      const funds = async (direction, amount) => {
        await page.getByRole("button", { name: /^More for/ }).click();
        await page.getByRole("button", { name: "Funds…" }).click();
        if (direction === "Release") await dialog.getByRole("button", { name: "Release from it" }).click();
        await dialog.getByLabel("Amount").fill(amount);
        await dialog.getByRole("button", { name: direction, exact: true }).click();
        await dialog.waitFor({ state: "detached" });
      };
      await funds("Allot", "50");
      await until("50 more allotted", async () => (await botNamed(world, page, "walker")).allotted === "350");
      await funds("Release", "100");
      await until("100 less allotted", async () => (await botNamed(world, page, "walker")).allotted === "250");

      await page.getByRole("button", { name: /^More for/ }).click();
      await page.getByRole("button", { name: "Delete…" }).click();
      await page.getByLabel(/Type the bot's name/).fill("walker");
      await dialog.getByRole("button", { name: "Delete", exact: true }).click();
      await page.waitForURL(world.base + "/");
      await page.getByRole("article", { name: "walker", exact: true }).waitFor({ state: "detached" });
      assert.equal(await botNamed(world, page, "walker"), undefined);
    },
  },
  {
    name: "a bot that holds is deleted with its holding released, and only then",
    expects: ["409"],
    async run(world) {
      const page = await world.signedIn();
      const made = await post(page, "/api/v1/bots", { name: "keeper", symbol: "XRPUSDT", strategy: "dropped", trade_amount: "50", stop_loss: 0.4, take_profit: 0.8 });
      assert.equal(made.status, 200, JSON.stringify(made.body));
      assert.equal((await post(page, `/api/v1/bots/${made.body.bot_id}/start`, {})).status, 200);
      await page.goto(`${world.base}/bots/${made.body.bot_id}/overview`);
      await page.getByRole("region", { name: "Open position" }).getByText("rest at the exchange").waitFor();
      const refused = await post(page, `/api/v1/bots/${made.body.bot_id}/delete`, {});
      assert.deepEqual([refused.status, refused.body.error.code], [409, "NOT_FLAT"]);
      await page.getByRole("button", { name: /^More for/ }).click();
      await page.getByRole("button", { name: "Delete…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel(/Type the bot's name/).fill("keeper");
      await dialog.getByLabel(/Release the holding/).check();
      await world.shot(page, "program_release_holding");
      await dialog.getByRole("button", { name: "Delete", exact: true }).click();
      await page.waitForURL(world.base + "/");
      await page.getByRole("article", { name: "keeper", exact: true }).waitFor({ state: "detached" });
      assert.equal(await botNamed(world, page, "keeper"), undefined);
    },
  },
  {
    name: "a plugin that crashes: the page says so, others decide on, with the repaired file it goes on",
    async run(world) {
      const page = await world.signedIn("/strategies");
      drop(host, build("crasher", ["-DCRASHES", '-DID="test.crasher"', '-DALIAS="crasher"']), "crasher.so");
      await page.getByRole("article").filter({ hasText: "crasher.so" }).getByText("Loaded").waitFor();
      const made = await post(page, "/api/v1/bots", { name: "unlucky", symbol: "XRPUSDT", strategy: "crasher", trade_amount: "50" });
      assert.equal(made.status, 200, JSON.stringify(made.body));
      const decisions = async () => (await world.api(page, "/api/v1/overview")).bots.find((bot) => bot.declared).last_decision.last_ms;
      assert.equal((await post(page, `/api/v1/bots/${made.body.bot_id}/start`, {})).status, 200);
      await page.goto(`${world.base}/bots/${made.body.bot_id}/overview`);
      await page.locator(".title .chip", { hasText: "Quarantined" }).waitFor();
      const before = await decisions();
      const said = await page.locator(".notices .notice b").allTextContents();
      assert.match(said[0], /its strategy failed three times; the last time .*: a segmentation fault/);
      assert.equal(new Set(said).size, said.length, "nothing is said twice");
      await world.shot(page, "program_crashed");
      await until("other bots decide on", async () => (await decisions()) > before);
      await page.goto(world.base + "/alerts");
      await page.getByText("BOT_QUARANTINED").first().waitFor();
      await page.getByText("PLUGIN_CRASHED").first().waitFor();
      await world.shot(page, "program_alerts");
      drop(host, build("repaired", ['-DID="test.crasher"', '-DALIAS="crasher"', '-DVERSION="1.0.1"']), "crasher.so");
      await until("the repaired file is listed", async () => (await world.api(page, "/api/v1/strategies")).strategies.find((each) => each.short === "crasher")?.version === "1.0.1", 5000);
      await page.goto(`${world.base}/bots/${made.body.bot_id}/overview`);
      await page.locator(".title .chip", { hasText: "Running" }).waitFor();  // by itself: the repaired file ends the quarantine
      await page.getByText("crasher 1.0.1").waitFor();
      await until("it trades", async () => (await botNamed(world, page, "unlucky")).has_traded);
    },
  },
  {
    name: "an alert is acknowledged and leaves the list",
    async run(world) {
      const page = await world.signedIn();
      await post(page, "/api/v1/plugins/rescan", {});
      const asked = await page.evaluate(async () => {
        const { csrf } = await (await fetch("/api/v1/session")).json();
        return (await fetch("/api/send_alert", { method: "POST", headers: { "Content-Type": "application/json", "X-Stratdock-CSRF": csrf }, body: '{"message":"walk"}' })).status;
      });
      assert.equal(asked, 503, "there is no channel to send it by");
      await page.goto(world.base + "/alerts");
      const alert = page.locator("article.alarm", { hasText: "NO_ALERT_CHANNEL" });
      await alert.getByRole("button", { name: "Acknowledge" }).click();
      await toast(page, "confirmed");
      await alert.waitFor({ state: "detached" });
    },
    expects: ["503"],
  },
  {
    name: "the system page: every process with its restarts and memory",
    async run(world) {
      const page = await world.signedIn("/system");
      const rows = page.locator("table", { hasText: "Restarts" }).locator("tbody tr");
      await rows.filter({ hasText: "worker of enhanced.so" }).waitFor();
      for (const role of ["supervisor", "engine", "dashboard", "worker of volatile.so"])
        assert.match((await rows.filter({ hasText: new RegExp("^\\s*" + role) }).textContent()).replace(/\s+/g, " "), /\d+ ?[KM]iB/, role);
      assert.deepEqual(host.pids("engine-role").map(String), [await rows.filter({ hasText: /^\s*engine/ }).locator("td").nth(2).textContent().then((text) => text.replace(/\D/g, ""))]);
      await world.shot(page, "program_system");
    },
  },
];

const gone = ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_INCOMPLETE_CHUNKED", "ERR_EMPTY_RESPONSE", "ERR_SOCKET_NOT_CONNECTED"];
const says = (page, text, timeout = 20000) => page.locator("header.top [role=status]", { hasText: text }).waitFor({ timeout });

/** @param {import("./host.mjs").Host} host */
export const deathCases = (host) => [
  {
    name: "the dashboard is killed: bots go on, it is back within 2 s, and so is the page",
    expects: gone,
    async run(world) {
      const page = await world.signedIn();
      await says(page, "Live data");
      const { bots } = await overview(world, page);
      const killed_at = performance.now();
      const left = says(page, /Connecting|Stale|No connection|polling/);
      await host.kill("dashboard-role");
      await until("the dashboard answers again", () => host.answers());
      const back_ms = performance.now() - killed_at;
      console.log(`        answers again ${Math.round(back_ms)} ms after the kill`);
      assert.ok(back_ms < 2000, `back after ${Math.round(back_ms)} ms`);
      await left;
      await says(page, "Live data");
      console.log(`        the page is live again ${Math.round(performance.now() - killed_at)} ms after the kill`);
      const bot = bots.find((each) => each.state === "running");
      await until("bots decided meanwhile", async () => (await botNamed(world, page, bot.name)).last_decision.last_ms > bot.last_decision.last_ms);
      await page.goto(world.base + "/system");
      const row = page.locator("tr", { hasText: /^\s*dashboard/ });
      await until("the restart is counted", async () => Number(await row.locator("td").nth(4).textContent()) >= 1);
    },
  },
  {
    name: "the engine is away: the page says so, and when it is back",
    async run(world) {
      const page = await world.signedIn();
      await says(page, "Live data");
      const [engine] = host.pids("engine-role");
      process.kill(engine, "SIGSTOP"); // killed, it would be back sooner than it is missed
      await says(page, "Engine away");
      await page.locator(".kpi", { hasText: "the engine is away" }).waitFor();
      await world.shot(page, "program_engine_away");
      process.kill(engine, "SIGKILL");
      const killed_at = performance.now();
      await page.locator("header.top [role=status]", { hasText: "Engine away" }).waitFor({ state: "detached", timeout: 20000 });
      console.log(`        back on the page ${Math.round(performance.now() - killed_at)} ms after the engine's death`);
      const { bots } = await overview(world, page);
      const bot = bots.find((each) => each.state === "running");
      await until("bots decide again", async () => (await botNamed(world, page, bot.name)).last_decision.last_ms > bot.last_decision.last_ms);
    },
  },
];
