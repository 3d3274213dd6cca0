import * as v from "valibot";
import { DAY_MS, MINUTE_MS } from "../../../core/time/frequency.ts";
import {
  OUTAGE_MS,
  GONE_AFTER_MS,
  MAX_ENDS,
  NEWS_A_MINUTE,
  DUPLICATE_WITHIN_MS,
  WRITES_A_MINUTE,
  type Ping,
  type PingResult,
  type PingRecord,
  type PingKind,
  type HeartbeatRegistration,
} from "../../../heartbeats/ping.ts";
import type { Random } from "../../../core/ports.ts";
import { jsonRows } from "../json-rows.ts";
import { latestAt } from "../tick/repairs.ts";
import { asking } from "../retry.ts";
import { count, flag, frequencyName, json, keyOf, ParseProblem, parseRow, time } from "../rows.ts";
import type { CorruptRow } from "../../../core/corrupt-row.ts";
import type { KnownPings, PingStore } from "../../../heartbeats/ports.ts";

type Row = Readonly<Record<string, unknown>>;

/** Rows of heartbeats that nobody watches any more are kept for so long, ms. */
const KEEP_MS = 30 * DAY_MS;

/** Whether an end of the run ?3 is that of the newest start. An end that names no run, or a start without one, matches. */
const ENDS = `(running = 1 AND (run_id IS NULL OR ?3 IS NULL OR run_id = ?3))`;
/** ?6 is the time since when an equal ping says nothing new. */
const REPEATS_START = `coalesce(running = 1 AND run_id IS ?3 AND started_at > ?6, 0)`;
/**
 * ?7 is the code of an end. It is the newest end reported again, as when a trap and the wrapper around it both ping: the
 * same verdict, a moment later. It may add its text, but it is no run of its own.
 */
const FOLLOWS = `coalesce((code = 0) = (?7 = 0) AND ended_at > ?6 AND NOT ${ENDS}, 0)`;
const CHANGES = `(code IS NULL OR (code = 0) <> (?7 = 0))`;
const OWN_OUTPUT = `iif(?4 = '', log, ?4)`;
const OUTPUT = `iif(${OWN_OUTPUT} = '' AND ${FOLLOWS}, output, ${OWN_OUTPUT})`;
const ENDED_AT = `iif(${FOLLOWS}, ended_at, ?2)`;
const TOOK = `iif(${ENDS}, max(0, ?2 - started_at), NULL)`;

/**
 * The ping says nothing new. It is compared with the row and not with the last ping of this isolate: another isolate may
 * have recorded a different one in between.
 */
const SAME: Readonly<Record<PingKind["kind"], string>> = {
  start: `(${REPEATS_START} AND ?4 IN ('', log))`,
  end: `(${FOLLOWS} AND code = ?7 AND ${OWN_OUTPUT} IN ('', output))`,
  log: `(?4 IN ('', log))`,
};

const ROOM: Readonly<Record<PingKind["kind"], string>> = {
  start: `(writes - log_writes - end_writes < ${WRITES_A_MINUTE})`,
  end: `(end_writes < ${WRITES_A_MINUTE} OR (${CHANGES} AND ?7 <> 0)
         OR (end_writes < ${NEWS_A_MINUTE} AND (${CHANGES} OR ${ENDS})))`,
  log: `(log_writes < ${WRITES_A_MINUTE})`,
};

const CHANGE: Readonly<Record<PingKind["kind"], string>> = {
  start: `started_at = iif(${REPEATS_START}, started_at, ?2), run_id = ?3, running = 1, log = ?4`,
  end: `ended_at = ${ENDED_AT}, code = ?7, duration = iif(${FOLLOWS}, duration, ${TOOK}), running = running AND NOT ${ENDS},
        output = ${OUTPUT}, log = '', failed_at = iif(?7 = 0, failed_at, ${ENDED_AT}),
        failed_code = iif(?7 = 0, failed_code, ?7), failed_output = iif(?7 = 0, failed_output, ${OUTPUT}),
        ends = iif(${FOLLOWS}, ends, (
          SELECT json_group_array(json(value)) FROM (
            SELECT json_array(?2, ${TOOK}) AS value UNION ALL SELECT value FROM json_each(ends) LIMIT ${MAX_ENDS})))`,
  log: `log = ?4`,
};

const COUNT = `minute = ?5, writes = iif(minute = ?5, writes, 0) + 1`;
const COUNT_KIND: Readonly<Record<PingKind["kind"], string>> = {
  start: `log_writes = iif(minute = ?5, log_writes, 0), end_writes = iif(minute = ?5, end_writes, 0)`,
  end: `log_writes = iif(minute = ?5, log_writes, 0), end_writes = iif(minute = ?5, end_writes, 0) + 1`,
  log: `log_writes = iif(minute = ?5, log_writes, 0) + 1, end_writes = iif(minute = ?5, end_writes, 0)`,
};

