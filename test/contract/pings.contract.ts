/** What every PingStore must do. Each test has a store of its own, empty. */
import { expect, test } from "vitest";
import { FAILED_WITHOUT_CODE, newRecord, type Ping, type PingRecord } from "../../src/heartbeats/ping.ts";
import { at } from "../support/fakes/ports.ts";
import type { PingStore } from "../../src/heartbeats/ports.ts";

const NOON = at("2026-11-23 12:00");
const DAY_MS = 86_400_000;
/** Nothing here is of a time to come. */
const LATER = NOON + 90 * DAY_MS;
const BACKUP = { id: "backup00000000", jobKey: `Heartbeats["backup"]` };
const SYNC = { id: "sync0000000000", jobKey: `Heartbeats["sync"]` };

export function pingOf(seconds: number, kind: Ping["kind"], rest: Partial<Ping> = {}): Ping {
  return { kind, runId: null, output: "", atMs: NOON + seconds * 1000, ...rest };
}

const START: Ping["kind"] = { kind: "start" };
const end = (code: number): Ping["kind"] => ({ kind: "end", code });

export function pingContract(createStore: () => Promise<PingStore>): void {
  async function watching(): Promise<PingStore> {
    const store = await createStore();
    await store.register([BACKUP, SYNC], [], NOON);
    return store;
  }
  /** By itself and among all, which must be the same. */
  const of = async (store: PingStore, { id } = BACKUP): Promise<PingRecord | undefined> => {
    const record = (await store.readPings(LATER)).records.get(id);
    expect(await store.readPing(id, LATER)).toEqual(record ?? null);
    return record;
  };

  test("an empty one knows no heartbeat, and takes no ping", async () => {
    const store = await createStore();
    const nothing = { records: new Map(), damage: [], outageEndMs: 0 };
    expect(await store.readPings(NOON)).toEqual(nothing);
    expect(await of(store)).toBeUndefined();
    expect(await store.recordPing(BACKUP.id, pingOf(0, end(0)))).toBe("unknown");
    expect(await store.readPings(NOON)).toEqual(nothing);
  });

  test("a heartbeat that is watched is known, and as new", async () => {
    const store = await watching();
    expect((await store.readPings(NOON)).records).toEqual(
      new Map([
        [BACKUP.id, newRecord(NOON)],
        [SYNC.id, newRecord(NOON)],
      ]),
    );
  });

  test("a run is recorded from its start to its end, and of one heartbeat alone", async () => {
    const store = await watching();
    expect(await store.recordPing(BACKUP.id, pingOf(1, START, { runId: "a" }))).toBe("recorded");
    expect(await store.recordPing(BACKUP.id, pingOf(2, { kind: "log" }, { output: "half" }))).toBe(
      "recorded",
    );
    expect(await of(store)).toEqual({
      ...newRecord(NOON),
      startedAtMs: NOON + 1_000,
      runId: "a",
      running: true,
      log: "half",
      minute: NOON / 60_000,
      writes: 2,
      logWrites: 1,
    });
    expect(
      await store.recordPing(BACKUP.id, pingOf(61, end(137), { runId: "a", output: "東\nkilled" })),
    ).toBe("recorded");
    expect(await of(store)).toEqual({
      ...newRecord(NOON),
      startedAtMs: NOON + 1_000,
      runId: "a",
      endedAtMs: NOON + 61_000,
      code: 137,
      durationMs: 60_000,
      output: "東\nkilled",
      unreportedFailure: { atMs: NOON + 61_000, code: 137, output: "東\nkilled" },
      ends: [{ atMs: NOON + 61_000, durationMs: 60_000 }],
      minute: NOON / 60_000 + 1,
      writes: 1,
      endWrites: 1,
    });
    expect(await of(store, SYNC)).toEqual(newRecord(NOON));
  });

  test("an end of another run does not end this one", async () => {
    const store = await watching();
    await store.recordPing(BACKUP.id, pingOf(1, START, { runId: "a" }));
    await store.recordPing(BACKUP.id, pingOf(2, end(FAILED_WITHOUT_CODE), { runId: "b" }));
    expect(await of(store)).toMatchObject({ running: true, code: FAILED_WITHOUT_CODE, durationMs: null });
    await store.recordPing(BACKUP.id, pingOf(3, end(0)));
    expect(await of(store)).toMatchObject({ running: false, code: 0, durationMs: 2_000 });
  });

  test("an equal ping of a moment ago is taken and changes nothing, unless another came between", async () => {
    const store = await watching();
    await store.recordPing(BACKUP.id, pingOf(0, end(0)));
    const before = await of(store);
    expect(await store.recordPing(BACKUP.id, pingOf(19, end(0)))).toBe("recorded");
    expect(await of(store)).toEqual(before);
    await store.recordPing(BACKUP.id, pingOf(20, end(1)));
    await store.recordPing(BACKUP.id, pingOf(21, end(0)));
    expect(await of(store)).toMatchObject({ code: 0, endedAtMs: NOON + 21_000, writes: 3 });
  });

  test("a start that comes again after 20 s is a new one, and not before", async () => {
    const store = await watching();
    await store.recordPing(BACKUP.id, pingOf(0, START));
    await store.recordPing(BACKUP.id, pingOf(19.999, START));
    expect(await of(store)).toMatchObject({ startedAtMs: NOON, writes: 1 });
    await store.recordPing(BACKUP.id, pingOf(20, START));
    expect(await of(store)).toMatchObject({ startedAtMs: NOON + 20_000, writes: 2 });
  });

  test("a thirteenth log in one minute is refused, and leaves the room of ends alone", async () => {
    const store = await watching();
    for (let index = 0; index < 12; index++) {
      await store.recordPing(BACKUP.id, pingOf(index, { kind: "log" }, { output: String(index) }));
    }
    const before = await of(store);
    const more = pingOf(30, { kind: "log" }, { output: "more" });
    expect(await store.recordPing(BACKUP.id, more)).toBe("too often");
    expect(await of(store)).toEqual(before);
    expect(await store.recordPing(BACKUP.id, pingOf(30, end(1)))).toBe("recorded");
    // Others have a limit of their own.
    expect(await store.recordPing(SYNC.id, more)).toBe("recorded");
    expect(await store.recordPing(BACKUP.id, { ...more, atMs: NOON + 60_000 })).toBe("recorded");
    expect(await of(store)).toMatchObject({ code: 1, log: "more", writes: 1 });
  });

  test("a failure stays known after the success that follows it", async () => {
    const store = await watching();
    await store.recordPing(BACKUP.id, pingOf(1, end(3), { output: "disk full" }));
    await store.recordPing(BACKUP.id, pingOf(1, end(0), { output: "fine" }));
    expect(await of(store)).toMatchObject({
      code: 0,
      output: "fine",
      unreportedFailure: { atMs: NOON + 1_000, code: 3, output: "disk full" },
      ends: [
        { atMs: NOON + 1_000, durationMs: null },
        { atMs: NOON + 1_000, durationMs: null },
      ],
    });
  });

  test("watching again changes nothing but that it is seen", async () => {
    const store = await watching();
    await store.recordPing(BACKUP.id, pingOf(5, end(0)));
    const before = await of(store);
    await store.register([BACKUP], [], NOON + DAY_MS);
    expect(await of(store)).toEqual({ ...before, evaluatedAtMs: NOON + DAY_MS });
    // A tick that comes late does not turn it back.
    await store.register([BACKUP], [], NOON);
    expect(await of(store)).toEqual({ ...before, evaluatedAtMs: NOON + DAY_MS });
  });

  test("a heartbeat that nobody watched for three days takes no ping, and begins anew when it is watched again", async () => {
    const store = await watching();
    await store.recordPing(BACKUP.id, pingOf(5, end(3)));
    const gone = 3 * 86_400;
    expect(await store.recordPing(BACKUP.id, pingOf(gone - 1, end(0)))).toBe("recorded");
    expect(await store.recordPing(BACKUP.id, pingOf(gone, START))).toBe("unknown");
    await store.register([BACKUP], [], NOON + gone * 1000);
    expect(await of(store)).toMatchObject({ activeSinceMs: NOON + gone * 1000, code: 0, running: false });
    expect(await store.recordPing(BACKUP.id, pingOf(gone, START))).toBe("recorded");
  });
}
