import { expect, test } from "vitest";
import { NEW_JOB, type JobState } from "../../src/alerting/job-state.ts";
import {
  NOW_MS,
  TICK,
  changeOf,
  commit,
  commitOf,
  gapOf,
  messageOf,
  probeOf,
} from "../support/fakes/commit.ts";
import type { CreateStore } from "./create-store.ts";

const FAILING: JobState = {
  succeeding: false,
  failures: 3,
  firstFailureAtMs: 1_763_892_000_000,
  lastNotifiedAtMs: 1_763_892_060_000,
  lastNotifiedFailureKind: "expired",
  status: "inconclusive",
  reason: "refused",
  sinceMs: 1_763_892_120_000,
  inconclusiveRuns: 7,
  inconclusiveNotified: true,
  changesAtMs: [1_763_892_000_000, 1_763_892_060_000],
  flappingSinceMs: 1_763_892_060_000,
  suppressed: {
    by: "silence",
    notification: "recovery",
    recovery: {
      failures: 2,
      firstFailureAtMs: 1_763_891_000_000,
      lastNotifiedAtMs: null,
      lastNotifiedFailureKind: "mail",
      endedAtMs: 1_763_891_060_000,
    },
  },
  churn: { level: 2.5, atMs: 1_763_892_120_000, summary: null },
};

/** It fails and recovers so often that its state has no row of its own. */
const CHURNING: JobState = {
  ...FAILING,
  status: "down",
  churn: {
    level: 12,
    atMs: 1_763_892_120_000,
    summary: {
      fromMs: 1_763_890_000_000,
      failures: 17,
      recoveredAtMs: null,
      notifications: 2,
      firstNotifiedAtMs: 1_763_890_060_000,
    },
  },
};

const ODD_TEXT = `"quotes" 'single' \\ back; DROP TABLE job_state; -- 東京 🚒 \u0000 \u2028 null [1] {"a":1}`;