/** A commit's: each is an id and the time of the failure that the commit reports. One that came since stays. */
export const FORGET_FAILURES = `
  UPDATE heartbeat SET failed_at = NULL, failed_code = NULL, failed_output = ''
  WHERE (id, failed_at) IN (SELECT value->>0, value->>1 FROM json_each(?1))`;

/** ?1 is its id, ?2 the time of the ping. */
const WATCHED = `id = ?1 AND evaluated_at > ?2 - ${GONE_AFTER_MS}`;

/** Pings on D1: a ping is one statement and writes one row, or none where it tells nothing new. */
export class D1PingStore implements PingStore {
  readonly #db: D1Database;
  readonly #random: Random;

  constructor(db: D1Database, random: Random) {
    this.#db = db;
    this.#random = random;
  }

  readPings(nowMs: number): ReturnType<PingStore["readPings"]> {
    return this.#ask(async () => {
      const { results } = await this.#db.prepare(READ).bind(nowMs).all<Row>();
      const records = new Map<string, PingRecord>();
      const damage: CorruptRow[] = [];
      for (const row of results) {
        const record = parseRecord(row, latestAt(nowMs));
        if (record instanceof ParseProblem)
          damage.push({ table: "heartbeat", key: keyOf(row["id"]), problem: record.text });
        else records.set(record.id, record.record);
      }
      return {
        records,
        damage,
        outageEndMs: blindUntil(results[0], nowMs),
        lastCompletedSlots: parseLastCompletedSlots(results[0]),
      };
    });
  }

  readPing(id: string, nowMs: number): Promise<PingRecord | null> {
    return this.#ask(async () => {
      const { results } = await this.#db.prepare(`SELECT * FROM heartbeat WHERE id = ?1`).bind(id).all<Row>();
      const [row] = results;
      const record = row === undefined ? null : parseRecord(row, latestAt(nowMs));
      // The next tick tells of the damage and mends it.
      return record === null || record instanceof ParseProblem ? null : record.record;
    });
  }

  async register(
    watched: readonly HeartbeatRegistration[],
    damage: readonly CorruptRow[],
    nowMs: number,
  ): Promise<void> {
    const statements = [
      this.#db.prepare(`DELETE FROM heartbeat WHERE evaluated_at < ?1`).bind(nowMs - KEEP_MS),
      ...jsonRows(damage.map(({ key }) => key)).map((json) =>
        this.#db
          .prepare(
            `DELETE FROM heartbeat WHERE typeof(id) <> 'text' OR id IN (SELECT value FROM json_each(?1))`,
          )
          .bind(json),
      ),
      ...jsonRows(watched.map(({ id, jobKey }) => [id, jobKey])).map((json) =>
        this.#db.prepare(WATCH).bind(json, nowMs),
      ),
    ];
    await this.#ask(() => this.#db.batch(statements));
  }

  recordPing(id: string, { kind: signal, runId, output, atMs }: Ping): Promise<PingResult> {
    const { kind } = signal;
    const values = [id, atMs, runId, output, Math.floor(atMs / MINUTE_MS), atMs - DUPLICATE_WITHIN_MS];
    // D1 takes as many as a statement names.
    const all = kind === "end" ? [...values, signal.code] : kind === "log" ? values.slice(0, 5) : values;
    // What an attempt did whose answer was lost is told from here by its being the same.
    return this.#ask(async () => {
      const { meta } = await this.#db
        .prepare(
          `UPDATE heartbeat SET ${CHANGE[kind]}, ${COUNT}, ${COUNT_KIND[kind]}
           WHERE ${WATCHED} AND NOT ${SAME[kind]} AND (minute <> ?5 OR ${ROOM[kind]})`,
        )
        .bind(...all)
        .run();
      if (meta.changes > 0) return "recorded";
      const { results } = await this.#db
        .prepare(`SELECT ${SAME[kind]} AS same, ?5 AS minute FROM heartbeat WHERE ${WATCHED}`)
        .bind(...all)
        .all<Row>();
      const [row] = results;
      if (row === undefined) return "unknown";
      return row["same"] === 1 ? "recorded" : "too often";
    });
  }

  #ask<T>(work: () => Promise<T>): Promise<T> {
    return asking(work, () => this.#random.number());
  }
}

