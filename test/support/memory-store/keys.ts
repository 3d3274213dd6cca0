import type { Incident } from "../../../src/history/ports.ts";
import type { OpenedSeries, Series } from "../../../src/history/blocks.ts";
import type { RetentionState, RollupPeriod, DeletionBatch } from "../../../src/history/retention.ts";

/** How a MemoryHistory finds and sorts what it holds. */

export function untilOf(kept: RetentionState, { resolution }: RollupPeriod): number {
  return resolution === "hourly" ? kept.hourlyUntilMs : kept.dailyUntilMs;
}

export function fromOf(kept: RetentionState, { records }: DeletionBatch): number {
  return records === "raw" ? kept.rawFromMs : records === "hourly" ? kept.hourlyFromMs : kept.dailyFromMs;
}

export function keyOf({ block, position }: { readonly block: number; readonly position: number }): string {
  return `${block} ${position}`;
}

export function newestFirst(
  a: Pick<Incident, "fromMs" | "jobKey">,
  b: Pick<Incident, "fromMs" | "jobKey">,
): number {
  return b.fromMs - a.fromMs || (a.jobKey < b.jobKey ? -1 : Number(a.jobKey > b.jobKey));
}

/** Series that are wanted, by time and place. */
export function sortedSeries(
  all: Iterable<OpenedSeries>,
  wanted: (series: Series) => boolean,
): readonly Series[] {
  return [...all]
    .filter(wanted)
    .toSorted((a, b) => a.fromMs - b.fromMs || a.block - b.block || a.position - b.position)
    .map(({ group: _group, isPublic: _isPublic, ...series }) => series);
}

export interface BlockData {
  readonly atMs: number;
  readonly data: Uint8Array;
}

/** Records of a lane, by time. */
export function within(
  ofBlock: ReadonlyMap<number, Uint8Array> | undefined,
  fromMs: number,
  toMs: number,
): BlockData[] {
  return [...(ofBlock ?? [])]
    .filter(([atMs]) => atMs >= fromMs && atMs < toMs)
    .map(([atMs, data]) => ({ atMs, data }))
    .toSorted((a, b) => a.atMs - b.atMs);
}
