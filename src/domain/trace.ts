import type { Decision, DecisionGround } from "./decide.ts";
import type { Hush, JobState } from "./job-state.ts";
import type { Notice } from "./notification.ts";
import type { Outcome, OutcomeStatus } from "./outcome.ts";

/** Why somebody was told of a job's run, or was not. */
export interface DecisionRecord {
  readonly job: string;
  /** Scheduled time of the tick, Unix ms. */
  readonly atMs: number;
  /** Null for the first run. */
  readonly from: OutcomeStatus | null;
  readonly status: OutcomeStatus;
  readonly reason: string;
  /** In a row, this run counted; 0 where it does not fail. */
  readonly failures: number;
  readonly ground: DecisionGround;
  /** What was told; null for nothing. */
  readonly notice: Notice | null;
  /** What keeps a notice back that is due; null where nothing does. */
  readonly heldBy: Hush | null;
  /** Ids of the messages that tell it. */
  readonly messages: readonly string[];
}

/** And what became of the messages. */
export interface TraceEntry extends Omit<DecisionRecord, "messages"> {
  readonly mails: readonly TracedMail[];
}

/** As long as messages are kept. Times are Unix ms. */
export interface TracedMail {
  readonly to: string;
  readonly acceptedAtMs: number | null;
  readonly setAsideAtMs: number | null;
  /** It waits for the limit of mails an hour. */
  readonly isHeld: boolean;
}

/**
 * Whether a decision is worth a row: the status changed, somebody is told, or a notice begins to be kept back. A job
 * that tells every failure says so at the first: a row a minute would say no more.
 */
export function isWorthARecord(before: JobState, { state, notice, ground }: Decision): boolean {
  if (state.status !== before.status) return true;
  if (state.held !== null && state.held !== before.held) return true;
  return notice !== null && !(ground === "told every time" && before.lastNotifyAtMs !== null);
}

/** @param messages ids of those that tell it */
export function recordOf(
  job: string,
  before: JobState,
  outcome: Outcome,
  { state, notice, ground }: Decision,
  messages: readonly string[],
  atMs: number,
): DecisionRecord {
  return {
    job,
    atMs,
    from: before.status,
    status: outcome.status,
    reason: outcome.reason,
    failures: state.failures,
    ground,
    notice,
    heldBy: notice === null ? (state.held?.by ?? null) : null,
    messages,
  };
}
