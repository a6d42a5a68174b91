// For everybody: small screens, keyboard, names for all that can be pressed, contrast in every theme.
import assert from "node:assert/strict";

const paths = async (world, page) => {
  const { bots } = await world.api(page, "/api/v1/overview");
  const id = bots[0]?.id;
  return [
    "/",
    "/bots/new",
    "/account",
    "/strategies",
    "/alerts",
    "/system",
    "/about",
    ...(id === undefined ? [] : ["overview", "trades", "decisions", "parameters", "logs"].map((tab) => `/bots/${id}/${tab}`)),
  ];
};

export default [
  {
    name: "the watch itself notices what it must",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      const { faults } = world.browser;
      await page.evaluate(() => {
        document.body.setAttribute("style", "color: red");
        try {
          document.createElement("div").innerHTML = "<b>x</b>";
        } catch {
          /* as it should be */
        }
        fetch("http://127.0.0.1:9/").catch(() => {});
        console.error("on purpose");
        setTimeout(() => {
          throw new Error("on purpose");
        });
      });
      await page.waitForTimeout(300);
      for (const part of [
        "style-src",
        "require-trusted-types-for",
        "connect-src",
        "console error: on purpose",
        "uncaught: Error: on purpose",
      ])
        assert.ok(
          faults.some((fault) => fault.includes(part)),
          `${part} went unnoticed: ${faults.join("; ")}`,
        );
      faults.length = 0;
    },
  },
  {
    name: "360 px wide: nothing sticks out, targets are 44 px",
    async run(world) {
      if (world.mock) Object.assign(world.mock.api.engine, { state: "away", text: "No sign of life for 6 s." }); // the header at its fullest
      if (world.mock) world.mock.api.unallocated = { ADA: "1520.5", BTC: "0.25", LTC: "3" };
      const page = await world.signedIn("/", {
        viewport: { width: 360, height: 780 },
        isMobile: true,
        hasTouch: true,
        deviceScaleFactor: 2,
      });
      for (const path of await paths(world, page)) {
        await page.goto(world.base + path);
        await page.waitForSelector("h1");
        await page.waitForTimeout(400);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360, `${path} is too wide`);
        const small = await page.evaluate(() =>
          [...document.querySelectorAll("main button, main .button, main summary, nav.side a")]
            .filter(
              (each) =>
                each.checkVisibility() &&
                each.getClientRects().length &&
                !each.closest(".seg, td, th") &&
                each.getBoundingClientRect().height < 43.5 &&
                (each.tagName === "SUMMARY" || !each.closest("details:not([open])")),
            )
            .map((each) => each.textContent),
        );
        assert.deepEqual(small, [], `${path}: small targets`);
        await world.shot(page, "phone" + path.replaceAll("/", "_"));
      }
    },
  },
  {
    name: "light, dark and blue/orange have contrast enough",
    async run(world) {
      for (const colorScheme of ["dark", "light"]) {
        const page = await world.signedIn("/", { colorScheme });
        for (const palette of ["default", "safe"]) {
          const poor = await page.evaluate((name) => {
            if (name === "safe") document.documentElement.dataset.palette = "safe";
            const probe = document.body.appendChild(document.createElement("i"));
            const rgb = (token) => {
              probe.style.color = `var(--${token})`;
              return getComputedStyle(probe)
                .color.match(/[\d.]+/g)
                .slice(0, 3)
                .map(Number);
            };
            const light = (colour) => {
              const [r, g, b] = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
              return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const ratio = (a, b) => {
              const [x, y] = [light(rgb(a)), light(rgb(b))].sort((p, q) => q - p);
              return (x + 0.05) / (y + 0.05);
            };
            const pairs = [
              ...["fg-0", "fg-1", "fg-2", "up", "down", "warn", "danger", "accent"].flatMap((text) =>
                ["bg-0", "bg-1", "bg-2"].map((under) => [text, under]),
              ),
              ["up", "up-bg"],
              ["danger", "danger-bg"],
              ["warn", "warn-bg"],
              ["live", "live-bg"],
              ["paper", "paper-bg"],
              ["on-accent", "accent"],
              ["fg-1", "bg-3"],
            ];
            return pairs
              .map(([text, under]) => [text, under, ratio(text, under)])
              .filter(([, , value]) => value < 4.5)
              .map(([text, under, value]) => `${text} on ${under}: ${value.toFixed(2)}`);
          }, palette);
          assert.deepEqual(poor, [], `${colorScheme}, ${palette}`);
          await world.shot(page, `overview_${colorScheme}_${palette}`);
        }
      }
    },
  },
  {
    name: "landmarks, one heading, names for every control",
    async run(world) {
      const page = await world.signedIn();
      for (const path of await paths(world, page)) {
        await page.goto(world.base + path);
        await page.waitForSelector("h1");
        await page.waitForTimeout(300);
        const faults = await page.evaluate(() => {
          const list = [];
          for (const tag of ["nav", "main", "header", "h1"]) if (!document.querySelector(tag)) list.push("no " + tag);
          if (document.querySelectorAll("h1").length !== 1 || document.querySelectorAll("main").length !== 1)
            list.push("more than one h1 or main");
          for (const each of document.querySelectorAll("button, a[href], summary"))
            if (!(each.getAttribute("aria-label") || each.textContent.trim())) list.push("nameless " + each.outerHTML.slice(0, 80));
          for (const each of document.querySelectorAll("input, select, textarea"))
            if (!(each.getAttribute("aria-label") || each.labels?.length)) list.push("no label " + each.outerHTML.slice(0, 80));
          const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
          for (const id of new Set(ids)) if (ids.filter((each) => each === id).length > 1) list.push("id twice: " + id);
          for (const each of document.querySelectorAll("[style]"))
            if (!each.closest(".chart, [hidden]") && each.getAttribute("style")) list.push("style " + each.outerHTML.slice(0, 80));
          return list;
        });
        assert.deepEqual(faults, [], path);
      }
    },
  },
  {
    name: "by keyboard alone: skip link, menu, dialog and back",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      await page.reload(); // a load of its own: the focus begins at the top
      await page.waitForSelector(".card");
      await page.keyboard.press("Tab");
      assert.match(await page.evaluate(() => document.activeElement.textContent), /To the content/);
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement.tagName), "MAIN");
      const close = page.getByRole("article", { name: "btc-trend", exact: true }).getByRole("button", { name: "Close…" });
      await close.focus();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
      assert.ok(await page.evaluate(() => document.querySelector("dialog").contains(document.activeElement)));
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      assert.match(await page.evaluate(() => document.activeElement.textContent), /Close/);
      const menu = page.getByRole("article", { name: "btc-trend", exact: true }).getByRole("button", { name: /^More for/ });
      await menu.focus();
      await page.keyboard.press("Enter");
      await page.locator(".menu:popover-open").getByRole("button", { name: "Funds…" }).waitFor();
      await page.keyboard.press("Escape");
      assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? ""), /^More for btc-trend/);
    },
  },
  {
    name: "a dialog gives the focus back once, and to nobody who has it already",
    mockOnly: true,
    async run(world) {
      const page = await world.signedIn();
      const card = page.getByRole("article", { name: "btc-trend", exact: true });
      const close = card.getByRole("button", { name: "Close…" });
      const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent);
      for (const leave of ["Escape", "Cancel"]) {
        await close.focus();
        await page.keyboard.press("Enter");
        const dialog = page.getByRole("dialog");
        await dialog.waitFor();
        if (leave === "Escape") await page.keyboard.press("Escape");
        else await dialog.getByRole("button", { name: leave }).press("Enter");
        await page.waitForFunction(() => !document.querySelector("dialog"));
        assert.match(await focused(), /^Close/, leave);
      }
      // The browser has given it back and the person went on, before the page hears that the dialog is closed.
      await close.press("Enter");
      await page.getByRole("dialog").waitFor();
      await card.getByRole("button", { name: /^More for/ }).evaluate((menu) => {
        document.querySelector("dialog").close();
        menu.focus();
      });
      await page.waitForFunction(() => !document.querySelector("dialog"));
      assert.match(await focused(), /^More for btc-trend/);
    },
  },
];
