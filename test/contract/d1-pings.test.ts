import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { D1Store } from "../../src/storage/d1/d1-store.ts";
import { D1PingStore } from "../../src/storage/d1/heartbeats/ping-store.ts";
import { MemoryPings } from "../support/memory-store/pings.ts";
import { newRecord } from "../../src/heartbeats/ping.ts";
import { useLocalD1 } from "../adapters/d1/local-d1.ts";
import { countedD1 } from "../support/d1/counted.ts";
import { at, FakeRandom } from "../support/fakes/ports.ts";
import { commit, commitOf, TICK } from "../support/fakes/commit.ts";
import { fuzz } from "../support/fuzz/runs.ts";
import { pingContract, pingOf } from "./pings.contract.ts";
import type { PingStore } from "../../src/heartbeats/ports.ts";

const NOON = at("2026-11-23 12:00");
const BACKUP = { id: "backup00000000", jobKey: `Heartbeats["backup"]` };
const local = useLocalD1();
const random = new FakeRandom();

async function emptyStore(): Promise<PingStore> {
  await local.empty();
  return new D1PingStore(local.db, random);
}

pingContract(emptyStore);

describe("pings on D1 alone", () => {
  test("write one row each and read no more, and none where they tell nothing new", async () => {
    await (await emptyStore()).register([BACKUP], [], NOON);
    const { db, counts } = countedD1(local.db);
    const store = new D1PingStore(db, random);
    await store.recordPing(BACKUP.id, pingOf(0, { kind: "start" }));
    expect(counts).toEqual({ queries: 1, rowsRead: 1, rowsWritten: 1 });
    await store.recordPing(BACKUP.id, pingOf(1, { kind: "end", code: 0 }, { output: "x".repeat(2_000) }));
    expect(counts).toEqual({ queries: 2, rowsRead: 2, rowsWritten: 2 });
    for (let index = 0; index < 50; index++)
      await store.recordPing(BACKUP.id, pingOf(2, { kind: "end", code: 0 }));
    expect(counts.rowsWritten).toBe(2);
    expect(await store.recordPing("nobody00000000", pingOf(0, { kind: "start" }))).toBe("unknown");
    expect(counts.rowsWritten).toBe(2);
  });

  test("of a row that cannot be read are damaged, and begin anew", async () => {
    const store = await emptyStore();
    const names = ["sound", "text", "future", "halves", "starts"];
    await store.register(
      names.map((id) => ({ id, jobKey: id })),
      [],
      NOON,
    );
    await local.sql("UPDATE heartbeat SET ended_at = 'soon', code = 0 WHERE id = 'text'");
    await local.sql("UPDATE heartbeat SET ended_at = ?1, code = 0 WHERE id = 'future'", NOON + 86_400_001);
    await local.sql("UPDATE heartbeat SET ended_at = 1 WHERE id = 'halves'");
    await local.sql("UPDATE heartbeat SET running = 1 WHERE id = 'starts'");
    const { records, damage } = await store.readPings(NOON);
    expect([...records.keys()]).toEqual(["sound"]);
    const alone = await Promise.all(names.map((id) => store.readPing(id, NOON)));
    expect(alone).toEqual([newRecord(NOON), null, null, null, null]);
    expect(
      damage
        .map(({ table, key, problem }) => `${table} ${key}: ${problem}`)
        .toSorted((a, b) => (a < b ? -1 : 1)),
    ).toEqual([
      "heartbeat future: ended_at lies in the future",
      "heartbeat halves: code and ended_at contradict each other",
      "heartbeat starts: runs and never started",
      expect.stringMatching(/^heartbeat text: ended_at: /),
    ]);
    await store.register([{ id: "future", jobKey: "future" }], damage, NOON + 60_000);
    // No tick was ever recorded in this database.
    expect(await store.readPings(NOON)).toEqual({
      records: new Map([
        ["sound", newRecord(NOON)],
        ["future", newRecord(NOON + 60_000)],
      ]),
      damage: [],
      outageEndMs: NOON,
    });
  });

  test("forget a failure with the commit that reports it, and not one that came since", async () => {
    const pings = await emptyStore();
    const store = new D1Store(local.db, random);
    await pings.register([BACKUP], [], NOON);
    const unseen = async () => (await pings.readPings(NOON)).records.get(BACKUP.id)?.unreportedFailure?.atMs;
    await pings.recordPing(BACKUP.id, pingOf(1, { kind: "end", code: 3 }));
    await pings.recordPing(BACKUP.id, pingOf(2, { kind: "end", code: 0 }));
    const reportedFailures = [{ id: BACKUP.id, atMs: NOON + 1_000 }];
    expect(await store.commit(commitOf(99, { reportedFailures }))).toBe("conflict");
    expect(await unseen()).toBe(NOON + 1_000);
    await commit(store, { reportedFailures: [{ id: BACKUP.id, atMs: NOON }] });
    expect(await unseen()).toBe(NOON + 1_000);
    await commit(store, { reportedFailures, tick: { ...TICK, startedAtMs: 121_000 } });
    expect(await unseen()).toBeUndefined();
  });

  test("know until when nobody could write down a ping: ten minutes without a recorded tick, or a gap so long", async () => {
    const store = await emptyStore();
    await store.register([BACKUP], [], NOON);
    const MINUTE = 60_000;
    const blindUntil = async (): Promise<number> => (await store.readPings(NOON)).outageEndMs - NOON;
    const done = (minutesAgo: number): Promise<unknown> =>
      local.sql("UPDATE frequency SET completed_slot = ?1 WHERE name = 'MINUTE'", NOON - minutesAgo * MINUTE);
    const gap = (frequency: string, endMinutesAgo: number, slots: number): Promise<unknown> =>
      local.sql(
        "INSERT INTO gap (frequency, from_slot, to_slot, slots, recorded_at) VALUES (?1, 0, ?2, ?3, 0)",
        frequency,
        NOON - endMinutesAgo * MINUTE,
        slots,
      );
    await done(11);
    expect(await blindUntil()).toBe(0);
    await done(10);
    expect(await blindUntil()).toBe(-NOON);
    await gap("MINUTE", 90, 30);
    await gap("MINUTE", 60, 9);
    await gap("HOUR", 60, 20);
    await gap("MINUTE", -5, 20);
    expect(await blindUntil()).toBe(-89 * MINUTE);
  });

  test("of a heartbeat that nobody watches are kept for thirty days", async () => {
    const store = await emptyStore();
    await store.register([BACKUP], [], NOON);
    const later = NOON + 31 * 86_400_000;
    const sync = { id: "sync0000000000", jobKey: "sync" };
    await store.register([sync], [], NOON + 30 * 86_400_000);
    expect((await store.readPings(later)).records.size).toBe(2);
    await store.register([sync], [], NOON + 30 * 86_400_000 + 1);
    expect([...(await store.readPings(later)).records.keys()]).toEqual([sync.id]);
  });

  test("become what they become in memory, whatever comes in whatever order", async () => {
    const kind = fc.oneof(
      fc.constant({ kind: "start" } as const),
      fc.constant({ kind: "log" } as const),
      fc.constantFrom(0, 3, -1).map((code) => ({ kind: "end", code }) as const),
    );
    const ping = fc.record({
      kind,
      runId: fc.constantFrom(null, "a", "b"),
      output: fc.constantFrom("", "x", "y"),
      // Clocks of several machines are not quite the same.
      afterMs: fc.constantFrom(-2_000, 0, 1, 999, 7_000, 20_000, 61_000),
    });
    const runs = fc.asyncProperty(fc.array(ping, { minLength: 1, maxLength: 30 }), async (pings) => {
      const d1 = await emptyStore();
      const memory = new MemoryPings();
      for (const store of [d1, memory]) await store.register([BACKUP], [], NOON);
      let atMs = NOON;
      for (const { afterMs, ...rest } of pings) {
        atMs += afterMs;
        const [inD1, inMemory] = await Promise.all(
          [d1, memory].map((store) => store.recordPing(BACKUP.id, { ...rest, atMs })),
        );
        expect(inD1).toBe(inMemory);
      }
      const known = await memory.readPings(NOON);
      // Of ticks the memory knows nothing.
      const outageEndMs = known.records.size === 0 ? 0 : NOON;
      expect(await d1.readPings(NOON)).toEqual({ ...known, outageEndMs });
    });
    await fuzz(30, runs, false);
  });
});
