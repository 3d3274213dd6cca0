import { describe, expect, test } from "vitest";
import { FAILURES } from "../support/d1/counted-failures.ts";
import type { Checker } from "../support/worker/harness.ts";
import { failing, WELL } from "../support/worker/steering.ts";
import { BASE, HOUR, MINUTE, useWorkers, utc } from "../support/worker/suite.ts";

const suite = useWorkers(() => [{ name: "one", vars: { JOBS: ["Steered"] } }]);

const FAILED = "[one] Steered db failed";

/** Every failure of `db` is told, so each count shows as a mail. */
function watchDb(): Checker {
  suite.steering.jobs = [{ name: "db", notify: "EVERYTIME" }];
  suite.steering.set("db", failing("it is gone"));
  return suite.checker();
}

async function subjects(): Promise<string[]> {
  return (await suite.mails()).map(({ subject }) => subject);
}

async function failures(checker: Checker): Promise<unknown> {
  const [row] = await checker.sql(`SELECT ${FAILURES} FROM job_state`);
  return row?.["failures"];
}

async function ticks(checker: Checker): Promise<unknown> {
  return checker.sql("SELECT scheduled_at, frequencies, jobs, down FROM tick ORDER BY id");
}

describe("one slot", () => {
  test("whose event comes twice is counted and told once", async () => {
    const checker = watchDb();
    await checker.tick(BASE);
    await checker.tick(BASE);
    expect(await failures(checker)).toBe(1);
    expect(await subjects()).toEqual([FAILED]);
    expect(suite.steering.runs.get("db")).toBe(1);
  });

  test("whose events come at the same moment is run, counted and told once", async () => {
    const checker = watchDb();
    await Promise.all(Array.from({ length: 4 }, () => checker.tick(BASE)));
    expect(await failures(checker)).toBe(1);
    expect(await subjects()).toEqual([FAILED]);
    expect(suite.steering.runs.get("db")).toBe(1);
  });

  test("whose second event comes while the first is still at work is left alone", async () => {
    const checker = watchDb();
    const held = suite.steering.hold("db");
    const first = checker.tick(BASE);
    await held.begun;
    await checker.tick(BASE + 20_000);
    expect(await ticks(checker)).toEqual([]);
    held.release();
    await first;
    expect(await ticks(checker)).toEqual([
      { scheduled_at: BASE, frequencies: "MINUTE HOUR DAY DAY_NOON", jobs: 1, down: 1 },
    ]);
    expect(await subjects()).toEqual([FAILED]);
  });

  test("whose event comes after a newer one is over and done with", async () => {
    const checker = watchDb();
    await checker.tick(BASE + MINUTE);
    await checker.tick(BASE);
    expect(await failures(checker)).toBe(1);
    expect(await subjects()).toEqual([FAILED]);
    expect(suite.steering.runs.get("db")).toBe(1);
  });
});

