/**
 * What a target does must not decide how much is written. Each change of a job's state costs rows: the state, the status
 * change, the decision, the incident. A job that changes too often is unsettled: its state is kept in the one row that
 * every commit writes, one incident stays open, and its failures are counted. Notices are decided as before.
 */
import type { HistoryDetail } from "../usage/quota.ts";
import type { Decision } from "./evaluate.ts";
import { HOUR_MS, MINUTE_MS } from "../core/time/frequency.ts";
import { onlyCounterChanged, isSameState, type JobState, type ChurnSummary } from "./job-state.ts";

/** Changes an hour that are listed however long they go on. */
const LISTED_PER_HOUR = 4;
/** Changes beyond these that make a job unsettled; fewer near a limit of the plan, to leave the rest to alerts. */
const MOST_CHANGES: Readonly<Record<HistoryDetail, number>> = { all: 12, some: 4, none: 1 };
/** After so long without a change the job has settled. */
const STABLE_AFTER_MS = 30 * MINUTE_MS;

export interface ChurnLimits {
  readonly detail: HistoryDetail;
  /** Whether the row of unsettled states has room for another. */
  readonly hasRoom: (state: JobState) => boolean;
}

/** Without the database nothing is written, so nothing is saved. */
export const NO_CHURN_LIMITS: ChurnLimits = { detail: "all", hasRoom: () => true };

/** @param decision everything else about it is decided */
export function withChurn(
  before: JobState,
  decision: Decision,
  limits: ChurnLimits,
  nowMs: number,
): Decision {
  const after = { ...decision.state, churn: before.churn };
  const changes = !isSameState(before, after) && !onlyCounterChanged(before, after);
  const churn = changes
    ? afterChange(before, after, decision, limits, nowMs)
    : afterQuiet(after, limits, nowMs);
  return churn === decision.state.churn ? decision : { ...decision, state: { ...after, churn } };
}

/** Its changes are listed one by one. */
export function isStable({ churn }: JobState): boolean {
  return churn === null || churn.summary === null;
}

/** Without what only the row of unsettled states keeps. */
export function withoutChurnSummary(state: JobState): JobState {
  return state.churn === null || isStable(state)
    ? state
    : { ...state, churn: { ...state.churn, summary: null } };
}

function afterChange(
  before: JobState,
  after: JobState,
  { notification }: Decision,
  { detail, hasRoom }: ChurnLimits,
  nowMs: number,
): JobState["churn"] {
  const { level, atMs } = before.churn ?? { level: 0, atMs: nowMs };
  const drained = Math.max(0, level - (Math.max(0, nowMs - atMs) * LISTED_PER_HOUR) / HOUR_MS);
  const churn = { level: Math.min(drained + 1, MOST_CHANGES.all), atMs: nowMs };
  const summary = before.churn?.summary ?? null;
  const isTold = notification === "failure" || notification === "flapping";
  if (summary !== null) {
    const isNowStable =
      before.flappingSinceMs !== null && after.flappingSinceMs === null && detail !== "none";
    return { ...churn, summary: isNowStable ? null : updateSummary(summary, before, after, isTold, nowMs) };
  }
  const begins = after.flappingSinceMs !== null || churn.level >= MOST_CHANGES[detail];
  if (!begins || !hasRoom(after)) return { ...churn, summary: null };
  // An incident that begins now is written now, with its notice, unless there are no rows left for it.
  const isWritten = detail !== "none";
  const first = { ...updateSummary(NO_FAILURES, before, after, isTold && !isWritten, nowMs) };
  return { ...churn, summary: first };
}

function afterQuiet(
  { churn, flappingSinceMs }: JobState,
  { detail }: ChurnLimits,
  nowMs: number,
): JobState["churn"] {
  if (churn === null || churn.summary === null || flappingSinceMs !== null || detail === "none") return churn;
  return nowMs - churn.atMs < STABLE_AFTER_MS ? churn : { ...churn, summary: null };
}

const NO_FAILURES: ChurnSummary = {
  fromMs: null,
  failures: 0,
  recoveredAtMs: null,
  notifications: 0,
  firstNotifiedAtMs: null,
};

function updateSummary(
  summary: ChurnSummary,
  { firstFailureAtMs: wasMs }: JobState,
  { firstFailureAtMs: isMs }: JobState,
  isTold: boolean,
  nowMs: number,
): ChurnSummary {
  const known =
    summary === NO_FAILURES && wasMs !== null ? { ...summary, fromMs: wasMs, failures: 1 } : summary;
  const isAnother = isMs !== null && isMs !== wasMs;
  return {
    fromMs: known.fromMs ?? isMs,
    failures: known.failures + (isAnother ? 1 : 0),
    recoveredAtMs: isMs !== null ? null : wasMs !== null ? nowMs : known.recoveredAtMs,
    notifications: known.notifications + (isTold ? 1 : 0),
    firstNotifiedAtMs: known.firstNotifiedAtMs ?? (isTold ? nowMs : null),
  };
}
