import { MINUTE_MS } from "./frequency.ts";
import { down, up, type Outcome } from "./outcome.ts";
import { FAILED, type PingRecord } from "./ping.ts";
import { formatDuration, formatUtc, oneLine } from "./text.ts";

/** When a heartbeat is due, and what it may take. Times are in ms. */
export interface HeartbeatRule {
  readonly due:
    | { readonly kind: "every"; readonly everyMs: number }
    /** `nextAfter` gives the first time after another, Unix ms; null where there will be none. */
    | { readonly kind: "schedule"; readonly nextAfter: (atMs: number) => number | null };
  /** How late a ping may come. */
  readonly graceMs: number;
  /** How long a run may take from its start; null where only its end is waited for. */
  readonly maxRunMs: number | null;
}

/** A failure that changes from one of these to another is told again. */
export const HEARTBEAT_CONDITIONS = {
  failed: "failed",
  missing: "missing",
  tooLong: "running too long",
} as const;

/** A server's clock that is ahead by less starts its work before we take it to be due, ms. */
const EARLY_MS = MINUTE_MS;

/**
 * Whether a heartbeat is well. Reasons name times and not ages, so that a state that lasts keeps its reason and
 * writes no row.
 *
 * One that was never pinged is not down before its first ping is due, counted from when it was first watched.
 *
 * @param nowMs scheduled time of the tick, Unix ms. Pings may be newer, as a tick begins after its time.
 */
export function judgeHeartbeat(record: PingRecord, rule: HeartbeatRule, nowMs: number): Outcome {
  const { startedAtMs, running, endedAtMs, code } = record;
  const { maxRunMs } = rule;
  const { failed, missing, tooLong } = HEARTBEAT_CONDITIONS;
  const runsUntilMs = running && maxRunMs !== null && startedAtMs !== null ? startedAtMs + maxRunMs : null;
  if (runsUntilMs !== null && nowMs >= runsUntilMs) {
    const started = formatUtc(startedAtMs ?? 0);
    const printed = lastLine(record.log);
    return down(
      `still running since ${started}, longer than ${formatDuration(maxRunMs ?? 0)}${printed}`,
      null,
      tooLong,
    );
  }
  const dueMs = dueAfterNewest(record, rule);
  const overdueMs = dueMs === null ? Infinity : dueMs + rule.graceMs;
  // A run that began in time, and may still take its time, will say how it ended. One that begins later ends no failure.
  const isWaitedFor = runsUntilMs !== null && startedAtMs !== null && startedAtMs < overdueMs;
  if (dueMs !== null && nowMs >= overdueMs && !isWaitedFor) {
    return down(missingText(record, rule, dueMs), null, missing);
  }
  if (endedAtMs === null || code === null) return up("no ping is overdue");
  const ended = formatUtc(endedAtMs);
  if (code === 0) return up(`ended well at ${ended}`, record.tookMs);
  const said =
    code === FAILED ? `said that it failed at ${ended}` : `failed with exit code ${code} at ${ended}`;
  return down(`${said}${lastLine(record.output)}`, record.tookMs, failed);
}

/** When the next end is due, Unix ms; null where there will be none. */
export function dueAfterNewest(
  { endedAtMs, watchedSinceMs }: PingRecord,
  { due }: HeartbeatRule,
): number | null {
  const fromMs = Math.max(endedAtMs ?? -Infinity, watchedSinceMs);
  if (due.kind === "every") return fromMs + due.everyMs;
  // What ended right before its time was begun by a clock that is ahead of ours.
  return due.nextAfter(fromMs === endedAtMs ? fromMs + EARLY_MS : fromMs);
}

function missingText(
  { startedAtMs, endedAtMs, running }: PingRecord,
  rule: HeartbeatRule,
  dueMs: number,
): string {
  const due = `due at ${formatUtc(dueMs)}, and ${formatDuration(rule.graceMs)} of grace are over`;
  if (running && startedAtMs !== null) {
    return `started at ${formatUtc(startedAtMs)} and did not say how it ended, which was ${due}`;
  }
  return endedAtMs === null
    ? `no ping yet; one was ${due}`
    : `no ping since ${formatUtc(endedAtMs)}; one was ${due}`;
}

/** The last line of what was printed, which mostly says what went wrong. */
function lastLine(printed: string): string {
  const line = printed.split("\n").findLast((text) => oneLine(text) !== "");
  return line === undefined ? "" : `; it printed: ${oneLine(line, 200)}`;
}
