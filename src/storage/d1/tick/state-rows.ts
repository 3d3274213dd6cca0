import * as v from "valibot";
import type { JobState } from "../../../alerting/job-state.ts";
import { count, flag, json, ParseProblem, parseRow, status, time } from "../rows.ts";

type Row = Readonly<Record<string, unknown>>;

const SuppressedSchema = v.object({
  by: v.picklist(["maintenance", "silence", "acknowledgement"]),
  notification: v.picklist(["failure", "recovery", "inconclusive", "flapping"]),
  recovery: v.nullable(
    v.object({
      failures: count,
      firstFailureAtMs: v.nullable(time),
      lastNotifiedAtMs: v.nullable(time),
      lastNotifiedFailureKind: v.nullable(v.string()),
      endedAtMs: time,
    }),
  ),
});

const StateRow = v.object({
  job: v.string(),
  succeeding: flag,
  failures: count,
  first_failure_at: v.nullable(time),
  last_notified_at: v.nullable(time),
  last_notified_failure_kind: v.nullable(v.string()),
  status: v.nullable(status),
  reason: v.string(),
  since: v.nullable(time),
  inconclusive_runs: count,
  inconclusive_notified: flag,
  changes: json(v.array(time)),
  flapping_since: v.nullable(time),
  // Nothing else is lost with what cannot be read: a notice that is due still is.
  suppressed: v.fallback(v.nullable(json(SuppressedSchema)), null),
  churn: v.fallback(v.nullable(json(v.tuple([v.pipe(v.number(), v.minValue(0)), time]))), null),
});

/** As `StateRow`. */
export function stateColumns([job, s]: readonly [string, JobState]): readonly unknown[] {
  return [
    job,
    Number(s.succeeding),
    s.failures,
    s.firstFailureAtMs,
    s.lastNotifiedAtMs,
    s.lastNotifiedFailureKind,
    s.status,
    s.reason,
    s.sinceMs,
    s.inconclusiveRuns,
    Number(s.inconclusiveNotified),
    s.changesAtMs,
    s.flappingSinceMs,
    s.suppressed === null ? null : JSON.stringify(s.suppressed),
    s.churn === null ? null : JSON.stringify([s.churn.level, s.churn.atMs]),
  ];
}

/** @param latestMs no run can have been later, Unix ms: a notice in times to come would keep all others back */
export function parseState(row: Row, latestMs: number): readonly [string, JobState] | ParseProblem {
  const r = parseRow(StateRow, row);
  if (r instanceof ParseProblem) return r;
  const { first_failure_at, last_notified_at, since, flapping_since } = r;
  const suppressed = Math.max(
    ...Object.values(r.suppressed?.recovery ?? {}).filter((value) => typeof value === "number"),
  );
  for (const [name, atMs] of Object.entries({
    first_failure_at,
    last_notified_at,
    since,
    flapping_since,
    suppressed,
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
      lastNotifiedAtMs: r.last_notified_at,
      lastNotifiedFailureKind: r.last_notified_failure_kind,
      status: r.status,
      reason: r.reason,
      sinceMs: r.since,
      inconclusiveRuns: r.inconclusive_runs,
      inconclusiveNotified: r.inconclusive_notified,
      changesAtMs: r.changes,
      flappingSinceMs: r.flapping_since,
      suppressed: r.suppressed,
      churn:
        r.churn === null || r.churn[1] > latestMs
          ? null
          : { level: r.churn[0], atMs: r.churn[1], summary: null },
    },
  ];
}
