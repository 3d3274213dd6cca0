import { isMaintenancePacked, latencyOfPacked, statusOfPacked } from "./sample.ts";

/** Runs by how they ended; those under maintenance by that alone. */
export interface OutcomeCounts {
  readonly up: number;
  readonly down: number;
  readonly inconclusive: number;
  /** Slots in which the job was owed a run and had none. */
  readonly missed: number;
  /** However they ended: announced work is neither up nor down. */
  readonly maintenance: number;
}

/** Of runs that were up, not under maintenance, and have a latency, whole ms. Percentiles are nearest rank, the mean is rounded. */
export interface Latency {
  readonly minMs: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What an hour or a day of a job comes to. */
export interface Rollup extends OutcomeCounts {
  /** Null where no run was up with a latency. */
  readonly latency: Latency | null;
}

export const NO_OUTCOMES: OutcomeCounts = { up: 0, down: 0, inconclusive: 0, missed: 0, maintenance: 0 };

/**
 * Bytes of a job's counts in a rollup: four numbers of 16 bits, of which the low twelve are up, down, inconclusive and
 * missed (a day has 1,440 minutes), and the high four of the first three make up maintenance.
 */
export const COUNTS_BYTES = 8;
const LOW = 0xfff;
/** Bytes of its latencies: six numbers of 24 bits, ms plus one, 0 for none. */
export const LATENCY_BYTES = 18;
export const ROLLUP_BYTES = COUNTS_BYTES + LATENCY_BYTES;

/**
 * @param words of the job's samples
 * @param owed slots in which it was owed a run
 */
export function rollUpPacked(words: Iterable<number>, owed: number): Rollup {
  let [up, down, inconclusive, maintenance] = [0, 0, 0, 0];
  const latencies: number[] = [];
  for (const word of words) {
    const status = statusOfPacked(word);
    if (status !== null && isMaintenancePacked(word)) maintenance++;
    else if (status === "up") {
      up++;
      const latencyMs = latencyOfPacked(word);
      if (latencyMs !== null) latencies.push(latencyMs);
    } else if (status === "down") down++;
    else if (status === "inconclusive") inconclusive++;
  }
  const missed = Math.max(0, owed - up - down - inconclusive - maintenance);
  return { up, down, inconclusive, missed, maintenance, latency: latencyOf(latencies) };
}

function latencyOf(latenciesMs: readonly number[]): Latency | null {
  if (latenciesMs.length === 0) return null;
  // A typed array sorts by number, and much faster.
  const sorted = Uint32Array.from(latenciesMs).toSorted();
  const rank = (percent: number): number =>
    sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)] ?? 0;
  return {
    minMs: rank(0),
    meanMs: Math.round(sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length),
    p50Ms: rank(50),
    p95Ms: rank(95),
    p99Ms: rank(99),
    maxMs: rank(100),
  };
}

export function addCounts(a: OutcomeCounts, b: OutcomeCounts): OutcomeCounts {
  return {
    up: a.up + b.up,
    down: a.down + b.down,
    inconclusive: a.inconclusive + b.inconclusive,
    missed: a.missed + b.missed,
    maintenance: a.maintenance + b.maintenance,
  };
}

/** Up of what was found to be up or down; null where neither was seen. */
export function uptimeOf({ up, down }: OutcomeCounts): number | null {
  return up + down === 0 ? null : up / (up + down);
}

/** What was found to be up or down of all that was owed, maintenance left aside; null where nothing was. */
export function coverageOf({ up, down, inconclusive, missed }: OutcomeCounts): number | null {
  const owed = up + down + inconclusive + missed;
  return owed === 0 ? null : (up + down) / owed;
}

/** Rollups of one lane and period by position: first all counts, then all latencies, so that counts can be had alone. */
export function packRollups(rollups: readonly Rollup[]): Uint8Array {
  let length = rollups.length;
  while (length > 0 && isEmpty(rollups[length - 1])) length--;
  const bytes = new Uint8Array(length * ROLLUP_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [position, rollup] of rollups.slice(0, length).entries()) {
    const { up, down, inconclusive, missed, maintenance, latency } = rollup;
    for (const [index, count] of [up, down, inconclusive, missed].entries()) {
      const high = index < 3 ? (maintenance >> (4 * (2 - index))) & 0xf : 0;
      view.setUint16(COUNTS_BYTES * position + 2 * index, (high << 12) | count);
    }
    if (latency === null) continue;
    const { minMs, meanMs, p50Ms, p95Ms, p99Ms, maxMs } = latency;
    for (const [index, ms] of [minMs, meanMs, p50Ms, p95Ms, p99Ms, maxMs].entries()) {
      const at = COUNTS_BYTES * length + LATENCY_BYTES * position + 3 * index;
      view.setUint8(at, (ms + 1) >> 16);
      view.setUint16(at + 1, (ms + 1) & 0xffff);
    }
  }
  return bytes;
}

function isEmpty(rollup: Rollup | undefined): boolean {
  if (rollup === undefined) return true;
  return isNothing(rollup);
}

/** Neither was a run owed nor was there one. */
export function isNothing({ up, down, inconclusive, missed, maintenance }: OutcomeCounts): boolean {
  return up + down + inconclusive + missed + maintenance === 0;
}

/** The counts at a position of the counts of a lane; nothing where there are none. */
export function countsAt(counts: Uint8Array, position: number): OutcomeCounts {
  const at = COUNTS_BYTES * position;
  if (at + COUNTS_BYTES > counts.length) return NO_OUTCOMES;
  const word = (index: number): number =>
    ((counts[at + 2 * index] ?? 0) << 8) | (counts[at + 2 * index + 1] ?? 0);
  const count = (index: number): number => word(index) & LOW;
  const maintenance = ((word(0) >> 12) << 8) | ((word(1) >> 12) << 4) | (word(2) >> 12);
  return { up: count(0), down: count(1), inconclusive: count(2), missed: count(3), maintenance };
}

/** The median at an offset of the latencies of a lane, ms, or null. */
export function medianAt(latencies: Uint8Array, offset: number): number | null {
  const at = offset + 3 * MEDIAN_INDEX;
  const plusOne = ((latencies[at] ?? 0) << 16) | ((latencies[at + 1] ?? 0) << 8) | (latencies[at + 2] ?? 0);
  return plusOne === 0 ? null : plusOne - 1;
}

/** Its place among the six latencies. */
const MEDIAN_INDEX = 2;

/** @param slice the bytes of one job: its counts, then its latencies */
export function unpackRollup(slice: Uint8Array): Rollup {
  if (slice.length !== ROLLUP_BYTES) return { ...NO_OUTCOMES, latency: null };
  const ms = (index: number): number => {
    const at = COUNTS_BYTES + 3 * index;
    return (((slice[at] ?? 0) << 16) | ((slice[at + 1] ?? 0) << 8) | (slice[at + 2] ?? 0)) - 1;
  };
  const latency =
    ms(0) < 0
      ? null
      : { minMs: ms(0), meanMs: ms(1), p50Ms: ms(2), p95Ms: ms(3), p99Ms: ms(4), maxMs: ms(5) };
  return { ...countsAt(slice, 0), latency };
}
