import { expect, test } from "vitest";
import { shopAndVault } from "../support/browser/world.ts";
import { describeBrowser, useBrowser } from "../support/browser/browser.ts";
import { WELL } from "../support/worker/steering.ts";
import { ADMIN_TOKEN, useWorkers } from "../support/worker/suite.ts";

const suite = useWorkers(() => [{ name: "one", assets: true, vars: { JOBS: ["Steered"], ADMIN_TOKEN } }]);
const { visit } = useBrowser(suite);

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

describeBrowser.each([
  ["with scripts", { javaScriptEnabled: true }],
  ["with scripts off", { javaScriptEnabled: false }],
])("somebody who was paged at night, %s,", (_how, how) => {
  test("sees on a phone what is down and why, opens it, and acknowledges it", async () => {
    await shopAndVault(suite);
    const { page, open, text } = await visit({ as: "admin", ...PHONE, ...how });
    await open("/");
    expect(await page.locator("h1").textContent()).toBe("1 of 2 jobs is down");
    // Without a finger moved.
    const link = page.getByRole("link", { name: "vault" });
    const box = await link.boundingBox();
    expect(box === null ? Infinity : box.y + box.height).toBeLessThan(844);
    expect(await page.locator(".jobs li").first().textContent()).toContain("the door is open");

    await link.tap();
    await page.waitForURL(/\/jobs\/[0-9a-z]{14}$/);
    await page.getByRole("button", { name: /^Acknowledge/ }).tap();
    await page.locator("header", { hasText: "acknowledged" }).waitFor();
    expect(page.url()).toMatch(/\/jobs\/[0-9a-z]{14}#did$/);
    expect(await page.locator("#did").textContent()).toMatch(
      /acknowledged, the failure since .* by ADMIN_TOKEN/,
    );
    expect(await page.getByRole("button", { name: /^Acknowledge/ }).count()).toBe(0);
    // And when it is mended.
    suite.steering.set("vault", WELL);
    await page.getByRole("button", { name: "Run it now" }).tap();
    await page.locator("header", { hasText: "✓ up" }).waitFor();
    await page.getByRole("link", { name: "Overview" }).tap();
    await page.locator("h1", { hasText: "All 2 jobs are up" }).waitFor();
    expect(await text()).not.toContain("acknowledged");
  });
});

describeBrowser("with scripts off the owner", () => {
  test("silences a job for four hours, and thinks better of it", async () => {
    await shopAndVault(suite);
    const { page, open } = await visit({ as: "admin", javaScriptEnabled: false });
    await open("/");
    await page.getByRole("link", { name: "vault" }).click();
    await page.getByLabel("Silence it for").selectOption("4 hours");
    await page.getByRole("button", { name: "Silence", exact: true }).click();
    expect(await page.locator("header").textContent()).toContain("silenced until");
    await page.getByRole("button", { name: "End the silence" }).click();
    expect(await page.locator("header").textContent()).not.toContain("silenced");
    expect(await page.locator("#did li").allTextContents()).toEqual([
      expect.stringMatching(/^silence ended – /) as string,
      expect.stringMatching(/^silenced, until .* UTC – /) as string,
    ]);
  });

  test("asks whether mail arrives", async () => {
    await shopAndVault(suite);
    const { page, open, text } = await visit({ as: "admin", javaScriptEnabled: false });
    await open("/outbox");
    await page.getByRole("button", { name: "Send a test mail to every alert contact" }).click();
    expect(await page.locator("h1").textContent()).toBe("Done");
    expect(await text()).toContain(
      "admin@example.org: accepted by the mail service. Look whether it arrives.",
    );
    const mails = (await suite.mails()).map(({ subject }) => subject);
    expect(mails).toContain("[one] Test mail");
  });
});
