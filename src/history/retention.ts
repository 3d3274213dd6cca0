import {
  DAY_MS,
  everyMsOf,
  HOUR_MS,
  latestPossible,
  latestSlot,
  MINUTE_MS,
  type JobFrequency,
} from "../core/time/frequency.ts";
import type { Retention } from "../core/settings.ts";

/** What is kept of a lane. Times are Unix ms; each stretch begins with its first and ends before its second. */
export interface RetentionState {
  readonly block: number;
  readonly frequency: JobFrequency;
  /** Nothing is owed before. */
  readonly fromMs: number;
  /** Nothing is owed from then on; null while the lane is open. */
  readonly toMs: number | null;
  /** Samples from then on are there. */
  readonly rawFromMs: number;
  /** Full hours, of minute lanes alone. */
  readonly hourlyFromMs: number;
  readonly hourlyUntilMs: number;
  readonly dailyFromMs: number;
  readonly dailyUntilMs: number;
}

export type Resolution = "hourly" | "daily";
export const PERIOD_MS: Readonly<Record<Resolution, number>> = { hourly: HOUR_MS, daily: DAY_MS };

export function floorTo(periodMs: number, atMs: number): number {
  return Math.floor(atMs / periodMs) * periodMs;
}

export function ceilTo(periodMs: number, atMs: number): number {
  return Math.ceil(atMs / periodMs) * periodMs;
}

/** A new lane, of which nothing is kept yet. */
export function newRetention(block: number, frequency: JobFrequency, fromMs: number): RetentionState {
  const [hourMs, dayMs] = [floorTo(HOUR_MS, fromMs), floorTo(DAY_MS, fromMs)];
  return {
    block,
    frequency,
    fromMs,
    toMs: null,
    rawFromMs: fromMs,
    hourlyFromMs: hourMs,
    hourlyUntilMs: hourMs,
    dailyFromMs: dayMs,
    dailyUntilMs: dayMs,
  };
}

/** Whether the times can be those of one lane: samples are deleted only when they are rolled up. */
export function isSound(kept: RetentionState, nowMs: number): boolean {
  const { fromMs, rawFromMs, hourlyFromMs, hourlyUntilMs, dailyFromMs, dailyUntilMs } = kept;
  const rolledMs = kept.frequency === "MINUTE" ? Math.min(hourlyUntilMs, dailyUntilMs) : dailyUntilMs;
  const isPeriod = (periodMs: number, startMs: number, endMs: number): boolean =>
    startMs % periodMs === 0 &&
    endMs % periodMs === 0 &&
    floorTo(periodMs, fromMs) <= startMs &&
    startMs <= endMs;
  return (
    fromMs <= rawFromMs &&
    rawFromMs <= Math.max(fromMs, rolledMs) &&
    isPeriod(HOUR_MS, hourlyFromMs, hourlyUntilMs) &&
    isPeriod(DAY_MS, dailyFromMs, dailyUntilMs) &&
    // What is new begins with the next slot, which is up to a day away; only what is over is rolled up.
    Math.max(fromMs, rawFromMs) <= latestPossible(nowMs) + DAY_MS &&
    Math.max(hourlyUntilMs, dailyUntilMs) <= Math.max(fromMs, latestPossible(nowMs))
  );
}

