import { describe, expect, test } from "vitest";
import { FAILURES } from "../support/d1/counted-failures.ts";
import type { Checker } from "../support/worker/harness.ts";
import { failing, WELL } from "../support/worker/steering.ts";
import { ADMIN_TOKEN, BASE, HOUR, MINUTE, statusOf, useWorkers, utc } from "../support/worker/suite.ts";

const suite = useWorkers(() => [{ name: "one", vars: { JOBS: ["Steered"], ADMIN_TOKEN } }]);

/** Year 9999, Unix ms. */
const FAR = 253_370_764_800_000;

/** A Checker that is well after two ticks: `gone` is down and told, `db` is up, the mail to itself came back. */
async function well(): Promise<Checker> {
  suite.steering.jobs = [{ name: "db" }, { name: "gone" }, { name: "hourly", every: "HOUR" }];
  suite.steering.set("gone", failing("it is gone"));
  const checker = suite.checker();
  await checker.tick(BASE);
  await checker.sql(
    "INSERT INTO loopback (token, message_id, sent_at, returned_at) VALUES ('proof', 'm', ?1, ?1)",
    checker.now(),
  );
  await checker.tick(BASE + MINUTE);
  await suite.mails();
  expect(await statusOf(checker)).toBe("True: well");
  return checker;
}

async function tick(checker: Checker, minute: number): Promise<readonly (readonly [string, string])[]> {
  await checker.tick(BASE + minute * MINUTE);
  return (await suite.mails()).map(({ subject, body }) => [subject, body]);
}

/** The mail about these rows, which stands alone. */
function damageMail(...rows: readonly string[]): readonly [string, string] {
  const counted = rows.length === 1 ? "1 row" : `${rows.length} rows`;
  return [
    `[one] ${counted.replace(" ", " damaged ")} in the database`,
    [
      `${counted} of this Checker's own database could not be read:`,
      "",
      ...rows.map((row) => `- ${row}`),
      "",
      "They are written anew. A job whose state is among them starts afresh: a failure that was told is told again.",
      "",
      "What to do: nothing, unless somebody or something else writes to this database.",
      "",
    ].join("\n"),
  ];
}

/** `db` and `gone` were run and judged at each of so many ticks. */
async function expectJudged(checker: Checker, ticks: number): Promise<void> {
  expect([suite.steering.runs.get("db"), suite.steering.runs.get("gone")]).toEqual([ticks, ticks]);
  expect(
    await checker.sql(
      `SELECT job, status, ${FAILURES} FROM job_state WHERE job NOT LIKE '%hourly%' ORDER BY job`,
    ),
  ).toEqual([
    { job: `Steered["db"]`, status: "up", failures: 0 },
    { job: `Steered["gone"]`, status: "down", failures: ticks },
  ]);
}

describe("a row that cannot be read", () => {
  test("is told once in full, written anew, and harms no other", async () => {
    const checker = await well();
    await checker.sql(`UPDATE job_state SET failures = 'many' WHERE job = 'Steered["db"]'`);
    expect(await tick(checker, 2)).toEqual([
      damageMail(`job_state, Steered["db"]: failures: Invalid type: Expected number but received "many"`),
    ]);
    await expectJudged(checker, 3);
    expect(await tick(checker, 3)).toEqual([]);
    expect(await statusOf(checker)).toBe("True: well");
  });

  test("is one of several in all tables, told in one mail", async () => {
    const checker = await well();
    for (const sql of [
      "UPDATE instance SET version = 'x'",
      `UPDATE job_state SET succeeding = 7 WHERE job = 'Steered["db"]'`,
      "UPDATE frequency SET completed_slot = 'x' WHERE name = 'DAY'",
      "INSERT INTO load_error (name, message) VALUES ('Ghost', x'00')",
      `UPDATE tick SET finished_at = ${FAR} WHERE id = 2`,
      `INSERT INTO loopback (token, message_id, sent_at, returned_at) VALUES ('fake', 'm', ${FAR}, ${FAR})`,
    ]) {
      await checker.sql(sql);
    }
    expect(await tick(checker, 2)).toEqual([
      damageMail(
        "instance, main: version is not the number of the newest commit",
        `job_state, Steered["db"]: succeeding: Invalid type: Expected (0 | 1) but received 7`,
        `frequency, DAY: completed_slot: Invalid type: Expected number but received "x"`,
        "load_error, Ghost: message: Invalid type: Expected string but received Array",
        "tick, 2: finished_at lies in the future",
        "loopback, fake: sent_at lies in the future",
      ),
    ]);
    await expectJudged(checker, 3);
    expect(await tick(checker, 3)).toEqual([]);
    expect(await statusOf(checker)).toBe("True: well");
    expect(await checker.sql("SELECT version, (SELECT max(id) FROM tick) AS newest FROM instance")).toEqual([
      { version: 4, newest: 4 },
    ]);
  });

  test("of a failing job has it told again, with the reason why, and then it counts on", async () => {
    const checker = await well();
    await checker.sql(`UPDATE job_state SET changes = 'x' WHERE job = 'Steered["gone"]'`);
    const [mail, ...noMore] = await tick(checker, 2);
    expect(noMore).toEqual([]);
    expect(mail?.[0]).toBe("[one] 1 down, 1 message");
    expect(mail?.[1].split("\n").slice(0, 9)).toEqual([
      `1 down, 1 message at ${utc(BASE + 2 * MINUTE)}.`,
      "",
      "Down:",
      "- Steered gone",
      "  it is gone",
      "",
      "Other messages:",
      "- 1 damaged row in the database",
      "  written anew",
    ]);
    expect(await tick(checker, 3)).toEqual([]);
    suite.steering.set("gone", WELL);
    expect((await tick(checker, 4)).map(([subject]) => subject)).toEqual([
      "[one] Steered gone is well again",
    ]);
  });
});

