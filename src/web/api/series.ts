import * as v from "valibot";
import type { JobSeries } from "../../history/ports.ts";
import { FreshnessFields, JobId, Milliseconds, Time, timeOf } from "./common.ts";
import { OutcomeCounts } from "./job.ts";
import { SeriesQuery } from "./parameters.ts";

const Latency = v.object({
  minMs: Milliseconds,
  meanMs: Milliseconds,
  p50Ms: Milliseconds,
  p95Ms: Milliseconds,
  p99Ms: Milliseconds,
  maxMs: Milliseconds,
});

const Run = v.object({
  at: v.pipe(Time, v.description("Its slot's own time.")),
  status: v.picklist(["up", "down", "inconclusive"]),
  latencyMs: v.nullable(Milliseconds),
  maintenance: v.pipe(v.boolean(), v.description("It was made under maintenance.")),
});

const Sum = v.object({
  at: v.pipe(Time, v.description("When the hour or the day begins.")),
  ...OutcomeCounts,
  latency: v.pipe(v.nullable(Latency), v.description("Of runs that were up. Percentiles are nearest rank.")),
});

const Window = {
  ...FreshnessFields,
  jobId: JobId,
  range: SeriesQuery.entries.range.wrapped.pipe[0],
  from: Time,
  to: v.pipe(Time, v.description("Exclusive.")),
};
const WITHOUT = "Oldest first. What has no record has no point.";

export const Series = v.pipe(
  v.variant("every", [
    v.object({
      ...Window,
      every: v.pipe(v.literal("slot"), v.description("A point is one run.")),
      points: v.pipe(v.array(Run), v.description(WITHOUT)),
    }),
    v.object({
      ...Window,
      every: v.pipe(v.literal("hour"), v.description("A point is what an hour came to.")),
      points: v.pipe(v.array(Sum), v.description(WITHOUT)),
    }),
    v.object({
      ...Window,
      every: v.pipe(v.literal("day"), v.description("A point is what a day came to, UTC.")),
      points: v.pipe(v.array(Sum), v.description(WITHOUT)),
    }),
  ]),
  v.title("Series"),
);

type Shape = v.InferOutput<typeof Series>;

/** What of it is told by the series itself. */
export function seriesFields(
  series: JobSeries,
):
  | Pick<Extract<Shape, { every: "slot" }>, "every" | "from" | "to" | "points">
  | Pick<Extract<Shape, { every: "hour" }>, "every" | "from" | "to" | "points">
  | Pick<Extract<Shape, { every: "day" }>, "every" | "from" | "to" | "points"> {
  const window = { from: timeOf(series.fromMs), to: timeOf(series.toMs) };
  if (series.every === "slot") {
    const points = series.points.map(({ atMs, status, latencyMs, maintenance }) => ({
      at: timeOf(atMs),
      status,
      latencyMs,
      maintenance,
    }));
    return { every: series.every, ...window, points };
  }
  const points = series.points.map(({ atMs, up, down, inconclusive, missed, maintenance, latency }) => ({
    at: timeOf(atMs),
    up,
    down,
    inconclusive,
    missed,
    maintenance,
    latency: latency === null ? null : { ...latency },
  }));
  return { every: series.every, ...window, points };
}
