import { DAY_MS, HOUR_MS, type JobFrequency } from "../frequency.ts";
import { ceilTo, decidedUntil, floorTo, type Kept, type Records, type Resolution } from "./kept.ts";
import type { Place, Series } from "./lanes.ts";

/** Where a job was, what is kept of its lanes, and what is decided. */
export interface Span {
  readonly series: readonly Series[];
  /** By lane. */
  readonly kept: ReadonlyMap<number, Kept>;
  /** Newest finished slot of each frequency, Unix ms. */
  readonly doneSlots: ReadonlyMap<JobFrequency, number>;
}

export interface Window {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

/** Records of one kind of one place, of a stretch of time. */
export interface Piece extends Place, Window {
  readonly records: Records;
}

/**
 * The largest window within `wanted` that can be answered to the slot: an edge that lies where only hours or days
 * are kept moves inward to the next of these. Empty where nothing is left.
 */
export function exactWindow(span: Span, wanted: Window): Window {
  let { fromMs, toMs } = wanted;
  for (const series of span.series) {
    if (series.toMs !== null || series.fromMs >= toMs) continue;
    // What is going on is not decided.
    toMs = Math.min(toMs, Math.max(series.fromMs, decidedUntil(series.frequency, span.doneSlots)));
  }
  // Each move may lead into another series.
  for (let moved = true; moved && fromMs < toMs;) {
    moved = false;
    for (const series of span.series) {
      if (series.fromMs >= toMs || (series.toMs ?? Infinity) <= fromMs) continue;
      const kept = span.kept.get(series.lane);
      const [from, to] = [laterStart(series, kept, fromMs), earlierEnd(series, kept, toMs)];
      moved ||= from !== fromMs || to !== toMs;
      [fromMs, toMs] = [from, to];
    }
  }
  return fromMs < toMs ? { fromMs, toMs } : { fromMs: wanted.fromMs, toMs: wanted.fromMs };
}

function laterStart(series: Series, kept: Kept | undefined, fromMs: number): number {
  if (kept === undefined) return series.toMs ?? Infinity;
  const oldestMs = Math.min(
    kept.rawFromMs,
    ...resolutionsOf(series.frequency).map((one) => stretchOf(kept, one).fromMs),
  );
  const startMs = Math.max(fromMs, Math.min(oldestMs, series.toMs ?? Infinity));
  // Before its first slot there is nothing to miss.
  if (startMs <= series.fromMs) return fromMs;
  return aligned(series, kept, startMs, ceilTo);
}

function earlierEnd(series: Series, kept: Kept | undefined, toMs: number): number {
  if (kept === undefined) return toMs;
  if (series.toMs !== null && toMs >= series.toMs) return toMs;
  return aligned(series, kept, toMs, floorTo);
}

/** Moves an edge within a series to where a record begins. */
function aligned(
  { frequency }: Series,
  kept: Kept,
  atMs: number,
  move: (periodMs: number, atMs: number) => number,
): number {
  if (atMs >= kept.rawFromMs) return atMs;
  if (frequency === "MINUTE" && atMs >= kept.hourlyFromMs) return move(HOUR_MS, atMs);
  return move(DAY_MS, atMs);
}

/**
 * The records that make up a window which `exactWindow` gave, the coarsest that fit. None counts a slot twice.
 */
export function piecesOf({ series, kept }: Span, { fromMs, toMs }: Window): Piece[] {
  return series.flatMap((one) => {
    const ofLane = kept.get(one.lane);
    const endMs = one.toMs ?? Infinity;
    if (ofLane === undefined || one.fromMs >= toMs || endMs <= fromMs || fromMs >= toMs) return [];
    // A series that begins or ends within has nothing outside: there a record may reach over the edge.
    const startMs = one.fromMs >= fromMs ? floorTo(DAY_MS, one.fromMs) : fromMs;
    const stopMs = endMs <= toMs ? ceilTo(DAY_MS, endMs) : toMs;
    return walk(one, ofLane, startMs, stopMs);
  });
}

function walk({ lane, position, frequency }: Series, kept: Kept, startMs: number, stopMs: number): Piece[] {
  const pieces: Piece[] = [];
  for (let atMs = startMs; atMs < stopMs;) {
    const resolution = resolutionsOf(frequency).find((one) => holds(stretchOf(kept, one), atMs, stopMs));
    const records = resolution ?? "raw";
    const stepMs =
      resolution === undefined
        ? nextBoundary(kept, frequency, atMs)
        : atMs + stretchOf(kept, resolution).periodMs;
    const untilMs = Math.min(stopMs, stepMs);
    const last = pieces.at(-1);
    if (last?.records === records) pieces[pieces.length - 1] = { ...last, toMs: untilMs };
    else pieces.push({ lane, position, records, fromMs: atMs, toMs: untilMs });
    atMs = untilMs;
  }
  return pieces;
}

/** Samples are taken up to where a coarser record may begin. */
function nextBoundary(kept: Kept, frequency: JobFrequency, atMs: number): number {
  const newest = Math.max(kept.dailyUntilMs, frequency === "MINUTE" ? kept.hourlyUntilMs : 0);
  if (atMs >= newest) return Infinity;
  return floorTo(HOUR_MS, atMs) + HOUR_MS;
}

interface Stretch extends Window {
  readonly periodMs: number;
}

/** Coarsest first. */
function resolutionsOf(frequency: JobFrequency): readonly Resolution[] {
  return frequency === "MINUTE" ? ["daily", "hourly"] : ["daily"];
}

function stretchOf(kept: Kept, resolution: Resolution): Stretch {
  return resolution === "daily"
    ? { periodMs: DAY_MS, fromMs: kept.dailyFromMs, toMs: kept.dailyUntilMs }
    : { periodMs: HOUR_MS, fromMs: kept.hourlyFromMs, toMs: kept.hourlyUntilMs };
}

function holds({ periodMs, fromMs, toMs }: Stretch, atMs: number, stopMs: number): boolean {
  return atMs % periodMs === 0 && atMs >= fromMs && atMs + periodMs <= Math.min(toMs, stopMs);
}
