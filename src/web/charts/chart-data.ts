import type { JobSeries } from "../../history/ports.ts";
import { CHART_LINES, periodOf, pointsOf, type LineName } from "./chart.ts";

/** What the page's script draws. Times are Unix seconds. */
export interface ChartData {
  readonly from: number;
  readonly to: number;
  /** From one point to the next where none is missing, s. */
  readonly everyS: number;
  readonly at: readonly number[];
  readonly names: readonly LineName[];
  /** For each name one value a point: ms, or null. */
  readonly values: readonly (readonly (number | null)[])[];
  /** Points with failures, and others under maintenance: their times. */
  readonly down: readonly number[];
  readonly maintenance: readonly number[];
}

export function chartData(series: JobSeries): ChartData {
  const points = pointsOf(series);
  const names = CHART_LINES[series.every === "slot" ? "slot" : "period"];
  const seconds = (ms: number): number => Math.round(ms / 1000);
  const timesOf = (those: typeof points): readonly number[] => those.map(({ atMs }) => seconds(atMs));
  return {
    from: seconds(series.fromMs),
    to: seconds(series.toMs),
    everyS: seconds(periodOf(series)),
    at: timesOf(points),
    names,
    values: names.map((_name, line) => points.map(({ values }) => values[line] ?? null)),
    down: timesOf(points.filter(({ isDown }) => isDown)),
    maintenance: timesOf(points.filter(({ isDown, inMaintenance }) => inMaintenance && !isDown)),
  };
}
