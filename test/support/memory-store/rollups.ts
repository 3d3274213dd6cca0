/** Parts of stored rollups, as queries of D1 give them. */
import { LATENCY_BYTES, ROLLUP_BYTES, COUNTS_BYTES } from "../../../src/history/rollup.ts";

/**
 * The bytes of one job, counts and latencies, or none where the rollup has no such position.
 *
 * @param rollups as `packRollups` made them
 */
export function sliceRollup(rollups: Uint8Array, position: number): Uint8Array {
  const length = rollups.length / ROLLUP_BYTES;
  if (!Number.isInteger(length) || position >= length) return new Uint8Array(0);
  const slice = new Uint8Array(ROLLUP_BYTES);
  slice.set(rollups.subarray(COUNTS_BYTES * position, COUNTS_BYTES * (position + 1)));
  const at = COUNTS_BYTES * length + LATENCY_BYTES * position;
  slice.set(rollups.subarray(at, at + LATENCY_BYTES), COUNTS_BYTES);
  return slice;
}

/** The counts of all jobs of a lane. */
export function countsOf(rollups: Uint8Array): Uint8Array {
  return rollups.subarray(0, (rollups.length / ROLLUP_BYTES) * COUNTS_BYTES);
}

/** Their latencies. */
export function latenciesOf(rollups: Uint8Array): Uint8Array {
  return rollups.subarray((rollups.length / ROLLUP_BYTES) * COUNTS_BYTES);
}
