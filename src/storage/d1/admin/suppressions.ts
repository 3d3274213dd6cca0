import * as v from "valibot";
import type { Suppressions } from "../../../alerting/suppression.ts";
import type { OpenMaintenance } from "../../../alerting/maintenance.ts";
import { ALL_JOBS } from "./audit-log.ts";
import { json, ParseProblem, parseRow, readable, time } from "../rows.ts";

/** The owner's word as one value, for a query that asks other things. A blob in it would end that query. */
export const SUPPRESSIONS = `
  SELECT json_group_array(json_object('job', job, 'kind', kind, 'untilMs', until_at, 'firstFailureAtMs', first_failure_at, 'createdAtMs', created_at))
  FROM suppression WHERE 'blob' NOT IN (typeof(job), typeof(kind), typeof(until_at), typeof(first_failure_at), typeof(created_at))`;

const List = v.object({ suppressions: json(v.array(v.record(v.string(), v.unknown()))) });
const Silence = v.object({ job: v.string(), kind: v.literal("silence"), untilMs: time, createdAtMs: time });
const Acknowledged = v.object({
  job: v.string(),
  kind: v.literal("acknowledgement"),
  firstFailureAtMs: time,
});

/**
 * What cannot be read keeps nothing back, and neither does a silence that was asked for while a clock was ahead: it
 * would last longer than the owner asked for.
 *
 * @param text as `SUPPRESSIONS` gives it
 * @param latestMs when anything can have been said at the latest, Unix ms
 */
export function suppressionsOf(text: unknown, latestMs = Infinity): Suppressions {
  const list = parseRow(List, { suppressions: text });
  const suppressions = list instanceof ParseProblem ? [] : list.suppressions;
  return {
    silences: readable(suppressions, (suppression) => parseRow(Silence, suppression))
      .filter(({ createdAtMs }) => createdAtMs <= latestMs)
      .map(({ job, untilMs }) => ({ jobKey: job === ALL_JOBS ? null : job, untilMs })),
    acknowledgements: readable(suppressions, (suppression) => parseRow(Acknowledged, suppression)).map(
      ({ job, firstFailureAtMs }) => ({ jobKey: job, firstFailureAtMs }),
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
