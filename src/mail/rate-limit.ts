import { HOUR_MS, latestPossible, MINUTE_MS } from "../core/time/frequency.ts";

/** Whether a person may be sent one more mail. Times are Unix ms. */
export type RateLimitDecision =
  /** `throttledUntilMs`: it is the last for now, and says that what follows is held till then; or null. */
  | { readonly kind: "send"; readonly throttledUntilMs: number | null }
  | { readonly kind: "hold"; readonly untilMs: number };

/** A pause so short is not worth a sentence. */
const MIN_NOTICE_MS = 2 * MINUTE_MS;

/**
 * A limit over the last hour, whenever that hour began: with windows of a fixed start a person could be
 * sent twice as many within sixty minutes.
 *
 * @param acceptedAtMs when mails to this person were accepted, oldest first
 * @param limit mails an hour, at least 1
 * @param ownLimit so many of them may have been sent before this one; lower where the rest is kept for alerts
 */
export function checkRateLimit(
  acceptedAtMs: readonly number[],
  limit: number,
  nowMs: number,
  ownLimit = limit,
): RateLimitDecision {
  const recent = withinLastHour(acceptedAtMs, nowMs);
  // The mail that has to leave the hour before another may come.
  const next = (count: number, most = limit): number => (recent[count - most] ?? nowMs) + HOUR_MS;
  if (recent.length >= ownLimit) return { kind: "hold", untilMs: next(recent.length, ownLimit) };
  if (recent.length < limit - 1) return { kind: "send", throttledUntilMs: null };
  const throttledUntilMs = next(recent.length + 1);
  return {
    kind: "send",
    throttledUntilMs: throttledUntilMs - nowMs > MIN_NOTICE_MS ? throttledUntilMs : null,
  };
}

/** Of the mails of an hour, how many may be other mail than alerts: a job that mails a lot must not use up what alerts need. */
export function otherMailLimit(limit: number): number {
  return Math.max(1, Math.floor((limit * 2) / 3));
}

/** The times to remember once a mail was accepted at `nowMs`. */
export function withAccepted(acceptedAtMs: readonly number[], nowMs: number): readonly number[] {
  return [...withinLastHour(acceptedAtMs, nowMs), nowMs];
}

function withinLastHour(times: readonly number[], nowMs: number): readonly number[] {
  // A time from the future comes from a clock that was wrong, and must not hold mail back.
  return times.filter((atMs) => atMs > nowMs - HOUR_MS && atMs <= latestPossible(nowMs));
}
