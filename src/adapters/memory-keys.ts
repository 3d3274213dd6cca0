import type { Incident } from "../domain/history/ports.ts";
import type { OpenedSeries, Series } from "../domain/history/lanes.ts";
import type { Kept, Period, Portion } from "../domain/history/kept.ts";

/** How a MemoryHistory finds and sorts what it holds. */

export function untilOf(kept: Kept, { resolution }: Period): number {
  return resolution === "hourly" ? kept.hourlyUntilMs : kept.dailyUntilMs;
}

export function fromOf(kept: Kept, { records }: Portion): number {
  return records === "raw" ? kept.rawFromMs : records === "hourly" ? kept.hourlyFromMs : kept.dailyFromMs;
}

export function keyOf({ lane, position }: { readonly lane: number; readonly position: number }): string {
  return `${lane} ${position}`;
}

export function newestFirst(
  a: Pick<Incident, "fromMs" | "job">,
  b: Pick<Incident, "fromMs" | "job">,
): number {
  return b.fromMs - a.fromMs || (a.job < b.job ? -1 : Number(a.job > b.job));
}

/** Series that are wanted, by time and place. */
export function sortedSeries(
  all: Iterable<OpenedSeries>,
  wanted: (series: Series) => boolean,
): readonly Series[] {
  return [...all]
    .filter(wanted)
    .toSorted((a, b) => a.fromMs - b.fromMs || a.lane - b.lane || a.position - b.position)
    .map(({ group: _group, isPublic: _isPublic, ...series }) => series);
}

export interface LaneData {
  readonly atMs: number;
  readonly data: Uint8Array;
}

/** Records of a lane, by time. */
export function within(
  ofLane: ReadonlyMap<number, Uint8Array> | undefined,
  fromMs: number,
  toMs: number,
): LaneData[] {
  return [...(ofLane ?? [])]
    .filter(([atMs]) => atMs >= fromMs && atMs < toMs)
    .map(([atMs, data]) => ({ atMs, data }))
    .toSorted((a, b) => a.atMs - b.atMs);
}
