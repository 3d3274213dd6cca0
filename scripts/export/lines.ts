import { fromHex } from "../../src/storage/d1/bytes.ts";
import { fromRecordKey } from "../../src/storage/d1/history/keys.ts";
import { parseIncident } from "../../src/storage/d1/history/rows.ts";
import { ParseProblem } from "../../src/storage/d1/rows.ts";
import { PERIOD_MS, type Resolution } from "../../src/history/retention.ts";
import type { Series } from "../../src/history/blocks.ts";
import { LATENCY_BYTES, ROLLUP_BYTES, COUNTS_BYTES, unpackRollup } from "../../src/history/rollup.ts";
import { BYTES_PER_SAMPLE, sampleAt, packedAt } from "../../src/history/sample.ts";
import type { Cell } from "./format.ts";

export type What = "samples" | "hourly" | "daily" | "incidents";

const ROLLUP_COLUMNS = [
  "job",
  "name",
  "time",
  "up",
  "down",
  "inconclusive",
  "missed",
  ...["min", "mean", "p50", "p95", "p99", "max"].map((name) => `latency_${name}_ms`),
];

/** Names of the cells of every line. */
export const COLUMNS: Readonly<Record<What, readonly string[]>> = {
  samples: ["job", "name", "time", "status", "latency_ms"],
  hourly: ROLLUP_COLUMNS,
  daily: ROLLUP_COLUMNS,
  incidents: "job name from to first_reason last_reason told first_told accepted ended failures".split(" "),
};

export type Row = Readonly<Record<string, unknown>>;
type Line = readonly Cell[];

/** Places of a lane that are read. */
export interface Places {
  /** The first that is read, of `count`. */
  readonly first: number;
  readonly count: number;
  /** How many of these a sound record has at most. */
  readonly width: number;
  /** Who was there, by position. */
  readonly series: ReadonlyMap<number, Series>;
  /** Whether nobody's outcomes are damage, and not those of a job that nobody asked for. */
  readonly isWhole: boolean;
}

/** What was left out. */
export class CorruptRow {
  /** Rows of the database that are no rows of Checker's. */
  rows = 0;
  /** Outcomes and sums within good rows that cannot be, or of places where no job was then. */
  values = 0;
}

/** @param row of `samplePage` */
export function linesOfSample(row: Row, places: Places, damage: CorruptRow): Line[] {
  const { id, data } = row;
  if (typeof id !== "number" || typeof data !== "string") return damaged(damage);
  const { atMs } = fromRecordKey(id);
  const sample = fromHex(data);
  const time = isoTime(atMs);
  const lines: Line[] = [];
  for (let index = 0; index < sample.length / BYTES_PER_SAMPLE; index++) {
    if (packedAt(sample, index) === 0) continue;
    const reading = sampleAt(sample, index);
    const series = places.series.get(places.first + index);
    if (series === undefined && !places.isWhole) continue;
    const isThere = series !== undefined && series.fromMs <= atMs && atMs < (series.toMs ?? Infinity);
    if (isThere && reading !== null) {
      lines.push([series.jobKey, series.name, time, reading.status, reading.latencyMs]);
    } else damage.values++;
  }
  return lines;
}

/** @param row of `rollupPage` */
export function linesOfRollup(row: Row, resolution: Resolution, places: Places, damage: CorruptRow): Line[] {
  const { id, counts, latencies } = row;
  if (typeof id !== "number" || typeof counts !== "string" || typeof latencies !== "string") {
    return damaged(damage);
  }
  const { atMs } = fromRecordKey(id);
  const bytes = { counts: fromHex(counts), latencies: fromHex(latencies) };
  const time = isoTime(atMs);
  const lines: Line[] = [];
  for (let index = 0; index < bytes.counts.length / COUNTS_BYTES; index++) {
    const { up, down, inconclusive, missed, latency } = unpackRollup(sliceAt(bytes, index));
    if (up + down + inconclusive + missed === 0) continue;
    const series = places.series.get(places.first + index);
    if (series === undefined && !places.isWhole) continue;
    const isThere =
      series !== undefined &&
      series.fromMs < atMs + PERIOD_MS[resolution] &&
      atMs < (series.toMs ?? Infinity);
    const { minMs, meanMs, p50Ms, p95Ms, p99Ms, maxMs } = latency ?? NO_LATENCY;
    const latencyCells = [minMs, meanMs, p50Ms, p95Ms, p99Ms, maxMs];
    if (isThere && latencyCells.every((ms) => ms === null || ms >= 0)) {
      lines.push([series.jobKey, series.name, time, up, down, inconclusive, missed, ...latencyCells]);
    } else damage.values++;
  }
  return lines;
}

/** @param row of `incidentPage` */
export function linesOfIncident(row: Row, damage: CorruptRow): Line[] {
  const incident = parseIncident(row);
  if (incident instanceof ParseProblem) return damaged(damage);
  const time = (atMs: number | null): string | null => (atMs === null ? null : isoTime(atMs));
  return [
    [
      incident.jobKey,
      incident.name,
      time(incident.fromMs),
      time(incident.toMs),
      incident.firstReason,
      incident.lastReason,
      incident.notificationCount,
      time(incident.firstNotifiedAtMs),
      time(incident.acceptedAtMs),
      incident.ended,
      incident.failures,
    ],
  ];
}

const NO_LATENCY = { minMs: null, meanMs: null, p50Ms: null, p95Ms: null, p99Ms: null, maxMs: null };

interface RollupBytes {
  readonly counts: Uint8Array;
  readonly latencies: Uint8Array;
}

/** The bytes of one job, as `unpackRollup` reads them. */
function sliceAt({ counts, latencies }: RollupBytes, index: number): Uint8Array {
  const slice = new Uint8Array(ROLLUP_BYTES);
  slice.set(counts.subarray(COUNTS_BYTES * index, COUNTS_BYTES * (index + 1)));
  slice.set(latencies.subarray(LATENCY_BYTES * index, LATENCY_BYTES * (index + 1)), COUNTS_BYTES);
  return slice;
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}

function damaged(damage: CorruptRow): Line[] {
  damage.rows++;
  return [];
}