export function commitContract(createStore: CreateStore): void {
  test("an empty store has a version and nothing else", async () => {
    const view = await (await createStore()).readTick(NOW_MS);
    expect(Number.isInteger(view.version)).toBe(true);
    expect(view.states.size).toBe(0);
    expect(view.loadErrors).toEqual([]);
  });

  test("every commit is another version", async () => {
    const store = await createStore();
    const before = (await store.readTick(NOW_MS)).version;
    await commit(store, {});
    await commit(store, {});
    expect((await store.readTick(NOW_MS)).version).toBe(before + 2);
  });

  test("the states of unsettled jobs stand before their rows, until they settle", async () => {
    const store = await createStore();
    const job = 'Lines["\\ a"]';
    await commit(store, { states: new Map([[job, FAILING]]), churning: new Map([[job, CHURNING]]) });
    const view = await store.readTick(NOW_MS);
    expect(view.states.get(job)).toEqual(CHURNING);
    expect(view.churning).toEqual(new Map([[job, CHURNING]]));
    await commit(store, { states: new Map([[job, NEW_JOB]]) });
    const settled = await store.readTick(NOW_MS);
    expect([settled.states.get(job), settled.churning.size]).toEqual([NEW_JOB, 0]);
  });

  test("states come back as they were", async () => {
    const store = await createStore();
    const states = new Map<string, JobState>([
      ["Fresh", NEW_JOB],
      ["Failing", FAILING],
      ["Up", { ...NEW_JOB, status: "up", reason: "", sinceMs: 0 }],
      [
        "Down",
        {
          ...FAILING,
          status: "down",
          lastNotifiedFailureKind: "",
          firstFailureAtMs: 0,
          inconclusiveNotified: false,
        },
      ],
      [`Odd["${ODD_TEXT}"]`, { ...FAILING, reason: ODD_TEXT, lastNotifiedFailureKind: "5" }],
      ["x".repeat(600), { ...NEW_JOB, reason: "é".repeat(500) }],
    ]);
    await commit(store, { states });
    expect((await store.readTick(NOW_MS)).states).toEqual(states);
  });

  test("what is known of flapping comes back as it was, and goes when it is over", async () => {
    const store = await createStore();
    const changesAtMs = Array.from({ length: 100 }, (_, index) => 1_763_892_000_000 + index);
    const flapping: JobState = { ...FAILING, changesAtMs, flappingSinceMs: 1_763_892_000_099 };
    await commit(store, { states: new Map([["A", flapping]]) });
    expect((await store.readTick(NOW_MS)).states.get("A")).toEqual(flapping);
    const over: JobState = { ...FAILING, changesAtMs: [], flappingSinceMs: null };
    await commit(store, { states: new Map([["A", over]]) });
    expect((await store.readTick(NOW_MS)).states.get("A")).toEqual(over);
  });

  test("a count that is kept apart is in the state, until the state is another's", async () => {
    const store = await createStore();
    const down: JobState = { ...FAILING, status: "down", inconclusiveRuns: 0, inconclusiveNotified: false };
    const failureCounters = new Map([["A", { failures: 9, firstFailureAtMs: down.firstFailureAtMs }]]);
    await commit(store, { states: new Map([["A", down]]) });
    await commit(store, { failureCounters });
    const view = await store.readTick(NOW_MS);
    expect([view.states.get("A"), view.failureCounters]).toEqual([{ ...down, failures: 9 }, failureCounters]);
    const again: JobState = { ...down, failures: 1, firstFailureAtMs: NOW_MS };
    await commit(store, { states: new Map([["A", again]]), failureCounters });
    const after = await store.readTick(NOW_MS);
    expect([after.states.get("A"), after.failureCounters.size]).toEqual([again, 0]);
  });

  test("a state replaces the one before and leaves the others", async () => {
    const store = await createStore();
    await commit(store, {
      states: new Map([
        ["A", FAILING],
        ["B", FAILING],
      ]),
    });
    await commit(store, { states: new Map([["A", NEW_JOB]]) });
    expect((await store.readTick(NOW_MS)).states).toEqual(
      new Map([
        ["A", NEW_JOB],
        ["B", FAILING],
      ]),
    );
  });

  test("thousands of states are one commit", async () => {
    const store = await createStore();
    const states = new Map(
      Array.from({ length: 3_000 }, (_, i) => [`HTTPServerChecker["https://n${i}.example/"]`, FAILING]),
    );
    await commit(store, { states });
    expect((await store.readTick(NOW_MS)).states.size).toBe(3_000);
  });

  test("faults are kept until they are gone, with their last text", async () => {
    const store = await createStore();
    await commit(store, {
      newLoadErrors: [
        { name: "A", message: "first" },
        { name: "B", message: ODD_TEXT },
      ],
    });
    await commit(store, { newLoadErrors: [{ name: "A", message: "second" }] });
    expect((await store.readTick(NOW_MS)).loadErrors.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: "A", message: "second" },
      { name: "B", message: ODD_TEXT },
    ]);
    await commit(store, { resolvedLoadErrors: ["B", "never there"] });
    expect((await store.readTick(NOW_MS)).loadErrors).toEqual([{ name: "A", message: "second" }]);
  });

  test("a commit from a view that is no longer true changes nothing at all", async () => {
    const store = await createStore();
    const slot = { frequency: "MINUTE", atMs: 60_000 } as const;
    await store.claim([slot], 60_000, 300_000);
    await commit(store, {
      states: new Map([["A", FAILING]]),
      newLoadErrors: [{ name: "Kept", message: "x" }],
    });
    const { version } = await store.readTick(NOW_MS);
    expect(await store.commit(commitOf(version))).toBe("committed");

    const before = [
      await store.readTick(NOW_MS),
      await store.readStatus(),
      await store.readReport({ tick: 0, change: 0, gap: 0 }),
    ];
    const { loopbacks, messages } = probeOf("token", 60_000);
    const outdated = commitOf(version, {
      states: new Map([
        ["A", NEW_JOB],
        ["B", FAILING],
      ]),
      changes: [changeOf("A")],
      messages: [...messages, messageOf("alert")],
      loopbacks,
      newLoadErrors: [{ name: "New", message: "y" }],
      resolvedLoadErrors: ["Kept"],
      completedSlots: [slot],
      gaps: [gapOf()],
      tick: { ...TICK, jobs: 99 },
    });
    expect(await store.commit(outdated)).toBe("conflict");
    expect([
      await store.readTick(NOW_MS),
      await store.readStatus(),
      await store.readReport({ tick: 0, change: 0, gap: 0 }),
    ]).toEqual(before);
    expect((await store.leaseMessages(1e12, 1, 100)).messages).toEqual([]);
    expect(await store.receiveLoopback("token", 60_001, 600_000)).toBe("unknown");
    // The same, decided again from the new view, goes through.
    expect(await store.commit({ ...outdated, version: (await store.readTick(NOW_MS)).version })).toBe(
      "committed",
    );
  });

  test("of two commits from one view one goes through", async () => {
    const store = await createStore();
    const { version } = await store.readTick(NOW_MS);
    const results = await Promise.all(
      [1, 2, 3].map((jobs) => store.commit(commitOf(version, { tick: { ...TICK, jobs } }))),
    );
    expect(results.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["committed", "conflict", "conflict"]);
    expect((await store.readReport({ tick: 0, change: 0, gap: 0 })).ticks).toHaveLength(1);
  });

  test("a view is a moment: what is committed after it does not change it", async () => {
    const store = await createStore();
    await commit(store, { states: new Map([["A", FAILING]]) });
    const view = await store.readTick(NOW_MS);
    await commit(store, { states: new Map([["A", NEW_JOB]]) });
    expect(view.states.get("A")).toEqual(FAILING);
  });
}
