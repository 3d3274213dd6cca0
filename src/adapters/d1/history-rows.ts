import * as v from "valibot";
import type { JobFrequency } from "../../domain/frequency.ts";
import { withSummary, type Incident } from "../../domain/history/incident.ts";
import type { Kept } from "../../domain/history/kept.ts";
import { MAX_POSITIONS, type Lane, type Series } from "../../domain/history/lanes.ts";
import type { JobOverview } from "../../domain/history/ports.ts";
import { defaultGroup } from "../../domain/showing.ts";
import { fromPlaceKey, MAX_COUNTED_LANE, MAX_LANE } from "./history-keys.ts";
import { count, flag, frequencyName, json, ParseProblem, parseRow, status, time } from "./rows.ts";
import { parseUnsettled } from "./unsettled.ts";

type Row = Readonly<Record<string, unknown>>;

const laneId = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_LANE));

/** Every lane, and the highest id that one ever had. Also where there is none, one row. */
export const READ_LANES = `
  SELECT lane.*, newest.id AS newest
  FROM (SELECT max(lane) AS id FROM kept WHERE lane <= ${MAX_COUNTED_LANE}) AS newest LEFT JOIN lane ON true`;

const LaneRow = v.object({
  id: laneId,
  frequency: frequencyName,
  jobs: json(
    v.object({ lane: laneId, jobs: v.pipe(v.array(v.nullable(v.string())), v.maxLength(MAX_POSITIONS)) }),
  ),
  names: v.pipe(v.number(), v.safeInteger()),
});

export function parseLane(row: Row): Lane | ParseProblem {
  const r = parseRow(LaneRow, row);
  if (r instanceof ParseProblem) return r;
  if (r.jobs.lane !== r.id) return new ParseProblem("the jobs are those of another lane");
  return { id: r.id, frequency: r.frequency, jobs: r.jobs.jobs, names: r.names };
}

const SeriesRow = v.object({
  id: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  job: v.string(),
  name: v.string(),
  frequency: frequencyName,
  from_at: time,
  to_at: v.nullable(time),
});

export function parseSeries(row: Row): Series | ParseProblem {
  const r = parseRow(SeriesRow, row);
  if (r instanceof ParseProblem) return r;
  const { job, name, frequency, from_at: fromMs, to_at: toMs } = r;
  return { ...fromPlaceKey(r.id), job, name, frequency, fromMs, toMs };
}

const KeptRow = v.object({
  lane: laneId,
  frequency: frequencyName,
  from_at: time,
  to_at: v.nullable(time),
  raw_from: time,
  hourly_from: time,
  hourly_until: time,
  daily_from: time,
  daily_until: time,
});

export function parseKept(row: Row): Kept | ParseProblem {
  const r = parseRow(KeptRow, row);
  if (r instanceof ParseProblem) return r;
  return {
    lane: r.lane,
    frequency: r.frequency,
    fromMs: r.from_at,
    toMs: r.to_at,
    rawFromMs: r.raw_from,
    hourlyFromMs: r.hourly_from,
    hourlyUntilMs: r.hourly_until,
    dailyFromMs: r.daily_from,
    dailyUntilMs: r.daily_until,
  };
}

export function keptColumns(kept: Kept): readonly unknown[] {
  return [
    kept.lane,
    kept.frequency,
    kept.fromMs,
    kept.toMs,
    kept.rawFromMs,
    kept.hourlyFromMs,
    kept.hourlyUntilMs,
    kept.dailyFromMs,
    kept.dailyUntilMs,
  ];
}

/** @see keptColumns */
export const UPSERT_KEPT = `
  INSERT INTO kept (lane, frequency, from_at, to_at, raw_from, hourly_from, hourly_until, daily_from, daily_until)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8
  FROM json_each(?1) WHERE true
  ON CONFLICT (lane) DO UPDATE SET
    frequency = excluded.frequency, from_at = excluded.from_at, to_at = excluded.to_at,
    raw_from = excluded.raw_from, hourly_from = excluded.hourly_from, hourly_until = excluded.hourly_until,
    daily_from = excluded.daily_from, daily_until = excluded.daily_until`;

/** Of a lane's series: the latest end is far in the future while one goes on. */
export const ExtentRow = v.object({
  from_at: time,
  to_at: v.number(),
  frequency: frequencyName,
  open: v.picklist([0, 1]),
});

const IncidentRow = v.object({
  from_at: time,
  job: v.string(),
  name: v.string(),
  to_at: v.nullable(time),
  first_reason: v.string(),
  last_reason: v.string(),
  told: count,
  first_told_at: v.nullable(time),
  accepted_at: v.nullable(time),
  ended: v.nullable(v.picklist(["recovered", "removed"])),
  in_maintenance: v.fallback(flag, false),
  failures: v.fallback(count, 1),
  // Of the job while it is unsettled; see unsettled.ts.
  live: v.fallback(v.nullable(v.optional(v.nullable(json(v.looseObject({}))), null)), null),
});

export function parseIncident(row: Row): Incident | ParseProblem {
  const r = parseRow(IncidentRow, row);
  if (r instanceof ParseProblem) return r;
  const live = r.live === null ? undefined : parseUnsettled(r.live, Infinity);
  const incident: Incident = {
    job: r.job,
    name: r.name,
    fromMs: r.from_at,
    toMs: r.to_at,
    failures: r.failures,
    recoveredAtMs: null,
    firstReason: r.first_reason,
    lastReason: r.last_reason,
    told: r.told,
    firstToldAtMs: r.first_told_at,
    acceptedAtMs: r.accepted_at,
    ended: r.ended,
    inMaintenance: r.in_maintenance,
  };
  return live === undefined || live instanceof ParseProblem ? incident : withSummary(incident, live[1]);
}

/** A state that cannot be read is none: the tick reports it. What does not say that it is public is not. */
const OverviewRow = v.object({
  job: v.string(),
  name: v.string(),
  group_name: v.fallback(v.nullable(v.string()), null),
  is_public: v.fallback(flag, false),
  frequency: frequencyName,
  status: v.fallback(v.nullable(status), null),
  reason: v.fallback(v.string(), ""),
  since: v.fallback(v.nullable(time), null),
});

export function parseOverview(row: Row): JobOverview | ParseProblem {
  const r = parseRow(OverviewRow, row);
  if (r instanceof ParseProblem) return r;
  const { job, name, is_public: isPublic, frequency, status, reason, since: sinceMs } = r;
  return {
    job,
    name,
    group: r.group_name ?? defaultGroup(job),
    isPublic,
    frequency,
    status,
    reason,
    sinceMs,
  };
}

const DoneRow = v.object({ name: frequencyName, done_slot: time });

/** Newest finished slots. A frequency that never ran, or of which nothing sensible is known, has none. */
export function doneSlotsOf(rows: readonly Row[]): ReadonlyMap<JobFrequency, number> {
  const sound = rows.flatMap((row) => (v.is(DoneRow, row) ? [row] : []));
  return new Map(sound.map((row) => [row.name, row.done_slot]));
}
