// What a person chose for this browser: theme, palette, time zone. Kept in localStorage; a browser that refuses it forgets.
import { effect, signal } from "./lib.js";

/** @param {string} key @param {string} fallback */
function remembered(key, fallback) {
  let start = fallback;
  try {
    start = localStorage.getItem("stratdock." + key) ?? fallback;
  } catch {
    /* no storage: the default */
  }
  const value = signal(start);
  effect(() => {
    const now = value.value;
    try {
      localStorage.setItem("stratdock." + key, now);
    } catch {
      /* as above */
    }
  });
  return value;
}

/** "system", "dark" or "light" */
export const theme = remembered("theme", "system");
/** "default" or "safe" (for red-green blindness) */
export const palette = remembered("palette", "default");
/** "UTC" or "local" */
export const timeZone = remembered("time_zone", "UTC");
/** What the bots' charts show, by strategy, as JSON text */
export const chartChoices = remembered("chart", "{}");
/** Counts changes of colours, for what paints on a canvas. */
export const paint = signal(0);

effect(() => {
  const root = document.documentElement;
  if (theme.value === "system") root.removeAttribute("data-theme");
  else root.setAttribute("data-theme", theme.value);
  if (palette.value === "default") root.removeAttribute("data-palette");
  else root.setAttribute("data-palette", palette.value);
  paint.value = paint.peek() + 1;
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  paint.value = paint.peek() + 1;
});
