import { everyMsOf, MINUTE_MS, type JobFrequency, type Slot } from "../core/time/frequency.ts";
import type { Gap } from "../core/gap.ts";

/**
 * The slots that are passed over for ever when `done` are finished: those between the newest that was
 * finished before and the one that is now. A frequency that never ran owes nothing from before.
 *
 * @param doneBefore newest finished slot of each frequency
 */
export function gapsBefore(doneBefore: ReadonlyMap<JobFrequency, number>, done: readonly Slot[]): Gap[] {
  return done.flatMap(({ frequency, atMs }) => {
    const before = doneBefore.get(frequency) ?? -1;
    if (before < 0) return [];
    const everyMs = everyMsOf(frequency);
    const slots = Math.round((atMs - before) / everyMs) - 1;
    return slots > 0 ? [{ frequency, fromMs: before + everyMs, toMs: atMs - everyMs, slots }] : [];
  });
}

/** Those of `done` whose own time had passed when the tick was due: no event came for them, or none that lived. */
export function caughtUp(done: readonly Slot[], scheduledAtMs: number): JobFrequency[] {
  const minuteMs = Math.floor(scheduledAtMs / MINUTE_MS) * MINUTE_MS;
  return done.filter(({ atMs }) => atMs < minuteMs).map(({ frequency }) => frequency);
}

/**
 * The gap that is to be told, or null: every instance runs each minute, so a gap in the minutes is one in
 * everything.
 *
 * @param toldAfterMs shorter ones are recorded but not told
 */
export function gapToReport(gaps: readonly Gap[], toldAfterMs: number): Gap | null {
  const gap = gaps.find(({ frequency }) => frequency === "MINUTE");
  return gap !== undefined && gap.toMs + MINUTE_MS - gap.fromMs >= toldAfterMs ? gap : null;
}
