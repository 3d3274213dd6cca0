import { expect, test } from "vitest";
import { jobId } from "../../src/core/job-id.ts";
import { withoutDirections } from "../../src/core/text.ts";
import { checkedNow } from "../support/browser/world.ts";
import { describeBrowser, useBrowser, type Visit } from "../support/browser/browser.ts";
import { failing } from "../support/worker/steering.ts";
import { ADMIN_TOKEN, useWorkers } from "../support/worker/suite.ts";

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
  // What steers the direction of the text next to it is left out.
  const texts = TEXTS.map(withoutDirections);
  return {
    names: texts.toSorted(),
    groups: texts.map((text) => `${text} 1 of 1 down`).toSorted(),
    reasons: reasons.map(withoutDirections).toSorted(),
    title: `${TEXTS.length} of ${TEXTS.length} jobs are down – ${SITE}`,
    strangeLinks: [],
    hacked: undefined,
    strangeRequests: [],
  };
}

describeBrowser("names, groups and reasons", () => {
  test.each(["admin", "public"] as const)(
    "that are markup or a script stay text for the %s, even without the policy",
    async (as) => {
      await jobsNamed(TEXTS);
      const reasons = as === "admin" ? TEXTS : [];
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

/** Every text from outside that the other pages show, made all of these at once. */
async function everywhere(): Promise<{ readonly id: string; readonly all: string }> {
  const all = withoutDirections(TEXTS.join(" "));
  suite.steering.jobs = [{ name: "a", shownAs: all.slice(0, 190), group: all.slice(0, 90) }];
  suite.steering.set("a", failing(all));
  const checker = await checkedNow(suite);
  const [job, now] = ['Steered["a"]', checker.now()] as const;
  await checker.sql("UPDATE incident SET first_reason = ?1, last_reason = ?1 || ' '", all);
  await checker.sql(
    `UPDATE message SET subject = ?1, body = ?1, recipient = ?1, closed = 1, accepted_at = NULL, failed_at = ?2,
       last_error = ?1, last_error_code = ?1 WHERE token IS NULL`,
    all,
    now,
  );
  await checker.sql(
    `INSERT INTO audit_log (at, kind, job, name, detail, actor, request_id)
       SELECT ?2, 'silence', value, ?1, ?1, ?1, 'x' FROM json_each(?3)`,
    all,
    now,
    JSON.stringify([job, null]),
  );
  const id = jobId(job);
  await checker.sql(
    `INSERT INTO heartbeat (id, job, active_since, evaluated_at, ended_at, code, output, log)
       VALUES (?1, ?2, ?3, ?3, ?3, 1, ?4, ?4)`,
    id,
    job,
    now,
    all,
  );
  return { id, all };
}

describeBrowser("whatever comes from outside", () => {
  const inAddress = encodeURIComponent(TEXTS.join(""));
  test.each([
    // Reasons of the job, its incident and the decision; the mail's recipient; what was done and by whom; both outputs.
    ["a job's page", (id: string) => `/jobs/${id}?range=${inAddress}`, 9],
    ["incidents", () => "/incidents", 2],
    ["incidents after something", () => `/incidents?before=1&job=${inAddress}`, 0],
    // Subject, recipient, code and reason of the error, body; name, detail and who.
    ["the outbox", () => "/outbox", 8],
    ["the form to sign in", () => `/sign-in?to=${inAddress}`, 0],
    ["what there is not", () => `/jobs/${inAddress}`, 0],
  ] as const)("stays text in %s, even without the policy", async (_, pathOf, times) => {
    const { id, all } = await everywhere();
    const isForStrangers = pathOf("").startsWith("/sign-in");
    const { page, open, requests, troubles } = await visit({
      as: isForStrangers ? "public" : "admin",
      bypassCSP: true,
    });
    await open(pathOf(id));
    const text = (await page.locator("body").textContent()) ?? "";
    expect(text.split(all).length - 1).toBe(times);
    // Nothing but our own elements.
    expect(
      await page.locator("img, iframe, object, base, meta[http-equiv], style, [onerror], [onload]").count(),
    ).toBe(0);
    expect(await page.locator("script:not([src]):not([type='application/json'])").count()).toBe(0);
    const addresses = await page.evaluate<readonly string[]>(
      "[...document.body.querySelectorAll('[href], [action]')].map((one) => one.getAttribute('href') ?? one.getAttribute('action'))",
    );
    expect(addresses.filter((address) => !/^(\/(?!\/)|#main$)/.test(address))).toEqual([]);
    expect(await page.evaluate("window.hacked")).toBe(undefined);
    expect(requests.filter((url) => new URL(url).pathname.startsWith("/hacked"))).toEqual([]);
    // Such an address is none: the browser tells of the 404.
    if (times === 0) troubles.length = 0;
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
    const { page, open } = await visit({ as: "admin", isMobile, viewport: { width, height: 844 } });
    for (const path of ["/", "/sign-in?to=/"]) {
      await open(path);
      expect(await page.evaluate("document.scrollingElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await page.evaluate("innerWidth")).toBe(width);
    }
  });
});
