import { MINUTE_MS } from "../../../core/time/frequency.ts";
import { minuteOf } from "../../../history/retention.ts";
import type { BlockPosition } from "../../../history/blocks.ts";

/** A lane's keys lie so far apart: enough for the minutes of 8,000 years. */
const BLOCK_KEYS = 2 ** 32;
/** Places of a lane. */
const BLOCK_POSITIONS = 1_024;
/** Keys of higher lanes would be no safe integers. */
export const MAX_BLOCK = 2 ** 21 - 1;
/** No instance comes as far. An id beyond was written by somebody else, and new ones do not count on from it. */
export const MAX_COUNTED_BLOCK = 2 ** 20;

/** Key of a sample or a rollup. */
export function recordKey(block: number, atMs: number): number {
  return block * BLOCK_KEYS + minuteOf(atMs);
}

export function fromRecordKey(key: number): { readonly block: number; readonly atMs: number } {
  return { block: Math.floor(key / BLOCK_KEYS), atMs: (key % BLOCK_KEYS) * MINUTE_MS };
}

/** The first key whose time is not before `atMs`: a bound of a range of keys. */
export function keyFrom(block: number, atMs: number): number {
  return block * BLOCK_KEYS + Math.ceil(Math.min(Math.max(atMs, 0) / MINUTE_MS, BLOCK_KEYS - 1));
}

/** Key of a series. */
export function positionKey({ block, position }: BlockPosition): number {
  return block * BLOCK_POSITIONS + position;
}

export function fromPositionKey(key: number): BlockPosition {
  return { block: Math.floor(key / BLOCK_POSITIONS), position: key % BLOCK_POSITIONS };
}
