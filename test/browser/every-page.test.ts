import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import { beforeAll, expect, test } from "vitest";
import { everyLook } from "../support/browser/world.ts";
import { describeBrowser, SCREENSHOTS, useBrowser, type Visit } from "../support/browser/browser.ts";
import { ADMIN_TOKEN, useWorkers } from "../support/worker/suite.ts";
import { PAGES } from "./pages.ts";

const suite = useWorkers(() => [
  {
    name: "one",
    assets: true,
    vars: {
      JOBS: ["Steered"],
      ADMIN_TOKEN,
      PAGE_TITLE: "Our services",
      PEERS: [{ url: "https://checker.example.org/status", admin: "admin@example.org" }],
    },
  },
]);
const { visit } = useBrowser(suite);

/** Each size and each scheme once: all four together would take twice as long, and find the same. */
const WAYS = [
  {
    name: "phone-dark",
    colorScheme: "dark",
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
  },
  { name: "wide-light", colorScheme: "light", viewport: { width: 1600, height: 1000 } },
] as const;

beforeAll(() => mkdir(SCREENSHOTS, { recursive: true }));

describeBrowser.each(PAGES)("$name", ({ name, path, as }) => {
  // Four looks at a page, each with all rules of axe and a picture: most of what these tests compute.
  test("can be used by everybody, light and dark, on a phone and wide", { timeout: 300_000 }, async () => {
    await everyLook(suite);
    const flaws = await Promise.all(
      WAYS.map(async ({ name: way, ...options }) => {
        const visitor = await visit({ as, ...options });
        await visitor.open(path);
        await visitor.page.screenshot({ path: join(SCREENSHOTS, `${name}-${way}.png`), fullPage: true });
        return (await flawsOf(visitor)).map((flaw) => `${way}: ${flaw}`);
      }),
    );
    expect(flaws.flat()).toEqual([]);
  });
});

/** What axe finds serious or critical: contrast, names of fields and buttons, structure. */
async function flawsOf({ page }: Visit): Promise<readonly string[]> {
  // Evaluated and not loaded, so that the page's policy stays as it is.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run()");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}, ${help}: ${target.join(" ")}`));
}
