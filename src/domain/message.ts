import { DAY_MS, HOUR_MS, MINUTE_MS } from "./frequency.ts";
import { oneLine } from "./text.ts";

/** One mail to one address. A notice to three people is three of them, so that one refusal holds up no other. */
export interface Message {
  readonly id: string;
  readonly to: string;
  /** Whole subject, with the instance's name and any suffix. */
  readonly subject: string;
  readonly body: string;
  /** State name of the job that it is about, or null. */
  readonly job: string | null;
  /** Scheduled time of the tick that decided it, Unix ms. */
  readonly decidedAtMs: number;
  /** After this it is useless and is dropped unsent (a probe); null for what must arrive (an alert). */
  readonly expiresAtMs: number | null;
  /** Token of the loopback probe that it carries, or null. Also sent as a header. */
  readonly token: string | null;
}

/** A message that is due, held by the invocation that is sending it. */
export interface LeasedMessage extends Message {
  /** Attempts so far, this one not counted. */
  readonly attempts: number;
}

/** How an attempt ended. */
export type Delivery =
  | { readonly accepted: true }
  | {
      readonly accepted: false;
      /** The mail service's code, such as `E_RATE_LIMIT_EXCEEDED`. */
      readonly code: string;
      readonly reason: string;
      /** A repetition can not succeed: the address or the sender is not allowed. */
      readonly permanent: boolean;
    };

/** What to record of an attempt. Times are Unix ms. */
export type Settlement =
  | { readonly id: string; readonly kind: "accepted"; readonly atMs: number }
  | {
      readonly id: string;
      readonly kind: "retry";
      readonly nextAttemptAtMs: number;
      readonly error: string;
    }
  | {
      readonly id: string;
      /** `dropped`: useless by now, as a probe is after its time. `set aside`: an alert that was not told. */
      readonly kind: "set aside" | "dropped";
      readonly atMs: number;
      readonly error: string;
    };

/** Longest body, characters. A job may hand over a whole log; a row of the database has 2 MB. */
export const MAX_BODY_LENGTH = 100_000;

/** A message that could not be delivered for this long is set aside. */
export const GIVE_UP_AFTER_MS = 3 * DAY_MS;

/**
 * When to try again after `attempts` failed attempts: gaps double from 45 s to an hour, each shortened by
 * up to a quarter so that many messages do not come back at once.
 *
 * @param jitter from 0 to 1
 */
export function retryGapMs(attempts: number, jitter: number): number {
  const gapMs = Math.min(HOUR_MS, 0.75 * MINUTE_MS * 2 ** Math.min(attempts - 1, 20));
  return Math.round(gapMs * (1 - jitter / 4));
}

/** What becomes of a message after an attempt. */
export function settle(
  message: LeasedMessage,
  delivery: Delivery,
  nowMs: number,
  jitter: number,
): Settlement {
  const { id } = message;
  if (delivery.accepted) return { id, kind: "accepted", atMs: nowMs };
  const error = oneLine(`${delivery.code}: ${delivery.reason}`);
  if (message.expiresAtMs !== null && (delivery.permanent || nowMs >= message.expiresAtMs)) {
    return { id, kind: "dropped", atMs: nowMs, error };
  }
  const tooOld = nowMs - message.decidedAtMs >= GIVE_UP_AFTER_MS;
  if (delivery.permanent || tooOld) return { id, kind: "set aside", atMs: nowMs, error };
  return { id, kind: "retry", nextAttemptAtMs: nowMs + retryGapMs(message.attempts + 1, jitter), error };
}

/**
 * The subject as it is sent: the instance's name in brackets, and a random number at its end where
 * BUST_THREADING asks for one, so that mail programs do not hide an alert inside an old thread.
 *
 * @param random from 0 to 1
 */
export function composeSubject(
  settings: { readonly serverName: string; readonly bustThreading: boolean },
  subject: string,
  random: number,
): string {
  const suffix = settings.bustThreading ? ` ${100_000 + Math.floor(random * 900_000)}` : "";
  return `${oneLine(`[${settings.serverName}] ${subject}`)}${suffix}`;
}
