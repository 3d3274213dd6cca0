import { expect, test } from "vitest";
import {
  TICK,
  accepted,
  changeOf,
  commit,
  dropped,
  gapOf,
  held,
  messageOf,
  probeOf,
  retry,
  failed,
} from "../support/fakes/commit.ts";
import type { CreateStore } from "./create-store.ts";
import type { Store } from "../../src/storage/store.ts";

const TIMEOUT_MS = 600_000;
const NOW = Date.parse("2026-11-23T10:00:00Z");
const DAY_MS = 86_400_000;

export function viewContract(createStore: CreateStore): void {
  async function withProbes(...sentAtMs: readonly number[]): Promise<Store> {
    const store = await createStore();
    for (const ms of sentAtMs) await commit(store, probeOf(`token ${ms}`, ms));
    return store;
  }

  test("a probe is received once", async () => {
    const store = await withProbes(1_000);
    expect(await store.receiveLoopback("token 1000", 5_000, TIMEOUT_MS)).toBe("proven");
    expect(await store.receiveLoopback("token 1000", 6_000, TIMEOUT_MS)).toBe("already returned");
    expect(await store.receiveLoopback("token 1000", 9e12, TIMEOUT_MS)).toBe("already returned");
    expect(await store.recentLoopbacks(5)).toMatchObject([{ token: "token 1000", returnedAtMs: 5_000 }]);
  });

  test("of two receipts at once one counts", async () => {
    const store = await withProbes(1_000);
    const receipts = await Promise.all(
      [1, 2, 3].map((ms) => store.receiveLoopback("token 1000", 5_000 + ms, TIMEOUT_MS)),
    );
    expect(receipts.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "already returned",
      "already returned",
      "proven",
    ]);
  });

  test("a probe is received in its time only", async () => {
    const store = await withProbes(1_000, 2_000);
    expect(await store.receiveLoopback("token 1000", 1_000 + TIMEOUT_MS, TIMEOUT_MS)).toBe("too late");
    expect(await store.receiveLoopback("token 2000", 2_000 + TIMEOUT_MS - 1, TIMEOUT_MS)).toBe("proven");
    expect(await store.recentLoopbacks(5)).toMatchObject([
      { token: "token 2000", returnedAtMs: 2_000 + TIMEOUT_MS - 1 },
      { token: "token 1000", returnedAtMs: null },
    ]);
  });

  test("a token that is none of ours is unknown", async () => {
    const store = await withProbes(1_000);
    for (const token of ["token 2000", "", "' OR 1=1 --"]) {
      expect(await store.receiveLoopback(token, 5_000, TIMEOUT_MS)).toBe("unknown");
    }
  });

  test("the newest probes are given, newest first", async () => {
    const store = await withProbes(2_000, 4_000, 1_000, 3_000);
    expect((await store.recentLoopbacks(3)).map((probe) => probe.sentAtMs)).toEqual([4_000, 3_000, 2_000]);
    expect(await (await createStore()).recentLoopbacks(3)).toEqual([]);
  });

  test("a probe says why its message was refused, until it is accepted", async () => {
    const store = await withProbes(1_000);
    const [probe] = probeOf("token 1000", 1_000).loopbacks;
    expect(await store.recentLoopbacks(1)).toEqual([probe]);
    const id = "message of token 1000";
    await store.recordDeliveries([retry(id, 5_000, "E_X: later")]);
    expect(await store.recentLoopbacks(1)).toEqual([{ ...probe, sendError: "E_X: later" }]);
    await store.recordDeliveries([accepted(id, 6_000)]);
    expect(await store.recentLoopbacks(1)).toEqual([probe]);
  });

  test("a probe that was dropped says why", async () => {
    const store = await withProbes(1_000);
    await store.recordDeliveries([dropped("message of token 1000", 5_000, "E_EXPIRED: x")]);
    expect(await store.recentLoopbacks(1)).toMatchObject([{ sendError: "E_EXPIRED: x" }]);
  });

  test("the status of an empty store is empty", async () => {
    expect(await (await createStore()).readStatus()).toEqual({
      lastTickFinishedAtMs: null,
      loopbacks: [],
      oldestRefusedAtMs: null,
      oldestWaitingAtMs: null,
      lastFailedAtMs: null,
    });
  });

  test("the status shows the last tick, the newest probes, and what waits", async () => {
    const store = await createStore();
    for (const hour of [1, 2, 3, 4, 5, 6, 7]) await commit(store, probeOf(`t${hour}`, hour * 3_600_000));
    await commit(store, {
      messages: [messageOf("a", { decidedAtMs: 3_000 }), messageOf("b", { decidedAtMs: 2_000 })],
      tick: { ...TICK, finishedAtMs: 99_000 },
    });
    expect(await store.readStatus()).toMatchObject({
      lastTickFinishedAtMs: 99_000,
      oldestWaitingAtMs: 2_000,
      oldestRefusedAtMs: null,
    });
    expect((await store.readStatus()).loopbacks.map((probe) => probe.token)).toEqual([
      "t7",
      "t6",
      "t5",
      "t4",
      "t3",
    ]);
    expect((await store.readStatus()).loopbacks).toEqual(await store.recentLoopbacks(5));

    await store.recordDeliveries([retry("a", 9_000, "E")]);
    expect(await store.readStatus()).toMatchObject({ oldestWaitingAtMs: 2_000, oldestRefusedAtMs: 3_000 });
    await store.recordDeliveries([accepted("b", 9_000)]);
    expect(await store.readStatus()).toMatchObject({ oldestWaitingAtMs: 3_000, oldestRefusedAtMs: 3_000 });
    await store.recordDeliveries([failed("a", 9_500, "E")]);
    expect(await store.readStatus()).toMatchObject({
      oldestWaitingAtMs: null,
      oldestRefusedAtMs: null,
      lastFailedAtMs: 9_500,
    });
  });

  test("an empty store knows nothing of itself", async () => {
    const store = await createStore();
    expect(await store.readInstance()).toEqual({
      ...(await store.readStatus()),
      version: 0,
      lastTick: null,
      outbox: { waiting: 0, throttled: 0, failed: 0 },
      gaps: [],
      loadErrors: [],
      maintenance: [],
      suppressions: { silences: [], acknowledgements: [] },
    });
  });

  test("what an instance knows of itself is its status, and what is behind it", async () => {
    const store = await createStore();
    const minutes = Array.from({ length: 7 }, (_, hour) =>
      gapOf({ fromMs: hour * 3_600_000, slots: hour + 1 }),
    );
    await commit(store, probeOf("token", 3_600_000));
    await commit(store, { gaps: minutes.slice(0, 6) });
    await commit(store, {
      messages: ["waits", "was refused", "is held", "was set aside", "was accepted"].map((id, index) =>
        messageOf(id, { decidedAtMs: 1_000 + index }),
      ),
      gaps: [gapOf({ frequency: "HOUR" }), ...minutes.slice(6)],
      newLoadErrors: [
        { name: "Second", message: "is broken" },
        { name: "First", message: "für 'x' 🚒" },
      ],
      tick: { ...TICK, finishedAtMs: 99_000, frequencies: ["MINUTE", "HOUR"], caughtUp: ["HOUR"] },
    });
    await store.recordDeliveries([
      retry("was refused", 9_000, "E_X: later"),
      held("is held", 9_000),
      failed("was set aside", 8_000, "E"),
      accepted("was accepted", 8_000),
    ]);
    const status = await store.readStatus();
    expect(status).toMatchObject({
      oldestWaitingAtMs: 1_000,
      oldestRefusedAtMs: 1_001,
      lastFailedAtMs: 8_000,
    });
    expect(status.loopbacks).toHaveLength(1);
    expect(await store.readInstance()).toMatchObject({
      ...status,
      lastTick: { ...TICK, finishedAtMs: 99_000, frequencies: ["MINUTE", "HOUR"], caughtUp: ["HOUR"] },
      outbox: { waiting: 2, throttled: 1, failed: 1 },
      gaps: minutes.slice(2).toReversed(),
      loadErrors: [
        { name: "First", message: "für 'x' 🚒" },
        { name: "Second", message: "is broken" },
      ],
    });
  });

  test("a probe that waits or was refused is no alert that waits", async () => {
    const store = await withProbes(1_000);
    await store.recordDeliveries([retry("message of token 1000", 9_000, "E")]);
    expect(await store.readStatus()).toMatchObject({ oldestWaitingAtMs: null, oldestRefusedAtMs: null });
  });

  test("the report gives ticks and changes as they were, oldest first, after the ids that one knows", async () => {
    const store = await createStore();
    const failed = changeOf("A", { from: "up", to: "down", reason: "für 'x' 🚒", atMs: 2_000 });
    await commit(store, {
      changes: [changeOf("A"), failed],
      tick: { ...TICK, frequencies: ["MINUTE", "HOUR", "DAY_NOON"] },
    });
    await commit(store, {
      changes: [changeOf("B", { to: "inconclusive" })],
      tick: { ...TICK, frequencies: [], jobs: 0 },
    });
    const { ticks, changes } = await store.readReport({ tick: 0, change: 0, gap: 0 });
    expect(ticks.map(({ id: _id, ...tick }) => tick)).toEqual([
      { ...TICK, frequencies: ["MINUTE", "HOUR", "DAY_NOON"] },
      { ...TICK, frequencies: [], jobs: 0 },
    ]);
    expect(changes.map(({ id: _id, ...change }) => change)).toEqual([
      changeOf("A"),
      failed,
      changeOf("B", { to: "inconclusive" }),
    ]);
    const later = await store.readReport({ tick: ticks[0]?.id ?? 0, change: changes[1]?.id ?? 0, gap: 0 });
    expect(later.ticks).toEqual(ticks.slice(1));
    expect(later.changes).toEqual(changes.slice(2));
    expect(await store.readReport({ tick: ticks[1]?.id ?? 0, change: changes[2]?.id ?? 0, gap: 0 })).toEqual({
      ticks: [],
      changes: [],
      gaps: [],
    });
  });

  test("the report says which slots a tick caught up", async () => {
    const store = await createStore();
    await commit(store, { tick: { ...TICK, frequencies: ["MINUTE", "DAY"], caughtUp: ["DAY"] } });
    await commit(store, {
      tick: { ...TICK, frequencies: ["HOUR", "DAY_NOON"], caughtUp: ["HOUR", "DAY_NOON"] },
    });
    await commit(store, { tick: TICK });
    const { ticks } = await store.readReport({ tick: 0, change: 0, gap: 0 });
    expect(ticks.map(({ caughtUp }) => caughtUp)).toEqual([["DAY"], ["HOUR", "DAY_NOON"], []]);
  });

  test("the report gives gaps as they were, oldest first, after the id that one knows", async () => {
    const store = await createStore();
    const gaps = [
      gapOf(),
      gapOf({ frequency: "HOUR", fromMs: NOW, toMs: NOW, slots: 1 }),
      gapOf({ frequency: "DAY_NOON", fromMs: 0, toMs: NOW, slots: 12_345 }),
    ];
    await commit(store, { gaps: gaps.slice(0, 2) });
    await commit(store, { gaps: gaps.slice(2) });
    const report = await store.readReport({ tick: 0, change: 0, gap: 0 });
    expect(report.gaps.map(({ id: _id, ...gap }) => gap)).toEqual(gaps);
    const later = await store.readReport({ tick: 0, change: 0, gap: report.gaps[1]?.id ?? 0 });
    expect(later.gaps).toEqual(report.gaps.slice(2));
    expect(await store.readReport({ tick: 9, change: 9, gap: report.gaps[2]?.id ?? 0 })).toEqual({
      ticks: [],
      changes: [],
      gaps: [],
    });
  });

  test("the report comes in pages of a hundred, none left out", async () => {
    const store = await createStore();
    await commit(store, { changes: Array.from({ length: 230 }, (_, i) => changeOf(`Job ${i}`)) });
    const jobs: string[] = [];
    const sizes: number[] = [];
    for (let after = 0, page = 0; page < 4; page++) {
      const { changes } = await store.readReport({ tick: 1e9, change: after, gap: 0 });
      sizes.push(changes.length);
      jobs.push(...changes.map((change) => change.jobKey));
      after = changes.at(-1)?.id ?? after;
    }
    expect(sizes).toEqual([100, 100, 30, 0]);
    expect(jobs).toEqual(Array.from({ length: 230 }, (_, i) => `Job ${i}`));
  });

  test("pruning leaves what is young, and every message that waits however old it is", async () => {
    const store = await createStore();
    await commit(store, {
      states: new Map(),
      changes: [changeOf("A", { atMs: NOW - 364 * DAY_MS })],
      messages: [
        messageOf("waiting", { decidedAtMs: NOW - 1000 * DAY_MS }),
        messageOf("done", { decidedAtMs: NOW - 29 * DAY_MS }),
      ],
      tick: { ...TICK, startedAtMs: NOW - 6 * DAY_MS },
    });
    await commit(store, probeOf("young", NOW - 89 * DAY_MS));
    await store.recordDeliveries([failed("done", NOW - 26 * DAY_MS, "E")]);
    const before = [await store.readStatus(), await store.readReport({ tick: 0, change: 0, gap: 0 })];
    await store.prune(NOW);
    expect((await store.readReport({ tick: 0, change: 0, gap: 0 })).changes).toHaveLength(1);
    expect((await store.readStatus()).lastFailedAtMs).toBe(NOW - 26 * DAY_MS);
    expect((await store.readStatus()).oldestWaitingAtMs).toBe(NOW - 1000 * DAY_MS);
    expect((await store.readStatus()).loopbacks).toEqual((before[0] as { loopbacks: unknown }).loopbacks);
    expect((await store.leaseMessages(NOW, 1, 10)).messages.map((message) => message.id)).toContain(
      "waiting",
    );
  });
}
