import { MINUTE_MS, type JobFrequency } from "../../../core/time/frequency.ts";
import { firstPoint } from "../../../history/latencies.ts";
import type { Incident } from "../../../history/incident.ts";
import {
  MAX_SERIES,
  type HistoryReader,
  type HistorySource,
  type IncidentQuery,
  type JobStatusRow,
  type BlockRecord,
  type Piece,
  type PieceRecord,
  type Span,
} from "../../../history/ports.ts";
import { RecordReader } from "../../../history/reader.ts";
import { LATENCY_BYTES, ROLLUP_BYTES, COUNTS_BYTES } from "../../../history/rollup.ts";
import { BYTES_PER_SAMPLE } from "../../../history/sample.ts";
import { minuteOf, type Records } from "../../../history/retention.ts";
import type { Random } from "../../../core/ports.ts";
import { fromHex } from "../bytes.ts";
import { fromRecordKey, keyFrom } from "./keys.ts";
import {
  parseLastCompletedSlots,
  parseIncident,
  parseRetention,
  parseOverview,
  parseSeries,
} from "./rows.ts";
import { asking } from "../retry.ts";
import { readable } from "../rows.ts";
import { CHURNING } from "../tick/churning.ts";

type Row = Readonly<Record<string, unknown>>;

export function d1HistoryReader(db: D1Database, random: Random): HistoryReader {
  return new RecordReader(new D1HistorySource(db, random));
}

/** Minutes before the newest slot of which samples are read where they are not rolled up: usually it is an hour. */
const MAX_MINUTES = { MINUTE: 1_500, other: 5_760 };

/** What one job takes of a record, as hexadecimal text. A record that is none reads as nothing. */
const ROLLUP_SLICE = `
  CASE WHEN typeof(r.data) = 'blob' AND length(r.data) % ${ROLLUP_BYTES} = 0
        AND d.value->>2 < length(r.data) / ${ROLLUP_BYTES}
    THEN hex(substr(r.data, 1 + ${COUNTS_BYTES} * (d.value->>2), ${COUNTS_BYTES}))
      || hex(substr(r.data, 1 + ${COUNTS_BYTES} * (length(r.data) / ${ROLLUP_BYTES}) + ${LATENCY_BYTES} * (d.value->>2),
                    ${LATENCY_BYTES}))
    ELSE '' END`;
const SAMPLE_SLICE = `
  iif(typeof(r.data) = 'blob', hex(substr(r.data, 1 + ${BYTES_PER_SAMPLE} * (d.value->>2), ${BYTES_PER_SAMPLE})), '')`;

const SLICES: Readonly<Record<Records, { readonly table: string; readonly slice: string }>> = {
  raw: { table: "sample", slice: SAMPLE_SLICE },
  hourly: { table: "hourly", slice: ROLLUP_SLICE },
  daily: { table: "daily", slice: ROLLUP_SLICE },
};

const LATENCIES = `
  iif(typeof(r.data) = 'blob' AND length(r.data) % ${ROLLUP_BYTES} = 0,
      hex(substr(r.data, 1 + ${COUNTS_BYTES} * (length(r.data) / ${ROLLUP_BYTES}))), '')`;

/** The counts of all jobs of a lane. */
const COUNTS = `
  iif(typeof(r.data) = 'blob' AND length(r.data) % ${ROLLUP_BYTES} = 0,
      hex(substr(r.data, 1, ${COUNTS_BYTES} * (length(r.data) / ${ROLLUP_BYTES}))), '')`;

const STATE = "live.state->>'status', live.state->>'reason', live.state->>'since'";

/** Series, how their jobs are, what is kept of their lanes, and what is done: one query, as each counts. */
const ALL_JOBS = `
  SELECT 'series' AS kind, series.id, series.job, name, frequency, from_at, to_at, NULL AS raw_from,
         NULL AS hourly_from, NULL AS hourly_until, NULL AS daily_from, NULL AS daily_until,
         group_name, is_public, status, reason, since
  FROM series LEFT JOIN job_state ON series.to_at IS NULL AND job_state.job = series.job
  WHERE to_at IS NULL OR to_at > ?1
  UNION ALL SELECT 'churning', NULL, live.job, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                   ${STATE} FROM ${CHURNING} AS live
  UNION ALL SELECT 'retention', block, NULL, NULL, frequency, from_at, to_at, raw_from, hourly_from, hourly_until,
                   daily_from, daily_until, NULL, NULL, NULL, NULL, NULL FROM retention
  UNION ALL SELECT 'frequency', NULL, NULL, name, NULL, completed_slot, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                   NULL, NULL FROM frequency
  ORDER BY from_at, id`;

/** Reads only: nothing here is written, and each method is one round trip. */
class D1HistorySource implements HistorySource {
  readonly #db: D1Database;
  readonly #random: Random;

  constructor(db: D1Database, random: Random) {
    this.#db = db;
    this.#random = random;
  }

