import { DAY_MS, MINUTE_MS } from "../core/time/frequency.ts";

/** What a ping says of the work whose heartbeat it is. */
export type PingKind =
  | { readonly kind: "start" }
  /** `code` is 0 for a success, 1 to 255 for the exit code of a failure, and FAILED for one without. */
  | { readonly kind: "end"; readonly code: number }
  /** Only leaves its text. */
  | { readonly kind: "log" };

/** Code of a failure that gave no exit code. */
export const FAILED_WITHOUT_CODE = -1;

export interface Ping {
  readonly kind: PingKind;
  /** Which of several runs it is of, where the work says so; null where it does not. */
  readonly runId: string | null;
  /** What the work printed, of at most {@link MAX_OUTPUT} characters; "" for nothing. */
  readonly output: string;
  /** When it came in, by our own clock, Unix ms. */
  readonly atMs: number;
}

/** What stands after the key in an address: nothing or `success`, `start`, `fail`, `log`, or an exit code. Null for all else. */
export function parsePingKind(text: string): PingKind | null {
  switch (text) {
    case "":
    case "success":
      return { kind: "end", code: 0 };
    case "start":
    case "log":
      return { kind: text };
    case "fail":
      return { kind: "end", code: FAILED_WITHOUT_CODE };
    default:
      return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= 255
        ? { kind: "end", code: Number(text) }
        : null;
  }
}

/** Longest text that is kept of one ping, characters. */
export const MAX_OUTPUT = 2_000;

/** What is known of one heartbeat. Times are Unix ms, null for never. */
export interface PingRecord {
  /** Since when it is watched without a longer break. */
  readonly activeSinceMs: number;
  /** When a tick last wrote down that it watches it: once a day. */
  readonly evaluatedAtMs: number;
  /** The newest start. */
  readonly startedAtMs: number | null;
  /** Which run that start was of. */
  readonly runId: string | null;
  /** That run has not ended. */
  readonly running: boolean;
  /** The newest end, and its code. */
  readonly endedAtMs: number | null;
  readonly code: number | null;
  /** How long the run took that ended then, ms; null where its start is not known. */
  readonly durationMs: number | null;
  /** What was printed until the newest end. */
  readonly output: string;
  /** What was printed since. */
  readonly log: string;
  /** The newest failure that no committed tick has reported; null for none. */
  readonly unreportedFailure: UnreportedFailure | null;
  /** The newest ends, newest first, at most {@link MAX_ENDS}. */
  readonly ends: readonly RunEnd[];
  /** Minutes since 1970 in which pings were last written down, and how many in it: all, logs and ends. */
  readonly minute: number;
  readonly writes: number;
  readonly logWrites: number;
  readonly endWrites: number;
}

export interface UnreportedFailure {
  readonly atMs: number;
  readonly code: number;
  /** What the work printed. */
  readonly output: string;
}

interface RunEnd {
  readonly atMs: number;
  /** Duration of the run, ms; null where its start is not known. */
  readonly durationMs: number | null;
}

/** Enough for all ends between two ticks, unless ticks are away for long. */
export const MAX_ENDS = 12;

export function newRecord(nowMs: number): PingRecord {
  return {
    activeSinceMs: nowMs,
    evaluatedAtMs: nowMs,
    startedAtMs: null,
    runId: null,
    running: false,
    endedAtMs: null,
    code: null,
    durationMs: null,
    output: "",
    log: "",
    unreportedFailure: null,
    ends: [],
    minute: 0,
    writes: 0,
    logWrites: 0,
    endWrites: 0,
  };
}

/** A ping that says what the one before it said is not written down again within this time, ms. */
export const DUPLICATE_WITHIN_MS = 20_000;
/**
 * Pings of one kind (starts, logs, ends) of one heartbeat that are written in a minute. Each is a row, of which the Free
 * plan has 100,000 a day. Each kind has its own room, so that lines of progress cannot crowd out the end.
 */
export const WRITES_A_MINUTE = 12;
/**
 * As many ends are written in a minute when they say something new: they end a run, or change a failure to a success. A
 * failure after a success is always written. It can follow each written success once, so rows stay bounded.
 */
export const NEWS_A_MINUTE = 24;
/** A heartbeat that no tick has watched for so long is gone: its pings are refused, ms. */
export const GONE_AFTER_MS = 3 * DAY_MS;
/** A tick writes down that it watches a heartbeat when that was last written so long ago, ms. */
export const REGISTER_EVERY_MS = DAY_MS;

/** So long without a recorded tick the database may have been away, for pings as well, ms. */
export const OUTAGE_MS = 10 * MINUTE_MS;

/** The record of a heartbeat that is watched at `nowMs`: one that nobody watched for long is due anew from then on. */
export function registeredAt(record: PingRecord | undefined, nowMs: number): PingRecord {
  if (record === undefined) return newRecord(nowMs);
  const wasGone = record.evaluatedAtMs <= nowMs - GONE_AFTER_MS;
  return {
    ...record,
    evaluatedAtMs: Math.max(record.evaluatedAtMs, nowMs),
    ...(wasGone ? { activeSinceMs: nowMs, running: false } : {}),
  };
}

/** `too often`: it was not taken, and whoever sent it has to send it again. */
export type PingResult = "recorded" | "unknown" | "too often";

/** A heartbeat, as the database knows it. */
export interface HeartbeatRegistration {
  /** What stands for it in its address: `jobId` of its job. */
  readonly id: string;
  /** Identity of its job. */
  readonly jobKey: string;
}

/** A record as a tick judges it. */
export interface PingReading extends PingRecord {
  /** Newest committed tick that judged it, Unix ms; null where none is known. What became overdue later is news. */
  readonly evaluatedUntilMs?: number | null;
}

/** An unseen failure of the heartbeat `id` that a tick reports: it is seen once that tick is committed. */
export interface ReportedFailure {
  readonly id: string;
  readonly atMs: number;
}
