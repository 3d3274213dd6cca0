import { expect, test, vi } from "vitest";
import { PRIVATE, shopAndVault } from "../support/browser/world.ts";
import { describeBrowser, useBrowser, type Visit } from "../support/browser/browser.ts";
import { ADMIN_TOKEN, useWorkers } from "../support/worker/suite.ts";

const suite = useWorkers(() => [
  { name: "one", assets: true, vars: { JOBS: ["Steered"], ADMIN_TOKEN, PAGE_TITLE: "Our services" } },
]);
const { visit } = useBrowser(suite);

/** Far from UTC, without summer time, and its name is wider than that of UTC. */
const TOKYO = { timezoneId: "Asia/Tokyo" };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

describeBrowser("a stranger", () => {
  test("sees public jobs alone, and finds nothing of others in the page", async () => {
    await shopAndVault(suite);
    const { page, open, text } = await visit({ javaScriptEnabled: false });
    await open("/");
    expect(plain(await text())).toBe(
      "Skip to the content Overview Incidents Sign in Our services The only job is up Checked TIME ago (TIME) " +
        "Checker itself ✓ is well Checks last TIME ago (TIME) Mail proven TIME ago (TIME), its way took 900 ms " +
        "For all 1 job Our shop ✓ up since TIME 100 % 5 ms",
    );
    expect(await page.title()).toBe("The only job is up – Our services");
    const html = await page.content();
    for (const secret of [...PRIVATE, "Steered", "of 2", "2 jobs"]) expect(html).not.toContain(secret);
  });

  test("is sent nothing but what this Worker has, and loads all of it", async () => {
    await shopAndVault(suite);
    const { open, requests } = await visit();
    await open("/");
    const paths = (): string[] =>
      requests.map((url) => url.replace(suite.url, "/").replace(/\?v=[0-9a-f]{12}$/, "")).toSorted();
    // Chromium asks for the icon when it has shown the page.
    await vi.waitFor(() =>
      expect(paths()).toEqual(["/", "/assets/icon-up.svg", "/assets/page.css", "/assets/page.js"]),
    );
  });
});

describeBrowser("a page with scripts", () => {
  test("tells times in the reader's zone and names it, and in UTC to machines and on demand", async () => {
    await shopAndVault(suite);
    const { page, open } = await visit({ as: "admin", ...TOKYO });
    await open("/");
    const times = await page.locator("time").all();
    expect(times.length).toBe(5);
    for (const time of times) {
      const machine = (await time.getAttribute("datetime")) ?? "";
      expect(machine).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const tokyo = new Date(Date.parse(machine) + 9 * 3_600_000).toISOString();
      expect(await time.textContent()).toBe(`${tokyo.slice(0, 10)} ${tokyo.slice(11, 16)} GMT+9`);
      expect(await time.getAttribute("title")).toBe(`${machine.slice(0, 10)} ${machine.slice(11, 16)} UTC`);
    }
  });

  test("lets ages grow", async () => {
    const checker = await shopAndVault(suite);
    const [tick] = await checker.sql("SELECT MAX(finished_at) AS at FROM tick");
    const finishedAtMs = Number(tick?.["at"]);
    const { page, open } = await visit({ as: "admin" });
    await page.clock.install({ time: finishedAtMs + 2_000 });
    await open("/");
    const age = page.locator("header .ago");
    expect(await age.textContent()).toMatch(/^[2-9] s$/);
    await page.clock.pauseAt(finishedAtMs + 20_000);
    await page.clock.runFor(5_000);
    expect(await age.textContent()).toMatch(/^2[0-5] s$/);
  });

  test("moves nothing about while it loads, however late its script comes", async () => {
    await shopAndVault(suite);
    const { page, open } = await visit({ as: "admin", ...TOKYO, ...PHONE });
    await page.route("**/page.js*", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await route.continue();
    });
    await page.addInitScript(`
      window.shifts = [];
      new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map(({ value }) => value)))
        .observe({ type: "layout-shift", buffered: true });
    `);
    await open("/");
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    expect(await page.evaluate("window.shifts")).toEqual([]);
  });
});

describeBrowser("a page without scripts", () => {
  test("can be read, with times in UTC, and is loaded anew each minute", async () => {
    await shopAndVault(suite);
    const { page, open, text } = await visit({ as: "admin", javaScriptEnabled: false, ...TOKYO });
    await open("/");
    expect(plain(await text())).toBe(
      "Skip to the content Overview Incidents Sign out one 1 of 2 jobs is down Checked TIME ago (TIME) " +
        "Checker itself ✓ is well Checks last TIME ago (TIME) Mail proven TIME ago (TIME), its way took 900 ms " +
        "Outbox nothing waits Peers none: nobody else watches this Checker for you " +
        "Cellar 1 of 1 down vault ✕ down since TIME the door is open 0 % " +
        "For all 1 job Our shop ✓ up since TIME fine 100 % 5 ms " +
        "All jobs Silence all jobs for 1 hour 4 hours 8 hours 1 day 3 days 7 days or until (UTC) Silence",
    );
    expect(await page.locator("meta[http-equiv=refresh]").getAttribute("content")).toBe("60");
  });
});

describeBrowser("the colours", () => {
  test("are light or dark as the reader has it", async () => {
    await shopAndVault(suite);
    const [light, dark] = await Promise.all([
      coloursOf(await visit({ colorScheme: "light" })),
      coloursOf(await visit({ colorScheme: "dark" })),
    ]);
    expect(light.page).toBeGreaterThan(light.text + 400);
    expect(dark.text).toBeGreaterThan(dark.page + 400);
  });
});

describeBrowser("the keyboard", () => {
  test("reaches all there is, and one sees where it is", async () => {
    await shopAndVault(suite);
    const { page, open } = await visit({ as: "admin" });
    await open("/");
    const reached: string[] = [];
    for (let presses = 0; presses < 7; presses++) {
      await page.keyboard.press("Tab");
      reached.push(await focused(page));
    }
    expect(reached).toEqual([
      "Skip to the content",
      "Overview",
      "Incidents",
      "Sign out",
      "nothing waits",
      "vault",
      "Our shop",
    ]);
  });

  test("leaps over the navigation", async () => {
    await shopAndVault(suite);
    const { page, open } = await visit({ as: "admin" });
    await open("/");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("nothing waits");
  });
});

/** Times differ from run to run. In UTC. */
function plain(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC|(?:\d+ min )?\d+ s(?= ago)|\d+ min(?= ago)/g, "TIME");
}

/** How bright page and text are, each 0 to 765. */
async function coloursOf({ page, open }: Visit): Promise<{ readonly page: number; readonly text: number }> {
  await open("/");
  const [background, text] = await page.evaluate<readonly [string, string]>(
    "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]",
  );
  const brightness = (colour: string): number =>
    (colour.match(/\d+/g) ?? []).reduce((sum, part) => sum + Number(part), 0);
  return { page: brightness(background), text: brightness(text) };
}

/** The text of what has the focus, if one sees that: it is in view, and has an outline of some width. */
async function focused(page: Visit["page"]): Promise<string> {
  return page.evaluate<string>(`(() => {
    const { activeElement } = document;
    const { left, top, right, bottom } = activeElement.getBoundingClientRect();
    const isInView = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    const { outlineStyle, outlineWidth } = getComputedStyle(activeElement);
    const isMarked = outlineStyle === "solid" && parseFloat(outlineWidth) >= 2;
    return (isInView && isMarked ? "" : "unseen: ") + activeElement.textContent;
  })()`);
}
