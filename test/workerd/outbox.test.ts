/** What was decided and could not be told: how the owner sees it. */
import { expect, test } from "vitest";
import type { OutboxEntry } from "../../src/mail/outbox.ts";
import type { Checker } from "../support/worker/harness.ts";
import { failing } from "../support/worker/steering.ts";
import { ADMIN_TOKEN, BASE, MINUTE, useWorkers, utc } from "../support/worker/suite.ts";

const suite = useWorkers(() => [
  {
    name: "one",
    vars: {
      JOBS: ["Steered"],
      ADMIN_TOKEN,
      ALERT_CONTACT: ["a@example.org", "b@example.org"],
      MAX_MAILS_PER_HOUR: 1,
    },
  },
]);

async function outbox(checker: Checker): Promise<readonly OutboxEntry[]> {
  const answer = await checker.fetch("/admin/outbox", {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  expect(answer.status).toBe(200);
  return (await answer.json<{ messages: readonly OutboxEntry[] }>()).messages;
}

test("waiting, held and set aside messages are listed for the owner alone, newest first", async () => {
  const checker = suite.checker();
  suite.steering.jobs = [{ name: "db" }, { name: "web" }];
  suite.steering.mail.set("a@example.org", { code: "E_RATE_LIMIT_EXCEEDED", message: "too many messages" });
  suite.steering.mail.set("b@example.org", { code: "E_RECIPIENT_NOT_ALLOWED", message: "not verified" });
  suite.steering.set("db", failing("it is gone"));
  await checker.tick(BASE);
  expect((await outbox(checker)).toSorted((x, y) => (x.to < y.to ? -1 : 1))).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      state: "waiting",
      to: "a@example.org",
      subject: "[one] Steered db failed",
      body: expect.stringContaining("Reason:   it is gone\n") as string,
      jobs: ['Steered["db"]'],
      decidedAtMs: BASE,
      attempts: 1,
      nextAttemptAtMs: expect.any(Number) as number,
      failedAtMs: null,
      lastError: { code: "E_RATE_LIMIT_EXCEEDED", reason: "too many messages" },
    },
    expect.objectContaining({
      state: "failed",
      to: "b@example.org",
      attempts: 1,
      nextAttemptAtMs: null,
      failedAtMs: expect.any(Number) as number,
      lastError: { code: "E_RECIPIENT_NOT_ALLOWED", reason: "not verified" },
    }),
  ]);
  expect((await checker.fetch("/admin/outbox")).status).toBe(401);
});

test("more than two hundred are listed as far as that, and it is said that there are more", async () => {
  const checker = suite.checker();
  await checker.sql(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 201)
     INSERT INTO message (id, recipient, subject, body, decided_at, attempts, next_attempt_at, closed)
     SELECT 'm' || i, 'a@example.org', 's', 'b', i, 1, 9e15, 0 FROM n`,
  );
  const listed = async (): Promise<{ count: number; more: boolean }> => {
    const answer = await checker.fetch("/admin/outbox", {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    const { messages, more } = await answer.json<{ messages: readonly unknown[]; more: boolean }>();
    return { count: messages.length, more };
  };
  expect(await listed()).toEqual({ count: 200, more: true });
  await checker.sql("DELETE FROM message WHERE id = 'm1'");
  expect(await listed()).toEqual({ count: 200, more: false });
});

test("a limit of one mail an hour holds what comes next, and the digest tells it all", async () => {
  const checker = suite.checker();
  suite.steering.jobs = [{ name: "db" }];
  suite.steering.set("db", failing("it is gone"));
  await checker.tick(BASE);
  expect((await suite.mails()).map(({ to }) => to).toSorted((x, y) => (x < y ? -1 : 1))).toEqual([
    "a@example.org",
    "b@example.org",
  ]);
  suite.steering.set("db", { returns: true });
  await checker.tick(BASE + MINUTE);
  suite.steering.set("db", failing("it is gone again"));
  await checker.tick(BASE + 2 * MINUTE);
  expect(await suite.mails()).toEqual([]);
  expect((await outbox(checker)).map(({ state }) => state)).toEqual([
    "throttled",
    "throttled",
    "throttled",
    "throttled",
  ]);
  await checker.tick(BASE + 61 * MINUTE);
  const mails = await suite.mails();
  expect(mails).toHaveLength(2);
  expect(mails[0]?.subject).toBe("[one] 1 down");
  expect(mails[0]?.body.split("\n").slice(0, 1)).toEqual([
    `The oldest of this was decided at ${utc(BASE + MINUTE)} and comes 1 h late: it was held, because you had been sent 1 mail within an hour.`,
  ]);
  expect(await outbox(checker)).toEqual([]);
  expect(await checker.sql("SELECT count(*) AS n, count(DISTINCT mail_id) AS mails FROM message")).toEqual([
    { n: 6, mails: 4 },
  ]);
});
