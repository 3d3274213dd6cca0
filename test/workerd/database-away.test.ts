import { describe, expect, test } from "vitest";
import type { Checker } from "../support/worker/harness.ts";
import { failing, WELL } from "../support/worker/steering.ts";
import { FAILURES } from "../support/d1/counted-failures.ts";
import { ADMIN_TOKEN, BASE, MINUTE, statusOf, useWorkers, utc } from "../support/worker/suite.ts";

// Pauses between attempts are a third of what they are, and so is the time that D1 has to answer.
const suite = useWorkers(() => [{ name: "one", vars: { JOBS: ["Steered"], ADMIN_TOKEN, TIME_SCALE: 0.3 } }]);

/** How the statements begin that a tick asks, one after the other; "" is all of them. */
const CALLS = {
  "at all": "",
  "for the claim": "INSERT INTO frequency (name, claimed_slot, claimed_at, claimed_by",
  "for the view": "SELECT instance.version",
  "for the commit": "INSERT INTO instance",
} as const;

const FAILED = "[one] Steered db failed";
const WELL_AGAIN = "[one] Steered db is well again";
const WHAT_TO_DO =
  "What to do: look at what the job watches. When it is well again, the job notices by itself.";

/** What stands above every mail that goes out without the database. */
function note(minute: number, known: boolean): string[] {
  return [
    `This is mailed without Checker's own database, which does not answer (${utc(BASE + minute * MINUTE)}).`,
    known
      ? "What was known before is taken into account; should this copy of Checker end, some of it may be told twice."
      : "Nothing is known of before: the failure may be an old one, or one that was told already.",
    "Cause: the database does not answer: D1_ERROR: Network connection lost.",
    "",
  ];
}

/** One tick of the minute with this number; what was mailed meanwhile. */
async function tick(minute: number): Promise<readonly { readonly subject: string; readonly body: string }[]> {
  await suite.checker().tick(BASE + minute * MINUTE);
  return (await suite.mails()).map(({ subject, body }) => ({ subject, body }));
}

/** As `tick`; the event fails, as its owner sees in the log. */
async function tickAway(minute: number): ReturnType<typeof tick> {
  await expect(suite.checker().tick(BASE + minute * MINUTE)).rejects.toThrow("the tick ended with exception");
  return (await suite.mails()).map(({ subject, body }) => ({ subject, body }));
}

function subjects(mails: Awaited<ReturnType<typeof tick>>): readonly string[] {
  return mails.map(({ subject }) => subject);
}

/** Its database has been there, and all was well. */
async function warm(notify: "ONSTATECHANGE" | "EVERYTIME" = "ONSTATECHANGE"): Promise<Checker> {
  suite.steering.jobs = [{ name: "db", notify }, { name: "other" }];
  suite.steering.set("db", WELL);
  expect(await tick(0)).toEqual([]);
  return suite.checker();
}

function away(sql: string): void {
  suite.steering.faults.push({ sql, how: "fail" });
}

function back(): void {
  suite.steering.faults.length = 0;
}

async function stateOfDb(checker: Checker): Promise<unknown> {
  return checker.sql(
    `SELECT status, ${FAILURES}, first_failure_at, last_notified_at FROM job_state WHERE job = 'Steered["db"]'`,
  );
}

