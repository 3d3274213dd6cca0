/** Makes the pictures of the README, which are copied to docs/ by hand: the page as it is after ninety days. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jobId } from "../../src/domain/pages/job-id.ts";
import { describeBrowser, SCREENSHOTS, useBrowser } from "../support/browser.ts";
import { ninetyDays, type SeededJob } from "../support/ninety-days.ts";
import { ADMIN_TOKEN, MINUTE, useWorkers } from "../support/worker-suite.ts";

const PEER = "https://checker.example.org/status";
const suite = useWorkers(() => [
  {
    name: "checker-eu",
    assets: true,
    vars: { JOBS: [], ADMIN_TOKEN, PEERS: [{ url: PEER, admin: "admin@example.org" }] },
  },
]);
const { visit } = useBrowser(suite);

function job(file: string, entry: string, group: string, down: string | null = null): SeededJob {
  return { job: `${file}["${entry}"]`, name: `${file} ${entry}`, group, down };
}

const JOBS: readonly SeededJob[] = [
  job("HTTPServerChecker", "https://shop.example.com/", "Shop"),
  job("HTTPServerChecker", "https://pay.example.com/health", "Shop", "answered HTTP 503 instead of 200"),
  job("HTTPServerChecker", "https://search.example.com/", "Shop"),
  job("TLSCertExpiration", "shop.example.com", "Shop"),
  job("TCPServerChecker", "mail.example.com:25", "Mail"),
  job("TCPServerChecker", "mail.example.com:993", "Mail"),
  job("HTTPServerChecker", "https://webmail.example.com/", "Mail"),
  job("Heartbeats", "nightly backup", "Backups"),
  job("Heartbeats", "offsite copy", "Backups"),
  job("PeerChecker", PEER, "Checker"),
];

describeBrowser("the picture in the README", () => {
  test.each(["light", "dark"] as const)("shows what is there, %s", async (colorScheme) => {
    const checker = suite.checker();
    const nowMs = Math.floor(Date.now() / MINUTE) * MINUTE;
    await ninetyDays({ ...checker, empty: () => checker.reset() }, JOBS, nowMs);
    await mkdir(SCREENSHOTS, { recursive: true });
    const { page, open } = await visit({
      as: "owner",
      colorScheme,
      timezoneId: "Europe/Zurich",
      viewport: { width: 1000, height: 1100 },
    });
    await open("/");
    expect(await page.locator("h1").textContent()).toBe(`1 of ${JOBS.length} jobs is down`);
    expect(await page.locator("body").getAttribute("class")).not.toContain("stale");
    await page.screenshot({ path: join(SCREENSHOTS, `readme-${colorScheme}.png`) });
    await open(`/jobs/${jobId(JOBS[1]?.job ?? "")}?range=30d`);
    await page.locator(".u-over").waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, `readme-job-${colorScheme}.png`) });
  });
});
