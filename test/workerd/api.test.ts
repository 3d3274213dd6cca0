import { beforeAll, describe, expect, test } from "vitest";
import { jobId } from "../../src/core/job-id.ts";
import {
  at,
  documentOf,
  failed as failedAt,
  get as getOf,
  OWNER,
  SHOP,
  VAULT,
} from "../support/api/world.ts";
import type { Expecting } from "../support/api/openapi.ts";
import { headersFor } from "../support/api/security-headers.ts";
import type { Checker } from "../support/worker/harness.ts";
import { failing, WELL } from "../support/worker/steering.ts";
import { ADMIN_TOKEN, BASE, MINUTE, useWorkers } from "../support/worker/suite.ts";

const PEER = "https://peer.example.org/status";
const suite = useWorkers(() => [
  {
    name: "one",
    vars: { JOBS: ["Steered"], ADMIN_TOKEN, PEERS: [{ url: PEER, admin: "peer@example.org" }] },
  },
  { name: "objects", runners: true, vars: { JOBS: ["Steered"], ADMIN_TOKEN } },
]);

/** What a stranger may not learn. */
const PRIVATE = /vault|door|stock|Cellar|admin@/;

let expectDescribed: Expecting;

beforeAll(async () => {
  expectDescribed = await documentOf(suite.checker("one"));
});

const failed = (name?: string): Promise<Checker> => failedAt(suite, name);
const get = <T = unknown>(checker: Checker, path: string, init?: RequestInit): Promise<T> =>
  getOf<T>(expectDescribed, checker, path, init);

describe.each(["one", "objects"])("the API of %s", (name) => {
  test("tells its owner of all jobs", async () => {
    const checker = await failed(name);
    const list = await get<{ asOf: string; staleAt: string }>(checker, "/api/v1/jobs", OWNER);
    const uptime = (up: number) => [1, 7, 30, 90].map((days) => ({ days, uptime: up, coverage: 0.25 }));
    expect(list).toEqual({
      asOf: expect.stringMatching(/^\d/) as string,
      staleAt: new Date(Date.parse(list.asOf) + 180_000).toISOString(),
      isStale: false,
      total: 2,
      items: [
        {
          id: SHOP,
          name: "Our shop",
          group: "For all",
          status: "up",
          reason: "fine",
          since: at(7),
          maintenanceUntil: null,
          silencedUntil: null,
          acknowledged: false,
          frequency: "MINUTE",
          isPublic: true,
          jobKey: 'Steered["shop"]',
          latencyMs: 5,
          uptimes: uptime(0.5),
        },
        {
          id: VAULT,
          name: "Steered vault",
          group: "Cellar",
          status: "down",
          reason: "the door is open",
          since: at(0),
          maintenanceUntil: null,
          silencedUntil: null,
          acknowledged: false,
          frequency: "MINUTE",
          isPublic: false,
          jobKey: 'Steered["vault"]',
          latencyMs: null,
          uptimes: uptime(0),
        },
      ],
      nextCursor: null,
    });
  });

  test("tells a stranger of public jobs alone, as if there were no other, and never why", async () => {
    const checker = await failed(name);
    const list = await get<{ items: object[] }>(checker, "/api/v1/jobs");
    expect(list).toMatchObject({
      total: 1,
      items: [{ id: SHOP, reason: null, jobKey: null, status: "up" }],
    });
    const incidents = await get<{ items: object[] }>(checker, "/api/v1/incidents");
    expect(incidents.items).toEqual([
      {
        jobId: SHOP,
        jobName: "Our shop",
        startedAt: at(0),
        inMaintenance: false,
        endedAt: at(7),
        end: "recovered",
        durationMs: 7 * MINUTE,
        firstReason: null,
        lastReason: null,
        failureCount: 1,
        recoveredAt: null,
        notificationCount: null,
        firstNotifiedAt: null,
        mailAcceptedAt: null,
      },
    ]);
    const self = await get(checker, "/api/v1/instance");
    expect(self).toMatchObject({ title: "Status", status: "MailProblem", details: null });
    for (const body of [list, incidents, self]) expect(JSON.stringify(body)).not.toMatch(PRIVATE);
  });

  test("has every job for itself, with its days, and over time", async () => {
    const checker = await failed(name);
    const job = await get<{ days: object[]; latenciesMs: number[] }>(checker, `/api/v1/jobs/${SHOP}`);
    expect(job).toMatchObject({ id: SHOP, name: "Our shop", status: "up", reason: null });
    expect([job.days.length, job.days.at(-1)]).toEqual([
      90,
      { date: at(0).slice(0, 10), up: 1, down: 1, inconclusive: 0, missed: 6, maintenance: 0 },
    ]);
    expect([job.latenciesMs.length, job.latenciesMs.at(-1)]).toEqual([24, 5]);
    const series = await get<{ from: string; to: string }>(checker, `/api/v1/jobs/${SHOP}/series`);
    expect(series).toMatchObject({
      jobId: SHOP,
      range: "24h",
      every: "slot",
      points: [
        { at: at(0), status: "down", latencyMs: null },
        { at: at(7), status: "up", latencyMs: 5, maintenance: false },
      ],
    });
    expect(Date.parse(series.to) - Date.parse(series.from)).toBe(24 * 60 * MINUTE);
    for (const range of ["7d", "30d", "90d", "1y"])
      await get(checker, `/api/v1/jobs/${SHOP}/series?range=${range}`, OWNER);
    expect(await get(checker, `/api/v1/jobs/${VAULT}/series`, OWNER)).toMatchObject({ points: [{}, {}] });
  });

  test("has for its owner what ran, what did not, what was told, and how Checker itself is", async () => {
    const checker = await failed(name);
    const { items } = await get<{ items: object[] }>(checker, "/api/v1/incidents", OWNER);
    expect(items).toMatchObject([
      {
        jobName: "Our shop",
        firstReason: "out of stock",
        notificationCount: 1,
        mailAcceptedAt: expect.any(String) as string,
      },
      {
        jobName: "Steered vault",
        firstReason: "the door is open",
        inMaintenance: false,
        endedAt: null,
        end: null,
        durationMs: null,
      },
    ]);
    expect(await get(checker, "/api/v1/ticks", OWNER)).toMatchObject({
      items: [
        { id: 2, scheduledAt: at(7), jobs: 2, up: 1, down: 1, inconclusive: 0 },
        { id: 1, scheduledAt: at(0), jobs: 2, up: 0, down: 2, inconclusive: 0 },
      ],
      nextCursor: null,
    });
    const gap = { frequency: "MINUTE", from: at(1), to: at(6), slots: 6 };
    expect(await get(checker, "/api/v1/gaps", OWNER)).toEqual({ items: [gap], nextCursor: null });
    expect(await get(checker, "/api/v1/instance", OWNER)).toMatchObject({
      title: name,
      status: "MailProblem",
      mail: { state: "unproven", sentAt: null, returnedAt: null, roundTripMs: null },
      details: {
        reason: "no message to itself has come back yet",
        lastTick: { scheduledAt: at(7), jobs: 2 },
        outbox: { waiting: 0, throttled: 0, failed: 0 },
        gaps: [gap],
        jobErrors: [],
      },
    });
    expect(await get(checker, "/api/v1/outbox", OWNER)).toEqual({ items: [], nextCursor: null });
  });
});

