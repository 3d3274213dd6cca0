import { MINUTE_MS } from "./frequency.ts";
import { NEW_JOB, type JobState } from "./job-state.ts";
import { REPEAT_AFTER_MS, type Notice, type NotificationPolicy } from "./notification.ts";
import type { Outcome } from "./outcome.ts";

/** Why a notice was or was not due, for people who ask later. */
export type DecisionGround =
  | "still up"
  | "recovery told"
  | "recovery of a failure that was not told"
  | "recovery not asked for"
  | "recovery kept back until now"
  | "fewer failures than the minimum"
  | "told every time"
  | "last notice too recent"
  | "last notice old enough"
  | "last notice reached nobody"
  | "failure reached the minimum"
  | "condition changed"
  | "state change already told"
  | "inconclusive, not counted"
  | "inconclusive for long"
  | "changes too often"
  | "flapping already told"
  | "settled after flapping"
  | "told without the database";

export interface Decision {
  readonly state: JobState;
  readonly notice: Notice | null;
  readonly ground: DecisionGround;
}

/** An inconclusive job is told once it has lasted for this many runs in a row and this long. */
export const INCONCLUSIVE_TOLD_AFTER_RUNS = 3;
export const INCONCLUSIVE_TOLD_AFTER_MS = 10 * MINUTE_MS;

/**
 * What a job's state becomes after `outcome`, and whether to tell anyone. `nowMs` is the scheduled time
 * of the tick (Unix ms), not the time at which the job ended, so that repeating intervals do not drift
 * with the duration of runs.
 */
export function decide(
  policy: NotificationPolicy,
  before: JobState,
  outcome: Outcome,
  nowMs: number,
): Decision {
  switch (outcome.status) {
    case "up":
      return decideUp(policy, before, outcome, nowMs);
    case "down":
      return decideDown(policy, before, outcome, nowMs);
    case "inconclusive":
      return decideInconclusive(before, outcome, nowMs);
  }
}

function decideUp(policy: NotificationPolicy, before: JobState, outcome: Outcome, nowMs: number): Decision {
  const isStill = before.succeeding && before.status === "up";
  const owed = before.held?.recovery ?? null;
  if (isStill && owed === null) return { state: before, notice: null, ground: "still up" };
  const state: JobState = isStill
    ? { ...before, held: null }
    : { ...NEW_JOB, status: "up", reason: outcome.reason, sinceMs: nowMs };
  if (before.succeeding && owed === null) return { state, notice: null, ground: "still up" };
  if (policy.notifyOnFailureEvery !== "ONSTATECHANGE") {
    return { state, notice: null, ground: "recovery not asked for" };
  }
  if (before.succeeding) return { state, notice: "recovery", ground: "recovery kept back until now" };
  // Not "failures >= minimum": what was told must end, also when its owner raised the minimum meanwhile.
  return before.lastNotifyAtMs !== null
    ? { state, notice: "recovery", ground: "recovery told" }
    : { state, notice: null, ground: "recovery of a failure that was not told" };
}

function decideDown(policy: NotificationPolicy, before: JobState, outcome: Outcome, nowMs: number): Decision {
  const owed = before.held?.recovery ?? null;
  const failed: JobState = {
    ...before,
    // Whoever was not told that it is over knows that it fails.
    ...(owed === null ? {} : { lastNotifyAtMs: owed.lastNotifyAtMs, toldCondition: owed.toldCondition }),
    held: null,
    succeeding: false,
    failures: before.failures + 1,
    firstFailureAtMs: before.firstFailureAtMs ?? nowMs,
    status: "down",
    reason: outcome.reason,
    sinceMs: before.status === "down" ? before.sinceMs : nowMs,
    inconclusiveRuns: 0,
    inconclusiveTold: false,
  };
  const { due, ground } = failureDue(policy, failed, outcome, nowMs);
  if (!due) return { state: failed, notice: null, ground };
  return {
    state: { ...failed, lastNotifyAtMs: nowMs, toldCondition: outcome.condition },
    notice: "failure",
    ground,
  };
}

function failureDue(
  policy: NotificationPolicy,
  failed: JobState,
  outcome: Outcome,
  nowMs: number,
): { due: boolean; ground: DecisionGround } {
  const minimum = policy.numberFailuresBeforeNotification;
  if (failed.failures < minimum) return { due: false, ground: "fewer failures than the minimum" };

  const repeatAfterMs = REPEAT_AFTER_MS[policy.notifyOnFailureEvery];
  if (repeatAfterMs === null) {
    // Not "failures === minimum": an owner who lowers the minimum during a failure is told of it as well.
    if (failed.lastNotifyAtMs === null) return { due: true, ground: "failure reached the minimum" };
    return outcome.condition === failed.toldCondition
      ? { due: false, ground: "state change already told" }
      : { due: true, ground: "condition changed" };
  }
  if (repeatAfterMs === 0) return { due: true, ground: "told every time" };
  return failed.lastNotifyAtMs === null || nowMs - failed.lastNotifyAtMs > repeatAfterMs
    ? { due: true, ground: "last notice old enough" }
    : { due: false, ground: "last notice too recent" };
}

function decideInconclusive(before: JobState, outcome: Outcome, nowMs: number): Decision {
  const runs = before.inconclusiveRuns + 1;
  const sinceMs = before.status === "inconclusive" ? (before.sinceMs ?? nowMs) : nowMs;
  const lasts = runs >= INCONCLUSIVE_TOLD_AFTER_RUNS && nowMs - sinceMs >= INCONCLUSIVE_TOLD_AFTER_MS;
  const tell = lasts && !before.inconclusiveTold;
  const state: JobState = {
    ...before,
    status: "inconclusive",
    reason: outcome.reason,
    sinceMs,
    // Once told the count has no further use; holding it keeps a job that can never be checked from
    // writing a row a minute.
    inconclusiveRuns: before.inconclusiveTold ? before.inconclusiveRuns : runs,
    inconclusiveTold: before.inconclusiveTold || tell,
  };
  return tell
    ? { state, notice: "inconclusive", ground: "inconclusive for long" }
    : { state, notice: null, ground: "inconclusive, not counted" };
}
