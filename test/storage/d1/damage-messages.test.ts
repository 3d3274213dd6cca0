import { describe, expect, test } from "vitest";
import { D1Store } from "../../../src/storage/d1/d1-store.ts";
import { FakeRandom } from "../../support/fakes/ports.ts";
import { ABSURD, FAR } from "../../adapters/d1/damaging.ts";
import { toAdmin, useScenarios, type Seen, type Step } from "../../adapters/d1/scenario.ts";

const scenarios = useScenarios();
const TEN = Date.parse("2026-11-23T10:00:00Z");

/** Two messages wait, each refused: that B failed, decided at ten, and that C failed, a minute later. */
const BEFORE: readonly Step[] = [
  { refused: ["ops@example.com"] },
  { failing: ["B"] },
  { tick: "10:00" },
  { return: true },
  { failing: ["B", "C"] },
  { tick: "10:01" },
];

/** Damages the first, and lets the mail service accept from now on. */
async function damage(assignment: string, ...after: readonly (string | Step)[]): Promise<readonly Seen[]> {
  const seen = await scenarios.run(
    [
      ...BEFORE,
      { sql: `UPDATE message SET ${assignment} WHERE token IS NULL AND decided_at = ${TEN}` },
      { refused: [] },
      ...after.map((step) => (typeof step === "string" ? { tick: step } : step)),
    ],
    ["B", "C"],
  );
  expect(seen.map(({ error }) => error)).toEqual(seen.map(() => null));
  return seen.slice(BEFORE.length);
}

/** Whose failure was mailed in full. */
function told(...seen: readonly Seen[]): readonly string[] {
  return seen
    .flatMap((one) =>
      toAdmin(one).flatMap(({ body }) =>
        [...body.matchAll(/^(\w) failed\.\n\nReason: {3}it is gone$/gm)].map((match) => match[1] ?? ""),
      ),
    )
    .toSorted();
}

async function waiting(): Promise<readonly unknown[]> {
  return scenarios.sql("SELECT * FROM message WHERE closed = 0");
}

describe("a message of which all that it tells can be read", () => {
  test.each([
    "attempts = 'x'",
    "attempts = -1",
    "attempts = 1e300",
    "throttled = 5",
    "throttled = 'x'",
    "throttled = x'00'",
    "job = x'00'",
    "items = 'x'",
    "items = '[{}]'",
    "items = '[]x'",
    "items = x'00'",
    `items = replace(items, '"atMs":', '"atMs":-')`,
    `items = replace(items, '"failure"', '"catastrophe"')`,
    "last_error_code = x'00'",
    "last_error = x'00'",
    "mail_id = x'00'",
    "leased_by = x'00'",
    "accepted_at = 1",
    "expires_at = 1",
    "expires_at = 'x'",
    "decided_at = 'x'",
    "decided_at = x'00'",
    "decided_at = -1",
    `decided_at = ${FAR}`,
    `decided_at = ${ABSURD}`,
    "next_attempt_at = 'x'",
    "next_attempt_at = x'00'",
    "next_attempt_at = -1",
    `next_attempt_at = ${FAR}`,
    `next_attempt_at = ${ABSURD}`,
    "next_attempt_at = 9e999",
    `next_attempt_at = ${FAR}, throttled = 1`,
    "failed_at = 'x'",
  ])("is told whatever else is damaged: %s", async (assignment) => {
    const [, , first, second] = await damage(assignment, "10:05", "10:06");
    expect(told(first as Seen)).toEqual(["B", "C"]);
    expect(toAdmin(first)).toHaveLength(1);
    expect(toAdmin(second)).toEqual([]);
    expect(second?.status).toBe("True: well");
    expect(await waiting()).toEqual([]);
  });

  test.each(["closed = 1", "closed = 2", "closed = 'x'", "closed = x'00'", "closed = -1"])(
    "and that was never accepted nor set aside is told within the hour: %s",
    async (assignment) => {
      const seen = await damage(assignment, "10:05", "11:00", "11:01", "11:02");
      const [first, hour, after, quiet] = seen.slice(2) as [Seen, Seen, Seen, Seen];
      expect(told(first)).toEqual(["C"]);
      expect(told(hour, after)).toEqual(["B"]);
      expect(toAdmin(quiet)).toEqual([]);
      expect(await waiting()).toEqual([]);
    },
  );
});

