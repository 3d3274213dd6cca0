import { withAccepted } from "./rate-limit.ts";
import { retryDelayMs, type Refusal } from "./message.ts";

/** What is remembered of a recipient between deliveries. Times are Unix ms. */
export interface RecipientState extends Refusal {
  /** When mails were accepted within the last hour, oldest first. */
  readonly acceptedAtMs: readonly number[];
  /** Temporary refusals in a row. Whatever waits for this recipient waits for the next attempt. */
  readonly refusals: number;
  /** 0 where nothing was refused. */
  readonly nextAttemptAtMs: number;
}

export const NEW_RECIPIENT: RecipientState = { acceptedAtMs: [], refusals: 0, nextAttemptAtMs: 0 };

export function afterAccepted(state: RecipientState, nowMs: number): RecipientState {
  return { ...NEW_RECIPIENT, acceptedAtMs: withAccepted(state.acceptedAtMs, nowMs) };
}

/** @param jitter from 0 to 1 */
export function afterRefused(state: RecipientState, nowMs: number, jitter: number): RecipientState {
  const refusals = state.refusals + 1;
  return { ...state, refusals, nextAttemptAtMs: nowMs + retryDelayMs(refusals, jitter) };
}
