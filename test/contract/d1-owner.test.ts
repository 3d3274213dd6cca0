import { describe, expect, test } from "vitest";
import { D1Store } from "../../src/storage/d1/d1-store.ts";
import { NO_SUPPRESSIONS } from "../../src/alerting/suppression.ts";
import { NEW_JOB } from "../../src/alerting/job-state.ts";
import { otherRandom, useLocalD1 } from "../adapters/d1/local-d1.ts";
import { actionOf, commit, decisionOf, messageOf, NOW_MS } from "../support/fakes/commit.ts";

const local = useLocalD1();
const DAY_MS = 86_400_000;
/** In the hour in which decisions are looked through. */
const AT_FOUR = Date.parse("2026-11-23T04:10:00Z");

async function emptyStore(): Promise<D1Store> {
  await local.empty();
  return new D1Store(local.db, otherRandom());
}

const ACTION = actionOf();

describe("what the owner said and did, and why he was told,", () => {
  test("is forgotten after a year, and a silence when it is over", async () => {
    const store = await emptyStore();
    const yearAgo = AT_FOUR - 365 * DAY_MS;
    await commit(store, { decisions: [decisionOf("A", yearAgo - 1), decisionOf("A", yearAgo)] });
    for (const atMs of [yearAgo - 1, yearAgo]) {
      await store.act({ ...ACTION, atMs }, { kind: "silence", job: "A", untilMs: atMs });
      const job = `B ${atMs}`;
      await store.act({ ...ACTION, atMs, jobKey: null }, { kind: "acknowledge", job, firstFailureAtMs: 1 });
    }
    for (const [job, untilMs] of [
      ["over", AT_FOUR - 1],
      ["goes on", AT_FOUR],
    ] as const) {
      await store.act({ ...ACTION, atMs: AT_FOUR - DAY_MS, jobKey: null }, { kind: "silence", job, untilMs });
    }
    await store.prune(AT_FOUR - 3_600_000);
    expect(await store.readDecisionLog("A", 9)).toHaveLength(2);
    await store.prune(AT_FOUR);
    expect((await store.readDecisionLog("A", 9)).map(({ atMs }) => atMs)).toEqual([yearAgo]);
    expect((await store.readAuditLog("A", 9)).map(({ atMs }) => atMs)).toEqual([yearAgo]);
    expect((await store.readTick(NOW_MS)).suppressions).toEqual({
      silences: [{ jobKey: "goes on", untilMs: AT_FOUR }],
      acknowledgements: [{ jobKey: `B ${yearAgo}`, firstFailureAtMs: 1 }],
    });
  });

  test("is asked with one query, and what is not said with none", async () => {
    const store = await emptyStore();
    await commit(store, { decisions: [decisionOf("A", 1_000)] });
    const plan = await local.sql(
      "EXPLAIN QUERY PLAN SELECT * FROM decision WHERE job = 'A' ORDER BY at DESC LIMIT 9",
    );
    expect(plan.map(({ detail }) => detail)).toEqual(["SEARCH decision USING PRIMARY KEY (job=?)"]);
  });
});

describe("rows that say nonsense", () => {
  test("keep nothing back, and hide nothing else", async () => {
    const store = await emptyStore();
    await commit(store, { states: new Map([["A", { ...NEW_JOB, status: "up" as const }]]) });
    await store.act({ ...ACTION, jobKey: null }, { kind: "silence", job: "A", untilMs: NOW_MS });
    await local.sql(
      `INSERT INTO suppression VALUES ('B', 'silence', 'soon', NULL, 0), ('C', 'silence', NULL, NULL, 0),
         ('D', 'acknowledgement', NULL, x'00', 0), ('E', 'shrug', 1, 1, 0), ('F', 'silence', x'4142', NULL, 0),
         (x'4142', 'silence', 9, NULL, 0)`,
    );
    await local.sql(`UPDATE job_state SET suppressed = '{"by":"nobody"}'`);
    await local.sql(`UPDATE instance SET maintenance = '[[1,2]]'`);
    const view = await store.readTick(NOW_MS);
    const said = { ...NO_SUPPRESSIONS, silences: [{ jobKey: "A", untilMs: NOW_MS }] };
    expect([view.suppressions, view.corruptRows, view.states.get("A")?.suppressed]).toEqual([said, [], null]);
    const instance = await store.readInstance();
    expect([instance.suppressions, instance.maintenance]).toEqual([said, []]);
  });

  test("are left out of trace and actions", async () => {
    const store = await emptyStore();
    await commit(store, {
      decisions: [decisionOf("A", 1_000), decisionOf("A", 2_000), decisionOf("A", 3_000)],
    });
    await local.sql("UPDATE decision SET messages = 'x' WHERE at = 1000");
    await store.act(
      { ...ACTION, jobKey: null },
      { kind: "mail", messages: [messageOf("m"), messageOf("n")] },
    );
    await local.sql(`UPDATE decision SET messages = '["m","n"]' WHERE at = 3000`);
    await local.sql("UPDATE message SET recipient = x'4142' WHERE id = 'm'");
    await local.sql(
      "UPDATE message SET accepted_at = x'4142', failed_at = x'4142', throttled = x'4142' WHERE id = 'n'",
    );
    await local.sql("UPDATE decision SET status = 'well' WHERE at = 2000");
    await store.act(ACTION, { kind: "silence", job: "A", untilMs: 9_000 });
    await local.sql("INSERT INTO audit_log VALUES (9, 0, 'shrug', 'A', 'A', '', 'me', 'm')");
    expect((await store.readDecisionLog("A", 9)).map(({ atMs, mails }) => [atMs, mails])).toEqual([
      [3_000, [{ to: messageOf("n").to, acceptedAtMs: null, failedAtMs: null, isThrottled: false }]],
      [1_000, []],
    ]);
    expect(await store.readAuditLog("A", 9)).toEqual([ACTION]);
  });
});

test("what was done is done once, also when its answer is lost", async () => {
  await local.empty();
  const { db } = local;
  let batches = 0;
  const flaky: D1Database = Object.assign(Object.create(db) as D1Database, {
    prepare: (sql: string) => db.prepare(sql),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await db.batch(statements);
      if (++batches === 1) throw new Error("D1_ERROR: Network connection lost.");
      return results;
    },
  });
  const store = new D1Store(flaky, otherRandom());
  expect(await store.act(ACTION, { kind: "silence", job: "A", untilMs: 9_000 })).toBe(true);
  expect(await local.sql("SELECT count(*) AS count FROM audit_log")).toEqual([{ count: 1 }]);
});
