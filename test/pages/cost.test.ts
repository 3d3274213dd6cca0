/** What pages cost, in the numbers that Cloudflare counts and in the bytes that go over the wire. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { renderPage } from "../../src/worker/pages/render-page.tsx";
import { jobId } from "../../src/core/job-id.ts";
import { RANGES } from "../../src/status/job-page.ts";
import { SummaryCache } from "../../src/status/read-status-page.ts";
import { useLocalD1 } from "../adapters/d1/local-d1.ts";
import { countedD1 } from "../support/d1/counted.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../support/fakes/ports.ts";
import { ninetyDays, NOW } from "../support/history/ninety-days.ts";
import type { PageRequest } from "../../src/worker/rpc.ts";

const local = useLocalD1();
const VARS = { SERVER_NAME: "checker", ALERT_CONTACT: "ops@example.com", MAIL_FROM: "checker@example.com" };

const KINDS = ["overview", "job", "incidents", "feed"] as const;
/** Queries and bytes, compressed, that each may take. */
const MOST = {
  overview: [5, 100_000],
  job: [14, 30_000],
  incidents: [6, 10_000],
  feed: [6, 10_000],
} as const;

test.each([10, 1_000])("pages of %d jobs take few queries and bytes", async (count) => {
  const [job = ""] = await ninetyDays(local, count);
  const platform = { clock: new FakeClock(NOW), random: new FakeRandom(), network: fakeNetwork() };
  const pages: Readonly<Record<(typeof KINDS)[number], readonly PageRequest[]>> = {
    overview: [{ kind: "overview" }],
    job: Object.values(RANGES).map((range) => ({
      kind: "job",
      id: jobId(job),
      range,
      origin: "https://checker.example",
    })),
    incidents: [{ kind: "incidents", after: null }],
    feed: [{ kind: "feed", origin: "https://checker.example" }],
  };
  for (const kind of KINDS) {
    for (const page of pages[kind]) {
      const { db, counts } = countedD1(local.db);
      const startedMs = performance.now();
      const { status, html } = await renderPage(
        { page, audience: "admin", canSignIn: true },
        { ...VARS, DB: db, EMAIL: {} as SendEmail },
        platform,
        new SummaryCache(),
      );
      const tookMs = performance.now() - startedMs;
      const bytes = gzipSync(html).length;
      console.log(
        `${kind} ${"range" in page ? page.range : ""} with ${count} jobs: ${counts.queries} queries, ${counts.rowsRead} rows ` +
          `read, ${html.length} bytes, ${bytes} compressed, ${tookMs.toFixed(0)} ms`,
      );
      expect([status, counts.rowsWritten]).toEqual([200, 0]);
      expect(counts.queries).toBeLessThanOrEqual(MOST[kind][0]);
      expect(bytes).toBeLessThan(MOST[kind][1]);
    }
  }
});

test("a page that is looked at again before the next tick takes one query, and the same of everything else", async () => {
  await ninetyDays(local, 100);
  const platform = { clock: new FakeClock(NOW), random: new FakeRandom(), network: fakeNetwork() };
  const memory = new SummaryCache();
  const { db, counts } = countedD1(local.db);
  const look = async (): Promise<string> => {
    const task = { page: { kind: "overview" }, audience: "admin", canSignIn: true } as const;
    return (await renderPage(task, { ...VARS, DB: db, EMAIL: {} as SendEmail }, platform, memory)).html;
  };
  const first = await look();
  expect(counts.queries).toBe(5);
  expect(await look()).toBe(first);
  expect(counts.queries).toBe(6);
  await local.sql("UPDATE job_state SET status = 'up'");
  expect(await look()).toBe(first);
  // The next tick.
  await local.sql("UPDATE tick SET finished_at = finished_at + 1");
  expect(await look()).toContain("All 100 jobs are up");
  expect(counts.queries).toBe(12);
});
