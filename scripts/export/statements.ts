/**
 * What is asked of the database. Each is one statement without parameters, as a command line has none: numbers are
 * ours, and texts go as bytes.
 */
import { toHex } from "../../src/storage/d1/bytes.ts";
import { keyFrom, positionKey } from "../../src/storage/d1/history/keys.ts";
import { CHURNING } from "../../src/storage/d1/tick/churning.ts";
import type { Resolution } from "../../src/history/retention.ts";
import { LATENCY_BYTES, ROLLUP_BYTES, COUNTS_BYTES } from "../../src/history/rollup.ts";
import { BYTES_PER_SAMPLE } from "../../src/history/sample.ts";
import type { Places } from "./lines.ts";

/** More than any lane has: a longer record is none. */
export const MAX_PLACES = 1_024;
/** The last time that a Date can show; later ones are damage. */
const LAST_MS = 8.64e15;

export const TABLES = `SELECT count(*) AS there FROM sqlite_schema
  WHERE type = 'table' AND name IN ('sample', 'hourly', 'daily', 'series', 'incident')`;

/** Whether there is any history, of the job or at all. */
export function someHistory(job: string | null): string {
  const where = job === null ? "true" : isCalled(job);
  return `SELECT EXISTS (SELECT 1 FROM series WHERE ${where})
    OR EXISTS (SELECT 1 FROM incident WHERE ${where}) AS there`;
}

/** Jobs of which `text` is a part. */
export function similarJobs(text: string): string {
  const part = `lower(${textOf(text)})`;
  return `SELECT DISTINCT name FROM series
    WHERE instr(lower(job), ${part}) > 0 OR instr(lower(name), ${part}) > 0 ORDER BY name LIMIT 10`;
}

export function blocksOf(job: string | null): string {
  if (job !== null) return `SELECT DISTINCT id >> 10 AS block FROM series WHERE ${isOf(job)} ORDER BY block`;
  return `SELECT id >> 10 AS block FROM series UNION SELECT block FROM retention ORDER BY block`;
}

export function seriesOf(block: number, job: string | null): string {
  return `SELECT * FROM series
    WHERE id >= ${positionKey({ block, position: 0 })} AND id < ${positionKey({ block: block + 1, position: 0 })}
      AND ${job === null ? "true" : isOf(job)}`;
}

/** Keys of a lane's records, the second exclusive. */
export interface KeyRange {
  readonly from: number;
  readonly to: number;
}

export function keyRange(block: number, fromMs: number, toMs: number): KeyRange {
  return {
    from: keyFrom(block, fromMs),
    to: Math.min(keyFrom(block, Math.min(toMs, LAST_MS)), keyFrom(block + 1, 0)),
  };
}

/** `data`: the readings as hexadecimal text, or null where the record is none. */
export function samplePage({ from, to }: KeyRange, { first, count }: Places, rows: number): string {
  return `SELECT id, iif(${isRecord(BYTES_PER_SAMPLE)},
      hex(substr(data, ${1 + BYTES_PER_SAMPLE * first}, ${BYTES_PER_SAMPLE * count})), NULL) AS data
    FROM sample WHERE id >= ${from} AND id < ${to} ORDER BY id LIMIT ${rows}`;
}

/** `counts` and `latencies` as hexadecimal text, or null where the record is none. */
export function rollupPage(
  resolution: Resolution,
  { from, to }: KeyRange,
  { first, count }: Places,
  rows: number,
): string {
  const places = `length(data) / ${ROLLUP_BYTES}`;
  const taken = `max(0, min(${count}, ${places} - ${first}))`;
  return `SELECT id,
      iif(${isRecord(ROLLUP_BYTES)},
        hex(substr(data, ${1 + COUNTS_BYTES * first}, ${COUNTS_BYTES} * ${taken})), NULL) AS counts,
      iif(${isRecord(ROLLUP_BYTES)},
        hex(substr(data, 1 + ${COUNTS_BYTES} * (${places}) + ${LATENCY_BYTES * first}, ${LATENCY_BYTES} * ${taken})),
        NULL) AS latencies
    FROM ${resolution} WHERE id >= ${from} AND id < ${to} ORDER BY id LIMIT ${rows}`;
}

export interface IncidentWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly job: string | null;
  /** Where the page before ended; null for the first. */
  readonly after: { readonly fromMs: number; readonly cursor: string } | null;
}

/** `cursor` stands for the job, whatever kind of value it is. */
export function incidentPage({ fromMs, toMs, job, after }: IncidentWindow, rows: number): string {
  const conditions = [
    `from_at >= ${fromMs}`,
    `from_at < ${Math.min(toMs, LAST_MS + 1)}`,
    ...(job === null ? [] : [`(${isCalled(job)} OR ${isOf(job)})`]),
    ...(after === null ? [] : [`(from_at, job) > (${after.fromMs}, ${fromCursor(after.cursor)})`]),
  ];
  return `SELECT one.*, typeof(one.job) || ' ' || hex(one.job) AS cursor, live.state AS live
    FROM (SELECT * FROM incident WHERE ${conditions.join(" AND ")} ORDER BY from_at, job LIMIT ${rows}) AS one
      LEFT JOIN ${CHURNING} AS live ON one.to_at IS NULL AND live.job = one.job
    ORDER BY one.from_at, one.job`;
}

/** Incidents whose times are none. */
export const TIMELESS_INCIDENTS = `SELECT count(*) AS rows FROM incident WHERE from_at < 0 OR from_at > ${LAST_MS}`;

function isRecord(bytes: number): string {
  return `typeof(data) = 'blob' AND length(data) % ${bytes} = 0 AND length(data) <= ${bytes * MAX_PLACES}`;
}

/** A job that was renamed had another name in places that it left before. */
function isOf(job: string): string {
  return `job IN (SELECT job FROM series WHERE ${isCalled(job)})`;
}

function isCalled(job: string): string {
  return `(job = ${textOf(job)} OR name = ${textOf(job)})`;
}

function textOf(text: string): string {
  return `CAST(x'${toHex(new TextEncoder().encode(text))}' AS TEXT)`;
}

function fromCursor(cursor: string): string {
  const [type, hex = ""] = cursor.split(" ");
  const bytes = `x'${/^[\dA-F]*$/.test(hex) ? hex : ""}'`;
  return type === "blob" ? bytes : `CAST(${bytes} AS TEXT)`;
}
