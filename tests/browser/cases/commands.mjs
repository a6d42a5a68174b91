// Changing calls: requested before confirmed, dialogs that name amount, price and result, nothing done by accident.
import assert from "node:assert/strict";

const toast = (page, text) => page.locator(".toasts .notice", { hasText: text }).first().waitFor();

export default [
  {
    name: "pause says requested, then confirmed, then Resume",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      world.mock.api.pending_ms = 700;
      const card = page.getByRole("article", { name: "btc-trend", exact: true });
      await card.getByRole("button", { name: "Pause entries" }).click();
      await toast(page, "requested");
      assert.match(await card.textContent(), /Running/, "not shown as done before it is");
      await toast(page, "confirmed");
      await card.getByRole("button", { name: "Resume" }).waitFor();
      assert.match(await card.textContent(), /Entries paused/);
    },
  },
  {
    name: "close names amount, price and result, and Escape leaves everything",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      const card = page.getByRole("article", { name: "btc-trend", exact: true });
      const open = () => card.getByRole("button", { name: "Close…" }).click();
      await open();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: /Sell 0\.085 BTC now/ }).waitFor();
      assert.match(await dialog.textContent(), /Sells0\.085 BTC.*At about.*USDT.*Fee.*Result of the trade/s);
      await world.shot(page, "close_dialog");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      assert.equal(world.mock.api.commands.length, 0);
      await open();
      await dialog.getByRole("button", { name: /Sell 0\.085/ }).click();
      await toast(page, "Close btc-trend: confirmed");
      await page.waitForFunction(() =>
        [...document.querySelectorAll("article")].some(
          (each) => each.textContent.includes("btc-trend") && /Stopped/.test(each.textContent) && /Flat/.test(each.textContent),
        ),
      );
      const { bots } = await world.api(page, "/api/v1/overview");
      assert.equal(bots.find((bot) => bot.name === "btc-trend").position, null);
    },
  },
  {
    name: "a quantity that changed is refused and said",
    mockOnly: true,
    expects: ["409"],
    async run(world) {
      const page = await world.signedIn();
      await page.getByRole("article", { name: "btc-trend", exact: true }).getByRole("button", { name: "Close…" }).click();
      const button = page.getByRole("dialog").getByRole("button", { name: /Sell 0\.085/ });
      await button.waitFor();
      world.mock.api.bots[0].quantity = "0.04";
      await button.click();
      await toast(page, "another quantity");
    },
  },
  {
    name: "funds are checked before they are sent",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      const card = page.getByRole("article", { name: "xrp-calm", exact: true });
      await card.getByRole("button", { name: /^More for/ }).click();
      await card.getByRole("button", { name: "Funds…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Amount").fill("999999");
      await dialog.getByText("is unallocated").waitFor();
      assert.ok(await dialog.getByRole("button", { name: "Allot", exact: true }).isDisabled());
      await dialog.getByLabel("Amount").fill("50");
      await dialog.getByRole("button", { name: "Allot", exact: true }).click();
      await toast(page, "Allotted 50 USDT");
    },
  },
  {
    name: "delete needs the name, and a holding a decision",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn("/bots/3/overview");
      await page.getByRole("button", { name: /^More for/ }).click();
      await page.getByRole("button", { name: "Delete…" }).click();
      const dialog = page.getByRole("dialog"),
        button = dialog.getByRole("button", { name: "Delete", exact: true });
      await dialog.getByLabel(/Type the bot's name/).fill("sol-break");
      assert.ok(await button.isDisabled(), "it still holds a position");
      await dialog.getByLabel(/Release the holding/).check();
      await button.click();
      await page.waitForURL(world.base + "/");
      await page.waitForFunction(() => !document.querySelector("main").textContent.includes("sol-break"));
    },
  },
  {
    name: "stop all shows counts and sums, and acts on each",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      await page.getByRole("button", { name: "Stop all…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("Close everything").click();
      assert.match(await dialog.textContent(), /2 hold a position, which is sold/);
      await dialog.getByText("No evaluations").click();
      await dialog.getByRole("button", { name: /No evaluations: \d+ bots/ }).click();
      await page.waitForFunction(
        () =>
          document.querySelectorAll(".card").length ===
          [...document.querySelectorAll(".card")].filter((each) => /Stopped/.test(each.textContent)).length,
      );
      assert.ok(world.mock.api.bots.every((bot) => bot.state === "stopped"));
      assert.equal(world.mock.api.bots.filter((bot) => bot.position).length, 2, "positions stay");
    },
  },
  {
    name: "a bot declared in YAML shows file and line and cannot be edited",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn("/bots/1/parameters");
      await page.getByText("live.yaml, line 12").waitFor();
      assert.ok(await page.getByLabel(/RSI oversold/).isDisabled());
    },
  },
  {
    name: "parameters are checked, explained, then applied",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn("/bots/2/parameters");
      await page.getByLabel(/RSI oversold/).fill("77");
      await page.getByText("At most 50.").waitFor();
      await page.getByLabel(/RSI oversold/).fill("30");
      await page.getByRole("button", { name: "Check" }).click();
      await page.getByText("A new instance with a new anchor begins").waitFor();
      assert.match(await page.locator("form .notice").textContent(), /rsi_low 35 → 30/);
      await page.getByRole("button", { name: "Apply" }).click();
      await toast(page, "confirmed");
      assert.match(world.mock.api.commands.at(-1).detail, /"rsi_low":30/);
    },
  },
  {
    name: "an alarm is acknowledged and leaves the list",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn("/alerts");
      await page.getByRole("button", { name: "Acknowledge" }).click();
      await page.getByText("Nothing needs you.").waitFor();
      assert.equal(await page.locator(".side .count").count(), 0);
    },
  },
];
