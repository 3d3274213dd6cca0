import { expect, test } from "vitest";
import { shopAndVault } from "../support/browser/world.ts";
import { describeBrowser, useBrowser, type Visit } from "../support/browser/browser.ts";
import { ADMIN_TOKEN, useWorkers } from "../support/worker/suite.ts";

const suite = useWorkers(() => [
  { name: "one", assets: true, vars: { JOBS: ["Steered"], ADMIN_TOKEN, STALE_AFTER_SECONDS: 60 } },
]);
const { visit } = useBrowser(suite);

const OLD = "What you see is old: Checker has not been heard of for too long.";

/** The last tick ended so long ago. */
async function lastTick(agoMs: number): Promise<void> {
  const checker = await shopAndVault(suite);
  await checker.sql("UPDATE tick SET finished_at = ?1", Date.now() - agoMs);
}

/** How it looks that what is shown is old. */
async function looks({ page }: Visit): Promise<{ readonly saysOld: boolean; readonly filter: string }> {
  const filter = await page.evaluate<string>("getComputedStyle(document.querySelector('main')).filter");
  return { saysOld: await page.getByText(OLD).isVisible(), filter };
}

/** So long after it was opened, as far as the style sheet goes, whose clock stands from then on. */
async function later({ page }: Visit, ms: number): Promise<void> {
  await page.evaluate(`for (const animation of document.getAnimations()) {
    animation.pause();
    animation.currentTime = ${ms};
  }`);
}

describeBrowser.each([true, false])("what is shown, with scripts %j,", (javaScriptEnabled) => {
  test("is grey and said to be old when the last tick is", async () => {
    await lastTick(61_000);
    const visitor = await visit({ javaScriptEnabled });
    await visitor.open("/");
    expect(await looks(visitor)).toEqual({ saysOld: true, filter: "grayscale(1)" });
    expect(await visitor.page.title()).toBe("Old data – Status");
    expect(await visitor.page.getByRole("heading", { level: 1 }).textContent()).toBe(
      "The present state is not known",
    );
    expect(await visitor.page.locator("link[rel=icon]").getAttribute("href")).toMatch(/icon-stale\.svg/);
  });

  test("becomes so by itself when its time is over, and never too late", async () => {
    // 29 s are left. The style sheet has delays of 15 s and 30 s, and too early is better than too late.
    await lastTick(60_000 - 29_000);
    const visitor = await visit({ javaScriptEnabled });
    await visitor.open("/");
    expect(await looks(visitor)).toEqual({ saysOld: false, filter: "none" });
    await later(visitor, 14_999);
    expect(await looks(visitor)).toEqual({ saysOld: false, filter: "none" });
    await later(visitor, 15_000);
    expect(await looks(visitor)).toEqual({ saysOld: true, filter: "grayscale(1)" });
  });
});

describeBrowser("a page that stays open", () => {
  const REFRESH_MS = 30_000;

  async function opened(): Promise<Visit> {
    const visitor = await visit({ as: "admin" });
    await visitor.page.clock.install({ time: Date.now() });
    await visitor.open("/");
    expect(await visitor.page.title()).toBe("1 of 2 jobs is down – one");
    return visitor;
  }

  async function recover(): Promise<void> {
    await become("up", "fine again");
  }

  /** As if a tick had found it. */
  async function become(status: string, reason: string): Promise<void> {
    await suite.checker().sql("UPDATE job_state SET status = ?1, reason = ?2", status, reason);
    await suite.checker().sql("UPDATE tick SET finished_at = finished_at + 1");
  }

  test("shows what is new by itself", async () => {
    await shopAndVault(suite);
    const { page } = await opened();
    const before = await page.locator("time").first().textContent();
    await recover();
    await page.clock.runFor(REFRESH_MS);
    await page.getByText("fine again").first().waitFor();
    expect(await page.title()).toBe("All 2 jobs are up – one");
    expect(await page.locator("link[rel=icon]").getAttribute("href")).toMatch(/icon-up\.svg/);
    expect(await page.locator("time").first().textContent()).toBe(before);
    // And once more, with what took its place.
    await become("down", "down again");
    await page.clock.runFor(REFRESH_MS);
    await page.getByText("down again").first().waitFor();
  });

  test("is fresh again when there was a tick, and grey when there was none", async () => {
    await lastTick(60_000 - 29_000);
    const visitor = await opened();
    await suite.checker().sql("UPDATE tick SET finished_at = ?1", Date.now());
    await visitor.page.clock.runFor(REFRESH_MS);
    // Usually ages-45, but on a busy machine more of its minute may be over.
    await visitor.page.locator("body.ages:not(.ages-15)").waitFor();
    const delay = Number(
      /ages-(\d+)/.exec((await visitor.page.locator("body").getAttribute("class")) ?? "")?.[1],
    );
    await later(visitor, delay * 1_000 - 1_000);
    expect(await looks(visitor)).toEqual({ saysOld: false, filter: "none" });
    await suite.checker().sql("UPDATE tick SET finished_at = ?1", Date.now() - 61_000);
    await visitor.page.clock.runFor(REFRESH_MS);
    await visitor.page.locator("body.stale").waitFor();
    expect(await looks(visitor)).toEqual({ saysOld: true, filter: "grayscale(1)" });
  });

  test("leaves alone what somebody is using, also if they began while the answer came", async () => {
    await shopAndVault(suite);
    const { page, requests } = await opened();
    await recover();
    const link = page.getByRole("link", { name: "vault" });
    await link.focus();
    const asked = requests.length;
    await page.clock.runFor(REFRESH_MS);
    expect([await page.evaluate("document.activeElement.textContent"), requests.length]).toEqual([
      "vault",
      asked,
    ]);

    await link.blur();
    await page.route(suite.url, async (route) => {
      await link.focus();
      await route.continue();
    });
    const answer = page.waitForResponse(suite.url);
    await page.clock.runFor(REFRESH_MS);
    await (await answer).finished();
    await page.evaluate("fetch('/assets/page.css').then((answer) => answer.text())");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("vault");
    expect(await page.title()).toBe("1 of 2 jobs is down – one");
    await page.unroute(suite.url);

    await link.blur();
    await page.clock.runFor(REFRESH_MS);
    await page.getByText("fine again").first().waitFor();
  });

  test("stays as it is when there is no answer, or a bad one, and grows old", async () => {
    await shopAndVault(suite);
    const visitor = await opened();
    const { page, troubles } = visitor;
    for (const fail of ["abort", "503"]) {
      await page.route(suite.url, (route) =>
        fail === "abort" ? route.abort() : route.fulfill({ status: 503, body: "<main>broken</main>" }),
      );
      await page.clock.runFor(REFRESH_MS);
      await expect.poll(() => troubles.length).toBeGreaterThan(0);
      expect(troubles.splice(0).join("\n")).toMatch(fail === "abort" ? /ERR_FAILED/ : /503/);
      await page.unroute(suite.url);
    }
    expect(await page.title()).toBe("1 of 2 jobs is down – one");
    await later(visitor, 60_000);
    expect(await looks(visitor)).toEqual({ saysOld: true, filter: "grayscale(1)" });
    troubles.length = 0;
  });
});
