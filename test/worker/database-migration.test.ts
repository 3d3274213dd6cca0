import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/lib/project.ts";
import { slotsAt } from "../../src/domain/frequency.ts";
import { FAILURES } from "../support/counted-failures.ts";
import type { Checker } from "../support/worker-harness.ts";
import { failing } from "../support/worker-steering.ts";
import { ADMIN_TOKEN, BASE, MINUTE, statusOf, useWorkers, utc } from "../support/worker-suite.ts";

const suite = useWorkers(() => [
  { name: "one", vars: { JOBS: ["Steered"], ADMIN_TOKEN, TIME_SCALE: 0.3 }, migrated: false },
]);

async function run(checker: Checker, file: string): Promise<void> {
  const text = await readFile(join(projectRoot, file), "utf8");
  for (const sql of text.replaceAll(/^--.*\n/gm, "").split(/;\n/)) {
    if (sql.trim() !== "") await checker.sql(sql);
  }
}

/** All that came after step 1. */
async function migrate(checker: Checker): Promise<void> {
  const files = (await readdir(join(projectRoot, "migrations"))).filter((name) => !name.startsWith("0001"));
  for (const file of files.toSorted()) await run(checker, `migrations/${file}`);
}

/** The last minute of the fixture. */
const LAST = Date.parse("2026-11-23T09:55:00Z");
const TIMES: Readonly<Record<string, readonly string[]>> = {
  job_state: ["first_failure_at", "last_notify_at", "since"],
  status_change: ["at"],
  tick: ["scheduled_at", "started_at", "finished_at"],
  message: ["decided_at", "expires_at", "next_attempt_at", "accepted_at", "set_aside_at"],
  probe: ["sent_at", "returned_at"],
};

/** A database of step 1, whose last tick was twelve minutes before BASE. WebShop is known as a job of today. */
async function step1(): Promise<Checker> {
  const checker = suite.checker();
  await run(checker, "migrations/0001_first.sql");
  await run(checker, "test/fixtures/database/step-1.sql");
  const byMs = BASE - 12 * MINUTE - LAST;
  for (const [table, columns] of Object.entries(TIMES)) {
    const moved = columns.map((column) => `${column} = iif(${column} > 0, ${column} + ?1, ${column})`);
    await checker.sql(`UPDATE ${table} SET ${moved.join(", ")}`, byMs);
  }
  for (const { frequency, atMs } of slotsAt(BASE - 12 * MINUTE)) {
    await checker.sql(
      "UPDATE frequency SET claimed_slot = ?2, done_slot = ?2 WHERE name = ?1",
      frequency,
      atMs,
    );
  }
  await checker.sql(`UPDATE job_state SET job = 'Steered["WebShop"]' WHERE job = 'WebShop'`);
  suite.steering.jobs = [{ name: "WebShop" }];
  suite.steering.set("WebShop", failing("HTTP 503 Service Unavailable"));
  return checker;
}

// Many statements, one by one.
describe("a deploy on the database of step 1", { timeout: 90_000 }, () => {
  test("mails what waited, goes on counting, and says what is wrong", async () => {
    const checker = await step1();
    await migrate(checker);
    await checker.tick(BASE);
    const mails = await suite.mails();
    expect(new Map(mails.map(({ to, subject }) => [to, subject]))).toEqual(
      new Map([
        ["night@example.com", "[one] Intranet failed, and 2 more"],
        ["ops@example.com", "[one] Intranet failed, and 2 more"],
      ]),
    );
    expect(mails).toHaveLength(2);
    for (const { body } of mails) {
      expect(body.split("\n").slice(0, 8)).toEqual([
        `The oldest of this was decided at ${utc(BASE - 22 * MINUTE)} and comes 22 min late: it could not be mailed before.`,
        "",
        "3 messages.",
        "",
        "Other messages:",
        `- Intranet failed (${utc(BASE - 22 * MINUTE)})`,
        `- Printer failed (${utc(BASE - 17 * MINUTE)})`,
        `- Archive failed (${utc(BASE - 15 * MINUTE)})`,
      ]);
    }
    expect(await checker.sql(`SELECT ${FAILURES} FROM job_state WHERE job LIKE '%WebShop%'`)).toEqual([
      { failures: 27 },
    ]);
    expect(
      await checker.sql("SELECT frequency, from_slot, to_slot, slots FROM gap WHERE frequency = 'MINUTE'"),
    ).toEqual([{ frequency: "MINUTE", from_slot: BASE - 11 * MINUTE, to_slot: BASE - MINUTE, slots: 11 }]);
    expect(await statusOf(checker)).toBe("MailProblem: a message could not be delivered and was set aside");
    await checker.tick(BASE + MINUTE);
    expect(await suite.mails()).toEqual([]);
  });

  test("is borne before the migration: jobs run, failures are told, and nothing is lost by it", async () => {
    const checker = await step1();
    await expect(checker.tick(BASE)).rejects.toThrow("the tick ended with exception");
    const mails = await suite.mails();
    expect(mails.map(({ to, subject }) => [to, subject])).toEqual([
      ["admin@example.org", "[one] Steered WebShop failed"],
    ]);
    expect(mails[0]?.body.split("\n").slice(0, 3)).toEqual([
      `This is mailed without Checker's own database, which does not answer (${utc(BASE)}).`,
      "Nothing is known of before: the failure may be an old one, or one that was told already.",
      expect.stringMatching(/^Cause: the database does not answer: D1_ERROR: .*claimed_by/),
    ]);
    await migrate(checker);
    await checker.tick(BASE + MINUTE);
    expect((await suite.mails()).map(({ subject }) => subject)).toEqual([
      "[one] Intranet failed, and 2 more",
      "[one] Intranet failed, and 2 more",
    ]);
    expect(
      await checker.sql(`SELECT ${FAILURES}, last_notify_at FROM job_state WHERE job LIKE '%WebShop%'`),
    ).toEqual([{ failures: 27, last_notify_at: BASE - 36 * MINUTE }]);
  });
});
