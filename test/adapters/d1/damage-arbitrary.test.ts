import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ABSURD, FAR } from "./damaging.ts";
import { rowsNamed, toAdmin, useScenarios, type Step } from "./scenario.ts";

/** Whatever somebody writes into this database, in the tables that a tick is decided from and all others. */

const scenarios = useScenarios();

/** As SQL writes it. */
function text(value: string): string {
  return `'${value.replaceAll("'", "''").replaceAll("\0", "")}'`;
}

/** A value of any type that SQLite has. */
const literal = fc.oneof(
  fc.constantFrom("NULL", "0", "1", "-1", "0.5", "1e300", "-9e999", FAR, ABSURD, "x''", "''", "'[]'", "'{}'"),
  fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.string({ maxLength: 30, unit: "binary" }).map(text),
  fc.json({ maxDepth: 2 }).map(text),
  fc
    .array(fc.constantFrom("00", "41", "7f", "c3", "ff"), { maxLength: 12 })
    .map((bytes) => `x'${bytes.join("")}'`),
);

/** Every column of every table but `message`, whose rows have a test of their own. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  daily: ["id", "data"],
  frequency: ["name", "claimed_slot", "claimed_at", "claimed_by", "completed_slot"],
  gap: ["id", "frequency", "from_slot", "to_slot", "slots", "recorded_at"],
  hourly: ["id", "data"],
  incident: [
    "from_at",
    "job",
    "name",
    "to_at",
    "first_reason",
    "last_reason",
    "told",
    "first_notified_at",
    "accepted_at",
    "ended",
  ],
  load_error: ["name", "text"],
  job_state: [
    "job",
    "succeeding",
    "failures",
    "first_failure_at",
    "last_notified_at",
    "last_notified_failure_kind",
    "status",
    "reason",
    "since",
    "inconclusive_runs",
    "inconclusive_notified",
    "changes",
    "flapping_since",
  ],
  kept: [
    "lane",
    "frequency",
    "from_at",
    "to_at",
    "raw_from",
    "hourly_from",
    "hourly_until",
    "daily_from",
    "daily_until",
  ],
  block: ["id", "frequency", "jobs", "names"],
  probe: ["token", "message_id", "sent_at", "returned_at"],
  recipient: ["address", "accepted"],
  sample: ["id", "data"],
  series: ["id", "job", "name", "frequency", "from_at", "to_at"],
  shard: ["id", "version"],
  status_change: ["id", "job", "name", "status_from", "status_to", "reason", "at"],
  tick: [
    "id",
    "scheduled_at",
    "started_at",
    "finished_at",
    "frequencies",
    "caught_up",
    "jobs",
    "up",
    "down",
    "inconclusive",
    "mark",
  ],
};

const MESSAGE_COLUMNS = [
  "id",
  "recipient",
  "subject",
  "body",
  "job",
  "token",
  "decided_at",
  "expires_at",
  "attempts",
  "next_attempt_at",
  "last_error",
  "accepted_at",
  "failed_at",
  "closed",
  "parts",
  "mail_id",
  "leased_by",
  "throttled",
  "last_error_code",
];

const damage = fc
  .constantFrom(...Object.entries(COLUMNS).flatMap(([table, columns]) => columns.map((one) => [table, one])))
  .chain(([table = "", column = ""]) =>
    fc.tuple(literal, fc.nat({ max: 3 })).map(([value, place]) => {
      const key = Object.values(COLUMNS[table] ?? {})[0] ?? "";
      const row = `(SELECT ${key} FROM ${table} ORDER BY ${key} DESC LIMIT 1 OFFSET ${place})`;
      return `UPDATE ${table} SET ${column} = ${value} WHERE ${key} = ${row}`;
    }),
  );

/** The minute of this number after ten, as a tick's time. */
function minute(number: number): string {
  const time = new Date(Date.parse("2026-11-23T10:00:00Z") + number * 60_000).toISOString();
  return `${time.slice(0, 10)} ${time.slice(11, 16)}`;
}

const BACK = { return: true } as const;

