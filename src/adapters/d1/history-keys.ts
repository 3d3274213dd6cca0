import { MINUTE_MS } from "../../domain/frequency.ts";
import { minuteOf } from "../../domain/history/kept.ts";
import type { Place } from "../../domain/history/lanes.ts";

/** A lane's keys lie so far apart: enough for the minutes of 8,000 years. */
const LANE_KEYS = 2 ** 32;
/** Places of a lane. */
const LANE_PLACES = 1_024;
/** Keys of higher lanes would be no safe integers. */
export const MAX_LANE = 2 ** 21 - 1;
/** No instance comes as far. An id beyond was written by somebody else, and new ones do not count on from it. */
export const MAX_COUNTED_LANE = 2 ** 20;

/** Key of a sample or a rollup. */
export function recordKey(lane: number, atMs: number): number {
  return lane * LANE_KEYS + minuteOf(atMs);
}

export function fromRecordKey(key: number): { readonly lane: number; readonly atMs: number } {
  return { lane: Math.floor(key / LANE_KEYS), atMs: (key % LANE_KEYS) * MINUTE_MS };
}

/** The first key whose time is not before `atMs`: a bound of a range of keys. */
export function keyFrom(lane: number, atMs: number): number {
  return lane * LANE_KEYS + Math.ceil(Math.min(Math.max(atMs, 0) / MINUTE_MS, LANE_KEYS - 1));
}

/** Key of a series. */
export function placeKey({ lane, position }: Place): number {
  return lane * LANE_PLACES + position;
}

export function fromPlaceKey(key: number): Place {
  return { lane: Math.floor(key / LANE_PLACES), position: key % LANE_PLACES };
}
