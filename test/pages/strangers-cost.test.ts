/** What strangers can make this Checker read, in the rows that Cloudflare counts. */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { jobId } from "../../src/core/job-id.ts";
import { NO_USAGE } from "../../src/usage/usage.ts";
import { createHttp } from "../../src/worker/http.ts";
import { PendingUsage } from "../../src/usage/usage-meter.ts";
import { useLocalD1 } from "../adapters/d1/local-d1.ts";
import { countedD1 } from "../support/d1/counted.ts";
import { lendTimingSafeEqual, nobodyActs } from "../support/fakes/http.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../support/fakes/ports.ts";
import { ninetyDays, NOW } from "../support/history/ninety-days.ts";

const local = useLocalD1();
const TOKEN = "a-secret-of-the-owner";
const JOBS = 60;
const INCIDENTS = 3_000;
/** What all jobs take, and what a first look at all incidents does. */
const ALL_ROWS = 9_000;
const DAY_MS = 86_400_000;
let ids: readonly string[] = [];

beforeAll(async () => {
  lendTimingSafeEqual();
  const jobs = await ninetyDays(local, JOBS);
  ids = jobs.map(jobId);
  await local.sql("UPDATE series SET is_public = 1");
  await local.sql("DELETE FROM incident");
  await local.sql(
    `WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < ${INCIDENTS - 1})
     INSERT INTO incident (from_at, job, name, to_at, first_reason, last_reason, notification_count, ended)
     SELECT ?1 - 3000000 * (x + 10), job, 'p', ?1 - 3000000 * (x + 9), 'r', 'r', 0, 'recovered'
     FROM n JOIN (SELECT job, row_number() OVER (ORDER BY id) - 1 AS place FROM series) ON place = x % ${JOBS}`,
    NOW,
  );
});

beforeEach(async () => {
  await local.sql("UPDATE tick SET usage = NULL");
});

/** A Checker that nobody has asked anything yet. */
function checker(vars: Readonly<Record<string, unknown>> = {}) {
  const { db, counts } = countedD1(local.db);
  const clock = new FakeClock(NOW);
  const pendingUsage = new PendingUsage();
  const app = createHttp(
    { clock, random: new FakeRandom(), network: fakeNetwork() },
    nobodyActs,
    pendingUsage,
  );
  const env = {
    SERVER_NAME: "checker",
    ALERT_CONTACT: "ops@example.com",
    MAIL_FROM: "checker@example.com",
    ADMIN_TOKEN: TOKEN,
    PLAN: "free",
    DB: db,
    EMAIL: {} as SendEmail,
    ...vars,
  };
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    Promise.resolve(app.request(`https://checker.example${path}`, init, env));
  const cost = async (...paths: readonly string[]): Promise<number> => {
    const before = counts.rowsRead;
    for (const path of paths) await (await ask(path)).text();
    return counts.rowsRead - before;
  };
  return { ask, cost, counts, clock, pendingUsage };
}

/** The next tick. */
async function tick(clock: FakeClock, ms = 60_000): Promise<void> {
  clock.ms += ms;
  await local.sql("UPDATE tick SET finished_at = finished_at + 1 WHERE id = (SELECT max(id) FROM tick)");
}

/** So many rows were read today, as the newest tick has it. */
async function usedToday(rowsRead: number, day = Math.floor(NOW / DAY_MS)): Promise<void> {
  const usage = { day, tick: NO_USAGE, sum: { ...NO_USAGE, rowsRead }, told: [] };
  await local.sql("UPDATE tick SET usage = ?1", JSON.stringify(usage));
}

const cursor = (place: unknown): string => btoa(JSON.stringify(place)).replaceAll("=", "");

/** Each of another kind, and none the same as another. */
function questions(count: number): readonly string[] {
  const id = (index: number): string => ids[index % JOBS] ?? "";
  return Array.from({ length: count }, (_, x) => [
    `/incidents?before=${NOW - x}&id=${id(x)}`,
    `/incidents?before=${NOW - x}&job=x${x}`,
    `/incidents?x=${x}`,
    `/?x=${x}`,
    `/incidents.atom?x=${x}`,
    `/api/v1/incidents?limit=${1 + (x % 200)}`,
    `/api/v1/incidents?job=${id(x)}&limit=${1 + (x % 200)}`,
    `/api/v1/incidents?cursor=${cursor([NOW - x, id(x)])}`,
    `/api/v1/jobs?limit=${1 + x}&group=g${x}`,
    `/api/v1/jobs?cursor=${cursor([`n${x}`, id(x)])}`,
    `/api/v1/jobs/${id(x)}`,
    `/api/v1/instance?x=${x}`,
    `/badges/mail.svg?label=${x}`,
    `/badges/jobs/${id(x)}/uptime.json?days=7&label=${x}`,
    `/badges/jobs/${id(x)}/status.svg?label=${x}`,
    `/jobs/${x.toString(36).padStart(14, "0")}`,
    `/ping/${x.toString(36).padStart(14, "0")}${"0".repeat(32)}`,
    `/status?x=${x}`,
    `/metrics?x=${x}`,
    `/sign-in?to=/${x}`,
    `/admin/report?ticks=${x}`,
    `/outbox?x=${x}`,
    `/nothing/${x}`,
  ]).flat();
}

