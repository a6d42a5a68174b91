#!/usr/bin/env node
// Prepares what the server hands out: node dashboard/web/build_assets.mjs OUT_DIR
// Reads assets.txt, copies each file to OUT_DIR (third-party modules with their bare imports made relative), compresses it, and writes
// manifest.tsv (url path, content type, file, gzip file or "-", etag) and version. Same input, same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (!out) {
  console.error("usage: build_assets.mjs OUT_DIR");
  process.exit(2);
}

// Browsers cannot resolve "preact"; an import map would break the policy. So the few names become paths, here and nowhere else.
const bare = { preact: "preact.js", "preact/hooks": "hooks.js", "@preact/signals-core": "signals-core.js" };

/** @param {string} text @param {string} source */
function withRelativeImports(text, source) {
  const relative = text.replace(/\b(from|import)\s*(["'])((?!\.{0,2}\/)[^"'\n]+)\2/g, (whole, word, quote, name) => {
    if (!bare[name]) throw new Error(`${source} imports "${name}", which build_assets.mjs does not know`);
    return `${word} ${quote}./${bare[name]}${quote}`;
  });
  return relative.replace(/\n?\/\/# sourceMappingURL=\S+\s*$/, "\n");
}

const rows = readFileSync(join(here, "assets.txt"), "utf8")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"))
  .map((line) => line.trim().split(/\s+/));
const listed = new Set(rows.map(([, source]) => source));
for (const folder of ["js", "js/components", "js/pages", "css"]) {
  for (const name of readdirSync(join(here, folder)))
    if (/\.(js|css)$/.test(name) && !listed.has(`${folder}/${name}`)) throw new Error(`${folder}/${name} is missing in assets.txt`);
}

const whole = createHash("sha256");
const manifest = rows.map(([url, source, type]) => {
  let bytes;
  try {
    bytes = readFileSync(join(here, source));
  } catch (error) {
    throw new Error(
      `cannot read ${source}: ${error.code}` + (source.startsWith("node_modules/") ? "; run: npm ci --prefix dashboard/web" : ""),
    );
  }
  if (source.startsWith("node_modules/") && type === "text/javascript")
    bytes = Buffer.from(withRelativeImports(bytes.toString("utf8"), source));
  const hash = createHash("sha256").update(bytes).digest("hex");
  whole.update(`${url}\n${hash}\n`);
  mkdirSync(dirname(join(out, url)), { recursive: true });
  writeFileSync(join(out, url), bytes);
  const small = url === "index.html" || type.startsWith("font/") ? null : gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
  if (small) writeFileSync(join(out, url + ".gz"), small);
  return [url, type, url, small ? url + ".gz" : "-", hash.slice(0, 16)].join("\t");
});
writeFileSync(join(out, "manifest.tsv"), manifest.join("\n") + "\n");
writeFileSync(join(out, "version"), whole.digest("hex").slice(0, 12) + "\n");
