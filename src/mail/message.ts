import { DAY_MS, HOUR_MS, MINUTE_MS } from "../core/time/frequency.ts";
import { oneLine } from "../core/text.ts";

/** What a part of a message is: a notice of a job, or `other`, such as a mail that a job asked for. */
export type DigestItemKind = "failure" | "recovery" | "inconclusive" | "flapping" | "other";

/** One thing that one person is to be told. A decision leads to one part for each recipient. */
export interface DigestItem {
  readonly kind: DigestItemKind;
  /** State name of the job that it is about, or null. */
  readonly jobKey: string | null;
  /** Its line in a list: the job's name, or the subject of what is no notice. */
  readonly title: string;
  /** What follows the title in a list, such as the reason; "" where there is no more to say. */
  readonly detail: string;
  /** Scheduled time of the tick that decided it, Unix ms. */
  readonly atMs: number;
  /** Subject where it is told alone, without the instance's name. */
  readonly subject: string;
  /** Text where it is told alone; null where only title and detail were kept of it, in a storm. */
  readonly body: string | null;
}

/** The order of a recipient's mail: messages to itself prove that mail works, alerts are what it is for. */
export type Priority = 0 | 1 | 2;

export function priorityOf({ token, items }: Pick<Message, "token" | "items">): Priority {
  if (token !== null) return 0;
  return items.length > 0 && items.every(isOtherMail) ? 2 : 1;
}

/** Mail that a job asked for besides its notices. What Checker itself has to say is as urgent as an alert. */
export function isOtherMail({ kind, jobKey }: Pick<DigestItem, "kind" | "jobKey">): boolean {
  return kind === "other" && jobKey !== null;
}

/** What one tick has to tell one person. Written to the outbox together with the states it comes from. */
export interface Message {
  readonly id: string;
  readonly to: string;
  /** Whole subject, with the instance's name and any suffix. */
  readonly subject: string;
  readonly body: string;
  /** State name of the job that it is about; null for none or several. */
  readonly job: string | null;
  /** What it tells; none for a loopback probe. */
  readonly items: readonly DigestItem[];
  /** Scheduled time of the tick that decided it, Unix ms. */
  readonly decidedAtMs: number;
  /** After this it is useless and is dropped unsent (a probe); null for what must arrive (an alert). */
  readonly expiresAtMs: number | null;
  /** Token of the loopback probe that it carries, or null. Also sent as a header. */
  readonly token: string | null;
}

/** A message that is due, held by the invocation that is sending it. */
export interface LeasedMessage extends Message {
  /** Attempts so far, this one included. */
  readonly attempts: number;
  /** The newest of them in a row that ended without a result, this one included. */
  readonly unfinished: number;
  /** What the mail service last said, or null. */
  readonly lastError: MailError | null;
  /** It waited for the limit of mails an hour. */
  readonly throttled: boolean;
}

/** A mail as it is handed to the mail service: one message, or several to one person. */
export interface Mail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly body: string;
  readonly token: string | null;
}

/** Why a mail was not accepted. */
export interface MailError {
  /** The mail service's code, such as `E_RATE_LIMIT_EXCEEDED`. */
  readonly code: string;
  readonly reason: string;
}

/** How an attempt ended. */
export type Delivery =
  | { readonly accepted: true }
  | ({
      readonly accepted: false;
      /** A repetition can not succeed: the address or the content is refused. */
      readonly permanent: boolean;
    } & MailError);

/** What to record of a message after a lease. Times are Unix ms, `attempts` and `unfinished` are the new counts. */
export type DeliveryResult = { readonly id: string; readonly attempts: number } & (
  | { readonly kind: "accepted"; readonly atMs: number; readonly mailId: string }
  | { readonly kind: "retry"; readonly nextAttemptAtMs: number; readonly error: MailError }
  /** Not tried: the recipient has had as many mails as one may have in an hour. */
  | { readonly kind: "throttled"; readonly untilMs: number; readonly unfinished: number }
  /** Not tried: the time of this delivery was over, or its recipient refused the mail before it. */
  | { readonly kind: "returned"; readonly unfinished: number }
  /** `dropped`: useless by now, as a probe is after its time. `set aside`: an alert that was not told. */
  | { readonly kind: "failed" | "dropped"; readonly atMs: number; readonly error: MailError }
);

/** Longest body, characters. A job may hand over a whole log; a row of the database has 2 MB. */
export const MAX_BODY_LENGTH = 100_000;