/** One that nobody watched for long is as good as new, but for what is known of it. */
const WATCH = `
  INSERT INTO heartbeat (id, job, active_since, evaluated_at)
  SELECT value->>0, value->>1, ?2, ?2 FROM json_each(?1) WHERE true
  ON CONFLICT (id) DO UPDATE SET
    job = excluded.job, evaluated_at = max(evaluated_at, excluded.evaluated_at),
    running = iif(evaluated_at <= excluded.evaluated_at - ${GONE_AFTER_MS}, 0, running),
    active_since = iif(evaluated_at <= excluded.evaluated_at - ${GONE_AFTER_MS}, excluded.evaluated_at, active_since)`;

/** With the newest minute that was recorded, and the end of the newest time in which none was. */
const READ = `
  SELECT heartbeat.*, (SELECT completed_slot FROM frequency WHERE name = 'MINUTE') AS completed_slot,
         (SELECT nullif(json_group_array(json_array(name, completed_slot)), '[]') FROM frequency
          WHERE completed_slot >= 0) AS done_slots,
         (SELECT max(to_slot) FROM (SELECT * FROM gap ORDER BY id DESC LIMIT 50)
          WHERE frequency = 'MINUTE' AND slots >= ${OUTAGE_MS / MINUTE_MS} AND to_slot < ?1) AS gap_to
  FROM heartbeat`;

const Outage = v.object({ completed_slot: v.number(), gap_to: v.nullable(v.number()) });

function blindUntil(row: Row | undefined, nowMs: number): number {
  const r = parseRow(Outage, row);
  if (r instanceof ParseProblem) return 0;
  return nowMs - r.completed_slot > OUTAGE_MS ? nowMs : (r.gap_to ?? -MINUTE_MS) + MINUTE_MS;
}

const LastCompletedSlots = v.object({ done_slots: json(v.array(v.tuple([frequencyName, time]))) });

/** None where they cannot be read: then nothing that is over is said to have been late. */
function parseLastCompletedSlots(row: Row | undefined): KnownPings["lastCompletedSlots"] {
  const r = parseRow(LastCompletedSlots, row);
  return r instanceof ParseProblem ? undefined : new Map(r.done_slots);
}

const code = v.pipe(v.number(), v.integer(), v.minValue(-1), v.maxValue(255));

// What the tables of the version before lack is optional: its rows are not damaged.
const RecordRow = v.object({
  id: v.string(),
  active_since: time,
  evaluated_at: time,
  started_at: v.nullable(time),
  run_id: v.nullable(v.string()),
  running: flag,
  ended_at: v.nullable(time),
  code: v.nullable(code),
  duration: v.nullable(count),
  output: v.string(),
  log: v.string(),
  failed_at: v.optional(v.nullable(time), null),
  failed_code: v.optional(v.nullable(code), null),
  failed_output: v.optional(v.string(), ""),
  ends: v.optional(json(v.array(v.tuple([time, v.nullable(count)]))), "[]"),
  minute: count,
  writes: count,
  log_writes: v.optional(count, 0),
  end_writes: v.optional(count, 0),
});

/** @param latestMs no time can be later, Unix ms: one that is would keep a heartbeat well until then */
function parseRecord(
  row: Row,
  latestMs: number,
): { readonly id: string; readonly record: PingRecord } | ParseProblem {
  const r = parseRow(RecordRow, row);
  if (r instanceof ParseProblem) return r;
  const { active_since, evaluated_at, started_at, ended_at, failed_at, failed_code } = r;
  for (const [name, atMs] of Object.entries({
    active_since,
    evaluated_at,
    started_at,
    ended_at,
    failed_at,
  })) {
    if (atMs !== null && atMs > latestMs) return new ParseProblem(`${name} lies in the future`);
  }
  if ((r.code === null) !== (ended_at === null))
    return new ParseProblem("code and ended_at contradict each other");
  if ((failed_code === null) !== (failed_at === null))
    return new ParseProblem("failed_code and failed_at contradict each other");
  if (r.running && started_at === null) return new ParseProblem("runs and never started");
  return {
    id: r.id,
    record: {
      activeSinceMs: active_since,
      evaluatedAtMs: evaluated_at,
      startedAtMs: started_at,
      runId: r.run_id,
      running: r.running,
      endedAtMs: ended_at,
      code: r.code,
      durationMs: r.duration,
      output: r.output,
      log: r.log,
      unreportedFailure:
        failed_at === null || failed_code === null
          ? null
          : { atMs: failed_at, code: failed_code, output: r.failed_output },
      ends: r.ends.map(([atMs, tookMs]) => ({ atMs, durationMs: tookMs })),
      minute: r.minute,
      writes: r.writes,
      logWrites: r.log_writes,
      endWrites: r.end_writes,
    },
  };
}