describe.each(Object.entries(CALLS))("a database that does not answer %s", (_what, sql) => {
  test("keeps no failure from being told, with what is known, and once", async () => {
    const checker = await warm();
    away(sql);
    suite.steering.set("db", failing("it is gone"));
    expect(await tickAway(1)).toEqual([
      {
        subject: FAILED,
        body: [
          ...note(1, true),
          "Steered db failed.",
          "",
          "Reason:   it is gone",
          `Since:    ${utc(BASE + MINUTE)}`,
          "Failures: 1 in a row",
          `Checked:  ${utc(BASE + MINUTE)}`,
          "",
          WHAT_TO_DO,
          "",
        ].join("\n"),
      },
    ]);
    for (const minute of [2, 3]) expect(await tickAway(minute)).toEqual([]);
    expect(suite.steering.runs.get("other")).toBe(4);
    expect(await statusOf(checker)).toMatch(
      /^JobProblem: the last tick completed 18\d s ago, the limit is 180 s$/,
    );

    back();
    expect(await tick(4)).toEqual([]);
    expect(await stateOfDb(checker)).toEqual([
      { status: "down", failures: 4, first_failure_at: BASE + MINUTE, last_notified_at: BASE + MINUTE },
    ]);
    expect(await statusOf(checker)).toBe("MailProblem: no message to itself has come back yet");
    suite.steering.set("db", WELL);
    expect(subjects(await tick(5))).toEqual([WELL_AGAIN]);
  });

  test("tells nothing anew that was told before, and tells when it is over", async () => {
    const checker = await warm();
    suite.steering.set("db", failing("it is gone"));
    expect(subjects(await tick(1))).toEqual([FAILED]);
    away(sql);
    expect(await tickAway(2)).toEqual([]);
    suite.steering.set("db", WELL);
    const told = await tickAway(3);
    expect(told.map(({ subject, body }) => [subject, ...body.split("\n").slice(0, 8)])).toEqual([
      [
        WELL_AGAIN,
        ...note(3, true),
        "Steered db is well again.",
        "",
        "Now:    fine",
        `Failed: from ${utc(BASE + MINUTE)} to ${utc(BASE + 3 * MINUTE)} (2 min)`,
      ],
    ]);
    back();
    expect(await tick(4)).toEqual([]);
    expect(await stateOfDb(checker)).toEqual([
      { status: "up", failures: 0, first_failure_at: null, last_notified_at: null },
    ]);
    expect(await tick(5)).toEqual([]);
  });

  test("for a single tick is told of once", async () => {
    const checker = await warm();
    away(sql);
    suite.steering.set("db", failing("it is gone"));
    expect(subjects(await tickAway(1))).toEqual([FAILED]);
    back();
    for (const minute of [2, 3]) expect(await tick(minute)).toEqual([]);
    expect(await stateOfDb(checker)).toMatchObject([{ failures: 3 }]);
  });

  test("makes a new copy of the Worker tell every failure that it sees, once", async () => {
    const checker = await warm();
    suite.steering.set("db", failing("it is gone"));
    expect(subjects(await tick(1))).toEqual([FAILED]);
    await checker.fetch("/test/new");
    away(sql);
    const told = await tickAway(2);
    // The view is read before the commit: where only that fails the states are known.
    const known = sql === CALLS["for the commit"];
    expect(told.map(({ subject, body }) => [subject, ...body.split("\n").slice(0, 5)])).toEqual(
      known ? [] : [[FAILED, ...note(2, false), "Steered db failed."]],
    );
    expect(await tickAway(3)).toEqual([]);
  });
});

describe("a job that wants every failure told", () => {
  test("is told at every tick while the database is away, and goes on so when it is back", async () => {
    const checker = await warm("EVERYTIME");
    away("");
    suite.steering.set("db", failing("it is gone"));
    for (const minute of [1, 2, 3]) {
      const told = await tickAway(minute);
      expect(told.map(({ subject, body }) => [subject, ...body.split("\n").slice(0, 4)])).toEqual([
        [FAILED, ...note(minute, true)],
      ]);
    }
    back();
    const [mail, ...noMore] = await tick(4);
    expect(noMore).toEqual([]);
    expect(mail?.body.split("\n")[0]).toBe("Steered db failed.");
    expect(await stateOfDb(checker)).toMatchObject([{ failures: 4, first_failure_at: BASE + MINUTE }]);
  });
});

describe("mail while the database is away", () => {
  test("that is refused is tried again by the next tick", async () => {
    await warm();
    away("");
    suite.steering.set("db", failing("it is gone"));
    suite.steering.mail.set("admin@example.org", { code: "E_INTERNAL_SERVER_ERROR", message: "try later" });
    expect(await tickAway(1)).toEqual([]);
    suite.steering.mail.clear();
    expect(subjects(await tickAway(2))).toEqual([FAILED]);
    expect(await tickAway(3)).toEqual([]);
  });

  test("of several failures is one to each person", async () => {
    suite.steering.jobs = ["a", "b", "c"].map((name) => ({ name }));
    await tick(0);
    away("");
    for (const name of ["a", "b", "c"]) suite.steering.set(name, failing("it is gone"));
    const [mail, ...noMore] = await tickAway(1);
    expect(noMore).toEqual([]);
    expect(mail?.subject).toBe("[one] 3 down");
    expect(mail?.body.split("\n").slice(0, 7)).toEqual([
      ...note(1, true),
      `3 down at ${utc(BASE + MINUTE)}.`,
      "",
      "Down:",
    ]);
  });
});
