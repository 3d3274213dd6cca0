import type { Decision } from "./evaluate.ts";
import type { SuppressedNotification, SuppressionReason, JobState, PendingRecovery } from "./job-state.ts";
import type { Outcome } from "../core/outcome.ts";

/** A time during which notices are kept back. Times are Unix ms. */
export interface Silence {
  /** Null for all jobs. */
  readonly jobKey: string | null;
  readonly untilMs: number;
}

/** The owner knows of a failure. */
export interface Acknowledgement {
  readonly jobKey: string;
  /** By which it is known which failure is meant. */
  readonly firstFailureAtMs: number;
}

/** What the owner has said about notices. */
export interface Suppressions {
  readonly silences: readonly Silence[];
  readonly acknowledgements: readonly Acknowledgement[];
}

export const NO_SUPPRESSIONS: Suppressions = { silences: [], acknowledgements: [] };

/**
 * What keeps the job's notices back at this time; null for nothing. The strongest, where several do.
 *
 * @param state as it was before the run: a failure that only begins is known to nobody
 */
export function suppressionReason(
  job: string,
  state: JobState,
  isMaintained: boolean,
  { silences, acknowledgements }: Suppressions,
  nowMs: number,
): SuppressionReason | null {
  if (isMaintained) return "maintenance";
  if (silences.some((one) => nowMs < one.untilMs && (one.jobKey === null || one.jobKey === job)))
    return "silence";
  const known = acknowledgements.some(
    (one) => one.jobKey === job && one.firstFailureAtMs === state.firstFailureAtMs,
  );
  return known ? "acknowledgement" : null;
}

/** Those whose failure is over, or has made room for another. */
export function resolvedAcknowledgements(
  { acknowledgements }: Suppressions,
  stateOf: (job: string) => JobState | undefined,
): readonly Acknowledgement[] {
  return acknowledgements.filter(
    ({ jobKey, firstFailureAtMs }) => stateOf(jobKey)?.firstFailureAtMs !== firstFailureAtMs,
  );
}

/**
 * Keeps the notice back that is due, and keeps the state as it would be had nothing been due, so that it is due again
 * when nothing keeps it back any more. A recovery is due once: it is remembered.
 *
 * An acknowledgement keeps back reminders alone, and what it keeps back counts as told: its recovery is told, and so is
 * a failure that turns into another.
 *
 * @param decision what was decided without a thought of it
 */
export function applySuppression(
  before: JobState,
  decision: Decision,
  outcome: Outcome,
  suppression: SuppressionReason | null,
  nowMs: number,
): Decision {
  const { notification, state } = decision;
  if (suppression === "acknowledgement") return applyAcknowledgement(before, decision, outcome, nowMs);
  if (notification === null) return decision;
  if (suppression === null)
    return { ...decision, state: { ...state, suppressed: remainingRecovery(notification, state) } };
  const suppressed = same(before.suppressed, {
    by: suppression,
    notification,
    recovery: pendingRecoveryAfter(before, notification, nowMs),
  });
  return {
    ...decision,
    notification: null,
    state: { ...withoutNotification(before, state, notification), suppressed },
  };
}

function applyAcknowledgement(
  before: JobState,
  decision: Decision,
  outcome: Outcome,
  nowMs: number,
): Decision {
  const { notification, state, reason } = decision;
  const { lastNotifiedAtMs, lastNotifiedFailureKind } = before;
  // Who is not reminded any more would not learn of the end by the reminders that stop.
  if (reason === "recovery alerts are off" && lastNotifiedAtMs !== null) {
    return { ...decision, notification: "recovery", reason: "recovery notified" };
  }
  const isAnother = lastNotifiedAtMs !== null && outcome.failureKind !== lastNotifiedFailureKind;
  if (notification !== "failure" || isAnother) return decision;
  const suppressed = same(before.suppressed, { by: "acknowledgement", notification, recovery: null });
  const asTold =
    lastNotifiedAtMs === null
      ? { lastNotifiedAtMs: nowMs, lastNotifiedFailureKind: outcome.failureKind }
      : { lastNotifiedAtMs, lastNotifiedFailureKind };
  return { ...decision, notification: null, state: { ...state, ...asTold, suppressed } };
}

/** Had nothing been due. */
function withoutNotification(
  before: JobState,
  state: JobState,
  notice: SuppressedNotification["notification"],
): JobState {
  if (notice === "failure") {
    const { lastNotifiedAtMs, lastNotifiedFailureKind } = before.suppressed?.recovery ?? before;
    return { ...state, lastNotifiedAtMs, lastNotifiedFailureKind };
  }
  if (notice !== "inconclusive") return state;
  // The count is enough already; to go on would write a row a minute.
  const inconclusiveRuns =
    before.suppressed?.notification === "inconclusive" ? before.inconclusiveRuns : state.inconclusiveRuns;
  return { ...state, inconclusiveRuns, inconclusiveNotified: false };
}

/** The recovery that is to be told later. */
function pendingRecoveryAfter(
  before: JobState,
  notice: SuppressedNotification["notification"],
  nowMs: number,
): PendingRecovery | null {
  // A job that fails again is known to fail.
  if (notice === "failure") return null;
  const owed = before.suppressed?.recovery ?? null;
  if (notice !== "recovery" || owed !== null) return owed;
  const { failures, firstFailureAtMs, lastNotifiedAtMs, lastNotifiedFailureKind } = before;
  return { failures, firstFailureAtMs, lastNotifiedAtMs, lastNotifiedFailureKind, endedAtMs: nowMs };
}

/** That a job cannot be checked says nothing of a recovery that was not told. */
function remainingRecovery(
  notice: SuppressedNotification["notification"],
  { suppressed }: JobState,
): SuppressedNotification | null {
  return notice === "inconclusive" && suppressed !== null && suppressed.recovery !== null
    ? { ...suppressed, notification: "recovery" }
    : null;
}

/** The object of before where it says the same, so that no row is written for it. */
function same(before: SuppressedNotification | null, after: SuppressedNotification): SuppressedNotification {
  const isSame =
    before !== null &&
    before.by === after.by &&
    before.notification === after.notification &&
    before.recovery === after.recovery;
  return isSame ? before : after;
}
