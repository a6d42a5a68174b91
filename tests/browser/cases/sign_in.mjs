// Nobody trades without the link; the link works once and leaves no trace in the address.
import assert from "node:assert/strict";

export default [
  {
    name: "without a session the page says how to get a link",
    expects: ["401"],
    mockOnly: true,
    async run(world) {
      const page = await world.page();
      await page.goto(world.base + "/bots/1/overview");
      await page.getByRole("heading", { name: "Sign in to Stratdock" }).waitFor();
      assert.match(await page.textContent("main"), /stratdock token --link/);
      await world.shot(page, "login");
      await page.fill("[name=link]", "nonsense");
      await page.getByRole("button", { name: "Sign in" }).click();
      assert.match(await page.getByRole("alert").first().textContent(), /no link of Stratdock/);
      await page.fill("[name=link]", world.mock.link());
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { name: "btc-trend" }).waitFor(); // and stays on the page that was asked for
    },
  },
  {
    name: "a link works once and leaves the address",
    expects: ["401"],
    mockOnly: true,
    async run(world) {
      const link = world.mock.link();
      const page = await world.page();
      await page.goto(link);
      await page.waitForSelector("nav.side");
      assert.equal(new URL(page.url()).hash, "");
      assert.equal(new URL(page.url()).pathname, "/");
      const other = await world.page();
      await other.goto(link);
      await other.getByRole("alert").waitFor();
      assert.match(await other.getByRole("alert").first().textContent(), /used already/);
    },
  },
  {
    name: "signing out ends the session",
    expects: ["401"],
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn("/system");
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "Sign in to Stratdock" }).waitFor();
      await page.reload();
      await page.getByRole("heading", { name: "Sign in to Stratdock" }).waitFor();
    },
  },
];
