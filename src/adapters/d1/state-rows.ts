import * as v from "valibot";
import type { JobState } from "../../domain/job-state.ts";
import { count, flag, json, ParseProblem, parseRow, status, time } from "./rows.ts";

type Row = Readonly<Record<string, unknown>>;

const Held = v.object({
  by: v.picklist(["maintenance", "silence", "acknowledgement"]),
  notice: v.picklist(["failure", "recovery", "inconclusive", "flapping"]),
  recovery: v.nullable(
    v.object({
      failures: count,
      firstFailureAtMs: v.nullable(time),
      lastNotifyAtMs: v.nullable(time),
      toldCondition: v.nullable(v.string()),
      endedAtMs: time,
    }),
  ),
});

const StateRow = v.object({
  job: v.string(),
  succeeding: flag,
  failures: count,
  first_failure_at: v.nullable(time),
  last_notify_at: v.nullable(time),
  told_condition: v.nullable(v.string()),
  status: v.nullable(status),
  reason: v.string(),
  since: v.nullable(time),
  inconclusive_runs: count,
  inconclusive_told: flag,
  changes: json(v.array(time)),
  flapping_since: v.nullable(time),
  // Nothing else is lost with what cannot be read: a notice that is due still is.
  held: v.fallback(v.nullable(json(Held)), null),
  churn: v.fallback(v.nullable(json(v.tuple([v.pipe(v.number(), v.minValue(0)), time]))), null),
});

/** As `StateRow`. */
export function stateColumns([job, s]: readonly [string, JobState]): readonly unknown[] {
  return [
    job,
    Number(s.succeeding),
    s.failures,
    s.firstFailureAtMs,
    s.lastNotifyAtMs,
    s.toldCondition,
    s.status,
    s.reason,
    s.sinceMs,
    s.inconclusiveRuns,
    Number(s.inconclusiveTold),
    s.changesAtMs,
    s.flappingSinceMs,
    s.held === null ? null : JSON.stringify(s.held),
    s.churn === null ? null : JSON.stringify([s.churn.level, s.churn.atMs]),
  ];
}

/** @param latestMs no run can have been later, Unix ms: a notice in times to come would keep all others back */
export function parseState(row: Row, latestMs: number): readonly [string, JobState] | ParseProblem {
  const r = parseRow(StateRow, row);
  if (r instanceof ParseProblem) return r;
  const { first_failure_at, last_notify_at, since, flapping_since } = r;
  const held = Math.max(
    ...Object.values(r.held?.recovery ?? {}).filter((value) => typeof value === "number"),
  );
  for (const [name, atMs] of Object.entries({
    first_failure_at,
    last_notify_at,
    since,
    flapping_since,
    held,
  })) {
    if (atMs !== null && atMs > latestMs) return new ParseProblem(`${name} lies in the future`);
  }
  if (r.changes.some((atMs) => atMs > latestMs)) return new ParseProblem("changes lie in the future");
  // Each column may be sound and the row nonsense: a job that fails has failures, one that does not has none.
  if (r.succeeding !== (r.failures === 0))
    return new ParseProblem("succeeding and failures contradict each other");
  return [
    r.job,
    {
      succeeding: r.succeeding,
      failures: r.failures,
      firstFailureAtMs: r.first_failure_at,
      lastNotifyAtMs: r.last_notify_at,
      toldCondition: r.told_condition,
      status: r.status,
      reason: r.reason,
      sinceMs: r.since,
      inconclusiveRuns: r.inconclusive_runs,
      inconclusiveTold: r.inconclusive_told,
      changesAtMs: r.changes,
      flappingSinceMs: r.flapping_since,
      held: r.held,
      churn:
        r.churn === null || r.churn[1] > latestMs
          ? null
          : { level: r.churn[0], atMs: r.churn[1], summary: null },
    },
  ];
}
