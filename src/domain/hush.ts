import type { Decision } from "./decide.ts";
import type { Held, Hush, JobState, OwedRecovery } from "./job-state.ts";
import type { Outcome } from "./outcome.ts";

/** A time during which notices are kept back. Times are Unix ms. */
export interface Silence {
  /** Null for all jobs. */
  readonly job: string | null;
  readonly untilMs: number;
}

/** The owner knows of a failure. */
export interface Acknowledgement {
  readonly job: string;
  /** By which it is known which failure is meant. */
  readonly firstFailureAtMs: number;
}

/** What the owner has said about notices. */
export interface OwnersWord {
  readonly silences: readonly Silence[];
  readonly acknowledgements: readonly Acknowledgement[];
}

export const NO_WORD: OwnersWord = { silences: [], acknowledgements: [] };

/**
 * What keeps the job's notices back at this time; null for nothing. The strongest, where several do.
 *
 * @param state as it was before the run: a failure that only begins is known to nobody
 */
export function hushOf(
  job: string,
  state: JobState,
  isMaintained: boolean,
  { silences, acknowledgements }: OwnersWord,
  nowMs: number,
): Hush | null {
  if (isMaintained) return "maintenance";
  if (silences.some((one) => nowMs < one.untilMs && (one.job === null || one.job === job))) return "silence";
  const known = acknowledgements.some(
    (one) => one.job === job && one.firstFailureAtMs === state.firstFailureAtMs,
  );
  return known ? "acknowledgement" : null;
}

/** Those whose failure is over, or has made room for another. */
export function outlived(
  { acknowledgements }: OwnersWord,
  stateOf: (job: string) => JobState | undefined,
): readonly Acknowledgement[] {
  return acknowledgements.filter(
    ({ job, firstFailureAtMs }) => stateOf(job)?.firstFailureAtMs !== firstFailureAtMs,
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
export function withHush(
  before: JobState,
  decision: Decision,
  outcome: Outcome,
  hush: Hush | null,
  nowMs: number,
): Decision {
  const { notice, state } = decision;
  if (hush === "acknowledgement") return withAcknowledgement(before, decision, outcome, nowMs);
  if (notice === null) return decision;
  if (hush === null) return { ...decision, state: { ...state, held: stillOwed(notice, state) } };
  const held = same(before.held, { by: hush, notice, recovery: owedAfter(before, notice, nowMs) });
  return { ...decision, notice: null, state: { ...asUntold(before, state, notice), held } };
}

function withAcknowledgement(
  before: JobState,
  decision: Decision,
  outcome: Outcome,
  nowMs: number,
): Decision {
  const { notice, state, ground } = decision;
  const { lastNotifyAtMs, toldCondition } = before;
  // Who is not reminded any more would not learn of the end by the reminders that stop.
  if (ground === "recovery not asked for" && lastNotifyAtMs !== null) {
    return { ...decision, notice: "recovery", ground: "recovery told" };
  }
  const isAnother = lastNotifyAtMs !== null && outcome.condition !== toldCondition;
  if (notice !== "failure" || isAnother) return decision;
  const held = same(before.held, { by: "acknowledgement", notice, recovery: null });
  const asTold =
    lastNotifyAtMs === null
      ? { lastNotifyAtMs: nowMs, toldCondition: outcome.condition }
      : { lastNotifyAtMs, toldCondition };
  return { ...decision, notice: null, state: { ...state, ...asTold, held } };
}

/** Had nothing been due. */
function asUntold(before: JobState, state: JobState, notice: Held["notice"]): JobState {
  if (notice === "failure") {
    const { lastNotifyAtMs, toldCondition } = before.held?.recovery ?? before;
    return { ...state, lastNotifyAtMs, toldCondition };
  }
  if (notice !== "inconclusive") return state;
  // The count is enough already; to go on would write a row a minute.
  const inconclusiveRuns =
    before.held?.notice === "inconclusive" ? before.inconclusiveRuns : state.inconclusiveRuns;
  return { ...state, inconclusiveRuns, inconclusiveTold: false };
}

/** The recovery that is to be told later. */
function owedAfter(before: JobState, notice: Held["notice"], nowMs: number): OwedRecovery | null {
  // A job that fails again is known to fail.
  if (notice === "failure") return null;
  const owed = before.held?.recovery ?? null;
  if (notice !== "recovery" || owed !== null) return owed;
  const { failures, firstFailureAtMs, lastNotifyAtMs, toldCondition } = before;
  return { failures, firstFailureAtMs, lastNotifyAtMs, toldCondition, endedAtMs: nowMs };
}

/** That a job cannot be checked says nothing of a recovery that was not told. */
function stillOwed(notice: Held["notice"], { held }: JobState): Held | null {
  return notice === "inconclusive" && held !== null && held.recovery !== null
    ? { ...held, notice: "recovery" }
    : null;
}

/** The object of before where it says the same, so that no row is written for it. */
function same(before: Held | null, after: Held): Held {
  const isSame =
    before !== null &&
    before.by === after.by &&
    before.notice === after.notice &&
    before.recovery === after.recovery;
  return isSame ? before : after;
}
