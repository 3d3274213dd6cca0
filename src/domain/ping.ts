import { DAY_MS, MINUTE_MS } from "./frequency.ts";
import type { Damage } from "./ports.ts";

/** What a ping says of the work whose heartbeat it is. */
export type Signal =
  | { readonly kind: "start" }
  /** `code` is 0 for a success, 1 to 255 for the exit code of a failure, and FAILED for one without. */
  | { readonly kind: "end"; readonly code: number }
  /** Only leaves its text. */
  | { readonly kind: "log" };

/** Code of a failure that gave no exit code. */
export const FAILED = -1;

export interface Ping {
  readonly signal: Signal;
  /** Which of several runs it is of, where the work says so; null where it does not. */
  readonly run: string | null;
  /** What the work printed, of at most {@link MAX_OUTPUT} characters; "" for nothing. */
  readonly output: string;
  /** When it came in, by our own clock, Unix ms. */
  readonly atMs: number;
}

/** What stands after the key in an address: nothing or `success`, `start`, `fail`, `log`, or an exit code. Null for all else. */
export function parseSignal(text: string): Signal | null {
  switch (text) {
    case "":
    case "success":
      return { kind: "end", code: 0 };
    case "start":
    case "log":
      return { kind: text };
    case "fail":
      return { kind: "end", code: FAILED };
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
  readonly watchedSinceMs: number;
  /** When a tick last wrote down that it watches it: once a day. */
  readonly seenAtMs: number;
  /** The newest start. */
  readonly startedAtMs: number | null;
  /** Which run that start was of. */
  readonly run: string | null;
  /** That run has not ended. */
  readonly running: boolean;
  /** The newest end, and its code. */
  readonly endedAtMs: number | null;
  readonly code: number | null;
  /** How long the run took that ended then, ms; null where its start is not known. */
  readonly tookMs: number | null;
  /** What was printed until the newest end. */
  readonly output: string;
  /** What was printed since. */
  readonly log: string;
  /** Minutes since 1970 in which pings were last written down, and how many in it. */
  readonly minute: number;
  readonly writes: number;
}

export function newRecord(nowMs: number): PingRecord {
  return {
    watchedSinceMs: nowMs,
    seenAtMs: nowMs,
    startedAtMs: null,
    run: null,
    running: false,
    endedAtMs: null,
    code: null,
    tookMs: null,
    output: "",
    log: "",
    minute: 0,
    writes: 0,
  };
}

/** A ping that says what the one before it said is not written down again within this time, ms. */
export const SAME_WITHIN_MS = 20_000;
/** Pings of one heartbeat that are written down in a minute: each is a row, of which the Free plan has 100,000 a day. */
export const WRITES_A_MINUTE = 12;
/** A heartbeat that no tick has watched for so long is gone: its pings are refused, ms. */
export const GONE_AFTER_MS = 3 * DAY_MS;
/** A tick writes down that it watches a heartbeat when that was last written so long ago, ms. */
export const SEEN_AGAIN_AFTER_MS = DAY_MS;

/** So long without a recorded tick the database may have been away, for pings as well, ms. */
export const BLIND_MS = 10 * MINUTE_MS;

/** The record of a heartbeat that is watched at `nowMs`: one that nobody watched for long is due anew from then on. */
export function watchedAt(record: PingRecord | undefined, nowMs: number): PingRecord {
  if (record === undefined) return newRecord(nowMs);
  const wasGone = record.seenAtMs <= nowMs - GONE_AFTER_MS;
  return {
    ...record,
    seenAtMs: Math.max(record.seenAtMs, nowMs),
    ...(wasGone ? { watchedSinceMs: nowMs, running: false } : {}),
  };
}

/** `too often`: it was not taken, and whoever sent it has to send it again. */
export type PingReceipt = "recorded" | "unknown" | "too often";

/**
 * What the record becomes after a ping. "same" where it tells nothing new, so that nothing need be written: an equal
 * one of a moment ago. It compares with what is recorded and not with what came last to one copy of the Worker: between
 * two equal pings another copy may have taken one that says otherwise.
 */
export function afterPing(record: PingRecord, ping: Ping): PingRecord | "same" | "too often" {
  const { signal, run, output, atMs } = ping;
  if (saysTheSame(record, ping)) return "same";
  const minute = Math.floor(atMs / MINUTE_MS);
  const writes = record.minute === minute ? record.writes + 1 : 1;
  if (writes > WRITES_A_MINUTE) return "too often";
  const counted = { ...record, minute, writes };
  switch (signal.kind) {
    case "start":
      return { ...counted, startedAtMs: atMs, run, running: true, log: output };
    case "log":
      return { ...counted, log: output };
    case "end": {
      const ends = endsRun(record, run);
      return {
        ...counted,
        running: record.running && !ends,
        endedAtMs: atMs,
        code: signal.code,
        tookMs: ends && record.startedAtMs !== null ? Math.max(0, atMs - record.startedAtMs) : null,
        output: output === "" ? record.log : output,
        log: "",
      };
    }
  }
}

function saysTheSame(record: PingRecord, { signal, run, output, atMs }: Ping): boolean {
  const isLate = (beforeMs: number | null): boolean => (beforeMs ?? -Infinity) <= atMs - SAME_WITHIN_MS;
  switch (signal.kind) {
    case "start":
      return record.running && record.run === run && !isLate(record.startedAtMs);
    case "log":
      return record.log === output;
    case "end":
      return record.code === signal.code && !isLate(record.endedAtMs) && !endsRun(record, run);
  }
}

/** Whether an end of `run` is that of the newest start. One that names no run is taken for it. */
function endsRun(record: PingRecord, run: string | null): boolean {
  return record.running && (record.run === null || run === null || record.run === run);
}

/** A heartbeat, as the database knows it. */
export interface Watched {
  /** What stands for it in its address: `jobId` of its job. */
  readonly id: string;
  /** Identity of its job. */
  readonly job: string;
}

export interface KnownPings {
  readonly records: ReadonlyMap<string, PingRecord>;
  readonly damage: readonly Damage[];
  /** Until when no tick was recorded for {@link BLIND_MS} or more, Unix ms: who pinged before may have found nobody. */
  readonly blindUntilMs: number;
}

/** Every method may reject with a StoreFault, and may be called again then: what was done is not done twice. */
export interface PingStore {
  /**
   * All that is known, by id, and the rows that cannot be read.
   *
   * @param nowMs scheduled time of the tick, Unix ms
   */
  readPings(nowMs: number): Promise<KnownPings>;
  /** One of them by its id; null where there is none that can be read. */
  readPing(id: string, nowMs: number): Promise<PingRecord | null>;
  /** Writes down that these are watched: from now on, or again. What is damaged is made anew. */
  watch(watched: readonly Watched[], damage: readonly Damage[], nowMs: number): Promise<void>;
  recordPing(id: string, ping: Ping): Promise<PingReceipt>;
}
