import type { NotificationKind } from "./policy.ts";
import type { OutcomeStatus } from "../core/outcome.ts";

/** What keeps back a notice that is due. */
export type SuppressionReason = "maintenance" | "silence" | "acknowledgement";

/** A failure that was told and is over, which is not told yet. Times are Unix ms. */
export interface PendingRecovery {
  readonly failures: number;
  readonly firstFailureAtMs: number | null;
  readonly lastNotifiedAtMs: number | null;
  readonly lastNotifiedFailureKind: string | null;
  /** When it was over. */
  readonly endedAtMs: number;
}

/** A notice that is kept back. */
export interface SuppressedNotification {
  readonly by: SuppressionReason;
  readonly notification: NotificationKind;
  /** Still to be told when nothing keeps it back any more; null where no recovery is. */
  readonly recovery: PendingRecovery | null;
}

/** What becomes of an incident while its job is unsettled. Times are Unix ms. */
export interface ChurnSummary {
  /** First failure of the incident that is open; null before there is one. */
  readonly fromMs: number | null;
  /** How often the job failed since. */
  readonly failures: number;
  /** When its last failure ended; null while it fails. */
  readonly recoveredAtMs: number | null;
  /** Notices that are not in the incident's row yet. */
  readonly notifications: number;
  readonly firstNotifiedAtMs: number | null;
}

/** How much a job changes, see churn.ts. */
interface Churn {
  /** One more with each change, less as time passes. */
  readonly level: number;
  /** When it last changed, Unix ms. */
  readonly atMs: number;
  /** Null while each change is listed. */
  readonly summary: ChurnSummary | null;
}

/** What is remembered of a job between its runs. Times are Unix ms, null for never. */
export interface JobState {
  /** The last conclusive outcome was a success. True for a job that never ran. */
  readonly succeeding: boolean;
  /** Failures in a row. */
  readonly failures: number;
  readonly firstFailureAtMs: number | null;
  /** When the present failure was last told. */
  readonly lastNotifiedAtMs: number | null;
  /** Condition of the failure that was last told. */
  readonly lastNotifiedFailureKind: string | null;
  /** The last outcome as shown to a person, null before the first. */
  readonly status: OutcomeStatus | null;
  /** Reason of the last outcome, or, while up, of the one that brought it up. */
  readonly reason: string;
  /** When the present status began. */
  readonly sinceMs: number | null;
  /** Inconclusive runs in a row. */
  readonly inconclusiveRuns: number;
  /** The present run of inconclusive outcomes has been told. */
  readonly inconclusiveNotified: boolean;
  /** When failures that count began or ended lately, oldest first. Kept only as far as flapping needs. */
  readonly changesAtMs: readonly number[];
  /** Since when it is called flapping, or null. */
  readonly flappingSinceMs: number | null;
  /** What is due and kept back; null for nothing. */
  readonly suppressed: SuppressedNotification | null;
  /** Null for a job that never changed. */
  readonly churn: Churn | null;
}

export const NEW_JOB: JobState = {
  succeeding: true,
  failures: 0,
  firstFailureAtMs: null,
  lastNotifiedAtMs: null,
  lastNotifiedFailureKind: null,
  status: null,
  reason: "",
  sinceMs: null,
  inconclusiveRuns: 0,
  inconclusiveNotified: false,
  changesAtMs: [],
  flappingSinceMs: null,
  suppressed: null,
  churn: null,
};

/** Failures in a row that are newer than what the job's state says. */
interface FailureCounter {
  readonly failures: number;
  /** By which it is known that the state is of the same failure, Unix ms. */
  readonly firstFailureAtMs: number | null;
}
export type FailureCounters = ReadonlyMap<string, FailureCounter>;

/**
 * Whether a job goes on failing as it did, but for the count: a thousand of them are then one row a tick. Not before
 * it was told: until then the count decides whether it is, and must not be lost with that one row.
 */
export function onlyCounterChanged(before: JobState, after: JobState): boolean {
  return (
    !before.succeeding &&
    (after.lastNotifiedAtMs !== null || after.suppressed !== null) &&
    isSameState(before, { ...after, failures: before.failures })
  );
}

/** The states, with those counts in them that belong to them. */
export function mergeCounters(
  states: ReadonlyMap<string, JobState>,
  failureCounters: FailureCounters,
): { readonly states: ReadonlyMap<string, JobState>; readonly failureCounters: FailureCounters } {
  const counted = new Map(states);
  const belonging = new Map<string, FailureCounter>();
  for (const [job, count] of failureCounters) {
    const state = states.get(job);
    if (state === undefined || !isForSameFailure(count, state)) continue;
    counted.set(job, { ...state, failures: count.failures });
    belonging.set(job, count);
  }
  return { states: counted, failureCounters: belonging };
}

function isForSameFailure({ failures, firstFailureAtMs }: FailureCounter, state: JobState): boolean {
  return !state.succeeding && state.firstFailureAtMs === firstFailureAtMs && failures > state.failures;
}

/**
 * Whether the two differ in anything worth a written row. A job that stays up keeps its state object, so
 * a quiet tick writes nothing however many jobs there are.
 */
export function isSameState(a: JobState, b: JobState): boolean {
  return (Object.keys(NEW_JOB) as (keyof JobState)[]).every((key) => a[key] === b[key]);
}
