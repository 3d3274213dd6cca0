import { DAY_MS, MINUTE_MS, type JobFrequency } from "./frequency.ts";
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
  /** The newest failure that no committed tick has reported; null for none. */
  readonly unseenFailure: UnseenFailure | null;
  /** The newest ends, newest first, at most {@link MAX_ENDS}. */
  readonly ends: readonly RunEnd[];
  /** Minutes since 1970 in which pings were last written down, and how many in it: all, logs and ends. */
  readonly minute: number;
  readonly writes: number;
  readonly logWrites: number;
  readonly endWrites: number;
}

export interface UnseenFailure {
  readonly atMs: number;
  readonly code: number;
  /** What the work printed. */
  readonly output: string;
}

export interface RunEnd {
  readonly atMs: number;
  /** Duration of the run, ms; null where its start is not known. */
  readonly tookMs: number | null;
}

/** Enough for all ends between two ticks, unless ticks are away for long. */
export const MAX_ENDS = 12;

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
    unseenFailure: null,
    ends: [],
    minute: 0,
    writes: 0,
    logWrites: 0,
    endWrites: 0,
  };
}

/** A ping that says what the one before it said is not written down again within this time, ms. */
export const SAME_WITHIN_MS = 20_000;
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
  const counted = withWrite(record, signal, atMs);
  if (!hasRoom(record, counted, ping)) return "too often";
  switch (signal.kind) {
    case "start":
      return repeatsStart(record, ping)
        ? { ...counted, log: output }
        : { ...counted, startedAtMs: atMs, run, running: true, log: output };
    case "log":
      return { ...counted, log: output };
    case "end":
      return afterEnd(record, counted, ping, signal.code);
  }
}

function afterEnd(record: PingRecord, counted: PingRecord, ping: Ping, code: number): PingRecord {
  const ends = endsRun(record, ping.run);
  const follows = followsEnd(record, ping, code);
  const { startedAtMs } = record;
  const tookMs = ends && startedAtMs !== null ? Math.max(0, ping.atMs - startedAtMs) : null;
  const end = follows
    ? { atMs: record.endedAtMs ?? ping.atMs, tookMs: record.tookMs }
    : { atMs: ping.atMs, tookMs };
  const output = ping.output || record.log || (follows ? record.output : "");
  return {
    ...counted,
    running: record.running && !ends,
    endedAtMs: end.atMs,
    code,
    tookMs: end.tookMs,
    output,
    log: "",
    unseenFailure: code === 0 ? record.unseenFailure : { atMs: end.atMs, code, output },
    ends: follows ? record.ends : [end, ...record.ends].slice(0, MAX_ENDS),
  };
}

function withWrite(record: PingRecord, { kind }: Signal, atMs: number): PingRecord {
  const minute = Math.floor(atMs / MINUTE_MS);
  const before = record.minute === minute ? record : { writes: 0, logWrites: 0, endWrites: 0 };
  return {
    ...record,
    minute,
    writes: before.writes + 1,
    logWrites: before.logWrites + (kind === "log" ? 1 : 0),
    endWrites: before.endWrites + (kind === "end" ? 1 : 0),
  };
}

/** @param counted the record with this write counted */
function hasRoom(record: PingRecord, counted: PingRecord, { signal, run }: Ping): boolean {
  const { writes, logWrites, endWrites } = counted;
  switch (signal.kind) {
    case "start":
      return writes - logWrites - endWrites <= WRITES_A_MINUTE;
    case "log":
      return logWrites <= WRITES_A_MINUTE;
    case "end": {
      const changes = record.code === null || (record.code === 0) !== (signal.code === 0);
      if (endWrites <= WRITES_A_MINUTE || (changes && signal.code !== 0)) return true;
      return (changes || endsRun(record, run)) && endWrites <= NEWS_A_MINUTE;
    }
  }
}

function saysTheSame(record: PingRecord, ping: Ping): boolean {
  const { signal, output } = ping;
  switch (signal.kind) {
    case "start":
      return repeatsStart(record, ping) && (output === "" || output === record.log);
    case "log":
      return output === "" || output === record.log;
    case "end":
      return (
        followsEnd(record, ping, signal.code) &&
        record.code === signal.code &&
        ["", record.output].includes(output || record.log)
      );
  }
}

const repeatsStart = (record: PingRecord, { run, atMs }: Ping): boolean =>
  record.running && record.run === run && isRecent(record.startedAtMs, atMs);

/**
 * Whether an end is the newest one reported again, as when a trap and the wrapper around it both ping: the same verdict,
 * a moment later. It may add its text, but it is no run of its own.
 */
function followsEnd(record: PingRecord, { run, atMs }: Ping, code: number): boolean {
  if (record.code === null || endsRun(record, run)) return false;
  return (record.code === 0) === (code === 0) && isRecent(record.endedAtMs, atMs);
}

const isRecent = (beforeMs: number | null, atMs: number): boolean =>
  beforeMs !== null && beforeMs > atMs - SAME_WITHIN_MS;

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
  /** Newest slot of each frequency whose outcomes are committed, Unix ms; undefined where none is known. */
  readonly doneSlots?: ReadonlyMap<JobFrequency, number> | undefined;
}

/** A record as a tick judges it. */
export interface PingReading extends PingRecord {
  /** Newest committed tick that judged it, Unix ms; null where none is known. What became overdue later is news. */
  readonly judgedUntilMs?: number | null;
}

/** An unseen failure of the heartbeat `id` that a tick reports: it is seen once that tick is committed. */
export interface SeenFailure {
  readonly id: string;
  readonly atMs: number;
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
