import type { Incident } from "../domain/history/ports.ts";
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
