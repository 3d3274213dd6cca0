import { expect, test } from "vitest";
import { checkedNow } from "../support/browser-world.ts";
import { describeBrowser, useBrowser, type Visit } from "../support/browser.ts";
import { failing } from "../support/worker-steering.ts";
import { ADMIN_TOKEN, useWorkers } from "../support/worker-suite.ts";

/** What tells that something of it ran: a flag, or a request for an address that nobody else asks for. */
const RUNS = "window.hacked=1";
const TEXTS = [
  `<script>${RUNS}</script>`,
  `"><img src=/hacked onerror="${RUNS}">`,
  `'><svg/onload=${RUNS}>`,
  `</title><script>${RUNS}</script>`,
  `</svg></script><iframe srcdoc="<script>parent.${RUNS}</script>">`,
  `<!--<style>*{display:none}</style>`,
  `javascript:${RUNS}`,
  `&lt;script&gt;${RUNS}&lt;/script&gt;`,
  `\u{202e}drawkcab \u{2066}and isolated`,
  `{{constructor.constructor("${RUNS}")()}}`,
];
const SITE = `<img src=/hacked onerror=${RUNS}>`;

const suite = useWorkers(() => [
  {
    name: "one",
    assets: true,
    vars: { JOBS: ["Steered"], ADMIN_TOKEN, SERVER_NAME: SITE, PAGE_TITLE: SITE },
  },
]);
const { visit } = useBrowser(suite);

/** Jobs whose names, groups and reasons are these. */
async function jobsNamed(texts: readonly string[]): Promise<void> {
  suite.steering.jobs = texts.map((text) => ({ name: text, shownAs: text, group: text, isPublic: true }));
  for (const text of texts) suite.steering.set(text, failing(text));
  await checkedNow(suite);
}

/** What the page has of them, in an order that does not depend on it, and what of them ran. */
async function shown({ page, requests }: Visit) {
  const texts = async (selector: string): Promise<readonly string[]> =>
    (await page.locator(selector).allTextContents()).toSorted();
  const links = await page.evaluate<readonly string[]>(
    "[...document.querySelectorAll('main a')].map((link) => link.getAttribute('href'))",
  );
  return {
    names: await texts("h3 a"),
    groups: await texts("section:has(.jobs) h2"),
    reasons: await texts(".jobs .why"),
    title: await page.title(),
    strangeLinks: links.filter((link) => !/^\/(jobs\/[\w-]+|outbox)$/.test(link)),
    hacked: await page.evaluate("window.hacked"),
    strangeRequests: requests.filter((url) => url.includes("hacked")),
  };
}

function asText(reasons: readonly string[]): Awaited<ReturnType<typeof shown>> {
  return {
    names: TEXTS.toSorted(),
    groups: TEXTS.map((text) => `${text} 1 of 1 down`).toSorted(),
    reasons: reasons.toSorted(),
    title: `${TEXTS.length} of ${TEXTS.length} jobs are down – ${SITE}`,
    strangeLinks: [],
    hacked: undefined,
    strangeRequests: [],
  };
}

describeBrowser("names, groups and reasons", () => {
  test.each(["owner", "stranger"] as const)(
    "that are markup or a script stay text for the %s, even without the policy",
    async (as) => {
      await jobsNamed(TEXTS);
      const reasons = as === "owner" ? TEXTS : [];
      const visitor = await visit({ as, bypassCSP: true });
      await visitor.page.clock.install({ time: Date.now() });
      await visitor.open("/");
      expect(await shown(visitor)).toEqual(asText(reasons));
      const again = visitor.page.waitForResponse(suite.url);
      await visitor.page.evaluate("document.querySelector('main').dataset.isFirst = 'yes'");
      await visitor.page.clock.runFor(30_000);
      await (await again).finished();
      await visitor.page.locator("main:not([data-is-first])").waitFor();
      expect(await shown(visitor)).toEqual(asText(reasons));
    },
  );

  test("turn round no text but their own", async () => {
    await jobsNamed(["\u{202e}drawkcab"]);
    const { page, open } = await visit();
    await open("/");
    const [first = 0, last = 0] = await page.evaluate<readonly number[]>(`(() => {
      const text = document.querySelector("main section:not(.self) h2 small").firstChild;
      return [0, text.length - 1].map((at) => {
        const range = new Range();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect().left;
      });
    })()`);
    expect(first).toBeLessThan(last);
  });

  test("that got in as a script all the same would not run", async () => {
    await jobsNamed(TEXTS.slice(0, 1));
    const { page, open, troubles } = await visit();
    await open("/");
    await page.evaluate(`document.querySelector("main").append(
      Object.assign(document.createElement("script"), { textContent: "${RUNS}" }),
      document.createRange().createContextualFragment('<button onclick="${RUNS}">Press</button>'),
      Object.assign(document.createElement("a"), { href: "javascript:${RUNS}", textContent: "Follow" }),
    )`);
    await page.getByRole("button", { name: "Press" }).click();
    await page.getByRole("link", { name: "Follow" }).click();
    expect(await page.evaluate("window.hacked")).toBe(undefined);
    await expect.poll(() => troubles.length).toBe(3);
    for (const trouble of troubles.splice(0)) expect(trouble).toContain("Content Security Policy");
  });
});

/** As long as a job may be called, and a server may answer. */
const LONG = "W".repeat(190);
const REASON = "x".repeat(1_900);

describeBrowser.each([320, 390, 800, 1600])("at a width of %i", (width) => {
  test("nothing sticks out, however long", async () => {
    suite.steering.jobs = [{ name: "a", shownAs: LONG, group: LONG, isPublic: true }];
    suite.steering.set("a", failing(REASON));
    await checkedNow(suite);
    const isMobile = width < 500;
    const { page, open } = await visit({ as: "owner", isMobile, viewport: { width, height: 844 } });
    for (const path of ["/", "/sign-in?to=/"]) {
      await open(path);
      expect(await page.evaluate("document.scrollingElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await page.evaluate("innerWidth")).toBe(width);
    }
  });
});