describe("after a tick strangers read once what all of them see", () => {
  test("however many different questions they ask, and by GET, HEAD or OPTIONS", async () => {
    const { cost, ask, counts, clock } = checker();
    const first = await cost(...questions(1));
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(ALL_ROWS);
    const withoutStatus = (paths: readonly string[]): string[] =>
      paths.filter((path) => !path.startsWith("/status"));
    expect(await cost(...withoutStatus(questions(15)))).toBe(0);
    for (const method of ["HEAD", "OPTIONS"]) {
      const before = counts.rowsRead;
      for (const path of withoutStatus(questions(2))) await ask(path, { method });
      expect(counts.rowsRead - before).toBe(0);
    }
    await tick(clock);
    // The incidents are known: only those are read again that may have changed.
    const again = await cost(...questions(5));
    expect(again).toBeGreaterThan(0);
    expect(again).toBeLessThan(1_000);
  });

  test("while a flood of requests for /status reads once in five seconds", async () => {
    const { cost, clock } = checker();
    const one = await cost("/status");
    expect(one).toBeLessThan(30);
    const flood = Array.from({ length: 300 }, () => "/status");
    expect(await cost(...flood)).toBeLessThan(100 * one);
    expect(await cost(...flood)).toBe(0);
    clock.ms += 5_000;
    expect(await cost(...flood)).toBeLessThanOrEqual(3 * one);
  });

  test("when 200 ask at once before anything was read", async () => {
    for (const path of [
      "/",
      "/incidents",
      "/badges/mail.svg",
      "/api/v1/jobs",
      "/status",
      `/jobs/${ids[0]}`,
    ]) {
      const alone = await checker().cost(path);
      const { ask, counts } = checker();
      const answers = await Promise.all(Array.from({ length: 200 }, () => ask(path)));
      expect([path, new Set(answers.map(({ status }) => status))]).toEqual([path, new Set([200])]);
      expect([path, counts.rowsRead]).toEqual([path, alone]);
    }
    const { ask, counts } = checker();
    const different = await Promise.all(questions(9).map((path) => ask(path)));
    expect(different.filter(({ status }) => status >= 500)).toEqual([]);
    expect(counts.rowsRead).toBeLessThan(ALL_ROWS);
  });

  test("and page through the incidents as the owner does", async () => {
    const { ask } = checker();
    const all = async (init: RequestInit): Promise<readonly unknown[]> => {
      const found: unknown[] = [];
      let next: string | null = "";
      for (let page = 0; page < 4 && next !== null; page++) {
        const query: string = next === "" ? "" : `&cursor=${next}`;
        const answer = await ask(`/api/v1/incidents?limit=200${query}`, init);
        const body = await answer.json<{
          items: { jobId: string; from: string }[];
          nextCursor: string | null;
        }>();
        found.push(...body.items.map((one) => [one.jobId, one.from]));
        next = body.nextCursor;
      }
      return found;
    };
    const owners = await all({ headers: { authorization: `Bearer ${TOKEN}` } });
    expect(owners).toHaveLength(800);
    expect(await all({})).toEqual(owners);
  });
});

