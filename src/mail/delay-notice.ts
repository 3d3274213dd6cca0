import { MINUTE_MS } from "../core/time/frequency.ts";
import type { LeasedMessage } from "./message.ts";
import { formatDuration, formatUtc, plural } from "../core/text.ts";

/** What arrives later than this says so. Ticks come every minute, and a retry or two are no news. */
const LATE_AFTER_MS = 5 * MINUTE_MS;

/**
 * What stands above the text of a mail: that it is late, why, and that more is held. Empty for most.
 *
 * @param messages those that the mail tells, one or more
 * @param limit mails an hour that one person may be sent
 * @param throttledUntilMs until when further mail is held, or null
 */
export function delayNotice(
  messages: readonly LeasedMessage[],
  limit: number,
  throttledUntilMs: number | null,
  nowMs: number,
): string {
  const lines: string[] = [];
  const decidedAtMs = Math.min(...messages.map((message) => message.decidedAtMs));
  const lateMs = nowMs - decidedAtMs;
  if (lateMs > LATE_AFTER_MS) {
    const what = messages.length === 1 ? "This was" : "The oldest of this was";
    const why = messages.some(({ throttled }) => throttled)
      ? `it was held, because you had been sent ${plural(limit, "mail")} within an hour`
      : "it could not be mailed before";
    lines.push(
      `${what} decided at ${formatUtc(decidedAtMs)} and comes ${formatDuration(lateMs)} late: ${why}.`,
    );
  }
  if (throttledUntilMs !== null) {
    lines.push(
      `You have been sent ${plural(limit, "mail")} within an hour, the most that MAX_MAILS_PER_HOUR allows. What comes next is held`,
      `until ${formatUtc(throttledUntilMs)} and then told in one mail.`,
    );
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n\n`;
}
