// A bot made in the browser: form out of the schema, errors where they belong, stopped until started.
import assert from "node:assert/strict";

export default [
  {
    name: "made from the form, stopped, then started",
    expects: ["422"],
    async run(world) {
      const page = await world.signedIn("/bots/new");
      await page.waitForSelector(".pick input:checked");
      await page.waitForSelector("[id^=parameter-]");
      const { parameters } = await world.api(
        page,
        `/api/v1/strategies/${await page.locator(".pick input:checked").getAttribute("value")}/schema`,
      );
      assert.equal(await page.locator("[id^=parameter-]:is(input, select)").count(), parameters.length, "a field a parameter");
      await page.getByRole("button", { name: "Check and make" }).click();
      await page.getByText("Which pair shall it trade?").waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.name), "name", "the first fault has the focus");
      const name = "walk-" + Date.now().toString(36);
      await page.fill("[name=name]", name);
      await page.fill("[name=symbol]", "btc");
      await page.getByRole("option").first().waitFor();
      await page.keyboard.press("Enter");
      assert.match(await page.inputValue("[name=symbol]"), /^BTC/);
      await page.fill("[name=trade_amount]", "abc");
      await page.getByRole("button", { name: "Check and make" }).click();
      await page.getByText("An amount above 0, such as 100.").waitFor();
      await page.fill("[name=trade_amount]", "20");
      await world.shot(page, "new_bot_dark");
      await page.getByRole("button", { name: /Check and make|Make it all the same/ }).click();
      await page
        .getByText(`${name} is made, and stopped`)
        .or(page.getByRole("button", { name: "Make it all the same" }))
        .first()
        .waitFor();
      const again = page.getByRole("button", { name: "Make it all the same" });
      if (await again.isVisible()) await again.click();
      await page.getByText(`${name} is made, and stopped`).waitFor();
      let { bots } = await world.api(page, "/api/v1/overview");
      assert.equal(bots.find((bot) => bot.name === name)?.status, "stopped");
      await page.getByRole("button", { name: "Start it" }).click();
      await page.getByRole("heading", { name, exact: true }).waitFor();
      await page.getByRole("button", { name: "Pause entries" }).waitFor();
      await page.getByRole("button", { name: "Evaluate now" }).click();
      await page
        .locator(".toasts .notice", { hasText: `Evaluate ${name}` })
        .first()
        .waitFor();
      await page.getByRole("button", { name: /^More for/ }).click();
      await page.locator(".menu:popover-open").getByRole("button", { name: /^Stop/ }).click();
      // Of a bot that bought meanwhile the page asks first.
      const start = page.getByRole("button", { name: "Start", exact: true });
      const confirm = page.getByRole("dialog").getByRole("button", { name: "Stop evaluations" });
      await start.or(confirm).first().waitFor();
      if (await confirm.isVisible()) await confirm.click();
      await start.waitFor();
      await page.getByRole("button", { name: /^More for/ }).click();
      await page.getByRole("button", { name: "Delete…" }).click();
      await page.getByLabel(/Type the bot's name/).fill(name);
      const holds = page.getByLabel(/Release the holding/);
      if (await holds.isVisible()) await holds.check();
      await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
      await page.waitForURL(world.base + "/");
      ({ bots } = await world.api(page, "/api/v1/overview"));
      assert.ok(!bots.some((bot) => bot.name === name));
    },
  },
  {
    name: "what the engine refuses stands at its field",
    expects: ["422"],
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn("/bots/new");
      await page.waitForSelector("[id^=parameter-]");
      await page.fill("[name=name]", "btc-trend");
      await page.fill("[name=symbol]", "BTCUSDT");
      await page.fill("[name=trade_amount]", "20");
      await page.getByRole("button", { name: "Check and make" }).click();
      await page
        .locator("label", { has: page.locator("[name=name]") })
        .getByText("There is a bot named btc-trend already.")
        .waitFor();
      await page.fill("[name=name]", "other");
      await page.fill("#parameter-rsi_low", "50");
      await page.getByRole("button", { name: "Check and make" }).click();
      await page.getByText("must be below rsi_high (65)").waitFor();
      assert.equal(world.mock.api.commands.length, 0, "nothing was made");
    },
  },
];
