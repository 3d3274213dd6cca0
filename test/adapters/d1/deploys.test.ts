import { beforeEach, describe, expect, test } from "vitest";
import { D1Store } from "../../../src/adapters/d1/d1-store.ts";
import { D1HistoryKeeper } from "../../../src/adapters/d1/history-keeper.ts";
import { d1HistoryReader } from "../../../src/adapters/d1/history-reader.ts";
import { NEW_JOB } from "../../../src/domain/job-state.ts";
import type { Message } from "../../../src/domain/message.ts";
import type { LoopbackProbe } from "../../../src/domain/loopback.ts";
import * as step1 from "../../fixtures/database/step-1-statements.ts";
import { commitOf, held, messageOf, partOf, probeOf, retry, TICK } from "../../support/fakes-commit.ts";
import { failing, historyOf, laneWith, sampleOf, UP } from "../../support/fakes-history.ts";
import { otherRandom, useLocalD1 } from "./local-d1.ts";
import { makeStep1, migrate, migrateAfter } from "./step-1.ts";

/** While a deploy is under way the code of step 1 and of today take turns on one database. */

const NOON = Date.parse("2026-11-23T12:00:00Z");
const MINUTE_MS = 60_000;
const LEASE_MS = 360_000;
const local = useLocalD1();
let store: D1Store;

beforeEach(async () => {
  await local.empty();
  store = new D1Store(local.db, otherRandom());
});

/** The statements of step 1, put together as its store did. */
const old = {
  async claim(frequency: string, slot: number, nowMs: number): Promise<readonly unknown[]> {
    return local.sql(step1.CLAIM, JSON.stringify([[frequency, slot]]), nowMs, 300_000);
  },
  async version(): Promise<number> {
    const [row] = await local.sql(step1.READ_TICK[0] ?? "");
    return Number(row?.["version"]);
  },
  /** @returns `conflict` where the database undid it */
  async commit(
    version: number,
    { messages = [], probes = [] }: { messages?: readonly Message[]; probes?: readonly LoopbackProbe[] } = {},
  ): Promise<string> {
    const { db } = local;
    const state = ["A", 0, 2, NOON, NOON, null, "down", "it is gone", NOON, 0, 0];
    const rows = messages.map((m) => [
      m.id,
      m.to,
      m.subject,
      m.body,
      m.job,
      m.token,
      m.decidedAtMs,
      m.expiresAtMs,
    ]);
    const statements = [
      db.prepare(step1.COUNT_COMMIT).bind(version),
      db.prepare(step1.UPSERT_STATES).bind(JSON.stringify([state])),
      db.prepare(step1.INSERT_CHANGES).bind(JSON.stringify([["A", "A", "up", "down", "it is gone", NOON]])),
      db.prepare(step1.INSERT_MESSAGES).bind(JSON.stringify(rows)),
      db
        .prepare(step1.INSERT_PROBES)
        .bind(JSON.stringify(probes.map((p) => [p.token, p.messageId, p.sentAtMs]))),
      db.prepare(step1.TELL_FAULTS).bind(JSON.stringify([["Broken", "it is broken"]])),
      db.prepare(step1.FORGET_FAULTS).bind(JSON.stringify(["Mended"])),
      db.prepare(step1.FINISH_SLOTS).bind(JSON.stringify([["MINUTE", NOON]])),
      db.prepare(step1.INSERT_TICK).bind(NOON, NOON + 1, NOON + 2, "MINUTE HOUR", 1, 0, 1, 0),
    ];
    try {
      await db.batch(statements);
      return "committed";
    } catch (error) {
      if (/NOT NULL constraint failed: shard\.version/.test(String(error))) return "conflict";
      throw error;
    }
  },
  async lease(nowMs: number): Promise<readonly unknown[]> {
    return (await local.sql(step1.LEASE, nowMs, LEASE_MS, 50)).map(({ id, attempts }) => [id, attempts]);
  },
  /** Accepted, set aside, next attempt, error, closed: each of one message. */
  async settle(
    ...rows: readonly (readonly [string, number | null, number | null, number | null, string | null, 0 | 1])[]
  ) {
    await local.sql(step1.SETTLE, JSON.stringify(rows));
  },
};

describe("slots", () => {
  test("are given to one of the two only", async () => {
    const slot = { frequency: "MINUTE", atMs: NOON } as const;
    expect(await old.claim("MINUTE", NOON, NOON)).toHaveLength(1);
    expect(await store.claim([slot], NOON + 1, 300_000)).toEqual([]);
    const next = { frequency: "MINUTE", atMs: NOON + MINUTE_MS } as const;
    expect(await store.claim([next], NOON + MINUTE_MS, 300_000)).toEqual([next]);
    expect(await old.claim("MINUTE", NOON + MINUTE_MS, NOON + MINUTE_MS + 1)).toEqual([]);
    // Who died is replaced by either.
    expect(await old.claim("MINUTE", NOON + MINUTE_MS, NOON + MINUTE_MS + 300_000)).toHaveLength(1);
    expect(await store.claim([next], NOON + MINUTE_MS + 600_000, 300_000)).toEqual([next]);
  });
});

