import { describe, expect, test } from "vitest";
import type { JobSeries, PeriodPoint, SlotPoint } from "../../../src/history/ports.ts";
import { drawChart, latencySummary } from "../../../src/web/charts/chart.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function slots(
  points: readonly (readonly [minute: number, status: SlotPoint["status"], ms: number | null])[],
): JobSeries {
  return {
    fromMs: 0,
    toMs: 100 * MINUTE,
    every: "slot",
    points: points.map(([minute, status, latencyMs]) => ({
      atMs: minute * MINUTE,
      status,
      latencyMs,
      maintenance: false,
    })),
  };
}

function hours(points: readonly (readonly [hour: number, p50: number | null, down: number])[]): JobSeries {
  const point = ([hour, p50, down]: readonly [number, number | null, number]): PeriodPoint => ({
    atMs: hour * HOUR,
    up: 60 - down,
    down,
    inconclusive: 0,
    missed: 0,
    maintenance: 0,
    latency:
      p50 === null
        ? null
        : { minMs: 1, meanMs: p50, p50Ms: p50, p95Ms: 2 * p50, p99Ms: 4 * p50, maxMs: 5 * p50 },
  });
  return { fromMs: 0, toMs: 10 * HOUR, every: "hour", points: points.map(point) };
}

describe("a chart of single runs", () => {
  test("joins what follows each other, from zero up to the slowest", () => {
    expect(
      drawChart(
        slots([
          [0, "up", 50],
          [1, "up", 100],
          [2, "up", 0],
        ]),
      ),
    ).toEqual({
      mostMs: 100,
      lines: [{ name: "latency", path: "M0 50l0 0L10 0L20 100" }],
      down: "",
      maintenance: "",
    });
  });

  test("has gaps where nothing ran, and marks what failed without drawing its latency", () => {
    expect(
      drawChart(
        slots([
          [0, "up", 10],
          [1, "up", 10],
          [2, "down", 900],
          [3, "inconclusive", 5],
          [4, "up", 10],
        ]),
      ),
    ).toEqual({
      mostMs: 10,
      lines: [{ name: "latency", path: "M0 0l0 0L10 0M40 0l0 0" }],
      down: "M20 0h10v100h-10z",
      maintenance: "",
    });
  });

  test("of failures alone has no line, and of nothing has nothing", () => {
    expect(drawChart(slots([[5, "down", null]]))).toEqual({
      mostMs: null,
      lines: [],
      down: "M50 0h10v100h-10z",
      maintenance: "",
    });
    expect(drawChart(slots([]))).toEqual({ mostMs: null, lines: [], down: "", maintenance: "" });
  });

  test("is told in words", () => {
    const series = slots(Array.from({ length: 100 }, (_, n) => [n, "up", n + 1] as const));
    expect(latencySummary(series)?.text).toBe(
      "median 50 ms, 95 % within 95 ms, 99 % within 99 ms, slowest 100 ms",
    );
    expect(latencySummary(slots([[1, "down", 7]]))).toBeNull();
  });
});

describe("a chart of hours", () => {
  test("has a line for the median, for 95 and for 99 of a hundred runs", () => {
    expect(
      drawChart(
        hours([
          [0, 25, 0],
          [1, 50, 0],
        ]),
      ),
    ).toEqual({
      mostMs: 200,
      lines: [
        { name: "p50", path: "M0 88l0 0L100 75" },
        { name: "p95", path: "M0 75l0 0L100 50" },
        { name: "p99", path: "M0 50l0 0L100 0" },
      ],
      down: "",
      maintenance: "",
    });
  });

  test("marks an hour with a failure, and one without any run that was up", () => {
    expect(
      drawChart(
        hours([
          [0, 25, 1],
          [3, null, 60],
        ]),
      ).down,
    ).toBe("M0 0h100v100h-100zM300 0h100v100h-100z");
  });

  test("is told in words: usual and worst", () => {
    expect(
      latencySummary(
        hours([
          [0, 10, 0],
          [1, 20, 0],
          [2, 90, 0],
        ]),
      )?.text,
    ).toBe("median of a usual hour 20 ms; 95 % within 40 ms in a usual hour, within 180 ms in the worst");
  });
});
