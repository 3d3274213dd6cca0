import * as v from "valibot";
import type { OwnersWord } from "../../domain/hush.ts";
import type { OpenMaintenance } from "../../domain/maintenance.ts";
import { ALL_JOBS } from "./actions.ts";
import { json, ParseProblem, parseRow, readable, time } from "./rows.ts";

/** The owner's word as one value, for a query that asks other things. A blob in it would end that query. */
export const HUSHES = `
  SELECT json_group_array(json_object('job', job, 'kind', kind, 'untilMs', until_at, 'firstFailureAtMs', failed_at, 'saidAtMs', said_at))
  FROM hush WHERE 'blob' NOT IN (typeof(job), typeof(kind), typeof(until_at), typeof(failed_at), typeof(said_at))`;

const List = v.object({ hushes: json(v.array(v.record(v.string(), v.unknown()))) });
const Silence = v.object({ job: v.string(), kind: v.literal("silence"), untilMs: time, saidAtMs: time });
const Acknowledged = v.object({
  job: v.string(),
  kind: v.literal("acknowledgement"),
  firstFailureAtMs: time,
});

/**
 * What cannot be read keeps nothing back, and neither does a silence that was asked for while a clock was ahead: it
 * would last longer than the owner asked for.
 *
 * @param text as `HUSHES` gives it
 * @param latestMs when anything can have been said at the latest, Unix ms
 */
export function wordOf(text: unknown, latestMs = Infinity): OwnersWord {
  const list = parseRow(List, { hushes: text });
  const hushes = list instanceof ParseProblem ? [] : list.hushes;
  return {
    silences: readable(hushes, (hush) => parseRow(Silence, hush))
      .filter(({ saidAtMs }) => saidAtMs <= latestMs)
      .map(({ job, untilMs }) => ({ job: job === ALL_JOBS ? null : job, untilMs })),
    acknowledgements: readable(hushes, (hush) => parseRow(Acknowledged, hush)).map(
      ({ job, firstFailureAtMs }) => ({ job, firstFailureAtMs }),
    ),
  };
}

const Maintenance = v.object({ open: json(v.array(v.tuple([time, time, v.array(v.string())]))) });

/** What cannot be read is none: it is written anew by the next tick. */
export function maintenanceOf(text: unknown): readonly OpenMaintenance[] {
  const list = parseRow(Maintenance, { open: text });
  if (list instanceof ParseProblem) return [];
  return list.open.map(([fromMs, untilMs, jobs]) => ({ fromMs, untilMs, jobs }));
}
