// Where we are: the URL is the state. Links are plain <a href>; a click on one of ours changes the page without a load.
import { signal } from "./lib.js";

/** @returns {{path: string, parts: string[], query: URLSearchParams}} */
function read() {
  const { pathname, search } = location;
  return {
    path: pathname,
    parts: pathname
      .split("/")
      .filter(Boolean)
      .map((part) => {
        try {
          return decodeURIComponent(part);
        } catch {
          return part;
        }
      }),
    query: new URLSearchParams(search),
  };
}

export const route = signal(read());

/** @param {string} to @param {{replace?: boolean, keep?: boolean}} [how] keep: do not move to the top */
export function go(to, how = {}) {
  if (how.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  route.value = read();
  if (!how.keep) {
    scrollTo(0, 0);
    queueMicrotask(() => document.querySelector("main")?.focus());
  }
}

/** Changes one key of the query in place. @param {string} key @param {string|null} value null or "" removes it */
export function setQuery(key, value) {
  const query = new URLSearchParams(location.search);
  if (value) query.set(key, value);
  else query.delete(key);
  const text = query.toString();
  go(location.pathname + (text ? "?" + text : ""), { replace: true, keep: true });
}

addEventListener("popstate", () => {
  route.value = read();
});
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = /** @type {HTMLElement} */ (event.target).closest?.("a[href]");
  if (
    !(link instanceof HTMLAnchorElement) ||
    link.target ||
    link.hasAttribute("download") ||
    link.origin !== location.origin ||
    link.pathname.startsWith("/api/")
  )
    return;
  event.preventDefault();
  if (link.href !== location.href) go(link.pathname + link.search + link.hash);
});
