import type { JobSeries } from "../../history/ports.ts";
import { DAY_MS, HOUR_MS } from "../../core/time/frequency.ts";

/** Width and height of a drawing; it is stretched to whatever room there is. */
export const CHART = { width: 1_000, height: 100 };

export type LineName = "p50" | "p95" | "p99" | "latency";
/** Of single runs, and of what hours or days come to. */
export const CHART_LINES: Readonly<Record<"slot" | "period", readonly LineName[]>> = {
  slot: ["latency"],
  period: ["p50", "p95", "p99"],
};

/** What a chart shows, drawn: data of SVG paths. */
export interface Chart {
  /** The highest latency, ms; null where there is none. */
  readonly mostMs: number | null;
  /** Lines from the one that most stay below to the one that most exceed, each with its name. */
  readonly lines: readonly { readonly name: LineName; readonly path: string }[];
  /** Stretches with failures. */
  readonly down: string;
  /** Stretches under maintenance. */
  readonly maintenance: string;
}

/** Points that are further apart than this many periods are not joined. */
const MAX_GAP = 1.5;

/** Draws latencies over time from zero up. Times without a record are gaps, those with failures are marked. */
export function drawChart(series: JobSeries): Chart {
  const names = CHART_LINES[series.every === "slot" ? "slot" : "period"];
  const points = pointsOf(series);
  const all = points.flatMap(({ values }) => values.filter((value) => value !== null));
  const mostMs = all.length === 0 ? null : Math.max(1, ...all);
  const { fromMs, toMs } = series;
  const x = (atMs: number): number => Math.round(((atMs - fromMs) / (toMs - fromMs)) * CHART.width);
  const y = (value: number): number => Math.round(CHART.height * (1 - value / (mostMs ?? 1)));
  const periodMs = periodOf(series);
  const lines = names.map((name, index) => {
    let path = "";
    let beforeMs: number | null = null;
    for (const { atMs, values } of points) {
      const value = values[index] ?? null;
      if (value === null) continue;
      const isJoined = beforeMs !== null && atMs - beforeMs <= MAX_GAP * periodMs;
      path += isJoined ? `L${x(atMs)} ${y(value)}` : `M${x(atMs)} ${y(value)}l0 0`;
      beforeMs = atMs;
    }
    return { name, path };
  });
  const width = Math.max(2, x(fromMs + periodMs));
  const marked = (isMarked: (point: Point) => boolean): string =>
    points
      .filter(isMarked)
      .map(({ atMs }) => `M${x(atMs)} 0h${width}v${CHART.height}h-${width}z`)
      .join("");
  return {
    mostMs,
    lines: lines.filter(({ path }) => path !== ""),
    down: marked(({ isDown }) => isDown),
    maintenance: marked(({ inMaintenance, isDown }) => inMaintenance && !isDown),
  };
}

export interface Point {
  readonly atMs: number;
  readonly values: readonly (number | null)[];
  readonly isDown: boolean;
  readonly inMaintenance: boolean;
}

export function pointsOf(series: JobSeries): readonly Point[] {
  if (series.every === "slot") {
    return series.points.map(({ atMs, status, latencyMs, maintenance }) => ({
      atMs,
      // A failure's latency says nothing of how fast the target is.
      values: [status === "up" && !maintenance ? latencyMs : null],
      isDown: status === "down" && !maintenance,
      inMaintenance: maintenance,
    }));
  }
  return series.points.map(({ atMs, down, latency, maintenance }) => ({
    atMs,
    values: [latency?.p50Ms ?? null, latency?.p95Ms ?? null, latency?.p99Ms ?? null],
    isDown: down > 0,
    inMaintenance: maintenance > 0,
  }));
}

/** Time between two points, ms: of single runs that of most of them. */
export function periodOf(series: JobSeries): number {
  if (series.every !== "slot") return series.every === "hour" ? HOUR_MS : DAY_MS;
  const gaps = series.points.slice(1).map(({ atMs }, index) => atMs - (series.points[index]?.atMs ?? 0));
  return gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 60_000;
}

/** The middle, and what 95 and 99 of a hundred stay below: nearest rank; null where there are none. */
export function latencySummary(series: JobSeries): { readonly text: string } | null {
  const points = pointsOf(series);
  const column = (index: number): readonly number[] =>
    points.flatMap(({ values }) => values[index] ?? []).toSorted((a, b) => a - b);
  const rank = (sorted: readonly number[], percent: number): number =>
    sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)] ?? 0;
  const middle = column(0);
  if (middle.length === 0) return null;
  if (series.every === "slot") {
    const most = middle.at(-1) ?? 0;
    return {
      text: `median ${rank(middle, 50)} ms, 95 % within ${rank(middle, 95)} ms, 99 % within ${rank(middle, 99)} ms, slowest ${most} ms`,
    };
  }
  const worst = column(1);
  return {
    text: `median of a usual ${series.every} ${rank(middle, 50)} ms; 95 % within ${rank(worst, 50)} ms in a usual ${series.every}, within ${worst.at(-1) ?? 0} ms in the worst`,
  };
}
