import { HOUR_MS, everyMsOf, latestSlot, type JobFrequency } from "../core/time/frequency.ts";
import { floorTo } from "./retention.ts";
import type { BlockRecord } from "./ports.ts";
import { LATENCY_BYTES, medianAt, rollUpPacked } from "./rollup.ts";
import { isMaintenancePacked, latencyOfPacked, statusOfPacked, packedAt } from "./sample.ts";

/** Points of a job's latest latencies: hours of a job that runs every minute, runs of any other. */
export const LATEST_POINTS = 24;

/** When the first of a job's latest points begins, Unix ms. */
export function firstPoint(frequency: JobFrequency, nowMs: number): number {
  return latestPoint(frequency, nowMs) - (LATEST_POINTS - 1) * pointMs(frequency);
}

function latestPoint(frequency: JobFrequency, nowMs: number): number {
  return frequency === "MINUTE" ? floorTo(HOUR_MS, nowMs) : latestSlot(frequency, nowMs).atMs;
}

function pointMs(frequency: JobFrequency): number {
  return frequency === "MINUTE" ? HOUR_MS : everyMsOf(frequency);
}

/** Records of one lane, from which points are made. */
export interface LatencyRecords {
  /** Latencies of hours, as a rollup holds them for all positions. */
  readonly hourly: readonly BlockRecord[];
  /** Samples: of a lane of minutes by hour, those that are not rolled up; of any other each by its slot. */
  readonly raw: ReadonlyMap<number, readonly BlockRecord[]>;
}

/**
 * Adds to `points` what one place of a job tells: the median of each hour, or each run's own latency, ms. Runs that
 * were not up have none.
 *
 * @param points oldest first; null where there is none
 */
export function addLatencies(
  points: (number | null)[],
  { hourly, raw }: LatencyRecords,
  position: number,
  frequency: JobFrequency,
  nowMs: number,
): void {
  const startMs = firstPoint(frequency, nowMs);
  const indexOf = (atMs: number): number => Math.round((atMs - startMs) / pointMs(frequency));
  const set = (atMs: number, latencyMs: number | null): void => {
    const index = indexOf(atMs);
    if (latencyMs !== null && index >= 0 && index < points.length) points[index] = latencyMs;
  };
  for (const { atMs, data } of hourly) set(atMs, medianAt(data, position * LATENCY_BYTES));
  for (const [atMs, records] of raw) {
    const words = records.map(({ data }) => packedAt(data, position));
    set(
      atMs,
      frequency === "MINUTE" ? (rollUpPacked(words, 0).latency?.p50Ms ?? null) : ofRun(words[0] ?? 0),
    );
  }
}

function ofRun(word: number): number | null {
  return statusOfPacked(word) === "up" && !isMaintenancePacked(word) ? latencyOfPacked(word) : null;
}