describe("a slow tick", () => {
  test("that ends after the next one is replaced by it, and counts nothing", async () => {
    const checker = watchDb();
    const held = suite.steering.hold("db");
    const slow = checker.tick(BASE);
    await held.begun;
    await checker.tick(BASE + MINUTE);
    held.release();
    await slow;
    expect(await failures(checker)).toBe(1);
    expect(await subjects()).toEqual([FAILED]);
    expect(await ticks(checker)).toEqual([
      { scheduled_at: BASE + MINUTE, frequencies: "MINUTE", jobs: 1, down: 1 },
      // Its own minute is replaced; the longer slots were its alone.
      { scheduled_at: BASE, frequencies: "HOUR DAY DAY_NOON", jobs: 0, down: 0 },
    ]);
  });

  test("keeps what only it ran: the hour's outcomes beside a newer minute's", async () => {
    const checker = suite.checker();
    suite.steering.jobs = [
      { name: "db", notify: "EVERYTIME" },
      { name: "hourly", every: "HOUR" },
    ];
    suite.steering.set("hourly", failing("the hour's job fails"));
    const held = suite.steering.hold("db");
    const slow = checker.tick(BASE);
    await held.begun;
    await checker.tick(BASE + MINUTE);
    held.release(failing("seen an hour ago"));
    await slow;
    expect(await checker.sql("SELECT job, status, since FROM job_state ORDER BY job")).toEqual([
      { job: `Steered["db"]`, status: "up", since: BASE + MINUTE },
      { job: `Steered["hourly"]`, status: "down", since: BASE },
    ]);
    expect(await suite.mails()).toMatchObject([
      {
        subject: "[one] Steered hourly failed",
        body: [
          "Steered hourly failed.",
          "",
          "Reason:   the hour's job fails",
          `Since:    ${utc(BASE)}`,
          "Failures: 1 in a row",
          `Checked:  ${utc(BASE)}`,
          "",
          "What to do: look at what the job watches. When it is well again, the job notices by itself.",
          "",
        ].join("\n"),
      },
    ]);
  });

  test("that ends before the next one is counted with it", async () => {
    const checker = watchDb();
    const heldFirst = suite.steering.hold("db");
    const slow = checker.tick(BASE);
    await heldFirst.begun;
    const heldSecond = suite.steering.hold("db");
    const next = checker.tick(BASE + MINUTE);
    await heldSecond.begun;
    heldFirst.release();
    await slow;
    heldSecond.release();
    await next;
    expect(await failures(checker)).toBe(2);
    expect(await subjects()).toEqual([FAILED, FAILED]);
  });

  test("of three that overlap, each newer one wins over all older ones", async () => {
    const checker = watchDb();
    const held = [];
    const running = [];
    for (let minute = 0; minute < 3; minute++) {
      const one = suite.steering.hold("db");
      held.push(one);
      running.push(checker.tick(BASE + minute * MINUTE));
      await one.begun;
    }
    held[2]?.release(WELL);
    await running[2];
    held[0]?.release();
    held[1]?.release();
    await Promise.all(running);
    expect(await checker.sql(`SELECT status, ${FAILURES}, since FROM job_state`)).toEqual([
      { status: "up", failures: 0, since: BASE + 2 * MINUTE },
    ]);
    expect(await subjects()).toEqual([]);
  });

  test("whose decision is overtaken decides again: nothing is counted or told from an old view", async () => {
    const checker = watchDb();
    suite.steering.jobs = [...suite.steering.jobs, { name: "hourly", every: "HOUR" }];
    suite.steering.set("hourly", failing("the hour's job fails"));
    suite.steering.faults.push({ sql: "INSERT INTO instance", how: "wait" });
    const gate = suite.steering.gate();
    const slow = checker.tick(BASE);
    await gate.begun;
    suite.steering.faults.length = 0;
    await checker.tick(BASE + MINUTE);
    gate.release();
    await slow;
    expect(await checker.sql(`SELECT job, ${FAILURES}, since FROM job_state ORDER BY job`)).toEqual([
      { job: `Steered["db"]`, failures: 1, since: BASE + MINUTE },
      { job: `Steered["hourly"]`, failures: 1, since: BASE },
    ]);
    expect(await subjects()).toEqual([FAILED, "[one] Steered hourly failed"]);
    expect(await checker.sql("SELECT completed_slot FROM frequency WHERE name = 'MINUTE'")).toEqual([
      { completed_slot: BASE + MINUTE },
    ]);
  });

  test("that commits at the same moment as another loses nothing of either", async () => {
    const checker = suite.checker();
    const names = Array.from({ length: 5 }, (_, index) => `job${index}`);
    suite.steering.jobs = names.flatMap((name) => [
      { name: `${name} hourly`, every: "HOUR" as const },
      { name: `${name} minutely` },
    ]);
    for (const { name } of suite.steering.jobs) suite.steering.set(name, failing("it is gone"));
    await checker.tick(BASE - MINUTE);
    await suite.mails();

    await Promise.all([
      checker.tick(BASE + HOUR),
      checker.tick(BASE + HOUR + MINUTE),
      checker.tick(BASE + HOUR + 2 * MINUTE),
    ]);
    const rows = await checker.sql(`SELECT job, ${FAILURES} FROM job_state WHERE job LIKE '%hourly%'`);
    expect(rows.map(({ failures }) => failures)).toEqual([2, 2, 2, 2, 2]);
    const done = await checker.sql(
      "SELECT name, completed_slot FROM frequency WHERE name IN ('MINUTE', 'HOUR')",
    );
    expect(done).toEqual([
      { name: "HOUR", completed_slot: BASE + HOUR },
      { name: "MINUTE", completed_slot: BASE + HOUR + 2 * MINUTE },
    ]);
    // Told on a change of state only: every job was told at the first tick, and none again.
    expect(await subjects()).toEqual([]);
  });
});

describe("a tick whose invocation dies", () => {
  test("before its commit leaves its hour to a later tick, once its claim is old", async () => {
    const checker = suite.checker();
    suite.steering.jobs = [{ name: "hourly", every: "HOUR" }];
    suite.steering.faults.push({ sql: "INSERT INTO instance", how: "die" });
    await expect(checker.tick(BASE)).rejects.toThrow("the tick ended with exception");
    suite.steering.faults.length = 0;

    await checker.tick(BASE + MINUTE);
    expect(suite.steering.runs.get("hourly")).toBe(1);

    await checker.sql("UPDATE frequency SET claimed_at = claimed_at - ?1", 5 * MINUTE);
    await checker.tick(BASE + 6 * MINUTE);
    expect(suite.steering.runs.get("hourly")).toBe(2);
    expect(await ticks(checker)).toEqual([
      { scheduled_at: BASE + MINUTE, frequencies: "MINUTE", jobs: 0, down: 0 },
      { scheduled_at: BASE + 6 * MINUTE, frequencies: "MINUTE HOUR DAY DAY_NOON", jobs: 1, down: 0 },
    ]);
  });

  test("whose last statement is refused has committed nothing, and ends as failed", async () => {
    const checker = watchDb();
    await checker.sql(
      "CREATE TRIGGER full BEFORE INSERT ON tick BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    );
    await expect(checker.tick(BASE)).rejects.toThrow("the tick ended with exception");
    for (const table of ["job_state", "status_change", "message", "tick"]) {
      expect(await checker.sql(`SELECT * FROM ${table}`)).toEqual([]);
    }
    expect(await checker.sql("SELECT max(completed_slot) AS done FROM frequency")).toEqual([{ done: -1 }]);

    // It was told all the same: without the database there is only the mail.
    expect(await subjects()).toEqual([FAILED]);
    await checker.sql("DROP TRIGGER full");
    await checker.tick(BASE + MINUTE);
    expect(await failures(checker)).toBe(2);
    expect(await subjects()).toEqual([FAILED]);
  });

  test("while the database is away is told without it, and not once more when it is back", async () => {
    const checker = watchDb();
    suite.steering.jobs = [{ name: "db" }];
    suite.steering.faults.push({ sql: "INSERT INTO instance", how: "fail" });
    await expect(checker.tick(BASE)).rejects.toThrow("the tick ended with exception");
    expect(await subjects()).toEqual([FAILED]);
    expect(await failures(checker)).toBeUndefined();
    suite.steering.faults.length = 0;
    await checker.tick(BASE + MINUTE);
    expect(await subjects()).toEqual([]);
    // The failure that it told is counted now as well.
    expect(await failures(checker)).toBe(2);
  });
});