describe("whatever is written into the database", () => {
  test(
    "every tick is whole, jobs are judged as ever, and one mail at most tells of it",
    { timeout: 240_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(damage, { minLength: 20, maxLength: 25 }), async (damages) => {
          const rounds = damages.map((sql, index): Step[] => [
            { sql },
            { tick: minute(2 * index + 2) },
            BACK,
            { tick: minute(2 * index + 3) },
            BACK,
          ]);
          const before: Step[] = [
            { failing: ["B"] },
            { tick: minute(0) },
            BACK,
            { tick: minute(1) },
            {
              sql: "INSERT INTO gap (frequency, from_slot, to_slot, slots, recorded_at) VALUES ('HOUR', 0, 0, 1, 0)",
            },
          ];
          const seen = (await scenarios.run([...before, ...rounds.flat()])).slice(before.length);
          for (const [index, sql] of damages.entries()) {
            const [, first, , second, back] = seen.slice(5 * index, 5 * index + 5);
            expect({
              sql,
              ticks: [first, second].map((seen) => [seen?.error, seen?.kind]),
              toldOnce: toAdmin(first).length <= 1 && rowsNamed(first).length <= 1,
              told: toAdmin(first),
              toldAgain: toAdmin(second),
              status: back?.status,
            }).toEqual({
              sql,
              ticks: [
                [null, "done"],
                [null, "done"],
              ],
              toldOnce: true,
              told: toAdmin(first),
              toldAgain: [],
              status: "True: well",
            });
          }
          expect(
            await scenarios.sql("SELECT job, status FROM job_state WHERE job IN ('A', 'B') ORDER BY job"),
          ).toEqual([
            { job: "A", status: "up" },
            { job: "B", status: "down" },
          ]);
        }),
        { seed: 11, numRuns: 8, endOnFailure: true },
      );
    },
  );

  test(
    "no time that a tick or a message to itself cannot have makes the status True",
    { timeout: 240_000 },
    async () => {
      const values = fc.array(
        fc.oneof(
          literal.map((value) => `UPDATE tick SET finished_at = ${value}`),
          literal.map((value) => `UPDATE loopback SET sent_at = ${value}`),
          literal.map((value) => `UPDATE loopback SET returned_at = ${value}`),
          fc
            .tuple(literal, literal)
            .map(([a, b]) => `UPDATE loopback SET sent_at = ${a}, returned_at = ${b}`),
        ),
        { minLength: 40, maxLength: 50 },
      );
      const KEEP = [
        "CREATE TABLE kept_tick AS SELECT * FROM tick",
        "CREATE TABLE kept_probe AS SELECT * FROM loopback",
      ];
      const RESTORE = [
        "DELETE FROM tick",
        "DELETE FROM loopback",
        "INSERT INTO tick SELECT * FROM kept_tick",
        "INSERT INTO loopback SELECT * FROM kept_probe",
      ];
      await fc.assert(
        fc.asyncProperty(values, async (statements) => {
          const steps = (list: readonly string[]): Step[] => list.map((sql) => ({ sql }));
          const seen = await scenarios.run([
            { tick: minute(0) },
            BACK,
            ...steps(KEEP),
            ...statements.flatMap((sql) => [{ sql }, ...steps(RESTORE)]),
            ...steps(["DROP TABLE kept_tick", "DROP TABLE kept_probe"]),
          ]);
          for (const [index, sql] of statements.entries()) {
            const [damaged, , , , restored] = seen.slice(4 + 5 * index, 9 + 5 * index);
            expect([sql, restored?.status]).toEqual([sql, "True: well"]);
            // What the table itself refuses has not been written.
            if (damaged?.error !== null) continue;
            expect([sql, damaged.status]).toEqual([sql, expect.stringMatching(/^(Job|Mail)Problem: /)]);
          }
        }),
        { seed: 12, numRuns: 4, endOnFailure: true },
      );
    },
  );

  test("no message is lost without a trace, and none to anybody else", { timeout: 240_000 }, async () => {
    const damages = fc.array(fc.tuple(fc.constantFrom(...MESSAGE_COLUMNS), literal), {
      minLength: 15,
      maxLength: 20,
    });
    const contacts = ["ops@example.com", "second@example.com"];
    await fc.assert(
      fc.asyncProperty(damages, async (columns) => {
        const rounds = columns.map(([column, value], index): Step[] => [
          { refused: contacts },
          { failing: index % 2 === 0 ? ["B"] : [] },
          { tick: minute(3 * index) },
          BACK,
          {
            sql: `UPDATE message SET ${column} = ${value} WHERE closed = 0 AND recipient = 'ops@example.com'`,
          },
          { refused: [] },
          { tick: minute(3 * index + 1) },
          { tick: minute(3 * index + 2) },
        ]);
        const hour: Step[] = [{ tick: "2026-11-23 11:00" }, BACK, { tick: "2026-11-23 11:01" }];
        const seen = await scenarios.run([...rounds.flat(), ...hour], ["B"], contacts);
        for (const [index, column] of columns.entries()) {
          const round = seen.slice(8 * index, 8 * index + 8);
          const ticks = round.filter(({ kind }) => kind !== "");
          const subject = index % 2 === 0 ? "[checker-eu] B failed" : "[checker-eu] B is well again";
          const others = round.flatMap(({ mails }) => mails).filter(({ to }) => to === contacts[1]);
          expect({
            column,
            ticks: ticks.map(({ error, kind }) => [error, kind]),
            others: others.map((mail) => mail.subject),
          }).toEqual({ column, ticks: ticks.map(() => [null, "done"]), others: [subject] });
        }
        const lost = `SELECT * FROM message WHERE token IS NULL AND accepted_at IS NULL AND failed_at IS NULL`;
        expect(await scenarios.sql(lost)).toEqual([]);
      }),
      { seed: 13, numRuns: 5, endOnFailure: true },
    );
  });
});
