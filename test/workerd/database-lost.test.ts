import { describe, expect, test } from "vitest";
import { FAILURES } from "../support/d1/counted-failures.ts";
import type { Checker } from "../support/worker/harness.ts";
import { failing } from "../support/worker/steering.ts";
import { ADMIN_TOKEN, BASE, MINUTE, statusOf, useWorkers, utc } from "../support/worker/suite.ts";

const suite = useWorkers(() => [{ name: "one", vars: { JOBS: ["Steered"], ADMIN_TOKEN, TIME_SCALE: 0.3 } }]);

const CALLS = {
  claim: "INSERT INTO frequency (name, claimed_slot, claimed_at, claimed_by",
  view: "SELECT instance.version",
  commit: "INSERT INTO instance",
  lease: "UPDATE message SET next_attempt_at",
  settlement: "UPDATE message SET attempts",
} as const;
const FAILED = "[one] Steered db failed";

/** Every failure of `db` is counted, and the first is told. */
function watchDb(): Checker {
  suite.steering.jobs = [{ name: "db" }];
  suite.steering.set("db", failing("it is gone"));
  return suite.checker();
}

async function subjects(): Promise<readonly string[]> {
  return (await suite.mails()).map(({ subject }) => subject);
}

/** A message to itself has just come back. */
async function proveMail(checker: Checker): Promise<void> {
  await checker.sql(
    "INSERT INTO loopback (token, message_id, sent_at, returned_at) VALUES ('t', 'm', ?1, ?1)",
    checker.now(),
  );
}

async function expectCountedOnce(checker: Checker, failures: number): Promise<void> {
  expect(await checker.sql(`SELECT ${FAILURES} FROM job_state`)).toEqual([{ failures }]);
  expect(await checker.sql("SELECT count(*) AS changes FROM status_change")).toEqual([{ changes: 1 }]);
  expect(await checker.sql("SELECT id FROM tick ORDER BY id")).toEqual(
    Array.from({ length: failures }, (_, index) => ({ id: index + 1 })),
  );
  expect(await checker.sql("SELECT version FROM instance")).toEqual([{ version: failures }]);
}

describe.each(Object.entries(CALLS))("a %s", (_what, sql) => {
  test.each([
    ["does not reach the database at first", "fail", 1],
    ["does not reach it at first and at second", "fail", 2],
    ["is done, but its answer is lost", "lose", 1],
    ["is done, but its answer is lost twice", "lose", 2],
  ] as const)("that %s counts and tells once", async (_how, how, times) => {
    const checker = watchDb();
    suite.steering.faults.push({ sql, how, times });
    await checker.tick(BASE);
    expect(await subjects()).toEqual([FAILED]);
    await checker.tick(BASE + MINUTE);
    expect(await subjects()).toEqual([]);
    expect(suite.steering.runs.get("db")).toBe(2);
    await expectCountedOnce(checker, 2);
    expect(await checker.sql("SELECT attempts, closed FROM message")).toEqual([{ attempts: 1, closed: 1 }]);
  });
});

