import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { onceOpen, startHttpTarget, type HttpTarget } from "../support/network/http.ts";
import { failing } from "../support/worker/steering.ts";
import { BASE, HOUR, MINUTE, useWorkers } from "../support/worker/suite.ts";

let target: HttpTarget;
const paths = Array.from({ length: 30 }, (_, index) => `/server/${index}`);

beforeAll(async () => {
  target = await startHttpTarget();
});

const suite = useWorkers(() => [
  { name: "one", vars: { JOBS: ["Steered"] } },
  { name: "web", vars: { JOBS: ["WebServers"], SERVERS: paths.map((path) => target.url + path) } },
  { name: "broken", vars: { JOBS: ["Broken", "Steered"] } },
]);

afterEach(() => target.reset());
afterAll(() => target.close());

async function outcomes(name = "one"): Promise<Record<string, unknown>> {
  const rows = await suite.checker(name).sql("SELECT job, status, reason FROM job_state ORDER BY job");
  const said: Record<string, unknown> = {};
  for (const { job, status, reason } of rows) said[String(job)] = `${status}: ${reason}`;
  return said;
}

describe("connections", () => {
  test("are at most six at once, whatever the number of jobs", async () => {
    for (const path of paths) target.set(path, onceOpen(target, 6));
    await suite.checker("web").tick(BASE);
    expect(await suite.checker("web").sql("SELECT jobs, up FROM tick")).toEqual([{ jobs: 30, up: 30 }]);
    expect(target.peakRequests()).toBe(6);
    expect(target.requests).toHaveLength(30);
  });
});

describe("a job", () => {
  test("that hangs is down when its time is over, and harms no other", async () => {
    suite.steering.jobs = [
      { name: "hangs", always: "hang", timeLimitMs: 150 },
      ...Array.from({ length: 12 }, (_, index) => ({ name: `other${index}` })),
    ];
    await suite.checker().tick(BASE);
    const { [`Steered["hangs"]`]: hangs, ...others } = await outcomes();
    expect(hangs).toBe("down: did not end within 150 ms");
    expect(new Set(Object.values(others))).toEqual(new Set(["up: fine"]));
    expect(await suite.checker().sql("SELECT jobs, up, down FROM tick")).toEqual([
      { jobs: 13, up: 12, down: 1 },
    ]);
    const [tick] = await suite.checker().sql("SELECT finished_at - started_at AS took FROM tick");
    expect(tick?.["took"]).toBeGreaterThanOrEqual(150);
    // Far from the 30 s that a job has unless it says otherwise.
    expect(tick?.["took"]).toBeLessThan(5000);
  });

  test("gets its whole time even when many that hang are run before it", async () => {
    suite.steering.jobs = [
      ...Array.from({ length: 12 }, (_, index) => ({
        name: `hangs${index}`,
        always: "hang" as const,
        timeLimitMs: 150,
      })),
      { name: "last", timeLimitMs: 150 },
    ];
    await suite.checker().tick(BASE);
    expect((await outcomes())[`Steered["last"]`]).toBe("up: fine");
  });

  test("that throws is down with what it threw, and harms no other", async () => {
    suite.steering.jobs = [{ name: "throws", always: "throw" }, { name: "other" }];
    await suite.checker().tick(BASE);
    expect(await outcomes()).toEqual({
      [`Steered["other"]`]: "up: fine",
      [`Steered["throws"]`]: "down: the job failed: this job throws",
    });
  });

  test("that runs into a limit of the platform is inconclusive", async () => {
    suite.steering.jobs = [{ name: "many" }];
    suite.steering.set("many", { throws: "Too many subrequests by single Worker invocation." });
    await suite.checker().tick(BASE);
    expect(await outcomes()).toEqual({
      [`Steered["many"]`]:
        "inconclusive: cannot be checked from here: Too many subrequests by single Worker invocation.",
    });
  });
});

const TOLD_ONCE = [
  "All other jobs run on. This is told once, until it changes.",
  "",
  "What to do: mend the file, see that `npm run check` is content, and deploy again.",
  "",
];

describe("a job file that throws when it is evaluated", () => {
  test("is told once over many ticks, and harms no other", async () => {
    const checker = suite.checker("broken");
    suite.steering.jobs = [{ name: "other" }];
    for (let minute = 0; minute < 5; minute++) await checker.tick(BASE + minute * MINUTE);
    expect(await suite.mails()).toMatchObject([
      {
        to: "admin@example.org",
        subject: "[broken] Import Error on Broken",
        body: [
          "jobs/Broken cannot be run, in whole or in part.",
          "",
          "TypeError: no server is configured",
          "",
          ...TOLD_ONCE,
        ].join("\n"),
      },
    ]);
    expect(await outcomes("broken")).toEqual({ [`Steered["other"]`]: "up: fine" });
  });

  test("is told once even by ticks that overlap", async () => {
    const checker = suite.checker("broken");
    await Promise.all([checker.tick(BASE), checker.tick(BASE + MINUTE), checker.tick(BASE + 2 * MINUTE)]);
    expect((await suite.mails()).map(({ subject }) => subject)).toEqual(["[broken] Import Error on Broken"]);
  });
});

