// What the scripts of this folder share: their options, and when they are skipped (exit code 77).
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(fileURLToPath(import.meta.url));
/** The files of cases/ in their order. */
export const pageCases = ["sign_in", "overview", "bot_page", "indicators", "commands", "account", "new_bot", "live", "access"];

/** The word behind --name; "" where it was not given. */
export function option(name) {
  const at = process.argv.indexOf("--" + name);
  return at < 0 ? "" : (process.argv[at + 1] ?? "");
}

export function skip(text) {
  console.log("skipped: " + text);
  process.exit(77);
}

export function needBrowser() {
  if (!existsSync(process.env.CHROMIUM ?? "/usr/bin/chromium")) skip("Chromium is not installed (apt-get install chromium, or set CHROMIUM)");
  if (!existsSync(join(here, "node_modules/playwright-core"))) skip("playwright-core is missing (npm ci --prefix tests/browser)");
}
