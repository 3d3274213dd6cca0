/** Shards on real Durable Objects. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { DayUsage } from "../../src/usage/usage.ts";
import { FAILURES } from "../support/d1/counted-failures.ts";
import { onceOpen, startHttpTarget, type HttpTarget } from "../support/network/http.ts";
import { failing } from "../support/worker/steering.ts";
import { BASE, MINUTE, useWorkers } from "../support/worker/suite.ts";

let target: HttpTarget;
const paths = Array.from({ length: 40 }, (_, index) => `/server/${index}`);

beforeAll(async () => {
  target = await startHttpTarget();
});

const suite = useWorkers(() => [
  { name: "one", runners: true, vars: { JOBS: ["Steered"], SHARD_SIZE: 2, IN_PLACE_JOBS: 0 } },
  {
    name: "web",
    runners: true,
    vars: { JOBS: ["WebServers"], SERVERS: paths.map((path) => target.url + path), SHARD_SIZE: 10 },
  },
]);

afterEach(() => target.reset());
afterAll(() => target.close());

const NAMES = ["a", "b", "c", "d", "e"];

/** How each job stands: `up: fine`. */
async function standing(): Promise<Record<string, string>> {
  const rows = await suite.checker().sql("SELECT job, status, reason FROM job_state ORDER BY job");
  const said: Record<string, string> = {};
  for (const { job, status, reason } of rows)
    said[/"(.)"/.exec(String(job))?.[1] ?? ""] = `${status}: ${reason}`;
  return said;
}

describe("forty servers in four shards", () => {
  test("are asked six at a time by each, and make one tick of four rows", async () => {
    for (const path of paths) target.set(path, onceOpen(target, 24));
    const checker = suite.checker("web");
    await checker.tick(BASE);
    expect(await checker.sql("SELECT jobs, up FROM tick")).toEqual([{ jobs: 40, up: 40 }]);
    expect(target.requests).toHaveLength(40);
    expect(target.peakRequests()).toBe(24);
    await checker.tick(BASE + MINUTE);
    const [tick] = await checker.sql("SELECT usage FROM tick ORDER BY id DESC LIMIT 1");
    expect(JSON.parse(String(tick?.["usage"]))).toMatchObject({
      tick: { invocations: 5, requests: 40, peakRequests: 10, peakConnections: 6 },
      sum: { invocations: 10, requests: 80 },
    });
  });
});

describe("jobs in shards", () => {
  test("that fail are told in one mail, by the objects that ran them", async () => {
    suite.steering.jobs = NAMES.map((name) => ({ name }));
    for (const name of NAMES) suite.steering.set(name, failing(`${name} is gone`));
    await suite.checker().tick(BASE);
    expect((await suite.mails()).map(({ subject }) => subject)).toEqual(["[one] 5 down"]);
    const calls = suite.steering.calls.toSorted((x, y) => (x < y ? -1 : 1));
    expect(calls).toEqual([
      "run MINUTE-0",
      "run MINUTE-1",
      "run MINUTE-2",
      "tell MINUTE-0",
      "tell MINUTE-1",
      "tell MINUTE-2",
      "tick tick",
    ]);
  });

  test("whose object dies are run by its successor", async () => {
    suite.steering.jobs = NAMES.map((name) => ({ name }));
    suite.steering.doomed.add("run MINUTE-1");
    await suite.checker().tick(BASE);
    expect(await suite.checker().sql("SELECT jobs, up FROM tick")).toEqual([{ jobs: 5, up: 5 }]);
  });

  test("whose object dies with its answer count once", async () => {
    suite.steering.jobs = NAMES.map((name) => ({ name, minimum: 2 as const }));
    suite.steering.set("b", failing("gone"));
    suite.steering.doomed.add("run MINUTE-1 at its end");
    await suite.checker().tick(BASE);
    expect(suite.steering.runs.get("b")).toBe(2);
    expect(await suite.checker().sql(`SELECT ${FAILURES} FROM job_state WHERE job LIKE '%b%'`)).toEqual([
      { failures: 1 },
    ]);
    expect(await suite.mails()).toEqual([]);
  });

  test("whose object dies again and again are inconclusive, and harm no others", async () => {
    suite.steering.jobs = NAMES.map((name) => ({ name }));
    suite.steering.set("a", failing("gone"));
    suite.steering.doomed.add("run MINUTE-1").add("run MINUTE-1 at its end");
    await suite.checker().tick(BASE);
    const { a, b, c, d, e } = await standing();
    expect([a, c, e]).toEqual(["down: gone", "up: fine", "up: fine"]);
    expect(b).toBe(d);
    expect(b).toMatch(/^inconclusive: not run: what was to run it failed: .*the machine is gone/);
    expect(await suite.mails()).toHaveLength(1);
  });
});

test("a job tells from the run that failed, though another object runs the tick", async () => {
  suite.steering.jobs = NAMES.map((name) => ({ name, signs: true }));
  suite.steering.set("b", failing("gone"));
  await suite.checker().tick(BASE);
  expect((await suite.mails()).map(({ subject }) => subject)).toEqual(["[one] b failed in run 1"]);
});

describe("the object that runs the ticks", () => {
  test("that dies at once has its tick run in place, and all is told", async () => {
    suite.steering.jobs = NAMES.map((name) => ({ name }));
    suite.steering.set("a", failing("gone"));
    suite.steering.doomed.add("tick tick");
    await suite.checker().tick(BASE);
    expect(await suite.checker().sql("SELECT jobs, down FROM tick")).toEqual([{ jobs: 5, down: 1 }]);
    expect(await suite.mails()).toHaveLength(1);
    expect(suite.logs()).toContain("The object that runs the ticks failed, so this one goes on in place");
  });

  test("that dies at the end of its tick has done it, and nothing is done or told twice", async () => {
    suite.steering.jobs = NAMES.map((name) => ({ name }));
    suite.steering.set("a", failing("gone"));
    suite.steering.doomed.add("tick tick at its end");
    await suite.checker().tick(BASE);
    expect(await suite.checker().sql("SELECT jobs, down FROM tick")).toEqual([{ jobs: 5, down: 1 }]);
    expect(suite.steering.runs.get("a")).toBe(1);
    expect(await suite.mails()).toHaveLength(1);
  });

  test("leaves what it remembers to its successor", async () => {
    suite.steering.jobs = NAMES.map((name) => ({ name }));
    await suite.checker().tick(BASE);
    suite.steering.doomed.add("tick tick at its end");
    await suite.checker().tick(BASE + MINUTE);
    await suite.checker().tick(BASE + 2 * MINUTE);
    const ticks = await suite.checker().sql("SELECT usage FROM tick ORDER BY id");
    const written = ticks.map(({ usage }) => (JSON.parse(String(usage)) as DayUsage).tick.rowsWritten);
    // What a tick writes is known once it is done, and recorded by the next.
    expect(written[2]).toBeGreaterThanOrEqual(5);
  });
});