describe("a spawner that throws", () => {
  test("is told once, again when it throws something else, and what it yielded before runs on", async () => {
    const checker = suite.checker();
    const bodies = async (): Promise<string[]> => (await suite.mails()).map(({ body }) => body);
    const told = (text: string): string =>
      ["jobs/Steered cannot be run, in whole or in part.", "", text, "", ...TOLD_ONCE].join("\n");
    suite.steering.jobs = [{ name: "first" }];

    suite.steering.spawnerThrows = "the list of servers is gone";
    await checker.tick(BASE);
    expect(await bodies()).toEqual([told("the list of servers is gone")]);
    await checker.tick(BASE + MINUTE);
    expect(await bodies()).toEqual([]);

    suite.steering.spawnerThrows = "the list of servers is empty";
    await checker.tick(BASE + 2 * MINUTE);
    expect(await bodies()).toEqual([told("the list of servers is empty")]);

    suite.steering.spawnerThrows = null;
    for (const minute of [3, 14]) await checker.tick(BASE + minute * MINUTE);
    expect((await bodies()).filter((body) => body.includes("cannot be run"))).toEqual([]);
    suite.steering.spawnerThrows = "the list of servers is empty";
    await checker.tick(BASE + 15 * MINUTE);
    expect(await bodies()).toEqual([told("the list of servers is empty")]);
    expect(suite.steering.runs.get("first")).toBe(6);
  });

  test("with a text that only differs in an id is told once", async () => {
    const checker = suite.checker();
    for (const [minute, id] of ["p1n5c8t0q2v7", "0a1b2c3d4e5f", "zz9yy8xx7ww6"].entries()) {
      suite.steering.spawnerThrows = `internal error; reference = ${id}`;
      await checker.tick(BASE + minute * MINUTE);
    }
    expect((await suite.mails()).map(({ body }) => body.split("\n")[2])).toEqual([
      "internal error; reference = p1n5c8t0q2v7",
    ]);
  });

  test("because two of its jobs are the same is told, and the first of them runs", async () => {
    suite.steering.jobs = [{ name: "twin" }, { name: "twin" }];
    await suite.checker().tick(BASE);
    expect(await suite.mails()).toMatchObject([
      {
        subject: "[one] Import Error on Steered",
        body: [
          "jobs/Steered cannot be run, in whole or in part.",
          "",
          `two jobs have the identity Steered["twin"], twice in Steered; only the first runs. Pass something that distinguishes them to super(config, …), such as a name.`,
          "",
          ...TOLD_ONCE,
        ].join("\n"),
      },
    ]);
    expect(suite.steering.runs.get("twin")).toBe(1);
  });
});

describe("what a tick costs", () => {
  const many = Array.from({ length: 200 }, (_, index) => ({ name: `job${index}`, always: "up" as const }));

  test("is a handful of rows when nothing changes, however many jobs there are", async () => {
    const checker = suite.checker();
    suite.steering.jobs = many;
    await checker.tick(BASE);
    await checker.tick(BASE + MINUTE);
    const [, second] = suite.steering.costs;
    // The claim, the slot that is done, the count of commits, the tick itself, and the sample of all its outcomes.
    expect(second?.rowsWritten).toBe(5);
    expect(second?.queries).toBeLessThanOrEqual(12);
    expect(await checker.sql("SELECT count(*) AS rows FROM job_state WHERE since > ?1", BASE)).toEqual([
      { rows: 0 },
    ]);
  });

  test("fits the 50 queries of the Free plan even when all is new and all fails", async () => {
    const checker = suite.checker();
    suite.steering.jobs = many.map(({ name }) => ({ name, always: "throw" as const }));
    await checker.tick(BASE);
    await checker.tick(BASE + HOUR);
    const queries = suite.steering.costs.map((cost) => cost.queries);
    expect(Math.max(...queries)).toBeLessThanOrEqual(38);
  });

  test("is no row more for a job that was told and fails on", async () => {
    const checker = suite.checker();
    suite.steering.jobs = [{ name: "db" }, ...many];
    suite.steering.set("db", failing("it is gone"));
    await checker.tick(BASE);
    await checker.tick(BASE + MINUTE);
    expect(suite.steering.costs[1]?.rowsWritten).toBe(5);
  });
});
