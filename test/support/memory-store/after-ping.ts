/** The rules that `D1PingStore` has as SQL, as code. A contract test proves that both do the same with any pings. */
import { MINUTE_MS } from "../../../src/core/time/frequency.ts";
import {
  MAX_ENDS,
  NEWS_A_MINUTE,
  DUPLICATE_WITHIN_MS,
  WRITES_A_MINUTE,
  type Ping,
  type PingRecord,
  type PingKind,
} from "../../../src/heartbeats/ping.ts";

/**
 * What the record becomes after a ping. "same" where it tells nothing new, so that nothing need be written: an equal
 * one of a moment ago. It compares with what is recorded and not with what came last to one copy of the Worker: between
 * two equal pings another copy may have taken one that says otherwise.
 */
export function afterPing(record: PingRecord, ping: Ping): PingRecord | "same" | "too often" {
  const { kind, runId, output, atMs } = ping;
  if (isDuplicate(record, ping)) return "same";
  const counted = withWrite(record, kind, atMs);
  if (!hasRoom(record, counted, ping)) return "too often";
  switch (kind.kind) {
    case "start":
      return repeatsStart(record, ping)
        ? { ...counted, log: output }
        : { ...counted, startedAtMs: atMs, runId, running: true, log: output };
    case "log":
      return { ...counted, log: output };
    case "end":
      return afterEnd(record, counted, ping, kind.code);
  }
}

function afterEnd(record: PingRecord, counted: PingRecord, ping: Ping, code: number): PingRecord {
  const ends = completesRun(record, ping.runId);
  const follows = followsEnd(record, ping, code);
  const { startedAtMs } = record;
  const durationMs = ends && startedAtMs !== null ? Math.max(0, ping.atMs - startedAtMs) : null;
  const end = follows
    ? { atMs: record.endedAtMs ?? ping.atMs, durationMs: record.durationMs }
    : { atMs: ping.atMs, durationMs };
  const output = ping.output || record.log || (follows ? record.output : "");
  return {
    ...counted,
    running: record.running && !ends,
    endedAtMs: end.atMs,
    code,
    durationMs: end.durationMs,
    output,
    log: "",
    unreportedFailure: code === 0 ? record.unreportedFailure : { atMs: end.atMs, code, output },
    ends: follows ? record.ends : [end, ...record.ends].slice(0, MAX_ENDS),
  };
}

function withWrite(record: PingRecord, { kind }: PingKind, atMs: number): PingRecord {
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
function hasRoom(record: PingRecord, counted: PingRecord, { kind, runId }: Ping): boolean {
  const { writes, logWrites, endWrites } = counted;
  switch (kind.kind) {
    case "start":
      return writes - logWrites - endWrites <= WRITES_A_MINUTE;
    case "log":
      return logWrites <= WRITES_A_MINUTE;
    case "end": {
      const changes = record.code === null || (record.code === 0) !== (kind.code === 0);
      if (endWrites <= WRITES_A_MINUTE || (changes && kind.code !== 0)) return true;
      return (changes || completesRun(record, runId)) && endWrites <= NEWS_A_MINUTE;
    }
  }
}

function isDuplicate(record: PingRecord, ping: Ping): boolean {
  const { kind, output } = ping;
  switch (kind.kind) {
    case "start":
      return repeatsStart(record, ping) && (output === "" || output === record.log);
    case "log":
      return output === "" || output === record.log;
    case "end":
      return (
        followsEnd(record, ping, kind.code) &&
        record.code === kind.code &&
        ["", record.output].includes(output || record.log)
      );
  }
}

const repeatsStart = (record: PingRecord, { runId, atMs }: Ping): boolean =>
  record.running && record.runId === runId && isRecent(record.startedAtMs, atMs);

/**
 * Whether an end is the newest one reported again, as when a trap and the wrapper around it both ping: the same verdict,
 * a moment later. It may add its text, but it is no run of its own.
 */
function followsEnd(record: PingRecord, { runId, atMs }: Ping, code: number): boolean {
  if (record.code === null || completesRun(record, runId)) return false;
  return (record.code === 0) === (code === 0) && isRecent(record.endedAtMs, atMs);
}

const isRecent = (beforeMs: number | null, atMs: number): boolean =>
  beforeMs !== null && beforeMs > atMs - DUPLICATE_WITHIN_MS;

/** Whether an end of `run` is that of the newest start. One that names no run is taken for it. */
function completesRun(record: PingRecord, run: string | null): boolean {
  return record.running && (record.runId === null || run === null || record.runId === run);
}
