import type { Outcome, OutcomeStatus } from "../core/outcome.ts";

/** What a job's run found, as it is kept: latency in whole ms. */
export interface Sample {
  readonly status: OutcomeStatus;
  readonly latencyMs: number | null;
  /** It was made under maintenance. */
  readonly maintenance: boolean;
}

/** Bytes of a job in a sample: 2 bits of status, 1 of maintenance, 21 of latency in ms plus one, big end first. */
export const BYTES_PER_SAMPLE = 3;

const STATUSES: readonly (OutcomeStatus | null)[] = [null, "up", "down", "inconclusive"];
/** Half an hour; no run takes as long. */
const MAX_LATENCY_MS = 2 ** 21 - 2;
const MAINTENANCE = 1 << 21;

/** As it can be kept. */
export function toSample(
  { status, latencyMs }: Pick<Outcome, "status" | "latencyMs">,
  maintenance: boolean,
): Sample {
  return {
    status,
    maintenance,
    latencyMs: latencyMs === null ? null : Math.min(MAX_LATENCY_MS, Math.max(0, Math.round(latencyMs))),
  };
}

/** The readings of one lane and slot by position. What has none at the end takes no bytes. */
export function packSamples(readings: readonly (Sample | null | undefined)[]): Uint8Array {
  let length = readings.length;
  while (length > 0 && (readings[length - 1] ?? null) === null) length--;
  const bytes = new Uint8Array(length * BYTES_PER_SAMPLE);
  for (let position = 0; position < length; position++) {
    const word = pack(readings[position] ?? null);
    bytes[3 * position] = word >> 16;
    bytes[3 * position + 1] = word >> 8;
    bytes[3 * position + 2] = word;
  }
  return bytes;
}

function pack(reading: Sample | null): number {
  if (reading === null) return 0;
  const { status, latencyMs, maintenance } = reading;
  return (
    (STATUSES.indexOf(status) << 22) |
    (maintenance ? MAINTENANCE : 0) |
    (latencyMs === null ? 0 : latencyMs + 1)
  );
}

/** The word of a position; 0 where there is none. */
export function packedAt(sample: Uint8Array, position: number): number {
  const at = BYTES_PER_SAMPLE * position;
  if (at + BYTES_PER_SAMPLE > sample.length) return 0;
  return ((sample[at] ?? 0) << 16) | ((sample[at + 1] ?? 0) << 8) | (sample[at + 2] ?? 0);
}

/** The reading at a position, or null where there is none. */
export function sampleAt(sample: Uint8Array, position: number): Sample | null {
  const word = packedAt(sample, position);
  const status = statusOfPacked(word);
  if (status === null) return null;
  return { status, latencyMs: latencyOfPacked(word), maintenance: isMaintenancePacked(word) };
}

export function statusOfPacked(word: number): OutcomeStatus | null {
  return STATUSES[word >> 22] ?? null;
}

export function latencyOfPacked(word: number): number | null {
  const plusOne = word & (MAINTENANCE - 1);
  return plusOne === 0 ? null : plusOne - 1;
}

export function isMaintenancePacked(word: number): boolean {
  return (word & MAINTENANCE) !== 0;
}
