// The account's page: balances with their age, coins that belong to no bot, and the dialog that gives them to one.
import assert from "node:assert/strict";

const toast = (page, text) => page.locator(".toasts .notice", { hasText: text }).first().waitFor();

export default [
  {
    name: "balances say whose they are, what they are worth and how old they are",
    async run(world) {
      const page = await world.signedIn("/account");
      await page.getByRole("heading", { name: "Balances" }).waitFor();
      await page.getByText(/as the exchange said \d+ m?s ago/).waitFor();
      await world.shot(page, "account_balances");
      const { accounts } = await world.api(page, "/api/v1/account");
      const shown = await page.getByRole("table", { name: "Balances" }).locator("tbody tr").count();
      assert.equal(shown, accounts.length);
    },
  },
  {
    name: "a coin without a bot is told on the overview and assigned in a dialog",
    mockOnly: true,
    async run(world) {
      world.mock.api.unallocated = { ADA: "1520.5", BTC: "0.25", LTC: "3" };
      const page = await world.signedIn();
      const notice = page.getByRole("region", { name: "Coins without a bot" });
      await notice.waitFor();
      assert.match(await notice.textContent(), /1\s520\.5 ADA/);
      assert.doesNotMatch(await notice.textContent(), /BTC|LTC/, "nobody could take them now");
      await world.shot(page, "overview_holdings");
      await page.getByRole("link", { name: "Account" }).click();
      const row = (asset) => page.getByRole("table", { name: /^Coins/ }).getByRole("row", { name: new RegExp("^" + asset) });
      await row("BTC").getByText("its bots hold a position").waitFor();
      await world.shot(page, "account");
      await row("ADA").getByRole("button", { name: "Assign to a bot…" }).click();
      const dialog = page.getByRole("dialog");
      assert.equal(await dialog.getByLabel("Quantity").inputValue(), "1520.5", "all that is unallocated");
      assert.match(await dialog.getByLabel("Entry price").inputValue(), /^0\.38/, "the current price");
      await dialog.getByText("ada-first places its stop-loss and take-profit").waitFor();
      await world.shot(page, "assign_dialog");
      const send = dialog.getByRole("button", { name: "Assign to ada-first" });
      await dialog.getByLabel("Quantity").fill("2000");
      await dialog.getByText(/At most 1\s520\.5 ADA is unallocated/).waitFor();
      assert.ok(await send.isDisabled());
      await dialog.getByLabel("Quantity").fill("1000");
      await dialog.getByLabel("Entry price").fill("0.6");
      await dialog.getByText("it would be sold at once").waitFor();
      assert.ok(await send.isDisabled(), "bought so high, its own stop-loss lies above the price");
      await dialog.getByLabel("Stop-loss").fill("0.3");
      assert.match(await dialog.textContent(), /at or below0\.3000 · about 300\.00 USDT/);
      assert.match(await dialog.textContent(), /at or above0\.6300 · about 630\.00 USDT/);
      await send.click();
      await toast(page, "Assign 1000 ADA to ada-first: confirmed");
      const sent = JSON.parse(world.mock.api.commands.at(-1).detail);
      assert.deepEqual(sent, { quantity: "1000", entry_price: "0.6", stop_loss: "0.3", take_profit: null });
      await row("ADA").getByText("520.5", { exact: true }).waitFor();
      await row("ADA").getByText("its bots hold a position").waitFor();
    },
  },
  {
    name: "a refusal by the engine is said and leaves everything as it was",
    mockOnly: true,
    expects: ["409"],
    async run(world) {
      world.mock.api.unallocated = { ADA: "1520.5" };
      const page = await world.signedIn("/account", { viewport: { width: 360, height: 740 } });
      await page.getByRole("button", { name: "Assign to a bot…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Assign to ada-first" }).waitFor();
      await world.shot(page, "assign_dialog_phone");
      world.mock.api.bots[5].position = "LONG";
      await dialog.getByRole("button", { name: "Assign to ada-first" }).click();
      await toast(page, "It holds a position already.");
      assert.equal(world.mock.api.unallocated.ADA, "1520.5");
      assert.ok(
        await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth),
        "nothing is wider than a phone",
      );
    },
  },
];
