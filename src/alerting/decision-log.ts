import type { Decision, DecisionReason } from "./evaluate.ts";
import type { SuppressionReason, JobState } from "./job-state.ts";
import type { NotificationKind } from "./policy.ts";
import type { Outcome, OutcomeStatus } from "../core/outcome.ts";

/** Why somebody was told of a job's run, or was not. */
export interface DecisionRecord {
  readonly jobKey: string;
  /** Scheduled time of the tick, Unix ms. */
  readonly atMs: number;
  /** Null for the first run. */
  readonly from: OutcomeStatus | null;
  readonly status: OutcomeStatus;
  readonly reason: string;
  /** In a row, this run counted; 0 where it does not fail. */
  readonly failures: number;
  readonly decisionReason: DecisionReason;
  /** What was told; null for nothing. */
  readonly notification: NotificationKind | null;
  /** What keeps a notice back that is due; null where nothing does. */
  readonly suppressedBy: SuppressionReason | null;
  /** Ids of the messages that tell it. */
  readonly messages: readonly string[];
}

/** And what became of the messages. */
export interface DecisionLogEntry extends Omit<DecisionRecord, "messages"> {
  readonly mails: readonly LoggedMail[];
}

/** As long as messages are kept. Times are Unix ms. */
export interface LoggedMail {
  readonly to: string;
  readonly acceptedAtMs: number | null;
  readonly failedAtMs: number | null;
  /** It waits for the limit of mails an hour. */
  readonly isThrottled: boolean;
}

/**
 * Whether a decision is worth a row: the status changed, somebody is told, or a notice begins to be kept back. A job
 * that tells every failure says so at the first: a row a minute would say no more.
 */
export function shouldLog(before: JobState, { state, notification, reason }: Decision): boolean {
  if (state.status !== before.status) return true;
  if (state.suppressed !== null && state.suppressed !== before.suppressed) return true;
  return (
    notification !== null && !(reason === "notifies on every failure" && before.lastNotifiedAtMs !== null)
  );
}

/** @param messages ids of those that tell it */
export function toDecisionRecord(
  jobKey: string,
  before: JobState,
  outcome: Outcome,
  { state, notification, reason: decisionReason }: Decision,
  messages: readonly string[],
  atMs: number,
): DecisionRecord {
  return {
    jobKey,
    atMs,
    from: before.status,
    status: outcome.status,
    reason: outcome.reason,
    failures: state.failures,
    decisionReason,
    notification,
    suppressedBy: notification === null ? (state.suppressed?.by ?? null) : null,
    messages,
  };
}
