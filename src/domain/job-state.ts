import type { Notice } from "./notification.ts";
import type { OutcomeStatus } from "./outcome.ts";

/** What keeps back a notice that is due. */
export type Hush = "maintenance" | "silence" | "acknowledgement";

/** A failure that was told and is over, which is not told yet. Times are Unix ms. */
export interface OwedRecovery {
  readonly failures: number;
  readonly firstFailureAtMs: number | null;
  readonly lastNotifyAtMs: number | null;
  readonly toldCondition: string | null;
  /** When it was over. */
  readonly endedAtMs: number;
}

/** A notice that is kept back. */
export interface Held {
  readonly by: Hush;
  readonly notice: Notice;
  /** Still to be told when nothing keeps it back any more; null where no recovery is. */
  readonly recovery: OwedRecovery | null;
}

/** What becomes of an incident while its job is unsettled. Times are Unix ms. */
export interface Summary {
  /** First failure of the incident that is open; null before there is one. */
  readonly fromMs: number | null;
  /** How often the job failed since. */
  readonly failures: number;
  /** When its last failure ended; null while it fails. */
  readonly recoveredAtMs: number | null;
  /** Notices that are not in the incident's row yet. */
  readonly notices: number;
  readonly firstNoticeAtMs: number | null;
}

/** How much a job changes, see churn.ts. */
export interface Churn {
  /** One more with each change, less as time passes. */
  readonly level: number;
  /** When it last changed, Unix ms. */
  readonly atMs: number;
  /** Null while each change is listed. */
  readonly summary: Summary | null;
}

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
  /** What is due and kept back; null for nothing. */
  readonly held: Held | null;
  /** Null for a job that never changed. */
  readonly churn: Churn | null;
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
  held: null,
  churn: null,
};

/** Failures in a row that are newer than what the job's state says. */
export interface FailureCount {
  readonly failures: number;
  /** By which it is known that the state is of the same failure, Unix ms. */
  readonly firstFailureAtMs: number | null;
}
export type FailureCounts = ReadonlyMap<string, FailureCount>;

/**
 * Whether a job goes on failing as it did, but for the count: a thousand of them are then one row a tick. Not before
 * it was told: until then the count decides whether it is, and must not be lost with that one row.
 */
export function onlyCounts(before: JobState, after: JobState): boolean {
  return (
    !before.succeeding &&
    (after.lastNotifyAtMs !== null || after.held !== null) &&
    sameState(before, { ...after, failures: before.failures })
  );
}

/** The states, with those counts in them that belong to them. */
export function withCounts(
  states: ReadonlyMap<string, JobState>,
  counts: FailureCounts,
): { readonly states: ReadonlyMap<string, JobState>; readonly counts: FailureCounts } {
  const counted = new Map(states);
  const belonging = new Map<string, FailureCount>();
  for (const [job, count] of counts) {
    const state = states.get(job);
    if (state === undefined || !belongs(count, state)) continue;
    counted.set(job, { ...state, failures: count.failures });
    belonging.set(job, count);
  }
  return { states: counted, counts: belonging };
}

function belongs({ failures, firstFailureAtMs }: FailureCount, state: JobState): boolean {
  return !state.succeeding && state.firstFailureAtMs === firstFailureAtMs && failures > state.failures;
}

/**
 * Whether the two differ in anything worth a written row. A job that stays up keeps its state object, so
 * a quiet tick writes nothing however many jobs there are.
 */
export function sameState(a: JobState, b: JobState): boolean {
  return (Object.keys(NEW_JOB) as (keyof JobState)[]).every((key) => a[key] === b[key]);
}