/** First and last record of a lane, Unix ms. */
export interface Extent {
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * What is kept of a lane, made out from its records where the note of it is lost: never more than is there.
 *
 * @param toMs as of its series
 */
export function rebuildRetention(
  block: Pick<RetentionState, "block" | "frequency" | "fromMs" | "toMs">,
  { raw, hourly, daily }: Readonly<Record<Records, Extent | null>>,
): RetentionState {
  const fresh = { ...newRetention(block.block, block.frequency, block.fromMs), toMs: block.toMs };
  const hours =
    hourly === null ? {} : { hourlyFromMs: hourly.firstMs, hourlyUntilMs: hourly.lastMs + HOUR_MS };
  // Where no day is rolled up yet, no sample was deleted.
  if (daily === null) return { ...fresh, ...hours };
  const days = { dailyFromMs: daily.firstMs, dailyUntilMs: daily.lastMs + DAY_MS };
  const kept = { ...fresh, ...hours, ...days };
  const rolledMs = Math.min(kept.dailyUntilMs, kept.frequency === "MINUTE" ? kept.hourlyUntilMs : Infinity);
  return { ...kept, rawFromMs: Math.max(block.fromMs, Math.min(raw?.firstMs ?? Infinity, rolledMs)) };
}

/** The end of what is decided of a frequency: slots up to then have run, or never will. */
export function decidedUntil(
  frequency: JobFrequency,
  lastCompletedSlots: ReadonlyMap<JobFrequency, number>,
): number {
  const doneMs = lastCompletedSlots.get(frequency) ?? -1;
  return doneMs < 0 ? 0 : doneMs + everyMsOf(frequency);
}

/** Slots of `frequency` that begin within a stretch. */
export function slotsWithin(frequency: JobFrequency, fromMs: number, toMs: number): number {
  if (toMs <= fromMs) return 0;
  const last = latestSlot(frequency, toMs - 1).atMs;
  const before = latestSlot(frequency, fromMs - 1).atMs;
  return Math.round((last - before) / everyMsOf(frequency));
}

/** An hour or a day of a lane that is over, and not rolled up yet. */
export interface RollupPeriod {
  readonly block: number;
  readonly frequency: JobFrequency;
  readonly resolution: Resolution;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The next period of each kind that can be rolled up: a later slot of its frequency is done, so no outcome can
 * be added to it any more.
 */
export function periodsDue(
  kept: RetentionState,
  lastCompletedSlots: ReadonlyMap<JobFrequency, number>,
): RollupPeriod[] {
  const { block, frequency, toMs } = kept;
  const doneMs = lastCompletedSlots.get(frequency) ?? -1;
  const due = (resolution: Resolution, fromMs: number): RollupPeriod[] => {
    const endMs = fromMs + PERIOD_MS[resolution];
    if (doneMs < endMs || (toMs !== null && fromMs >= toMs)) return [];
    return [{ block, frequency, resolution, fromMs, toMs: endMs }];
  };
  return [
    ...(frequency === "MINUTE" ? due("hourly", kept.hourlyUntilMs) : []),
    ...due("daily", kept.dailyUntilMs),
  ];
}

/** What is kept once the period is rolled up. */
export function afterPeriod(kept: RetentionState, { resolution, toMs }: RollupPeriod): RetentionState {
  return resolution === "hourly" ? { ...kept, hourlyUntilMs: toMs } : { ...kept, dailyUntilMs: toMs };
}

export type Records = "raw" | Resolution;

/** Old records of a lane, to be deleted. */
export interface DeletionBatch {
  readonly block: number;
  readonly records: Records;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Most that one portion spans: 1,440 rows of minutes, 240 of hours, 100 of days. */
const DELETION_BATCH_MS: Readonly<Record<Records, number>> = {
  raw: DAY_MS,
  hourly: 10 * DAY_MS,
  daily: 100 * DAY_MS,
};

/** The oldest portion of each kind that nobody needs any more. Samples go when they are rolled up, not before. */
export function deletionsDue(
  kept: RetentionState,
  { rawDays, hourlyDays, dailyDays }: Retention,
  nowMs: number,
): DeletionBatch[] {
  const today = floorTo(DAY_MS, nowMs);
  const isMinute = kept.frequency === "MINUTE";
  const rawUntilMs = Math.min(
    today - (isMinute ? rawDays : hourlyDays) * DAY_MS,
    kept.dailyUntilMs,
    isMinute ? kept.hourlyUntilMs : Infinity,
  );
  const portion = (records: Records, fromMs: number, untilMs: number): DeletionBatch[] => {
    // In whole portions, but for the last: what is kept begins with a day.
    const toMs = Math.min(untilMs, floorTo(DELETION_BATCH_MS[records], fromMs) + DELETION_BATCH_MS[records]);
    return toMs <= fromMs ? [] : [{ block: kept.block, records, fromMs, toMs }];
  };
  return [
    ...portion("raw", kept.rawFromMs, rawUntilMs),
    ...(isMinute
      ? portion("hourly", kept.hourlyFromMs, Math.min(today - hourlyDays * DAY_MS, kept.hourlyUntilMs))
      : []),
    ...portion("daily", kept.dailyFromMs, Math.min(today - dailyDays * DAY_MS, kept.dailyUntilMs)),
  ];
}

/** What is kept once the portion is gone. */
export function afterDeletion(kept: RetentionState, { records, toMs }: DeletionBatch): RetentionState {
  switch (records) {
    case "raw":
      return { ...kept, rawFromMs: toMs };
    case "hourly":
      return { ...kept, hourlyFromMs: toMs };
    case "daily":
      return { ...kept, dailyFromMs: toMs };
  }
}

/** Nothing is left of it, and nothing will come. */
export function isOver({ frequency, toMs, ...kept }: RetentionState): boolean {
  return (
    toMs !== null &&
    kept.rawFromMs >= toMs &&
    (frequency !== "MINUTE" || kept.hourlyFromMs >= toMs) &&
    kept.dailyFromMs >= toMs
  );
}

/** Minutes since 1970, which number the slots of all frequencies. */
export function minuteOf(atMs: number): number {
  return Math.floor(atMs / MINUTE_MS);
}
