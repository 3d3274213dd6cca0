import { HOUR_MS, MINUTE_MS } from "./frequency.ts";

/** Whether a person may be sent one more mail. Times are Unix ms. */
export type Allowance =
  /** `heldUntilMs`: it is the last for now, and says that what follows is held till then; or null. */
  | { readonly kind: "send"; readonly heldUntilMs: number | null }
  | { readonly kind: "hold"; readonly untilMs: number };

/** A pause so short is not worth a sentence. */
const WORTH_TELLING_MS = 2 * MINUTE_MS;

/**
 * A limit over the last hour, whenever that hour began: with windows of a fixed start a person could be
 * sent twice as many within sixty minutes.
 *
 * @param acceptedAtMs when mails to this person were accepted, oldest first
 * @param limit mails an hour, at least 1
 */
export function allowance(acceptedAtMs: readonly number[], limit: number, nowMs: number): Allowance {
  const recent = withinLastHour(acceptedAtMs, nowMs);
  // The mail that has to leave the hour before another may come.
  const next = (count: number): number => (recent[count - limit] ?? nowMs) + HOUR_MS;
  if (recent.length >= limit) return { kind: "hold", untilMs: next(recent.length) };
  if (recent.length < limit - 1) return { kind: "send", heldUntilMs: null };
  const heldUntilMs = next(recent.length + 1);
  return { kind: "send", heldUntilMs: heldUntilMs - nowMs > WORTH_TELLING_MS ? heldUntilMs : null };
}

/** The times to remember once a mail was accepted at `nowMs`. */
export function withAccepted(acceptedAtMs: readonly number[], nowMs: number): readonly number[] {
  return [...withinLastHour(acceptedAtMs, nowMs), nowMs];
}

function withinLastHour(times: readonly number[], nowMs: number): readonly number[] {
  // A time that is not over yet comes from a clock that was wrong, and must not hold mail for ever.
  return times.filter((atMs) => atMs > nowMs - HOUR_MS && atMs <= nowMs + HOUR_MS);
}
