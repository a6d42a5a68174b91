// Builds the page's assets into a temporary folder, once per process.
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = join(dirname(fileURLToPath(import.meta.url)), "../../dashboard/web");

export function prepareAssets() {
  const folder = mkdtempSync(join(tmpdir(), "stratdock-assets-"));
  execFileSync(process.execPath, [join(web, "build_assets.mjs"), folder], { stdio: "inherit" });
  return folder;
}
