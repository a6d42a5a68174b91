// Starts Debian's Chromium and watches every page: a policy violation, an error on the console or a request to another host is a fault.
import { chromium } from "playwright-core";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const launch = () =>
  chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
    env: { ...process.env, HOME: mkdtempSync(join(tmpdir(), "stratdock-browser-")) },
  });

/**
 * @param {string} base @param {import("playwright-core").BrowserContextOptions} [options]
 * @param {import("playwright-core").Browser} [shared] one that stays open; else a browser of its own
 */
export async function openBrowser(base, options = {}, shared = undefined) {
  const browser = shared ?? (await launch());
  /** @type {import("playwright-core").BrowserContext[]} */
  const contexts = [];
  const faults = [];
  /** What a test provokes on purpose: texts that contain one of these are no fault. */
  const expected = [];
  const fault = (text) => {
    if (!expected.some((part) => text.includes(part))) faults.push(text);
  };
  const newContext = async (more = {}) => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "dark", ...options, ...more });
    contexts.push(context);
    await context.exposeBinding("stratdockViolation", (_, text) => fault("policy violation: " + text));
    await context.addInitScript(() =>
      addEventListener("securitypolicyviolation", (event) =>
        window.stratdockViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
      ),
    );
    context.on("page", (page) => {
      page.setDefaultTimeout(10000);
      page.on("console", (message) => {
        if (message.type() === "error" || /Content Security Policy|Trusted ?Type/i.test(message.text()))
          fault(`console ${message.type()}: ${message.text()} ${message.location().url}`);
      });
      page.on("pageerror", (error) => fault("uncaught: " + (error.stack ?? error)));
      page.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(base + "/") && !url.startsWith("data:") && url !== "about:blank") fault("request to another host: " + url);
      });
    });
    return context;
  };
  const pages = () => contexts.flatMap((context) => context.pages());
  const close = () => (shared ? Promise.all(contexts.map((context) => context.close())) : browser.close());
  return { browser, faults, expected, newContext, pages, close };
}