describe("to strangers", () => {
  test("a private job is what a job is that there is not", async () => {
    const checker = await failed();
    for (const path of ["/api/v1/jobs/ID", "/api/v1/jobs/ID/series", "/api/v1/incidents?job=ID"]) {
      const bodies: string[] = [];
      for (const id of [VAULT, "0123456789abcd"]) {
        const answer = await checker.fetch(path.replace("ID", id));
        expect(answer.status).toBe(404);
        const body = (await expectDescribed(path, answer)) as { detail: string };
        expect(body.detail).toBe(
          `No job has the id "${id}", or it is not shown to the public. /api/v1/jobs lists those that you may see.`,
        );
        bodies.push(JSON.stringify([body, Object.fromEntries(answer.headers)]).replaceAll(id, "ID"));
      }
      expect(bodies[0]).toBe(bodies[1]);
    }
  });

  test("nothing tells whether there are private jobs", async () => {
    const paths = [
      "/api/v1/jobs",
      "/api/v1/jobs?status=down",
      "/api/v1/jobs?group=Cellar",
      "/api/v1/jobs?limit=1",
      `/api/v1/jobs/${SHOP}`,
      `/api/v1/jobs/${SHOP}/series?range=7d`,
      "/api/v1/incidents",
      "/api/v1/incidents?limit=1",
      "/api/v1/instance",
    ];
    const seen = async (checker: Checker): Promise<string[]> => {
      const answers = await Promise.all(paths.map((path) => checker.fetch(path)));
      expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
      const texts = await Promise.all(answers.map((answer) => answer.text()));
      // Each Checker ran at its own time.
      return texts.map((text) => text.replaceAll(/"(from|to|asOf|staleAt)":"[^"]*"/g, "$1"));
    };
    const before = await seen(await failed());
    const without = suite.checker("objects");
    suite.steering.jobs = suite.steering.jobs.slice(0, 1);
    suite.steering.set("shop", failing("out of stock"));
    await without.tick(BASE);
    suite.steering.set("shop", WELL);
    await without.tick(BASE + 7 * MINUTE);
    expect(await seen(without)).toEqual(before);
  });
});

test("peers are listed with what their jobs say, and without where no job asks them", async () => {
  const checker = await failed();
  expect(await get(checker, "/api/v1/peers", OWNER)).toMatchObject({
    items: [{ url: PEER, jobId: null, status: null, reason: null, since: null }],
  });
  suite.steering.jobs = [{ name: PEER }];
  suite.steering.set(PEER, failing("no connection"));
  await checker.tick(BASE + 8 * MINUTE);
  expect(await get(checker, "/api/v1/peers", OWNER)).toMatchObject({
    items: [{ url: PEER, jobId: jobId(`Steered["${PEER}"]`), status: "down", reason: "no connection" }],
  });
});

test("every answer has the strict security headers, but for how it may be stored", async () => {
  const checker = await failed();
  for (const path of [
    "/api/v1/jobs",
    "/api/v1/outbox",
    "/api/v1/openapi.json",
    "/api/x",
    "/api/v1/jobs?x=1",
  ]) {
    const { headers } = await checker.fetch(path);
    const { "cache-control": _, ...expected } = headersFor(headers);
    const found = Object.keys(expected).map((name) => [name, headers.get(name)]);
    expect([path, Object.fromEntries(found)]).toEqual([path, expected]);
  }
});