test("a message whose time is none is seen to wait all the same", async () => {
  const damaged = [
    { sql: "UPDATE message SET decided_at = 'x' WHERE token IS NULL" },
    { sql: "UPDATE message SET attempts = 0" },
  ];
  const seen = await scenarios.run([...BEFORE, ...damaged], ["B", "C"]);
  expect(seen.map(({ status }) => status).slice(-2)).toEqual([
    "MailProblem: a message was refused and waits for its next attempt",
    "MailProblem: a message has waited for more than 5 minutes",
  ]);
});

describe("a message that cannot be read", () => {
  const FAILED_MESSAGES = "MailProblem: a message could not be delivered and was set aside";

  test.each([
    "id = x'0102'",
    "recipient = x'00'",
    "recipient = 'x' || char(13, 10) || 'Bcc: evil@example.org'",
    "subject = x'00'",
    "body = x'00'",
    "token = x'00'",
  ])("is set aside where its owner sees it, and takes no other with it: %s", async (assignment) => {
    const [, , first, second] = await damage(assignment, "10:05", "10:06");
    expect(toAdmin(first).map(({ subject }) => subject)).toEqual(["[checker-eu] C failed"]);
    expect([first?.status, second?.status]).toEqual([FAILED_MESSAGES, FAILED_MESSAGES]);
    // Who was to get it is not known any more, so the failure is due again.
    const again = assignment.startsWith("recipient") ? ["[checker-eu] B failed"] : [];
    expect(second?.mails.map(({ subject }) => subject)).toEqual(again);
    const store = new D1Store(scenarios.db, new FakeRandom());
    expect(await store.readOutbox(9)).toMatchObject([
      {
        state: "failed",
        decidedAtMs: TEN,
        failedAtMs: TEN + 5 * 60_000 + 2_000,
        lastError: { code: "E_UNREADABLE", reason: "the stored message cannot be read" },
      },
    ]);
  });

  test("but is a message to itself is dropped, and the next one proves the mail again", async () => {
    const seen = await scenarios.run([
      { refused: ["checker@example.com"] },
      { tick: "10:00" },
      { sql: "UPDATE message SET body = x'00' WHERE token IS NOT NULL" },
      { refused: [] },
      { tick: "10:05" },
      { tick: "11:00" },
      { return: true },
    ]);
    expect(seen.map(({ error }) => error)).toEqual(seen.map(() => null));
    expect(seen.at(-2)?.mails.map(({ to }) => to)).toContain("checker@example.com");
    expect(seen.at(-1)?.status).toBe("True: well");
  });
});

describe("a message that was set aside", () => {
  test.each(["'x'", "x'00'", FAR, ABSURD, "9e999"])(
    "at a time that cannot be (%s) is shown for three days, and not for ever",
    async (literal) => {
      const shown = "MailProblem: a message could not be delivered and was set aside";
      const back = { return: true } as const;
      const seen = await damage(
        `closed = 1, failed_at = ${literal}`,
        "10:05",
        "11:00",
        back,
        "2026-11-26 10:59",
        back,
        "2026-11-26 11:01",
      );
      expect(seen.map(({ status }) => status)).toEqual([
        // C's message waits still.
        "MailProblem: a message was refused and waits for its next attempt",
        "MailProblem: a message was refused and waits for its next attempt",
        shown,
        shown,
        shown,
        "MailProblem: no message to itself was mailed lately",
        shown,
        "True: well",
      ]);
    },
  );
});