describe("slots that claim to be taken in the year 9999", () => {
  test("keep no tick from running: of all frequencies, told in one mail", async () => {
    const checker = await well();
    await checker.sql(`UPDATE frequency SET claimed_slot = ${FAR}, completed_slot = ${FAR}`);
    expect(await tick(checker, 2)).toEqual([
      damageMail(
        ...["DAY", "DAY_NOON", "HOUR", "MINUTE"].map(
          (name) => `frequency, ${name}: claimed_slot lies in the future`,
        ),
      ),
    ]);
    await expectJudged(checker, 3);
    // Its slot was free again, so the hour's job ran once more.
    expect(suite.steering.runs.get("hourly")).toBe(2);
    expect(await tick(checker, 3)).toEqual([]);
    expect(suite.steering.runs.get("hourly")).toBe(2);
  });

  test("are found once by events that come at the same moment", async () => {
    const checker = await well();
    await checker.sql("UPDATE frequency SET claimed_slot = 'x' WHERE name = 'MINUTE'");
    await Promise.all([1, 2, 3].map(() => checker.tick(BASE + 2 * MINUTE)));
    expect((await suite.mails()).map(({ subject }) => subject)).toEqual([
      "[one] 1 damaged row in the database",
    ]);
    await expectJudged(checker, 3);
  });
});

describe("/status", () => {
  test.each([
    ["a text", "'x'"],
    ["in the future", String(FAR)],
    ["negative", "-1"],
    ["infinite", "9e999"],
  ])("is never True for a tick whose end is %s, and is again after the next", async (_what, literal) => {
    const checker = await well();
    await checker.sql(`UPDATE tick SET finished_at = ${literal}`);
    expect(await statusOf(checker)).toMatch(/^JobProblem: /);
    await tick(checker, 2);
    expect(await statusOf(checker)).toBe("True: well");
  });

  test.each([
    ["sent in the future", `sent_at = ${FAR}, returned_at = ${FAR}`],
    ["sent at no time", "sent_at = 'x'"],
    ["back before it was sent", "returned_at = sent_at - 3600000"],
    ["back at no time", "returned_at = 'x'"],
    ["back in the year 9999", `returned_at = ${FAR}`],
  ])("is never True for a message to itself that was %s", async (_what, assignment) => {
    const checker = await well();
    await checker.sql(`UPDATE loopback SET ${assignment}`);
    expect(await statusOf(checker)).toBe("MailProblem: no message to itself has come back yet");
    expect((await tick(checker, 2)).map(([subject]) => subject)).toEqual([
      "[one] 1 damaged row in the database",
    ]);
    expect(await checker.sql("SELECT * FROM loopback")).toEqual([]);
    expect(await statusOf(checker)).toBe("MailProblem: no message to itself has come back yet");
  });

  test("says MailProblem for three days once a message could not be read, and the others are mailed", async () => {
    const checker = await well();
    suite.steering.mail.set("admin@example.org", { code: "E_INTERNAL_SERVER_ERROR", message: "try later" });
    suite.steering.set("db", failing("it is gone"));
    expect(await tick(checker, 2)).toEqual([]);
    suite.steering.mail.clear();
    await checker.sql("UPDATE message SET subject = x'00' WHERE closed = 0");
    suite.steering.set("gone", WELL);
    expect((await tick(checker, 3)).map(([subject]) => subject)).toEqual([
      "[one] Steered gone is well again",
    ]);
    expect(await statusOf(checker)).toBe("MailProblem: a message could not be delivered and was set aside");
    expect(await checker.sql("SELECT last_error_code, last_error FROM message WHERE failed_at > 0")).toEqual([
      { last_error_code: "E_UNREADABLE", last_error: "the stored message cannot be read" },
    ]);
    await checker.sql(`UPDATE message SET failed_at = failed_at - ${72 * HOUR}`);
    expect(await statusOf(checker)).toBe("True: well");
  });
});