/** A message that could not be delivered for this long is set aside. */
export const GIVE_UP_AFTER_MS = 3 * DAY_MS;
/** And not before so many attempts, which take some five hours. */
export const MIN_ATTEMPTS = 10;

/**
 * When to try again after `attempts` failed attempts: gaps double from 45 s to an hour, each shortened by
 * up to a quarter so that many messages do not come back at once.
 *
 * @param jitter from 0 to 1
 */
export function retryDelayMs(attempts: number, jitter: number): number {
  const gapMs = Math.min(HOUR_MS, 0.75 * MINUTE_MS * 2 ** Math.min(attempts - 1, 20));
  return Math.round(gapMs * (1 - jitter / 4));
}

/** Refusals of the same recipient, and when the next attempt may be made, Unix ms. */
export interface Refusal {
  readonly refusals: number;
  readonly nextAttemptAtMs: number;
}

/**
 * What becomes of a message after an attempt to mail it.
 *
 * @param refusal how the recipient stands after it, where it was refused for now
 */
export function resolveDelivery(
  message: LeasedMessage,
  mailId: string,
  delivery: Delivery,
  nowMs: number,
  refusal: Refusal,
): DeliveryResult {
  const { id, attempts } = message;
  if (delivery.accepted) return { id, attempts, kind: "accepted", atMs: nowMs, mailId };
  const error = { code: oneLine(delivery.code, 80), reason: oneLine(delivery.reason) };
  if (message.expiresAtMs !== null && (delivery.permanent || nowMs >= message.expiresAtMs)) {
    return { id, attempts, kind: "dropped", atMs: nowMs, error };
  }
  // What waited behind refused mail was as good as tried.
  const isGivenUp = isTooOld(message, Math.max(attempts, refusal.refusals), nowMs);
  if (delivery.permanent || isGivenUp) return { id, attempts, kind: "failed", atMs: nowMs, error };
  return { id, attempts, kind: "retry", nextAttemptAtMs: refusal.nextAttemptAtMs, error };
}

/** A message that lay untouched, because nothing ran, has not had three days of attempts. */
function isTooOld({ decidedAtMs }: LeasedMessage, attempts: number, nowMs: number): boolean {
  return nowMs - decidedAtMs >= GIVE_UP_AFTER_MS && attempts >= MIN_ATTEMPTS;
}

/** Of a message that waited until it was given up behind others that were refused. */
export const GIVEN_UP: MailError = {
  code: "E_GIVEN_UP",
  reason: "its recipient took no mail for three days",
};

/** Attempts without a result after which a message is sent alone: sending it may be what ends the invocation. */
export const SUSPECT_AFTER = 2;

/** Null unless sending this message ended the invocation so often, and for so long, that it is given up. */
export function giveUpUnfinished(message: LeasedMessage, nowMs: number): DeliveryResult | null {
  const { id, attempts, unfinished } = message;
  // This attempt has not been made yet.
  const before = { attempts: attempts - 1, unfinished: unfinished - 1 };
  if (before.unfinished < SUSPECT_AFTER || !isTooOld(message, before.attempts, nowMs)) return null;
  const reason = `the last ${before.unfinished} attempts ended without a result: sending it may be what ends them`;
  return {
    id,
    attempts: before.attempts,
    kind: "failed",
    atMs: nowMs,
    error: { code: "E_UNFINISHED", reason },
  };
}

/** A message that was leased and not tried. */
export function returnUnsent({ id, attempts, unfinished }: LeasedMessage): DeliveryResult {
  return { id, attempts: attempts - 1, kind: "returned", unfinished: unfinished - 1 };
}

/** A message that waits for the limit of mails an hour. */
export function throttle({ id, attempts, unfinished }: LeasedMessage, untilMs: number): DeliveryResult {
  return { id, attempts: attempts - 1, kind: "throttled", untilMs, unfinished: unfinished - 1 };
}

/**
 * What becomes of a message whose time was over before it was tried again. What the mail service said
 * before is kept: it is the cause.
 */
export function expire(message: LeasedMessage, nowMs: number): DeliveryResult {
  const { id, lastError } = message;
  const attempts = message.attempts - 1;
  const error = lastError ?? { code: "E_EXPIRED", reason: "its time was over before it was sent" };
  return { id, attempts, kind: "dropped", atMs: nowMs, error };
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
