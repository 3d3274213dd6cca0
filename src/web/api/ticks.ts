import * as v from "valibot";
import { Count, Frequency, NextCursor, Time, timeOf } from "./common.ts";
import type { Gap as DomainGap } from "../../core/gap.ts";
import type { TickRecord } from "../../scheduling/tick-record.ts";

export const Tick = v.pipe(
  v.object({
    scheduledAt: v.pipe(Time, v.description("The time that it is of.")),
    startedAt: Time,
    finishedAt: Time,
    frequencies: v.pipe(v.array(Frequency), v.description("Whose jobs ran.")),
    caughtUp: v.pipe(v.array(Frequency), v.description("Those for which no event had come in time.")),
    jobs: v.pipe(Count, v.description("Jobs that ran.")),
    up: Count,
    down: Count,
    inconclusive: Count,
  }),
  v.title("Tick"),
);

export const NumberedTick = v.pipe(
  v.object({ id: v.pipe(Count, v.description("Rises by one with each tick.")), ...Tick.pipe[0].entries }),
  v.title("NumberedTick"),
);

export const Gap = v.pipe(
  v.object({
    frequency: Frequency,
    from: v.pipe(Time, v.description("The first slot that never ran.")),
    to: v.pipe(Time, v.description("The last one.")),
    slots: v.pipe(Count, v.description("How many.")),
  }),
  v.title("Gap"),
);

export const TickList = v.pipe(
  v.object({
    items: v.pipe(v.array(NumberedTick), v.description("Newest first. Kept for 7 days.")),
    nextCursor: NextCursor,
  }),
  v.title("TickList"),
);

export const GapList = v.pipe(
  v.object({
    items: v.pipe(v.array(Gap), v.description("Newest first. Kept for two years.")),
    nextCursor: NextCursor,
  }),
  v.title("GapList"),
);

export function tickFields(tick: TickRecord): v.InferOutput<typeof Tick> {
  const { scheduledAtMs, startedAtMs, finishedAtMs, frequencies, caughtUp, jobs, up, down, inconclusive } =
    tick;
  return {
    scheduledAt: timeOf(scheduledAtMs),
    startedAt: timeOf(startedAtMs),
    finishedAt: timeOf(finishedAtMs),
    frequencies: [...frequencies],
    caughtUp: [...caughtUp],
    jobs,
    up,
    down,
    inconclusive,
  };
}

export function gapFields({ frequency, fromMs, toMs, slots }: DomainGap): v.InferOutput<typeof Gap> {
  return { frequency, from: timeOf(fromMs), to: timeOf(toMs), slots };
}
