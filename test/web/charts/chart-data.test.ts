import { expect, test } from "vitest";
import type { JobSeries } from "../../../src/history/ports.ts";
import { chartData } from "../../../src/web/charts/chart-data.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test("single runs are times in seconds and latencies, what failed and what was under maintenance apart", () => {
  const run = (minute: number, status: "up" | "down", latencyMs: number | null, maintenance = false) => {
    return { atMs: minute * MINUTE, status, latencyMs, maintenance };
  };
  const series: JobSeries = {
    fromMs: 0,
    toMs: HOUR,
    every: "slot",
    points: [run(1, "up", 20), run(2, "down", 9), run(3, "up", 30, true), run(9, "up", null)],
  };
  expect(chartData(series)).toEqual({
    from: 0,
    to: 3_600,
    everyS: 60,
    at: [60, 120, 180, 540],
    names: ["latency"],
    values: [[20, null, null, null]],
    down: [120],
    maintenance: [180],
  });
});

test("hours have a median and what 95 and 99 of a hundred runs stay below", () => {
  const tally = { up: 60, down: 0, inconclusive: 0, missed: 0, maintenance: 0 };
  const latency = { minMs: 1, meanMs: 10, p50Ms: 9, p95Ms: 20, p99Ms: 30, maxMs: 40 };
  const series: JobSeries = {
    fromMs: 0,
    toMs: 24 * HOUR,
    every: "hour",
    points: [
      { atMs: 0, ...tally, latency },
      { atMs: HOUR, ...tally, down: 1, maintenance: 5, latency: null },
      { atMs: 2 * HOUR, ...tally, maintenance: 5, latency },
    ],
  };
  expect(chartData(series)).toMatchObject({
    everyS: 3_600,
    at: [0, 3_600, 7_200],
    names: ["p50", "p95", "p99"],
    values: [
      [9, null, 9],
      [20, null, 20],
      [30, null, 30],
    ],
    down: [3_600],
    maintenance: [7_200],
  });
});
