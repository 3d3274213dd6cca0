import type { OutcomeStatus } from "./outcome.ts";

/** What is remembered of a job between its runs. Times are Unix ms, null for never. */
export interface JobState {
  /** The last conclusive outcome was a success. True for a job that never ran. */
  readonly succeeding: boolean;
  /** Failures in a row. */
  readonly failures: number;
  readonly firstFailureAtMs: number | null;
  /** When the present failure was last told. */
  readonly lastNotifyAtMs: number | null;
  /** Condition of the failure that was last told. */
  readonly toldCondition: string | null;
  /** The last outcome as shown to a person, null before the first. */
  readonly status: OutcomeStatus | null;
  /** Reason of the last outcome, or, while up, of the one that brought it up. */
  readonly reason: string;
  /** When the present status began. */
  readonly sinceMs: number | null;
  /** Inconclusive runs in a row. */
  readonly inconclusiveRuns: number;
  /** The present run of inconclusive outcomes has been told. */
  readonly inconclusiveTold: boolean;
  /** When failures that count began or ended lately, oldest first. Kept only as far as flapping needs. */
  readonly changesAtMs: readonly number[];
  /** Since when it is called flapping, or null. */
  readonly flappingSinceMs: number | null;
}

export const NEW_JOB: JobState = {
  succeeding: true,
  failures: 0,
  firstFailureAtMs: null,
  lastNotifyAtMs: null,
  toldCondition: null,
  status: null,
  reason: "",
  sinceMs: null,
  inconclusiveRuns: 0,
  inconclusiveTold: false,
  changesAtMs: [],
  flappingSinceMs: null,
};

/**
 * Whether the two differ in anything worth a written row. A job that stays up keeps its state object, so
 * a quiet tick writes nothing however many jobs there are.
 */
export function sameState(a: JobState, b: JobState): boolean {
  return (Object.keys(NEW_JOB) as (keyof JobState)[]).every((key) => a[key] === b[key]);
}
