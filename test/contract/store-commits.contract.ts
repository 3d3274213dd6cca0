import { expect, test } from "vitest";
import { NEW_JOB, type JobState } from "../../src/domain/job-state.ts";
import {
  NOW_MS,
  TICK,
  changeOf,
  commit,
  commitOf,
  gapOf,
  messageOf,
  probeOf,
} from "../support/fakes-commit.ts";
import type { CreateStore } from "./store.contract.ts";

const FAILING: JobState = {
  succeeding: false,
  failures: 3,
  firstFailureAtMs: 1_763_892_000_000,
  lastNotifyAtMs: 1_763_892_060_000,
  toldCondition: "expired",
  status: "inconclusive",
  reason: "refused",
  sinceMs: 1_763_892_120_000,
  inconclusiveRuns: 7,
  inconclusiveTold: true,
  changesAtMs: [1_763_892_000_000, 1_763_892_060_000],
  flappingSinceMs: 1_763_892_060_000,
  held: {
    by: "silence",
    notice: "recovery",
    recovery: {
      failures: 2,
      firstFailureAtMs: 1_763_891_000_000,
      lastNotifyAtMs: null,
      toldCondition: "mail",
      endedAtMs: 1_763_891_060_000,
    },
  },
  churn: { level: 2.5, atMs: 1_763_892_120_000, summary: null },
};

/** It fails and recovers so often that its state has no row of its own. */
const UNSETTLED: JobState = {
  ...FAILING,
  status: "down",
  churn: {
    level: 12,
    atMs: 1_763_892_120_000,
    summary: {
      fromMs: 1_763_890_000_000,
      failures: 17,
      recoveredAtMs: null,
      notices: 2,
      firstNoticeAtMs: 1_763_890_060_000,
    },
  },
};

const ODD_TEXT = `"quotes" 'single' \\ back; DROP TABLE job_state; -- 東京 🚒 \u0000 \u2028 null [1] {"a":1}`;

export function commitContract(createStore: CreateStore): void {
  test("an empty store has a version and nothing else", async () => {
    const view = await (await createStore()).readTick(NOW_MS);
    expect(Number.isInteger(view.version)).toBe(true);
    expect(view.states.size).toBe(0);
    expect(view.faults).toEqual([]);
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
    await commit(store, { states: new Map([[job, FAILING]]), unsettled: new Map([[job, UNSETTLED]]) });
    const view = await store.readTick(NOW_MS);
    expect(view.states.get(job)).toEqual(UNSETTLED);
    expect(view.unsettled).toEqual(new Map([[job, UNSETTLED]]));
    await commit(store, { states: new Map([[job, NEW_JOB]]) });
    const settled = await store.readTick(NOW_MS);
    expect([settled.states.get(job), settled.unsettled.size]).toEqual([NEW_JOB, 0]);
  });

  test("states come back as they were", async () => {
    const store = await createStore();
    const states = new Map<string, JobState>([
      ["Fresh", NEW_JOB],
      ["Failing", FAILING],
      ["Up", { ...NEW_JOB, status: "up", reason: "", sinceMs: 0 }],
      [
        "Down",
        { ...FAILING, status: "down", toldCondition: "", firstFailureAtMs: 0, inconclusiveTold: false },
      ],
      [`Odd["${ODD_TEXT}"]`, { ...FAILING, reason: ODD_TEXT, toldCondition: "5" }],
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
    const down: JobState = { ...FAILING, status: "down", inconclusiveRuns: 0, inconclusiveTold: false };
    const counts = new Map([["A", { failures: 9, firstFailureAtMs: down.firstFailureAtMs }]]);
    await commit(store, { states: new Map([["A", down]]) });
    await commit(store, { counts });
    const view = await store.readTick(NOW_MS);
    expect([view.states.get("A"), view.counts]).toEqual([{ ...down, failures: 9 }, counts]);
    const again: JobState = { ...down, failures: 1, firstFailureAtMs: NOW_MS };
    await commit(store, { states: new Map([["A", again]]), counts });
    const after = await store.readTick(NOW_MS);
    expect([after.states.get("A"), after.counts.size]).toEqual([again, 0]);
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
      faultsTold: [
        { name: "A", text: "first" },
        { name: "B", text: ODD_TEXT },
      ],
    });
    await commit(store, { faultsTold: [{ name: "A", text: "second" }] });
    expect((await store.readTick(NOW_MS)).faults.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: "A", text: "second" },
      { name: "B", text: ODD_TEXT },
    ]);
    await commit(store, { faultsGone: ["B", "never there"] });
    expect((await store.readTick(NOW_MS)).faults).toEqual([{ name: "A", text: "second" }]);
  });

  test("a commit from a view that is no longer true changes nothing at all", async () => {
    const store = await createStore();
    const slot = { frequency: "MINUTE", atMs: 60_000 } as const;
    await store.claim([slot], 60_000, 300_000);
    await commit(store, { states: new Map([["A", FAILING]]), faultsTold: [{ name: "Kept", text: "x" }] });
    const { version } = await store.readTick(NOW_MS);
    expect(await store.commit(commitOf(version))).toBe("committed");

    const before = [
      await store.readTick(NOW_MS),
      await store.readStatus(),
      await store.readReport({ tick: 0, change: 0, gap: 0 }),
    ];
    const { probes, messages } = probeOf("token", 60_000);
    const outdated = commitOf(version, {
      states: new Map([
        ["A", NEW_JOB],
        ["B", FAILING],
      ]),
      changes: [changeOf("A")],
      messages: [...messages, messageOf("alert")],
      probes,
      faultsTold: [{ name: "New", text: "y" }],
      faultsGone: ["Kept"],
      slotsDone: [slot],
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
    expect(await store.receiveProbe("token", 60_001, 600_000)).toBe("unknown");
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
