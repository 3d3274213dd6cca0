import type { Decision } from "./decide.ts";
import { HOUR_MS } from "./frequency.ts";
import type { JobState } from "./job-state.ts";

/** A job's last notification, of which every message was given up: nobody was reached by it. */
export interface Unreached {
  readonly job: string;
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
export function isDueAgain(
  unreached: Unreached | undefined,
  contacts: readonly string[],
  nowMs: number,
): boolean {
  if (unreached === undefined) return false;
  const tried = new Set(unreached.recipients);
  return nowMs - unreached.atMs >= AGAIN_AFTER_MS || contacts.some((contact) => !tried.has(contact));
}

/** The state as if that notification had never been: it is due again if the job's last run still asks for it. */
export function withoutNotification(state: JobState): JobState {
  return {
    ...state,
    lastNotifyAtMs: null,
    toldCondition: null,
    inconclusiveTold: false,
    flappingSinceMs: null,
  };
}

/** Says why it is notified again, where that is the reason. */
export function explained(decision: Decision): Decision {
  return decision.notice === null ? decision : { ...decision, ground: "last notice reached nobody" };
}