  async readJobs(): Promise<readonly JobStatusRow[]> {
    const [rows = []] = await this.#batch([
      this.#db.prepare(
        `SELECT 'series' AS kind, series.id, series.job, series.name, series.group_name, series.is_public,
                series.frequency, status, reason, since
         FROM series LEFT JOIN job_state ON job_state.job = series.job
         WHERE series.to_at IS NULL
         UNION ALL SELECT 'churning', NULL, live.job, NULL, NULL, NULL, NULL, ${STATE} FROM ${CHURNING} AS live
         ORDER BY id`,
      ),
    ]);
    return readable(seriesOf(rows), parseOverview);
  }

  async readSpan(job: string, fromMs: number): Promise<Span> {
    return spanOf(
      await this.#batch([
        this.#db
          .prepare(
            `SELECT * FROM (
               SELECT * FROM series WHERE job = ?1 AND (to_at IS NULL OR to_at > ?2)
               ORDER BY from_at DESC, id DESC LIMIT ${MAX_SERIES})
             ORDER BY from_at, id`,
          )
          .bind(job, fromMs),
        this.#db
          .prepare(
            `SELECT * FROM retention WHERE block IN (
               SELECT id >> 10 FROM series WHERE job = ?1 AND (to_at IS NULL OR to_at > ?2))`,
          )
          .bind(job, fromMs),
        this.#db.prepare(`SELECT name, completed_slot FROM frequency`),
      ]),
    );
  }

  async readPieces(pieces: readonly Piece[]): Promise<readonly PieceRecord[]> {
    const statements = (Object.keys(SLICES) as Records[]).flatMap((records) => {
      const wanted = pieces.flatMap((piece, index) =>
        piece.records === records
          ? [[keyFrom(piece.block, piece.fromMs), keyFrom(piece.block, piece.toMs), piece.position, index]]
          : [],
      );
      const { table, slice } = SLICES[records];
      if (wanted.length === 0) return [];
      return [
        this.#db
          .prepare(
            `SELECT d.value->>3 AS piece, r.id, ${slice} AS data
             FROM json_each(?1) AS d CROSS JOIN ${table} AS r
             WHERE r.id >= d.value->>0 AND r.id < d.value->>1`,
          )
          .bind(JSON.stringify(wanted)),
      ];
    });
    if (statements.length === 0) return [];
    const results = await this.#batch(statements);
    return results.flat().map((row) => ({
      piece: Number(row["piece"]),
      atMs: fromRecordKey(Number(row["id"])).atMs,
      data: fromHex(row["data"]),
    }));
  }

  async readAll(fromMs: number, nowMs: number): ReturnType<HistorySource["readAll"]> {
    const latenciesFrom = (frequency: JobFrequency): number => minuteOf(firstPoint(frequency, nowMs));
    const [first = [], daily = [], rest = [], latencies = []] = await this.#batch([
      this.#db.prepare(ALL_JOBS).bind(fromMs),
      this.#db
        .prepare(
          `SELECT r.id, ${COUNTS} AS data FROM retention CROSS JOIN daily AS r
           WHERE r.id >= (retention.block << 32) + ?1 AND r.id < (retention.block << 32) + retention.daily_until / 60000`,
        )
        .bind(minuteOf(fromMs)),
      this.#db
        .prepare(
          `SELECT 'hourly' AS kind, r.id, ${COUNTS} AS data FROM retention CROSS JOIN hourly AS r
           WHERE retention.frequency = 'MINUTE'
             AND r.id >= (retention.block << 32) + max(?1, retention.daily_until / 60000)
             AND r.id < (retention.block << 32) + retention.hourly_until / 60000
           UNION ALL
           SELECT 'raw', r.id, iif(typeof(r.data) = 'blob', hex(r.data), '')
           FROM (SELECT max(completed_slot) / 60000 AS minute FROM frequency WHERE completed_slot <= ?2) AS newest
             CROSS JOIN retention CROSS JOIN sample AS r
           WHERE r.id >= (retention.block << 32) + max(?1,
                            newest.minute - iif(retention.frequency = 'MINUTE', ${MAX_MINUTES.MINUTE}, ${MAX_MINUTES.other}),
                            iif(retention.frequency = 'MINUTE', max(retention.hourly_until, retention.daily_until), retention.daily_until) / 60000)
             AND r.id < (retention.block + 1) << 32`,
        )
        .bind(minuteOf(fromMs), nowMs),
      this.#db
        .prepare(
          `SELECT 'hourly' AS kind, r.id, ${LATENCIES} AS data FROM retention CROSS JOIN hourly AS r
           WHERE retention.frequency = 'MINUTE'
             AND r.id >= (retention.block << 32) + ?1 AND r.id < (retention.block << 32) + retention.hourly_until / 60000
           UNION ALL
           SELECT 'raw', r.id, iif(typeof(r.data) = 'blob', hex(r.data), '') FROM retention CROSS JOIN sample AS r
           WHERE retention.frequency <> 'MINUTE' AND r.id < (retention.block + 1) << 32
             AND r.id >= (retention.block << 32) + CASE retention.frequency WHEN 'HOUR' THEN ?2 WHEN 'DAY' THEN ?3 ELSE ?4 END`,
        )
        .bind(...(["MINUTE", "HOUR", "DAY", "DAY_NOON"] as const).map(latenciesFrom)),
    ]);
    const of = (kind: string): Row[] => first.filter((row) => row["kind"] === kind);
    const span = spanOf([
      of("series"),
      of("retention").map((row) => ({ ...row, block: row["id"] })),
      of("frequency").map((row) => ({ name: row["name"], completed_slot: row["from_at"] })),
    ]);
    const kindOf = (rows: readonly Row[], kind: string): BlockRecord[] =>
      rows.filter((row) => row["kind"] === kind).map(blockRecordOf);
    const newestMs = Math.max(0, ...[...span.lastCompletedSlots.values()].filter((atMs) => atMs <= nowMs));
    const present = seriesOf(first).filter((row) => row["to_at"] === null);
    return {
      jobs: readable(
        present.toSorted((a, b) => Number(a["id"]) - Number(b["id"])),
        parseOverview,
      ),
      span,
      daily: daily.map(blockRecordOf),
      hourly: kindOf(rest, "hourly"),
      raw: kindOf(rest, "raw"),
      latencies: { hourly: kindOf(latencies, "hourly"), raw: kindOf(latencies, "raw") },
      rawFromMs: (frequency) =>
        newestMs - (frequency === "MINUTE" ? MAX_MINUTES.MINUTE : MAX_MINUTES.other) * MINUTE_MS,
    };
  }

  async readIncidents({
    after,
    limit,
    jobKey,
    publicOnly = false,
  }: IncidentQuery): Promise<readonly Incident[]> {
    // What comes after a time and a job: newest first, and jobs in their order.
    const conditions = [
      ...(jobKey === null ? [] : [{ sql: "job = ?", values: [jobKey] }]),
      ...(publicOnly
        ? [{ sql: "job IN (SELECT job FROM series WHERE to_at IS NULL AND is_public = 1)", values: [] }]
        : []),
      ...(after === null
        ? []
        : [
            {
              sql: "from_at <= ? AND (from_at < ? OR job > ?)",
              values: [after.fromMs, after.fromMs, after.jobKey],
            },
          ]),
    ];
    const where = ["true", ...conditions.map(({ sql }) => sql)].join(" AND ");
    const [rows = []] = await this.#batch([
      this.#db
        .prepare(
          `SELECT one.*, live.state AS live
           FROM (SELECT * FROM incident WHERE ${where} ORDER BY from_at DESC, job LIMIT ?) AS one
             LEFT JOIN ${CHURNING} AS live ON one.to_at IS NULL AND live.job = one.job
           ORDER BY one.from_at DESC, one.job`,
        )
        .bind(...conditions.flatMap(({ values }) => values), limit),
    ]);
    return readable(rows, parseIncident);
  }

  async readNewIncidents(
    ...[sinceMs, known]: Parameters<HistorySource["readNewIncidents"]>
  ): Promise<readonly Incident[]> {
    const [rows = []] = await this.#batch([
      this.#db
        .prepare(
          `SELECT one.*, live.state AS live
           FROM (SELECT * FROM incident WHERE from_at > ?1
                 UNION SELECT incident.* FROM json_each(?2) AS d CROSS JOIN incident
                   ON incident.from_at = d.value->>0 AND incident.job = d.value->>1) AS one
             LEFT JOIN ${CHURNING} AS live ON one.to_at IS NULL AND live.job = one.job`,
        )
        .bind(sinceMs, JSON.stringify(known.map(({ fromMs, jobKey }) => [fromMs, jobKey]))),
    ]);
    return readable(rows, parseIncident);
  }

  #batch(statements: D1PreparedStatement[]): Promise<readonly (readonly Row[])[]> {
    return asking(
      async () => (await this.#db.batch<Row>(statements)).map(({ results }) => results),
      () => this.#random.number(),
    );
  }
}

function seriesOf(rows: readonly Row[]): Row[] {
  const of = (kind: string): Row[] => rows.filter((row) => row["kind"] === kind);
  const live = new Map(
    of("churning").map(({ job, status, reason, since }) => [job, { status, reason, since }]),
  );
  return of("series").map((row) => ({ ...row, ...live.get(row["job"]) }));
}

function spanOf([series, kept, claims]: readonly (readonly Row[])[]): Span {
  return {
    series: readable(series, parseSeries),
    kept: new Map(readable(kept, parseRetention).map((one) => [one.block, one])),
    lastCompletedSlots: parseLastCompletedSlots(claims ?? []),
  };
}

function blockRecordOf(row: Row): BlockRecord {
  return { ...fromRecordKey(Number(row["id"])), data: fromHex(row["data"]) };
}
