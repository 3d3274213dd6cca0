import { MINUTE_MS } from "../core/time/frequency.ts";
import { down, up, type Outcome } from "../core/outcome.ts";
import {
  FAILED_WITHOUT_CODE,
  MAX_ENDS,
  type PingReading,
  type PingRecord,
  type UnreportedFailure,
} from "./ping.ts";
import { formatDuration, formatUtc, oneLine } from "../core/text.ts";

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
export const HEARTBEAT_FAILURES = {
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
export function evaluateHeartbeat(record: PingReading, rule: HeartbeatRule, nowMs: number): Outcome {
  const { startedAtMs, running, endedAtMs, code, unreportedFailure } = record;
  const { maxRunMs } = rule;
  const { missing, tooLong } = HEARTBEAT_FAILURES;
  // First, as it is reported by one tick only, and what else is wrong is still there for the next.
  if (unreportedFailure !== null) return failedOutcome(unreportedFailure, record.durationMs, isOver(record));
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
  if (code !== 0)
    return failedOutcome({ atMs: endedAtMs, code, output: record.output }, record.durationMs, false);
  return (
    unreportedDelay(record, rule, nowMs) ?? up(`ended well at ${formatUtc(endedAtMs)}`, record.durationMs)
  );
}

/** Whether a success has followed the failure that no tick has seen. */
export function isOver({ unreportedFailure, code }: PingRecord): boolean {
  return unreportedFailure !== null && code === 0;
}

function failedOutcome(
  { atMs, code, output }: UnreportedFailure,
  tookMs: number | null,
  over: boolean,
): Outcome {
  const ended = formatUtc(atMs);
  const said =
    code === FAILED_WITHOUT_CODE
      ? `said that it failed at ${ended}`
      : `failed with exit code ${code} at ${ended}`;
  const followed = over ? ", and a success followed" : "";
  return down(`${said}${followed}${lastLine(output)}`, over ? null : tookMs, HEARTBEAT_FAILURES.failed);
}

/**
 * What was overdue or ran too long since the newest committed tick, and has ended before this one. Each moment lies
 * between two ticks only once, so the next tick does not report it again.
 */
function unreportedDelay(record: PingReading, rule: HeartbeatRule, nowMs: number): Outcome | null {
  const { evaluatedUntilMs = null, ends } = record;
  const { missing, tooLong } = HEARTBEAT_FAILURES;
  const { graceMs, maxRunMs } = rule;
  if (evaluatedUntilMs === null) return null;
  const isUnseen = (atMs: number, endMs: number): boolean =>
    atMs > evaluatedUntilMs && atMs <= nowMs && atMs <= endMs;
  for (const [index, { atMs, durationMs }] of ends.entries()) {
    const startedAtMs = durationMs === null ? null : atMs - durationMs;
    if (startedAtMs !== null && maxRunMs !== null && isUnseen(startedAtMs + maxRunMs, atMs)) {
      const ran = `ran from ${formatUtc(startedAtMs)} to ${formatUtc(atMs)}`;
      return down(`${ran}, longer than ${formatDuration(maxRunMs)}`, durationMs, tooLong);
    }
    const beforeMs = ends[index + 1]?.atMs ?? null;
    if (beforeMs === null && ends.length === MAX_ENDS) return null;
    const dueMs = dueAfter(beforeMs, record, rule);
    if (dueMs === null) continue;
    const isWaitedFor = startedAtMs !== null && maxRunMs !== null && startedAtMs < dueMs + graceMs;
    if (!isWaitedFor && isUnseen(dueMs + graceMs, atMs)) {
      const since = beforeMs === null ? "no ping" : `no ping since ${formatUtc(beforeMs)}`;
      const due = `one was due at ${formatUtc(dueMs)}, and ${formatDuration(graceMs)} of grace were over`;
      return down(`${since} until ${formatUtc(atMs)}; ${due}`, null, missing);
    }
  }
  return null;
}

/** When the next end is due, Unix ms; null where there will be none. */
function dueAfterNewest(record: PingRecord, rule: HeartbeatRule): number | null {
  return dueAfter(record.endedAtMs, record, rule);
}

function dueAfter(
  endedAtMs: number | null,
  { activeSinceMs }: PingRecord,
  { due }: HeartbeatRule,
): number | null {
  const fromMs = Math.max(endedAtMs ?? -Infinity, activeSinceMs);
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
