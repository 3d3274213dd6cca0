import { describe, expect, test } from "vitest";
import { failingTargets } from "../../../scripts/bench/scenarios.ts";
import { bytesPerCheck, counterpart, summarize } from "../../../scripts/bench/summary.ts";
import { figures, floor, ledger, measurement, scenario, stored } from "./support.ts";

test("runs of one system, size and scenario become their medians", () => {
  const runs = [1_000, 5_000, 1_100].map((tookMs) => measurement({ tookMs, cpuMs: tookMs / 2 }));
  const other = measurement({ system: "floor", tookMs: 900, ledger: null });
  expect(summarize([...runs, other])).toEqual([
    figures({ runs: 3, tookMs: 1_100, cpuPerCheckMs: 0.55 }),
    figures({ system: "floor", runs: 1, tookMs: 900, stored: null }),
  ]);
});

test("the peak is the highest of all runs, not the usual one", () => {
  const peaks = [6, 6, 9].map((peakOfShard) =>
    measurement({ stats: { ...measurement().stats, peakOfShard } }),
  );
  expect(summarize(peaks)[0]?.peakOfShard).toBe(9);
});

describe("checks that ended wrong are counted in the worst run", () => {
  const wrongOf = (name: string, ...all: Parameters<typeof ledger>[0][]): number | undefined =>
    summarize(all.map((one) => measurement({ scenario: scenario(name), ledger: ledger(one) })))[0]?.stored
      ?.wrong;

  test("none where just those are down that fail", () => {
    expect(wrongOf("1 % hanging", { up: 990, down: 10 })).toBe(0);
    expect(wrongOf("5 % refused", { up: 950, down: 50 })).toBe(0);
    expect(wrongOf("all failing", { up: 0, down: 1_000 })).toBe(0);
  });

  test("healthy ones that were called down", () => {
    expect(wrongOf("1 % hanging", { up: 990, down: 10 }, { up: 988, down: 12 }, { up: 990, down: 10 })).toBe(
      2,
    );
  });

  test("those of which nothing is known, and those that are missing", () => {
    expect(wrongOf("after 100 ms", { up: 997, inconclusive: 3 })).toBe(3);
    expect(wrongOf("after 100 ms", { up: 995 })).toBe(5);
    expect(wrongOf("1 % hanging", { up: 990, down: 8 })).toBe(2);
  });
});

test("how many targets fail follows from where the first one is", () => {
  expect([3, 4, 23, 24, 50].map((count) => failingTargets(scenario("5 % refused"), count))).toEqual([
    0, 1, 1, 2, 3,
  ]);
  expect([7, 8, 50, 200].map((count) => failingTargets(scenario("1 % hanging"), count))).toEqual([
    0, 1, 1, 2,
  ]);
});

test("mail is timed from the first answer, where all fail alone", () => {
  const all = { up: 0, down: 1_000, mailAcceptedAtMs: 5_800 };
  const failing = measurement({ scenario: scenario("all failing"), ledger: ledger(all) });
  const refused = measurement({ scenario: scenario("5 % refused"), ledger: ledger(all) });
  expect(summarize([failing, refused]).map((one) => one.stored?.mailMs)).toEqual([800, null]);
});

test("bytes of a tick are shared by its checks", () => {
  const small = figures({ targets: 50, stored: stored({ sampleBytes: 150, tickBytes: 500 }) });
  expect(bytesPerCheck(small)).toBe(13);
  expect(bytesPerCheck(small, 1_000)).toBe(3.5);
  expect(bytesPerCheck(floor())).toBeNull();
});

test("a counterpart has the same targets and scenario", () => {
  const all = [floor({ targets: 50 }), floor({ scenario: scenario("at once") }), floor(), figures()];
  expect(counterpart(all, figures(), "floor")).toBe(all[2]);
  expect(counterpart(all, figures({ targets: 200 }), "floor")).toBeUndefined();
});
