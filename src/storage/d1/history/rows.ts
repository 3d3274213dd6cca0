import * as v from "valibot";
import type { JobFrequency } from "../../../core/time/frequency.ts";
import { withSummary, type Incident } from "../../../history/incident.ts";
import type { RetentionState } from "../../../history/retention.ts";
import { MAX_POSITIONS, type SeriesBlock, type Series } from "../../../history/blocks.ts";
import type { JobStatusRow } from "../../../history/ports.ts";
import { defaultGroup } from "../../../core/job-display.ts";
import { fromPositionKey, MAX_COUNTED_BLOCK, MAX_BLOCK } from "./keys.ts";
import { count, flag, frequencyName, json, ParseProblem, parseRow, status, time } from "../rows.ts";
import { parseChurning } from "../tick/churning.ts";

type Row = Readonly<Record<string, unknown>>;

const blockId = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_BLOCK));

/** Every lane, and the highest id that one ever had. Also where there is none, one row. */
export const READ_BLOCKS = `
  SELECT block.*, newest.id AS newest
  FROM (SELECT max(block) AS id FROM retention WHERE block <= ${MAX_COUNTED_BLOCK}) AS newest LEFT JOIN block ON true`;

const BlockRow = v.object({
  id: blockId,
  frequency: frequencyName,
  jobs: json(
    v.object({ block: blockId, jobs: v.pipe(v.array(v.nullable(v.string())), v.maxLength(MAX_POSITIONS)) }),
  ),
  names: v.pipe(v.number(), v.safeInteger()),
});

export function parseBlock(row: Row): SeriesBlock | ParseProblem {
  const r = parseRow(BlockRow, row);
  if (r instanceof ParseProblem) return r;
  if (r.jobs.block !== r.id) return new ParseProblem("the jobs are those of another block");
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
  return { ...fromPositionKey(r.id), jobKey: job, name, frequency, fromMs, toMs };
}

const RetentionRow = v.object({
  block: blockId,
  frequency: frequencyName,
  from_at: time,
  to_at: v.nullable(time),
  raw_from: time,
  hourly_from: time,
  hourly_until: time,
  daily_from: time,
  daily_until: time,
});

export function parseRetention(row: Row): RetentionState | ParseProblem {
  const r = parseRow(RetentionRow, row);
  if (r instanceof ParseProblem) return r;
  return {
    block: r.block,
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

export function retentionColumns(kept: RetentionState): readonly unknown[] {
  return [
    kept.block,
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

/** @see retentionColumns */
export const UPSERT_RETENTION = `
  INSERT INTO retention (block, frequency, from_at, to_at, raw_from, hourly_from, hourly_until, daily_from, daily_until)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8
  FROM json_each(?1) WHERE true
  ON CONFLICT (block) DO UPDATE SET
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
  notification_count: count,
  first_notified_at: v.nullable(time),
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
  const live = r.live === null ? undefined : parseChurning(r.live, Infinity);
  const incident: Incident = {
    jobKey: r.job,
    name: r.name,
    fromMs: r.from_at,
    toMs: r.to_at,
    failures: r.failures,
    recoveredAtMs: null,
    firstReason: r.first_reason,
    lastReason: r.last_reason,
    notificationCount: r.notification_count,
    firstNotifiedAtMs: r.first_notified_at,
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

export function parseOverview(row: Row): JobStatusRow | ParseProblem {
  const r = parseRow(OverviewRow, row);
  if (r instanceof ParseProblem) return r;
  const { job, name, is_public: isPublic, frequency, status, reason, since: sinceMs } = r;
  return {
    jobKey: job,
    name,
    group: r.group_name ?? defaultGroup(job),
    isPublic,
    frequency,
    status,
    reason,
    sinceMs,
  };
}

const CompletedSlotRow = v.object({ name: frequencyName, completed_slot: time });

/** Newest finished slots. A frequency that never ran, or of which nothing sensible is known, has none. */
export function parseLastCompletedSlots(rows: readonly Row[]): ReadonlyMap<JobFrequency, number> {
  const sound = rows.flatMap((row) => (v.is(CompletedSlotRow, row) ? [row] : []));
  return new Map(sound.map((row) => [row.name, row.completed_slot]));
}
