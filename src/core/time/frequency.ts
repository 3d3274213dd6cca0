/**
 * How often a job runs. The values are also the names under which slots are claimed in the database:
 * renaming one orphans its slot.
 */
export const JobFrequency = {
  MINUTE: "MINUTE",
  HOUR: "HOUR",
  DAY: "DAY",
  DAY_NOON: "DAY_NOON",
} as const;
export type JobFrequency = (typeof JobFrequency)[keyof typeof JobFrequency];

export const FREQUENCIES: readonly JobFrequency[] = [
  JobFrequency.MINUTE,
  JobFrequency.HOUR,
  JobFrequency.DAY,
  JobFrequency.DAY_NOON,
];

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Length and offset of a frequency's slots, ms. UTC has no daylight saving, so slots divide evenly. */
const SLOTS: Record<JobFrequency, { readonly everyMs: number; readonly offsetMs: number }> = {
  MINUTE: { everyMs: MINUTE_MS, offsetMs: 0 },
  HOUR: { everyMs: HOUR_MS, offsetMs: 0 },
  DAY: { everyMs: DAY_MS, offsetMs: 0 },
  DAY_NOON: { everyMs: DAY_MS, offsetMs: 12 * HOUR_MS },
};

/** One run that a frequency owes: the frequency and the Unix time (ms, UTC) at which it was due. */
export interface Slot {
  readonly frequency: JobFrequency;
  readonly atMs: number;
}

/** The start of the newest slot of `frequency` that is not after `atMs`. */
export function latestSlot(frequency: JobFrequency, atMs: number): Slot {
  const { everyMs, offsetMs } = SLOTS[frequency];
  return { frequency, atMs: Math.floor((atMs - offsetMs) / everyMs) * everyMs + offsetMs };
}

/**
 * The newest slot of every frequency at a tick. A slot that an earlier tick took is refused when it is
 * claimed; one that no event came for is still free, so this tick catches it up. Older missed slots of
 * the same frequency are covered by the newest: a check measures the present, it cannot be run for the
 * past.
 */
export function slotsAt(scheduledAtMs: number): Slot[] {
  return FREQUENCIES.map((frequency) => latestSlot(frequency, scheduledAtMs));
}

/** Cron events come up to a minute late often enough. One that is further from our clock is no event of its own time. */
const LATEST_START_MS = 2 * MINUTE_MS;

/**
 * The time that a tick is of, Unix ms: that of its event. An event that comes far too late measures the present
 * all the same, so its tick is one of the present minute, and the minutes until then are a gap. Otherwise ten
 * events that come together would pass one failure off as ten in a row. The same goes for an event from the future:
 * its slots would keep out all ticks until then.
 */
export function tickTime(scheduledAtMs: number, startedAtMs: number): number {
  // False for NaN as well.
  const isOfItsTime = Math.abs(startedAtMs - scheduledAtMs) <= LATEST_START_MS;
  return isOfItsTime ? scheduledAtMs : Math.floor(startedAtMs / MINUTE_MS) * MINUTE_MS;
}

/**
 * The latest time that anything recorded by `nowMs` can have, Unix ms. An event may be ahead of its machine's clock, and
 * that of ours. A later time was written while a clock was wrong.
 */
export function latestPossible(nowMs: number): number {
  return nowMs + 5 * MINUTE_MS;
}

/** Time between two slots of `frequency`, ms. */
export function everyMsOf(frequency: JobFrequency): number {
  return SLOTS[frequency].everyMs;
}
