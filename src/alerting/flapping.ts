import type { Decision } from "./evaluate.ts";
import type { JobState } from "./job-state.ts";
import type { NotificationPolicy } from "./policy.ts";
import type { FlappingRule } from "../core/settings.ts";

/**
 * Puts one notice of flapping in the place of a notice for each change. Only failures that reached their
 * minimum count: what the owner does not want told does not flap. It is over when half as many runs as are
 * looked back on have brought no change; the state that the job then is in is told. Runs are counted by the
 * clock, as a quiet run leaves no trace.
 *
 * EVERYTIME is left alone: its owner asked for every failure.
 *
 * @param decision what was decided without a thought of flapping; its state knows nothing of it yet
 * @param everyMs time between two runs of the job
 */
export function withFlapping(
  rule: FlappingRule,
  policy: NotificationPolicy,
  before: JobState,
  decision: Decision,
  nowMs: number,
  everyMs: number,
): Decision {
  const counts = decision.state.status !== "inconclusive";
  if (rule.changes === 0 || policy.notifyOnFailureEvery === "EVERYTIME") {
    // Switched off meanwhile: what was kept back is told now.
    return before.flappingSinceMs !== null && counts ? stabilise(decision, nowMs) : decision;
  }
  const changed = counts && isAlerting(before) !== isAlerting(decision.state);
  const recent = before.changesAtMs.filter((atMs) => atMs > nowMs - rule.runs * everyMs);
  const changes = changed ? [...recent, nowMs] : before.changesAtMs;

  if (before.flappingSinceMs === null) {
    if (!changed || changes.length < rule.changes) return withFlapState(decision, changes, null);
    return {
      ...withFlapState(decision, changes, nowMs),
      notification: "flapping",
      reason: "changes too often",
    };
  }
  if (!counts) return withFlapState(decision, changes, before.flappingSinceMs);
  const quietMs = nowMs - (changes.at(-1) ?? before.flappingSinceMs);
  if (quietMs < Math.ceil(rule.runs / 2) * everyMs) {
    const told = withFlapState(decision, changes, before.flappingSinceMs);
    return decision.notification === null
      ? told
      : { ...told, notification: null, reason: "already notified of flapping" };
  }
  return stabilise(decision, nowMs);
}

/** What is kept back is no change that anybody could be tired of: it waits as it was. */
export function withoutFlapping(before: JobState, decision: Decision): Decision {
  return withFlapState(decision, before.changesAtMs, before.flappingSinceMs);
}

/** Tells the state in which it has come to rest. */
function stabilise(decision: Decision, nowMs: number): Decision {
  const { state } = withFlapState(decision, [], null);
  const reason = "stable after flapping";
  return isAlerting(state)
    ? { notification: "failure", reason, state: { ...state, lastNotifiedAtMs: nowMs } }
    : { notification: "recovery", reason, state };
}

/** Its failure was told, or would have been but for flapping. */
function isAlerting(state: JobState): boolean {
  return state.lastNotifiedAtMs !== null;
}

/** The same state object where nothing is new, so that no row is written for it. */
function withFlapState(
  decision: Decision,
  changesAtMs: readonly number[],
  flappingSinceMs: number | null,
): Decision {
  const { state } = decision;
  if (state.changesAtMs === changesAtMs && state.flappingSinceMs === flappingSinceMs) return decision;
  return { ...decision, state: { ...state, changesAtMs, flappingSinceMs } };
}
