import { expect, test } from "vitest";
import type { JobFrequency, Slot } from "../../src/core/time/frequency.ts";
import { NOW_MS, commit } from "../support/fakes/commit.ts";
import type { CreateStore } from "./create-store.ts";

const LEASE_MS = 300_000;
const NOON = Date.parse("2026-11-23T12:00:00Z");

function slot(frequency: JobFrequency, atMs = NOON): Slot {
  return { frequency, atMs };
}

export function claimContract(createStore: CreateStore): void {
  test("a slot is given once", async () => {
    const store = await createStore();
    const slots = [slot("MINUTE"), slot("HOUR"), slot("DAY", NOON - 12 * 3_600_000), slot("DAY_NOON")];
    expect(await store.claim(slots, NOON, LEASE_MS)).toEqual(slots);
    expect(await store.claim(slots, NOON, LEASE_MS)).toEqual([]);
    expect(await store.claim(slots, NOON + 1_000, LEASE_MS)).toEqual([]);
  });

  test("of several slots those are given that are free", async () => {
    const store = await createStore();
    await store.claim([slot("MINUTE"), slot("HOUR")], NOON, LEASE_MS);
    const next = slot("MINUTE", NOON + 60_000);
    expect(await store.claim([next, slot("HOUR"), slot("DAY_NOON")], NOON + 60_000, LEASE_MS)).toEqual([
      next,
      slot("DAY_NOON"),
    ]);
  });

  test("no slots are given where none are asked for", async () => {
    expect(await (await createStore()).claim([], NOON, LEASE_MS)).toEqual([]);
  });

  test("a slot older than the last is refused, whether that was finished or not", async () => {
    const store = await createStore();
    await store.claim([slot("MINUTE", NOON + 60_000)], NOON + 60_000, LEASE_MS);
    expect(await store.claim([slot("MINUTE")], NOON + 61_000, LEASE_MS)).toEqual([]);
    expect(await store.claim([slot("MINUTE")], NOON + 10 * LEASE_MS, LEASE_MS)).toEqual([]);
    await commit(store, { completedSlots: [slot("MINUTE", NOON + 60_000)] });
    expect(await store.claim([slot("MINUTE")], NOON + 62_000, LEASE_MS)).toEqual([]);
  });

  test("a newer slot is given while the older one is still held", async () => {
    const store = await createStore();
    await store.claim([slot("MINUTE")], NOON, LEASE_MS);
    const newer = slot("MINUTE", NOON + 60_000);
    expect(await store.claim([newer], NOON + 60_000, LEASE_MS)).toEqual([newer]);
  });

  test("a slot whose taker died is given again after the lease, not a millisecond sooner", async () => {
    const store = await createStore();
    await store.claim([slot("HOUR")], NOON, LEASE_MS);
    expect(await store.claim([slot("HOUR")], NOON + LEASE_MS - 1, LEASE_MS)).toEqual([]);
    expect(await store.claim([slot("HOUR")], NOON + LEASE_MS, LEASE_MS)).toEqual([slot("HOUR")]);
    // Its new taker has a lease of its own.
    expect(await store.claim([slot("HOUR")], NOON + LEASE_MS + 1, LEASE_MS)).toEqual([]);
    expect(await store.claim([slot("HOUR")], NOON + 2 * LEASE_MS, LEASE_MS)).toEqual([slot("HOUR")]);
  });

  test("a finished slot is never given again", async () => {
    const store = await createStore();
    await store.claim([slot("HOUR")], NOON, LEASE_MS);
    await commit(store, { completedSlots: [slot("HOUR")] });
    expect(await store.claim([slot("HOUR")], NOON + 10 * LEASE_MS, LEASE_MS)).toEqual([]);
  });

  test("of two that ask at once one is given it", async () => {
    const store = await createStore();
    const asked = Array.from({ length: 5 }, () =>
      store.claim([slot("MINUTE"), slot("HOUR")], NOON, LEASE_MS),
    );
    expect((await Promise.all(asked)).map((given) => given.length).toSorted((a, b) => a - b)).toEqual([
      0, 0, 0, 0, 2,
    ]);
  });

  test("a claim is no result: the view shows nothing finished before the commit", async () => {
    const store = await createStore();
    const done = async (frequency: JobFrequency): Promise<number> =>
      Math.max(-1, (await store.readTick(NOW_MS)).lastCompletedSlots.get(frequency) ?? -1);
    expect(await done("MINUTE")).toBe(-1);
    await store.claim([slot("MINUTE"), slot("HOUR")], NOON, LEASE_MS);
    expect(await done("MINUTE")).toBe(-1);
    await commit(store, { completedSlots: [slot("MINUTE")] });
    expect(await done("MINUTE")).toBe(NOON);
    expect(await done("HOUR")).toBe(-1);
  });

  test("a slot that nobody claimed may be finished, and is then refused like any other", async () => {
    const store = await createStore();
    await commit(store, { completedSlots: [slot("HOUR")] });
    expect((await store.readTick(NOW_MS)).lastCompletedSlots.get("HOUR")).toBe(NOON);
    expect(await store.claim([slot("HOUR")], NOON + 10 * LEASE_MS, LEASE_MS)).toEqual([]);
    const next = slot("HOUR", NOON + 3_600_000);
    expect(await store.claim([next], NOON + 3_600_000, LEASE_MS)).toEqual([next]);
  });

  test("an older slot that is finished late does not set a newer claim back", async () => {
    const store = await createStore();
    await store.claim([slot("MINUTE")], NOON, LEASE_MS);
    const newer = slot("MINUTE", NOON + 60_000);
    await store.claim([newer], NOON + 60_000, LEASE_MS);
    await commit(store, { completedSlots: [slot("MINUTE")] });
    expect(await store.claim([newer], NOON + 60_001, LEASE_MS)).toEqual([]);
  });

  test("sound claims need no repair and are left as they are", async () => {
    const store = await createStore();
    await store.claim([slot("MINUTE"), slot("HOUR")], NOON, LEASE_MS);
    await commit(store, { completedSlots: [slot("MINUTE")] });
    expect(await store.repairClaims(NOON)).toEqual([]);
    expect(await store.claim([slot("MINUTE"), slot("HOUR")], NOON + 1, LEASE_MS)).toEqual([]);
  });
}
