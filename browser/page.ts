/**
 * What a page can do better with a script: times in the reader's own zone, ages that stay true, and news by itself.
 * Without it everything is there all the same, in UTC, and a browser loads the page anew each minute.
 */
import { formatAge } from "../src/core/text.ts";

const REFRESH_MS = 30_000;
const AGES_MS = 5_000;

/** In Sweden a date is written as the page writes it without a script: what takes the same room moves nothing about. */
const format = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" });
const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" });

/** Local times, each with the name of its zone, which changes with daylight saving. */
function localize(root: ParentNode): void {
  for (const time of root.querySelectorAll("time")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const name = zone.formatToParts(date).find(({ type }) => type === "timeZoneName")?.value ?? "";
    time.title = time.textContent ?? "";
    time.textContent = `${format.format(date)} ${name}`;
  }
}

function keepAges(): void {
  for (const age of document.querySelectorAll<HTMLElement>(".ago"))
    age.textContent = formatAge(Date.now() - Number(age.dataset["at"]));
}

/** Puts the newest content in place, unless somebody is using what is there. A failure leaves it, and it grows old. */
async function refresh(): Promise<void> {
  const main = document.querySelector("main");
  const isInUse = (): boolean =>
    main?.contains(document.activeElement) === true ||
    (main?.querySelector("[data-in-use]") ?? null) !== null;
  if (main === null || document.visibilityState !== "visible" || isInUse()) return;
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("main");
  if (fresh === null || isInUse()) return;
  localize(fresh);
  main.replaceWith(fresh);
  document.title = page.title;
  document.body.className = page.body.className;
  const icon = page.querySelector("link[rel=icon]");
  if (icon !== null) document.querySelector("link[rel=icon]")?.replaceWith(icon);
  keepAges();
  document.dispatchEvent(new Event("checker:news"));
}

localize(document);
keepAges();
setInterval(keepAges, AGES_MS);
if (document.body.matches(".ages, .stale")) {
  // Without an answer there is nothing to say: the page says itself when it is too old.
  const news = (): Promise<void> => refresh().catch(() => undefined);
  setInterval(() => void news(), REFRESH_MS);
  document.addEventListener("visibilitychange", () => void news());
}
