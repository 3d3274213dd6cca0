import type { Decision } from "./evaluate.ts";
import { HOUR_MS } from "../core/time/frequency.ts";
import type { JobState } from "./job-state.ts";

/** A job's last notification, of which every message was given up: nobody was reached by it. */
export interface UndeliveredNotification {
  readonly jobKey: string;
  /** When it was decided, scheduled time of the tick, Unix ms. */
  readonly atMs: number;
  /** Those who were not reached. */
  readonly recipients: readonly string[];
}

/** Who may be reached by another attempt, or the same ones who may take mail again by now. */
const AGAIN_AFTER_MS = HOUR_MS;

/**
 * Whether a job that still fails is to be notified again: at once when there is an alert contact who was not tried, for
 * example because the address was corrected, otherwise every hour.
 */
export function shouldNotifyAgain(
  unreached: UndeliveredNotification | undefined,
  contacts: readonly string[],
  nowMs: number,
): boolean {
  if (unreached === undefined) return false;
  const tried = new Set(unreached.recipients);
  return nowMs - unreached.atMs >= AGAIN_AFTER_MS || contacts.some((contact) => !tried.has(contact));
}

/** The state as if that notification had never been: it is due again if the job's last run still asks for it. */
export function forgetNotification(state: JobState): JobState {
  return {
    ...state,
    lastNotifiedAtMs: null,
    lastNotifiedFailureKind: null,
    inconclusiveNotified: false,
    flappingSinceMs: null,
  };
}

/** Says why it is notified again, where that is the reason. */
export function withUndeliveredReason(decision: Decision): Decision {
  return decision.notification === null
    ? decision
    : { ...decision, reason: "last notification was not delivered" };
}
