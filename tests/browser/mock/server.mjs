// A server that speaks dashboard/API.md over made-up data, with the real one's headers: for developing and testing the page.
// node tests/browser/mock/server.mjs [--port 5055] [--bots 6]   prints the set-up link.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Api } from "./api.mjs";

export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
const headers = {
  "Content-Security-Policy": policy,
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
};
const pages = /^\/(|bots|bots\/new|bots\/\d+(\/[a-z]+)?|account|strategies|alerts|system|about|login)$/;

/** @param {string} folder what build_assets.mjs made @param {{port?: number, bots?: number}} [options] */
export async function startMock(folder, options = {}) {
  const version = readFileSync(join(folder, "version"), "utf8").trim();
  const assets = new Map(
    readFileSync(join(folder, "manifest.tsv"), "utf8")
      .trim()
      .split("\n")
      .map((line) => {
        const [url, type, file] = line.split("\t");
        return [url, { type, bytes: readFileSync(join(folder, file)) }];
      }),
  );
  const index = assets.get("index.html").bytes.toString("utf8").replaceAll("{{assets}}", `/assets/${version}`);
  const api = new Api(version, options.bots ?? 6);
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const asset = /^\/assets\/[^/]+\/(.+)$/.exec(url.pathname)?.[1];
    if (request.method === "GET" && pages.test(url.pathname)) {
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache" });
      response.end(index);
      return;
    }
    if (asset) {
      const found = assets.get(asset);
      if (!found) {
        response.writeHead(404);
        response.end();
        return;
      }
      response.writeHead(200, { "Content-Type": found.type, "Cache-Control": "public, max-age=31536000, immutable" });
      response.end(found.bytes);
      return;
    }
    response.setHeader("Cache-Control", "no-store");
    let body = "";
    for await (const part of request) body += part;
    api.answer(request, url, body, response);
  });
  await new Promise((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  return {
    base,
    api,
    link: () => `${base}/login#token=${api.newToken()}`,
    stop: () => {
      api.stop();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const option = (name, fallback) => {
    const at = process.argv.indexOf("--" + name);
    return at < 0 ? fallback : process.argv[at + 1];
  };
  const { prepareAssets } = await import("../assets.mjs");
  const mock = await startMock(prepareAssets(), { port: Number(option("port", "5055")), bots: Number(option("bots", "6")) });
  console.log(mock.link());
}
