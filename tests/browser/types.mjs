// Checks the page's JSDoc types with tsc. Exit code 77 where the npm packages are missing.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = join(dirname(fileURLToPath(import.meta.url)), "../../dashboard/web");
const compiler = join(web, "node_modules/typescript/bin/tsc");
if (!existsSync(compiler)) {
  console.log("skipped: the page's packages are missing (npm ci --prefix dashboard/web)");
  process.exit(77);
}
process.exit(spawnSync(process.execPath, [compiler, "--project", join(web, "jsconfig.json")], { stdio: "inherit" }).status ?? 1);