describe("commits", () => {
  test("count on from each other, and one from an older view is refused by either", async () => {
    await old.claim("MINUTE", NOON, NOON);
    expect(await old.commit(0)).toBe("committed");
    expect(await store.commit(commitOf(0))).toBe("conflict");
    expect(await store.commit(commitOf(1))).toBe("committed");
    expect(await old.commit(1)).toBe("conflict");
    expect(await old.commit(await old.version())).toBe("committed");
    const view = await store.readTick(NOON);
    expect([view.version, view.damage]).toEqual([3, []]);
    expect((await store.readReport({ tick: 0, change: 0, gap: 0 })).ticks.map(({ id }) => id)).toEqual([
      1, 2, 3,
    ]);
  });

  test("of step 1 are read by today's code with all that they say", async () => {
    await store.claim([{ frequency: "MINUTE", atMs: NOON }], NOON, 300_000);
    expect(await old.commit(0, probeOf("token", NOON))).toBe("committed");
    const view = await store.readTick(NOON);
    expect(view.states).toEqual(
      new Map([
        [
          "A",
          {
            ...NEW_JOB,
            succeeding: false,
            failures: 2,
            firstFailureAtMs: NOON,
            lastNotifyAtMs: NOON,
            status: "down",
            reason: "it is gone",
            sinceMs: NOON,
          },
        ],
      ]),
    );
    expect([view.faults, view.doneSlots.get("MINUTE")]).toEqual([
      [{ name: "Broken", text: "it is broken" }],
      NOON,
    ]);
    expect(await store.readStatus()).toMatchObject({ lastTickFinishedAtMs: NOON + 2 });
    expect(await store.receiveProbe("token", NOON + 5_000, 600_000)).toBe("proven");
    const { ticks, changes } = await store.readReport({ tick: 0, change: 0, gap: 0 });
    expect(ticks).toMatchObject([{ id: 1, frequencies: ["MINUTE", "HOUR"], caughtUp: [], down: 1 }]);
    expect(changes).toMatchObject([{ job: "A", from: "up", to: "down", reason: "it is gone" }]);
  });

  test("of today are read by the code of step 1, and what it does not know survives its writes", async () => {
    const flapping = { ...NEW_JOB, changesAtMs: [NOON], flappingSinceMs: NOON };
    await store.commit(commitOf(0, { states: new Map([["A", flapping]]), ...probeOf("token", NOON) }));
    for (const sql of step1.READ_TICK) expect((await local.sql(sql)).length).toBeGreaterThanOrEqual(0);
    expect(await old.commit(await old.version())).toBe("committed");
    expect((await store.readTick(NOON)).states.get("A")).toMatchObject({
      failures: 2,
      changesAtMs: [NOON],
      flappingSinceMs: NOON,
    });
    expect(await local.sql(step1.PROBES, 5)).toEqual([
      { token: "token", message_id: "message of token", sent_at: NOON, returned_at: null, send_error: null },
    ]);
    await local.sql(step1.RECEIVE_PROBE, "token", NOON + 5_000, 600_000);
    expect((await store.recentProbes(1))[0]?.returnedAtMs).toBe(NOON + 5_000);
    expect(await local.sql(step1.READ_STATUS[0] ?? "")).toEqual([{ at: NOON + 2 }]);
    for (const sql of step1.READ_REPORT) expect((await local.sql(sql, 0)).length).toBeGreaterThan(0);
  });
});

