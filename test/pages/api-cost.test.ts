/** What the API's answers cost, in the numbers that Cloudflare counts and in the bytes that go over the wire. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { parseQuery } from "../../src/web/api/parameters.ts";
import { RESOURCES, type ApiCall, type ResourceName } from "../../src/web/api/resources.ts";
import { jobId } from "../../src/core/job-id.ts";
import { buildResponse } from "../../src/worker/api/build-response.ts";
import { SummaryCache } from "../../src/status/read-status-page.ts";
import { useLocalD1 } from "../adapters/d1/local-d1.ts";
import { countedD1 } from "../support/d1/counted.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../support/fakes/ports.ts";
import { ninetyDays, NOW } from "../support/history/ninety-days.ts";

const local = useLocalD1();
const VARS = { SERVER_NAME: "checker", ALERT_CONTACT: "ops@example.com", MAIL_FROM: "checker@example.com" };
const platform = { clock: new FakeClock(NOW), random: new FakeRandom(), network: fakeNetwork() };

/** Queries and bytes that each may take. */
const MOST: Readonly<Record<string, readonly [number, number]>> = {
  "jobs?": [5, 80_000],
  "jobs?limit=1000": [5, 800_000],
  "jobs?status=down": [5, 80_000],
  "job?": [5, 10_000],
  "series?range=24h": [10, 110_000],
  "series?range=7d": [10, 40_000],
  "series?range=30d": [10, 160_000],
  "series?range=90d": [10, 20_000],
  "series?range=1y": [10, 80_000],
  "incidents?": [6, 20_000],
  "instance?": [5, 2_000],
  "peers?": [5, 1_000],
  "ticks?": [1, 30_000],
  "gaps?": [1, 20_000],
  "outbox?": [1, 5_000_000],
  "problems?": [0, 2_000],
};

test.each([10, 1_000])("answers about %d jobs take few queries and bytes", async (count) => {
  const [job = ""] = await ninetyDays(local, count);
  for (const [what, [queries, bytes]] of Object.entries(MOST)) {
    const { db, counts } = countedD1(local.db);
    const env = { ...VARS, DB: db, EMAIL: {} as SendEmail };
    const startedMs = performance.now();
    const task = { wanted: { kind: "resource", call: callOf(what, jobId(job)) }, audience: "admin" } as const;
    const { status, body } = await buildResponse(task, env, platform, new SummaryCache());
    const tookMs = performance.now() - startedMs;
    console.log(
      `${what} with ${count} jobs: ${counts.queries} queries, ${counts.rowsRead} rows read, ${body.length} bytes, ` +
        `${gzipSync(body).length} compressed, ${tookMs.toFixed(0)} ms`,
    );
    expect([what, status, counts.rowsWritten]).toEqual([what, 200, 0]);
    expect([what, counts.queries <= queries]).toEqual([what, true]);
    expect([what, body.length < bytes]).toEqual([what, true]);
  }
  expect(Object.keys(MOST).map((what) => what.split("?")[0])).toEqual(
    expect.arrayContaining(Object.keys(RESOURCES)),
  );
});

test("metrics of 1,000 jobs take as many queries as the first page, and some two megabytes", async () => {
  await ninetyDays(local, 1_000);
  const memory = new SummaryCache();
  const { db, counts } = countedD1(local.db);
  const scrape = async (): Promise<string> => {
    const task = { wanted: { kind: "metrics", format: "openmetrics" }, audience: "admin" } as const;
    const { status, body } = await buildResponse(
      task,
      { ...VARS, DB: db, EMAIL: {} as SendEmail },
      platform,
      memory,
    );
    expect([status, counts.rowsWritten]).toEqual([200, 0]);
    return body;
  };
  const body = await scrape();
  console.log(`metrics of 1,000 jobs: ${body.length} bytes, ${gzipSync(body).length} compressed`);
  expect(counts.queries).toBe(5);
  expect(body.length).toBeLessThan(2_200_000);
  expect(gzipSync(body).length).toBeLessThan(200_000);
  await scrape();
  expect(counts.queries).toBe(6);
});

test("jobs are read once a tick, however often and for whomever they are asked", async () => {
  const [job = ""] = await ninetyDays(local, 10);
  const memory = new SummaryCache();
  const { db, counts } = countedD1(local.db);
  const ask = async (what: string, audience: "admin" | "public") => {
    const task = { wanted: { kind: "resource", call: callOf(what, jobId(job)) }, audience } as const;
    await buildResponse(task, { ...VARS, DB: db, EMAIL: {} as SendEmail }, platform, memory);
    return counts.queries;
  };
  expect(await ask("jobs?", "admin")).toBe(5);
  // A stranger is shown what was read for the owner a moment ago.
  expect(await ask("jobs?limit=3", "public")).toBe(5);
  expect(await ask("instance?", "admin")).toBe(6);
  expect(await ask("incidents?", "admin")).toBe(8);
  await local.sql("UPDATE tick SET finished_at = finished_at + 1");
  expect(await ask("job?", "admin")).toBe(13);
  expect(await ask("job?", "public")).toBe(13);
});

function callOf(what: string, id: string): ApiCall {
  const [name = "", query = ""] = what.split("?");
  const resource = name as ResourceName;
  const parsed = parseQuery(RESOURCES[resource].query, new URLSearchParams(query));
  if (!parsed.ok) throw new Error(`wrong query: ${what}`);
  const hasId = RESOURCES[resource].path.includes("{id}");
  return { resource, id: hasId ? id : "", query: parsed.query } as ApiCall;
}
