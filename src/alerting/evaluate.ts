import { MINUTE_MS } from "../core/time/frequency.ts";
import { NEW_JOB, type JobState } from "./job-state.ts";
import { REPEAT_AFTER_MS, type NotificationKind, type NotificationPolicy } from "./policy.ts";
import type { Outcome } from "../core/outcome.ts";

/** Why a notice was or was not due, for people who ask later. */
export type DecisionReason =
  | "still up"
  | "recovery notified"
  | "recovered before any notification"
  | "recovery alerts are off"
  | "suppressed recovery sent"
  | "below the failure threshold"
  | "notifies on every failure"
  | "last notification too recent"
  | "reminder due"
  | "last notification was not delivered"
  | "failure threshold reached"
  | "failure kind changed"
  | "already notified"
  | "could not check, ignored"
  | "could not check for a long time"
  | "changes too often"
  | "already notified of flapping"
  | "stable after flapping"
  | "notified without the database";

export interface Decision {
  readonly state: JobState;
  readonly notification: NotificationKind | null;
  readonly reason: DecisionReason;
}

/** An inconclusive job is told once it has lasted for this many runs in a row and this long. */
const INCONCLUSIVE_NOTIFY_AFTER_RUNS = 3;
const INCONCLUSIVE_NOTIFY_AFTER_MS = 10 * MINUTE_MS;

/**
 * What a job's state becomes after `outcome`, and whether to tell anyone. `nowMs` is the scheduled time
 * of the tick (Unix ms), not the time at which the job ended, so that repeating intervals do not drift
 * with the duration of runs.
 */
export function evaluate(
  policy: NotificationPolicy,
  before: JobState,
  outcome: Outcome,
  nowMs: number,
): Decision {
  switch (outcome.status) {
    case "up":
      return evaluateUp(policy, before, outcome, nowMs);
    case "down":
      return evaluateDown(policy, before, outcome, nowMs);
    case "inconclusive":
      return evaluateInconclusive(before, outcome, nowMs);
  }
}

function evaluateUp(policy: NotificationPolicy, before: JobState, outcome: Outcome, nowMs: number): Decision {
  const isStill = before.succeeding && before.status === "up";
  const owed = before.suppressed?.recovery ?? null;
  if (isStill && owed === null) return { state: before, notification: null, reason: "still up" };
  const state: JobState = isStill
    ? { ...before, suppressed: null }
    : { ...NEW_JOB, status: "up", reason: outcome.reason, sinceMs: nowMs };
  if (before.succeeding && owed === null) return { state, notification: null, reason: "still up" };
  if (policy.notifyOnFailureEvery !== "ONSTATECHANGE") {
    return { state, notification: null, reason: "recovery alerts are off" };
  }
  if (before.succeeding) return { state, notification: "recovery", reason: "suppressed recovery sent" };
  // Not "failures >= minimum": what was told must end, also when its owner raised the minimum meanwhile.
  return before.lastNotifiedAtMs !== null
    ? { state, notification: "recovery", reason: "recovery notified" }
    : { state, notification: null, reason: "recovered before any notification" };
}

function evaluateDown(
  policy: NotificationPolicy,
  before: JobState,
  outcome: Outcome,
  nowMs: number,
): Decision {
  const owed = before.suppressed?.recovery ?? null;
  const failed: JobState = {
    ...before,
    // Whoever was not told that it is over knows that it fails.
    ...(owed === null
      ? {}
      : { lastNotifiedAtMs: owed.lastNotifiedAtMs, lastNotifiedFailureKind: owed.lastNotifiedFailureKind }),
    suppressed: null,
    succeeding: false,
    failures: before.failures + 1,
    firstFailureAtMs: before.firstFailureAtMs ?? nowMs,
    status: "down",
    reason: outcome.reason,
    sinceMs: before.status === "down" ? before.sinceMs : nowMs,
    inconclusiveRuns: 0,
    inconclusiveNotified: false,
  };
  const { due, reason } = isFailureDue(policy, failed, outcome, nowMs);
  if (!due) return { state: failed, notification: null, reason };
  return {
    state: { ...failed, lastNotifiedAtMs: nowMs, lastNotifiedFailureKind: outcome.failureKind },
    notification: "failure",
    reason,
  };
}

function isFailureDue(
  policy: NotificationPolicy,
  failed: JobState,
  outcome: Outcome,
  nowMs: number,
): { due: boolean; reason: DecisionReason } {
  const minimum = policy.numberFailuresBeforeNotification;
  if (failed.failures < minimum) return { due: false, reason: "below the failure threshold" };

  const repeatAfterMs = REPEAT_AFTER_MS[policy.notifyOnFailureEvery];
  if (repeatAfterMs === null) {
    // Not "failures === minimum": an owner who lowers the minimum during a failure is told of it as well.
    if (failed.lastNotifiedAtMs === null) return { due: true, reason: "failure threshold reached" };
    return outcome.failureKind === failed.lastNotifiedFailureKind
      ? { due: false, reason: "already notified" }
      : { due: true, reason: "failure kind changed" };
  }
  if (repeatAfterMs === 0) return { due: true, reason: "notifies on every failure" };
  return failed.lastNotifiedAtMs === null || nowMs - failed.lastNotifiedAtMs > repeatAfterMs
    ? { due: true, reason: "reminder due" }
    : { due: false, reason: "last notification too recent" };
}

function evaluateInconclusive(before: JobState, outcome: Outcome, nowMs: number): Decision {
  const runs = before.inconclusiveRuns + 1;
  const sinceMs = before.status === "inconclusive" ? (before.sinceMs ?? nowMs) : nowMs;
  const lasts = runs >= INCONCLUSIVE_NOTIFY_AFTER_RUNS && nowMs - sinceMs >= INCONCLUSIVE_NOTIFY_AFTER_MS;
  const tell = lasts && !before.inconclusiveNotified;
  const state: JobState = {
    ...before,
    status: "inconclusive",
    reason: outcome.reason,
    sinceMs,
    // Once told the count has no further use; holding it keeps a job that can never be checked from
    // writing a row a minute.
    inconclusiveRuns: before.inconclusiveNotified ? before.inconclusiveRuns : runs,
    inconclusiveNotified: before.inconclusiveNotified || tell,
  };
  return tell
    ? { state, notification: "inconclusive", reason: "could not check for a long time" }
    : { state, notification: null, reason: "could not check, ignored" };
}