describe("what was done though all three answers were lost", () => {
  test("a claim leaves the minute to the next tick, which tells it", async () => {
    const checker = watchDb();
    suite.steering.faults.push({ sql: CALLS.claim, how: "lose" });
    await expect(checker.tick(BASE)).rejects.toThrow("the tick ended with exception");
    expect(await subjects()).toEqual([FAILED]);
    suite.steering.faults.length = 0;
    await checker.tick(BASE + MINUTE);
    await checker.tick(BASE + 2 * MINUTE);
    expect(suite.steering.runs.get("db")).toBe(3);
  });

  test("a claim is not given to its own tick either: the hour is caught up once the claim is old", async () => {
    const checker = watchDb();
    suite.steering.jobs = [...suite.steering.jobs, { name: "hourly", every: "HOUR" }];
    suite.steering.faults.push({ sql: CALLS.claim, how: "lose", times: 3 });
    await checker.tick(BASE);
    expect(await subjects()).toEqual([]);
    suite.steering.faults.length = 0;
    await checker.tick(BASE + MINUTE);
    expect(await subjects()).toEqual([FAILED]);
    await checker.sql("UPDATE frequency SET claimed_at = claimed_at - ?1", 5 * MINUTE);
    await checker.tick(BASE + 6 * MINUTE);
    expect(suite.steering.runs.get("hourly")).toBe(2);
    expect(await checker.sql("SELECT frequencies, caught_up, jobs FROM tick ORDER BY id")).toEqual([
      { frequencies: "", caught_up: "", jobs: 0 },
      { frequencies: "MINUTE", caught_up: "", jobs: 1 },
      { frequencies: "MINUTE HOUR DAY DAY_NOON", caught_up: "HOUR DAY DAY_NOON", jobs: 2 },
    ]);
  });

  test("a commit is told twice, which is better than never: without the database and by it", async () => {
    const checker = watchDb();
    suite.steering.faults.push({ sql: CALLS.commit, how: "lose" });
    await expect(checker.tick(BASE)).rejects.toThrow("the tick ended with exception");
    expect((await suite.mails()).map(({ subject, body }) => [subject, body.split("\n")[0]])).toEqual([
      [FAILED, `This is mailed without Checker's own database, which does not answer (${utc(BASE)}).`],
      [FAILED, "Steered db failed."],
    ]);
    suite.steering.faults.length = 0;
    await checker.tick(BASE + MINUTE);
    expect(await subjects()).toEqual([]);
    await expectCountedOnce(checker, 2);
  });

  test("a lease keeps its messages for six minutes, and they are mailed then, as late", async () => {
    const checker = watchDb();
    suite.steering.faults.push({ sql: CALLS.lease, how: "lose" });
    await expect(checker.tick(BASE)).rejects.toThrow("the tick ended with exception");
    suite.steering.faults.length = 0;
    for (let minute = 1; minute < 6; minute++) await checker.tick(BASE + minute * MINUTE);
    expect(await subjects()).toEqual([]);
    await proveMail(checker);
    expect(await statusOf(checker)).toBe("MailProblem: a message has waited for more than 5 minutes");
    await checker.tick(BASE + 7 * MINUTE);
    expect(
      (await suite.mails()).map(({ subject, body }) => [subject, ...body.split("\n").slice(0, 3)]),
    ).toEqual([
      [
        FAILED,
        `This was decided at ${utc(BASE)} and comes 7 min late: it could not be mailed before.`,
        "",
        "Steered db failed.",
      ],
    ]);
  });
});

describe("a message that could not be leased", () => {
  test("waits in the database, is shown, and is mailed once when it is back", async () => {
    const checker = watchDb();
    suite.steering.faults.push({ sql: CALLS.lease, how: "fail" });
    for (let minute = 0; minute < 7; minute++) {
      await expect(checker.tick(BASE + minute * MINUTE)).rejects.toThrow("the tick ended with exception");
    }
    expect(await subjects()).toEqual([]);
    expect(await checker.sql("SELECT count(*) AS ticks FROM tick")).toEqual([{ ticks: 7 }]);
    await proveMail(checker);
    expect(await statusOf(checker)).toBe("MailProblem: a message has waited for more than 5 minutes");
    suite.steering.faults.length = 0;
    await checker.tick(BASE + 7 * MINUTE);
    expect((await suite.mails()).map(({ subject, body }) => [subject, body.split("\n")[0]])).toEqual([
      [FAILED, `This was decided at ${utc(BASE)} and comes 7 min late: it could not be mailed before.`],
    ]);
    await checker.tick(BASE + 8 * MINUTE);
    expect(await subjects()).toEqual([]);
    expect(await statusOf(checker)).toBe("True: well");
  });
});

describe("a mail whose acceptance could not be written down", () => {
  test("goes out once more when its lease is over, and not a third time", async () => {
    const checker = watchDb();
    suite.steering.faults.push({ sql: CALLS.settlement, how: "fail" });
    await expect(checker.tick(BASE)).rejects.toThrow("the tick ended with exception");
    expect(await subjects()).toEqual([FAILED]);
    suite.steering.faults.length = 0;
    for (let minute = 1; minute < 6; minute++) await checker.tick(BASE + minute * MINUTE);
    expect(await subjects()).toEqual([]);
    for (let minute = 6; minute < 9; minute++) await checker.tick(BASE + minute * MINUTE);
    expect(await subjects()).toEqual([FAILED]);
    expect(await checker.sql("SELECT attempts, closed FROM message")).toEqual([{ attempts: 2, closed: 1 }]);
    await expectCountedOnce(checker, 9);
  });
});
