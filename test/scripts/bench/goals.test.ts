import { expect, test } from "vitest";
import { judgeGoals, type Goal } from "../../../scripts/bench/goals.ts";
import type { Figures } from "../../../scripts/bench/summary.ts";
import { figures, floor, scenario, stored } from "./support.ts";

const told = (all: readonly Figures[]): readonly string[] =>
  judgeGoals(all).map(
    ({ name, value, most, verdict, isMet }: Goal) => `${isMet} ${name}: ${value} of ${most}, ${verdict}`,
  );

test("what meets every goal is told so", () => {
  expect(told([floor(), figures()])).toEqual([
    "true time of a tick: 1.20 × floor of 1.30 × floor, met",
    "true CPU of a check: 1.40 × floor of 1.50 × floor, met",
    "true rows written for 1,000 checks: 4 of 25, met",
    "true bytes stored for a check: 3.50 of 6, met",
    "true checks that ended wrong: 0 of 0, met",
    "true connections of a shard at once: 6 of 6, met",
    "true memory of the isolate: 20 MB of 100 MB, met",
  ]);
});

test("what misses a goal is told with by how much", () => {
  const bad = figures({
    tookMs: 1_800,
    cpuPerCheckMs: 1,
    heap: 101_000_000,
    peakOfShard: 7,
    stored: stored({ rowsWritten: 1_004, sampleBytes: 9_000, wrong: 2 }),
  });
  expect(told([floor(), bad])).toEqual([
    "false time of a tick: 1.80 × floor of 1.30 × floor, missed by 0.50 × floor",
    "false CPU of a check: 2 × floor of 1.50 × floor, missed by 0.50 × floor",
    "false rows written for 1,000 checks: 1,004 of 25, missed by 979",
    "false bytes stored for a check: 9.50 of 6, missed by 3.50",
    "false checks that ended wrong: 2 of 0, missed by 2",
    "false connections of a shard at once: 7 of 6, missed by 1",
    "false memory of the isolate: 101 MB of 100 MB, missed by 1 MB",
  ]);
});

test("with hanging targets a tick ends two seconds after the time-out", () => {
  const hanging = { scenario: scenario("1 % hanging") };
  expect(told([floor(hanging), figures({ ...hanging, tookMs: 7_250 })])[0]).toBe(
    "false time of a tick: 7,250 ms of 7,000 ms, missed by 250 ms",
  );
});

test("ten thousand targets are checked within half a minute", () => {
  const many = { targets: 10_000 };
  expect(told([floor(many), figures({ ...many, tookMs: 30_500 })])).toContain(
    "false time of a tick: 30,500 ms of 30,000 ms, missed by 500 ms",
  );
});

test("what a tick costs once is judged as that of a full tick, what a check costs is not", () => {
  const small = (rowsWritten: number, sampleBytes: number): Figures =>
    figures({ targets: 50, stored: stored({ rowsWritten, sampleBytes }) });
  const verdicts = (one: Figures): readonly string[] =>
    told([floor({ targets: 50 }), one]).filter((line) => /rows|bytes/.test(line));
  expect(verdicts(small(6, 170))).toEqual([
    "true rows written for 1,000 checks: 6 of 25, met",
    "true bytes stored for a check: 3.90 of 6, met",
  ]);
  expect(verdicts(small(54, 400))).toEqual([
    "false rows written for 1,000 checks: 54 of 25, missed by 29",
    "false bytes stored for a check: 8.50 of 6, missed by 2.50",
  ]);
});

test("a tick may write what has changed", () => {
  const failing = figures({ scenario: scenario("all failing"), stored: stored({ rowsWritten: 5_000 }) });
  expect(told([failing])).toEqual([
    "true checks that ended wrong: 0 of 0, met",
    "true connections of a shard at once: 6 of 6, met",
    "true memory of the isolate: 20 MB of 100 MB, met",
  ]);
});

test("what was not measured does not meet its goal", () => {
  expect(told([figures()])[0]).toBe("false time of a tick: – of 1.30 × floor, missed: not measured");
});

test("time and CPU alone depend on the machine", () => {
  const hanging = { scenario: scenario("1 % hanging") };
  const all = judgeGoals([floor(), figures(), floor(hanging), figures(hanging)]);
  expect(
    all.filter(({ needsSpeed }) => needsSpeed).map(({ name, scenario }) => `${name}, ${scenario}`),
  ).toEqual(["time of a tick, after 100 ms", "CPU of a check, after 100 ms", "time of a tick, 1 % hanging"]);
});