describe("messages", () => {
  const alert = messageOf("alert", { decidedAtMs: NOON, parts: [partOf("alert")] });

  test("of today go out by the code of step 1, and what it says of them is understood", async () => {
    await store.commit(commitOf(0, { messages: [alert] }));
    expect(await old.lease(NOON)).toEqual([["alert", 0]]);
    expect((await store.leaseMessages(NOON + 1, LEASE_MS, 9)).messages).toEqual([]);
    await old.settle(["alert", null, null, NOON + 45_000, "E_RATE_LIMIT_EXCEEDED: later", 0]);
    expect((await store.leaseMessages(NOON + 45_000, LEASE_MS, 9)).messages).toMatchObject([
      { ...alert, attempts: 2, lastError: { code: "E_RATE_LIMIT_EXCEEDED", reason: "later" } },
    ]);
    await old.settle(["alert", NOON + 46_000, null, null, null, 1]);
    expect(await store.readOutbox(9)).toEqual([]);
    expect((await store.leaseMessages(NOON + 10 * LEASE_MS, LEASE_MS, 9)).messages).toEqual([]);
  });

  test("of step 1 go out by today's code, each under its own subject and text", async () => {
    await old.commit(0, {
      messages: [{ ...alert, subject: "[one] A failed", body: "A failed.\n", job: "A" }],
    });
    expect((await store.leaseMessages(NOON, LEASE_MS, 9)).messages).toEqual([
      {
        id: "alert",
        to: alert.to,
        subject: "[one] A failed",
        body: "A failed.\n",
        job: "A",
        parts: [
          {
            kind: "other",
            job: "A",
            title: "A failed",
            detail: "",
            atMs: NOON,
            subject: "A failed",
            body: null,
          },
        ],
        token: null,
        decidedAtMs: NOON,
        expiresAtMs: null,
        attempts: 1,
        unfinished: 1,
        lastError: null,
        held: false,
      },
    ]);
    expect(await old.lease(NOON + 1)).toEqual([]);
    await store.settleMessages([retry("alert", NOON + 45_000, "E_X: later")]);
    expect(await old.lease(NOON + 45_000)).toEqual([["alert", 1]]);
  });

  test("that were held, or leased by who died, go out by the code of step 1 in their time", async () => {
    await store.commit(commitOf(0, { messages: [alert, messageOf("other", { decidedAtMs: NOON })] }));
    await store.leaseMessages(NOON, LEASE_MS, 9);
    await store.settleMessages([held("alert", NOON + 90_000)]);
    expect(await old.lease(NOON + 89_999)).toEqual([]);
    expect(await old.lease(NOON + 90_000)).toEqual([["alert", 0]]);
    expect(await old.lease(NOON + LEASE_MS)).toEqual([["other", 1]]);
    await old.settle(["alert", NOON, null, null, null, 1], ["other", null, NOON, null, "E_X: no", 1]);
    expect(await store.readOutbox(9)).toMatchObject([
      { id: "other", state: "set aside", lastError: { code: "E_X", reason: "no" } },
    ]);
    expect(await local.sql(step1.READ_STATUS[2] ?? "")).toEqual([{ at: NOON }]);
  });

  test("are pruned by either", async () => {
    await store.commit(commitOf(0, { messages: [alert], tick: { ...TICK, startedAtMs: NOON } }));
    await old.settle(["alert", NOON, null, null, null, 1]);
    for (const sql of step1.PRUNE) await local.sql(sql, NOON);
    expect(await local.sql("SELECT id FROM message")).toEqual([{ id: "alert" }]);
    for (const sql of step1.PRUNE) await local.sql(sql, NOON + 1);
    expect(await local.sql("SELECT id FROM message UNION ALL SELECT id FROM tick")).toEqual([]);
    // Ids go on all the same: they are the numbers of commits.
    expect(await store.commit(commitOf(1))).toBe("committed");
    expect(await local.sql("SELECT id FROM tick")).toEqual([{ id: 2 }]);
  });
});

describe("history", () => {
  test("changed nothing of the tables before it: each statement of step 2 finds what it found", async () => {
    const schema = async (): Promise<ReadonlyMap<unknown, unknown>> =>
      new Map(
        (await local.sql("SELECT name, sql FROM sqlite_schema WHERE name NOT GLOB '*d1_migrations*'")).map(
          ({ name, sql }) => [name, sql],
        ),
      );
    const today = await schema();
    await makeStep1(local.db);
    await migrate(local.db, "0002");
    const before = await schema();
    expect(before.size).toBeGreaterThan(10);
    await migrate(local.db, "0003");
    const after = await schema();
    for (const [name, sql] of before) expect([name, after.get(name)]).toEqual([name, sql]);
    await migrateAfter(local.db, "0003");
    expect(await schema()).toEqual(today);
  });

  test("takes a tick of the version before for one that is missing, and goes on after it", async () => {
    const keeper = new D1HistoryKeeper(local.db, otherRandom());
    const reader = d1HistoryReader(local.db, otherRandom());
    const record = (version: number, atMs: number) =>
      store.commit(
        commitOf(version, {
          slotsDone: [{ frequency: "MINUTE", atMs }],
          ...historyOf({
            ...(version === 0 ? laneWith(1, ["A"], atMs) : {}),
            samples: [sampleOf(1, atMs, UP)],
          }),
        }),
      );
    await record(0, NOON - MINUTE_MS);
    expect(await old.commit(1)).toBe("committed");
    await record(2, NOON + MINUTE_MS);
    expect((await store.readTick(NOON)).damage).toEqual([]);
    const uptime = await reader.readUptime("A", NOON - MINUTE_MS, NOON + 2 * MINUTE_MS);
    expect(uptime).toMatchObject({ up: 2, missed: 1, uptime: 1, coverage: 2 / 3 });
    expect((await keeper.readKept(NOON)).damaged).toEqual([]);
  });

  test("of an incident that the version before ended is ended within the hour", async () => {
    const keeper = new D1HistoryKeeper(local.db, otherRandom());
    const reader = d1HistoryReader(local.db, otherRandom());
    await store.commit(
      commitOf(0, historyOf({ ...laneWith(1, ["A"], NOON), incidents: [failing("A", NOON - MINUTE_MS)] })),
    );
    // It knows of another failure, which began later.
    expect(await old.commit(1)).toBe("committed");
    await keeper.forgetJobs(NOON + 30 * MINUTE_MS, 0, 0);
    expect(await reader.readIncidents({ after: null, limit: 9, job: null })).toMatchObject([
      { job: "A", toMs: NOON, ended: "recovered" },
    ]);
  });
});