describe("near the plan's limit of rows", () => {
  const CLOSED = [
    "/",
    "/incidents",
    "/incidents.atom",
    "/api/v1/jobs",
    "/api/v1/instance",
    "/badges/mail.svg",
  ];

  test("strangers are told when to come again, and nothing is read for them but how near it is", async () => {
    await usedToday(4_000_000);
    const { ask, cost, counts } = checker();
    for (const path of [...CLOSED, `/jobs/${ids[0]}`, `/api/v1/jobs/${ids[0]}/series`]) {
      const answer = await ask(path);
      expect([path, answer.status, answer.headers.has("retry-after")]).toEqual([path, 503, true]);
    }
    expect(counts.rowsRead).toBeLessThan(50);
    expect(await cost(...questions(5).filter((path) => !path.startsWith("/status")))).toBe(0);
  });

  test("they are shown what was read before, with its age", async () => {
    const { ask, clock, counts } = checker();
    const before = await (await ask("/api/v1/jobs")).json<{ asOf: string; isStale: boolean }>();
    await ask("/incidents");
    await usedToday(4_500_000);
    await tick(clock);
    const [page, list] = [await ask("/"), await ask("/incidents")];
    expect([page.status, list.status]).toEqual([200, 200]);
    const rows = counts.rowsRead;
    await tick(clock, 3_600_000);
    const later = await (await ask("/api/v1/jobs?limit=9")).json<{ asOf: string; isStale: boolean }>();
    expect([later.asOf, later.isStale]).toEqual([before.asOf, true]);
    expect(await (await ask("/badges/mail.json")).text()).toContain("stale");
    expect(counts.rowsRead).toBe(rows);
  });

  test("the owner and peers are answered, and strangers again on the next day and on the Paid plan", async () => {
    await usedToday(4_900_000);
    const { ask, clock } = checker();
    const owner = { headers: { authorization: `Bearer ${TOKEN}` } };
    for (const path of ["/api/v1/jobs", "/metrics", "/", `/jobs/${ids[0]}`]) {
      expect([path, (await ask(path, owner)).status]).toEqual([path, 200]);
    }
    expect((await ask("/status")).status).toBe(200);
    expect((await checker({ PLAN: "paid" }).ask("/")).status).toBe(200);
    expect((await checker().ask("/")).status).toBe(503);
    await tick(clock, DAY_MS / 2);
    expect((await ask("/incidents")).status).toBe(200);
  });
});

test("what is read for anybody is counted, for the next tick to record", async () => {
  const { ask, counts, pendingUsage } = checker();
  const owner = { headers: { authorization: `Bearer ${TOKEN}` } };
  for (const path of [
    "/status",
    "/",
    "/incidents",
    `/jobs/${ids[0]}`,
    "/badges/mail.svg",
    "/api/v1/instance",
  ]) {
    await ask(path);
  }
  for (const path of ["/metrics", "/admin/report", "/admin/outbox", "/outbox", "/api/v1/ticks"]) {
    expect([path, (await ask(path, owner)).status]).toEqual([path, 200]);
  }
  const { queries, rowsRead, invocations, peakQueries } = pendingUsage.take();
  expect({ queries, rowsRead }).toEqual({ queries: counts.queries, rowsRead: counts.rowsRead });
  expect([invocations, peakQueries > 0]).toEqual([0, true]);
});

describe("/status", () => {
  test("reads a few rows however many messages wait, are held or were set aside, and says what is the matter", async () => {
    const states: readonly (readonly [string, string])[] = [
      ["1, 0, NULL", "waiting"],
      ["0, 1, NULL", "throttled"],
      ["1, 0, 1000", "failed"],
    ];
    for (const [columns, state] of states) {
      await local.sql("DELETE FROM message");
      await local.sql(
        `WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 4999)
         INSERT INTO message (id, recipient, subject, body, decided_at, next_attempt_at, attempts, throttled, failed_at, closed)
         SELECT printf('m%d', x), 'a@example.org', 's', 'b', ?1, ?1, ${columns}, ${state === "failed" ? 1 : 0} FROM n`,
        NOW,
      );
      expect([state, (await checker().cost("/status")) < 40]).toEqual([state, true]);
      expect([state, (await checker().cost("/badges/mail.svg")) < ALL_ROWS]).toEqual([state, true]);
    }
    await local.sql("DELETE FROM message");
  });

  test("that is kept in a flood of requests is judged by the clock all the same", async () => {
    const { ask, cost, clock } = checker({ NO_MAIL: true });
    await local.sql("UPDATE tick SET finished_at = ?1 WHERE id = (SELECT max(id) FROM tick)", NOW - 177_000);
    await cost(...Array.from({ length: 300 }, () => "/status"));
    const words: string[] = [];
    for (let second = 0; second < 5; second++) {
      words.push(await (await ask("/status")).text());
      clock.ms += 1_000;
    }
    expect(words).toEqual(["True", "True", "True", "JobProblem", "JobProblem"]);
    await local.sql("UPDATE tick SET finished_at = ?1 WHERE id = (SELECT max(id) FROM tick)", NOW);
  });
});
