import { describe, expect, test } from "vitest";
import { NEW_JOB, onlyCounterChanged, mergeCounters, type JobState } from "../../src/alerting/job-state.ts";
import { down, up } from "../../src/core/outcome.ts";
import { Instance, jobFile, timeOf } from "../support/timeline/instance.ts";
import type { TickCommit } from "../../src/scheduling/ports.ts";

const FAILING: JobState = {
  ...NEW_JOB,
  succeeding: false,
  status: "down",
  failures: 3,
  firstFailureAtMs: 60_000,
  lastNotifiedAtMs: 180_000,
};

describe("a count that is kept apart", () => {
  test("is that of a job that fails on, and of which nothing else has changed", () => {
    expect(onlyCounterChanged(FAILING, { ...FAILING, failures: 4 })).toBe(true);
    expect(onlyCounterChanged(FAILING, { ...FAILING, failures: 4, reason: "another" })).toBe(false);
    expect(onlyCounterChanged(FAILING, { ...FAILING, failures: 4, lastNotifiedAtMs: 1 })).toBe(false);
    const untold = { ...FAILING, lastNotifiedAtMs: null };
    expect(onlyCounterChanged(untold, { ...untold, failures: 4 })).toBe(false);
    expect(onlyCounterChanged(FAILING, { ...NEW_JOB, status: "up" })).toBe(false);
    expect(onlyCounterChanged(NEW_JOB, { ...FAILING, failures: 1 })).toBe(false);
  });

  test.each<[string, Partial<JobState>, number]>([
    ["is of the same failure, and newer", {}, 7],
    ["is of a failure that is over", { succeeding: true, failures: 0, firstFailureAtMs: null }, 0],
    ["is of another failure", { firstFailureAtMs: 120_000 }, 3],
    ["is older than the state", { failures: 8 }, 8],
  ])("counts only where it %s", (_name, changes, failures) => {
    const counts = new Map([["A", { failures: 7, firstFailureAtMs: 60_000 }]]);
    const merged = mergeCounters(new Map([["A", { ...FAILING, ...changes }]]), counts);
    expect(merged.states.get("A")?.failures).toBe(failures);
    expect(merged.failureCounters.has("A")).toBe(failures === 7);
  });

  test("of a job that is not known is dropped", () => {
    const merged = mergeCounters(new Map(), new Map([["A", { failures: 7, firstFailureAtMs: 60_000 }]]));
    expect([merged.states.size, merged.failureCounters.size]).toEqual([0, 0]);
  });
});

test("a job that fails on writes its state until it is told and when it ends, and no row between", async () => {
  let failing = true;
  const checker = new Instance([
    jobFile("A", {
      execute: () => (failing ? down("gone") : up("fine")),
      numberFailuresBeforeNotification: () => 5,
    }),
  ]);
  const commits: TickCommit[] = [];
  const { store } = checker;
  const commit = store.commit.bind(store);
  store.commit = (given) => {
    commits.push(given);
    return commit(given);
  };
  const written = async (time: string): Promise<readonly [number, number | undefined]> => {
    await checker.tick(time);
    const { states } = await store.readTick(timeOf(time));
    return [commits.at(-1)?.states.size ?? -1, states.get("A")?.failures];
  };
  const seen = [];
  for (const minute of ["10:00", "10:01", "10:02", "10:03", "10:04", "10:05", "10:06"])
    seen.push(await written(minute));
  failing = false;
  seen.push(await written("10:07"), await written("10:08"));
  expect(seen).toEqual([
    [1, 1],
    [1, 2],
    [1, 3],
    [1, 4],
    [1, 5],
    [0, 6],
    [0, 7],
    [1, 0],
    [0, 0],
  ]);
  expect(commits.at(-1)?.failureCounters.size).toBe(0);
});
