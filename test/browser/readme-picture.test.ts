/** Makes the pictures of the README, which are copied to docs/ by hand: the page as it is after ninety days. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jobId } from "../../src/core/job-id.ts";
import { describeBrowser, SCREENSHOTS, useBrowser } from "../support/browser/browser.ts";
import { ninetyDays, type SeededJob } from "../support/history/ninety-days.ts";
import { ADMIN_TOKEN, MINUTE, useWorkers } from "../support/worker/suite.ts";

const PEER = "https://checker.example.org/status";
const suite = useWorkers(() => [
  {
    name: "checker-eu",
    assets: true,
    vars: { JOBS: [], ADMIN_TOKEN, PEERS: [{ url: PEER, admin: "admin@example.org" }] },
  },
]);
const { visit } = useBrowser(suite);

function job(file: string, entry: string, group: string, reason: string): SeededJob {
  return { job: `${file}["${entry}"]`, name: `${file} ${entry}`, group, reason, downSinceMs: null };
}

const NOW = Math.floor(Date.now() / MINUTE) * MINUTE;
const DOWN: SeededJob = {
  ...job("HTTPServerChecker", "https://pay.example.com/", "Shop", "answered HTTP 503 instead of 200"),
  downSinceMs: NOW - 12 * MINUTE,
};
const JOBS: readonly SeededJob[] = [
  job("HTTPServerChecker", "https://shop.example.com/", "Shop", "HTTP 200 in 142 ms"),
  DOWN,
  job(
    "TLSCertExpiration",
    "shop.example.com",
    "Shop",
    "expires 2027-01-30 (in 61 days), issued by Example CA",
  ),
  job("TCPServerChecker", "mail.example.com:25", "Mail", "connected in 31 ms"),
  job("HTTPServerChecker", "https://webmail.example.com/", "Mail", "HTTP 200 in 88 ms"),
  job("Heartbeats", "nightly backup", "Backups", "ended well at 2026-11-30 02:41 UTC"),
  job("PeerChecker", PEER, "Checker", "the peer is well"),
];

describeBrowser("the picture in the README", () => {
  test.each(["light", "dark"] as const)("shows what is there, %s", async (colorScheme) => {
    const checker = suite.checker();
    await ninetyDays({ ...checker, empty: () => checker.reset() }, JOBS, NOW);
    await checker.sql("UPDATE tick SET finished_at = ?1", Date.now() - 4_000);
    await mkdir(SCREENSHOTS, { recursive: true });
    const { page, open } = await visit({
      as: "admin",
      colorScheme,
      timezoneId: "Europe/Zurich",
      viewport: { width: 1200, height: 1000 },
    });
    await open("/");
    expect(await page.locator("h1").textContent()).toBe(`1 of ${JOBS.length} jobs is down`);
    expect(await page.locator("body").getAttribute("class")).not.toContain("stale");
    await page.screenshot({ path: join(SCREENSHOTS, `readme-${colorScheme}.png`) });
    await open(`/jobs/${jobId(DOWN.job)}?range=90d`);
    await page.locator(".u-over").waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, `readme-job-${colorScheme}.png`) });
  });
});
