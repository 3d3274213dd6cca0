/** What the API's answers cost, in the numbers that Cloudflare counts and in the bytes that go over the wire. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { parseQuery } from "../../src/api/parameters.ts";
import { RESOURCES, type ApiCall, type ResourceName } from "../../src/api/resources.ts";
import { jobId } from "../../src/domain/pages/job-id.ts";
import { makeAnswer } from "../../src/handlers/api/make-answer.ts";
import { PageMemory } from "../../src/usecases/read-overview.ts";
import { useLocalD1 } from "../adapters/d1/local-d1.ts";
import { countedD1 } from "../support/counted-d1.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../support/fakes.ts";
import { ninetyDays, NOW } from "../support/ninety-days.ts";

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
  "self?": [5, 2_000],
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
    const task = { wanted: { kind: "resource", call: callOf(what, jobId(job)) }, viewer: "owner" } as const;
    const { status, body } = await makeAnswer(task, env, platform, new PageMemory());
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
  const memory = new PageMemory();
  const { db, counts } = countedD1(local.db);
  const scrape = async (): Promise<string> => {
    const task = { wanted: { kind: "metrics", format: "openmetrics" }, viewer: "owner" } as const;
    const { status, body } = await makeAnswer(
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
  const memory = new PageMemory();
  const { db, counts } = countedD1(local.db);
  const ask = async (what: string, viewer: "owner" | "stranger") => {
    const task = { wanted: { kind: "resource", call: callOf(what, jobId(job)) }, viewer } as const;
    await makeAnswer(task, { ...VARS, DB: db, EMAIL: {} as SendEmail }, platform, memory);
    return counts.queries;
  };
  expect(await ask("jobs?", "owner")).toBe(5);
  // A stranger is shown what was read for the owner a moment ago.
  expect(await ask("jobs?limit=3", "stranger")).toBe(5);
  expect(await ask("self?", "owner")).toBe(6);
  expect(await ask("incidents?", "owner")).toBe(8);
  await local.sql("UPDATE tick SET finished_at = finished_at + 1");
  expect(await ask("job?", "owner")).toBe(13);
  expect(await ask("job?", "stranger")).toBe(13);
});

function callOf(what: string, id: string): ApiCall {
  const [name = "", query = ""] = what.split("?");
  const resource = name as ResourceName;
  const parsed = parseQuery(RESOURCES[resource].query, new URLSearchParams(query));
  if (!parsed.ok) throw new Error(`wrong query: ${what}`);
  const hasId = RESOURCES[resource].path.includes("{id}");
  return { resource, id: hasId ? id : "", query: parsed.query } as ApiCall;
}
