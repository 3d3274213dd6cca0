import { hungEveryMinutes } from "../domain/budget.ts";
import { JobFrequency, MINUTE_MS, slotsAt, tickTime, type Slot } from "../domain/frequency.ts";
import type { Damage, Mailer, Store, TickRecord } from "../domain/ports.ts";
import { StoreFault } from "../domain/store-fault.ts";
import type { DueTimes } from "./run-due.ts";
import { addToDay, NO_USAGE } from "../domain/usage.ts";
import type { PlannedJob } from "../job/planned-job.ts";
import { TickDecider } from "./decide-tick.ts";
import { findOut, type FindDependencies } from "./find-out.ts";
import type { JobRun } from "./run-jobs.ts";
import { recordTick } from "./record-tick.ts";
import { tellWithoutStore } from "./tell-without-store.ts";

export interface TickDependencies extends FindDependencies {
  readonly mailer: Mailer;
}

/** Jobs of one tick must have ended by then, ms; the rest of the invocation's 15 minutes is for mail. */
export const TICK_LIMIT_MS = 240_000;
/** Those of every minute by then, ms: before the next tick there must be time to ask the references, and to commit. */
const MINUTE_LIMIT_MS = 45_000;
/** Jobs that tell by themselves must have done so so long afterwards, ms. */
const TELL_MS = 30_000;
const MINUTE_TELL_MS = 12_000;
/** A claim whose taker has not committed by then is free again, ms. More than a tick can last. */
export const CLAIM_LEASE_MS = TICK_LIMIT_MS + 60_000;

/** The tick was taken by another invocation, or all it was for is done. */
export interface NothingDue {
  readonly kind: "nothing due";
}
export interface TickDone {
  readonly kind: "done";
  readonly tick: TickRecord;
}
/** The jobs ran, but the database did not take what came of it. Failures were mailed without it. */
export interface TickNotRecorded {
  readonly kind: "not recorded";
  readonly fault: StoreFault;
}

/**
 * One tick: claims the slots that are due when its event is scheduled (`eventAtMs`), runs their jobs, decides,
 * and commits states and messages in one transaction. Sends nothing: what is committed is sent by deliver-mail.
 * Only when the database stays away is mail sent from here, since nothing else would.
 */
export async function runTick(
  dependencies: TickDependencies,
  eventAtMs: number,
): Promise<NothingDue | TickDone | TickNotRecorded> {
  const { clock, settings, random, store } = dependencies;
  const startedAtMs = clock.nowMs();
  const scheduledAtMs = tickTime(eventAtMs, startedAtMs);
  const wanted = slotsAt(scheduledAtMs);
  const claimed = await orFault(() => claim(store, wanted, startedAtMs));
  const slots = claimed instanceof StoreFault ? ownSlots(scheduledAtMs) : claimed.slots;
  if (slots.length === 0) return { kind: "nothing due" };

  const tickId = dependencies.shards === null ? "" : random.token();
  const { usage } = dependencies.lastKnown;
  const times = {
    tickId,
    nowMs: scheduledAtMs,
    deadlineMs: startedAtMs + TICK_LIMIT_MS,
    // A database that takes its time must not take it from the jobs.
    minuteDeadlineMs: clock.nowMs() + MINUTE_LIMIT_MS,
    hungEveryMinutes: hungEveryMinutes(
      usage === null ? null : addToDay(usage, scheduledAtMs, NO_USAGE),
      settings.plan,
    ),
  };
  const frequencies = new Set(slots.map((slot) => slot.frequency));
  const isDue = ({ frequency }: PlannedJob): boolean => frequencies.has(frequency);
  const { findings, probes } = await findOut(dependencies, isDue, times);
  const context = {
    tickId,
    settings,
    nowMs: scheduledAtMs,
    leftMs: () => tellEndMs(findings.runs, times) - clock.nowMs(),
  };
  const decider = new TickDecider(context, random, dependencies.shards);
  const recorded = await orFault(async () => {
    // What another invocation took meanwhile is counted by it, and not here. Only what ran is taken: a slot that
    // is to be caught up would be done without its jobs.
    const mine = claimed instanceof StoreFault ? await claim(store, slots, clock.nowMs()) : claimed;
    return recordTick(
      dependencies,
      decider,
      { ...findings, repaired: [...mine.repaired, ...findings.repaired] },
      probes,
      mine.slots,
      {
        scheduledAtMs,
        startedAtMs,
      },
    );
  });
  if (!(recorded instanceof StoreFault)) {
    if (recorded.frequencies.includes(JobFrequency.HOUR)) await store.prune(clock.nowMs());
    return { kind: "done", tick: recorded };
  }
  await tellWithoutStore(dependencies, decider, findings.runs, scheduledAtMs, recorded);
  return { kind: "not recorded", fault: recorded };
}

function tellEndMs(
  runs: readonly JobRun[],
  { deadlineMs, minuteDeadlineMs }: Pick<DueTimes, "deadlineMs" | "minuteDeadlineMs">,
): number {
  return runs.every(({ planned }) => planned.frequency === JobFrequency.MINUTE)
    ? minuteDeadlineMs + MINUTE_TELL_MS
    : deadlineMs + TELL_MS;
}

interface Claimed {
  readonly slots: readonly Slot[];
  readonly repaired: readonly Damage[];
}

async function claim(store: Store, wanted: readonly Slot[], nowMs: number): Promise<Claimed> {
  const slots = await store.claim(wanted, nowMs, CLAIM_LEASE_MS);
  if (slots.length > 0) return { slots, repaired: [] };
  // Nearly always the event came twice. It may also be that a damaged row keeps everybody out, for ever.
  const repaired = await store.repairClaims(nowMs);
  return repaired.length === 0
    ? { slots, repaired }
    : { slots: await store.claim(wanted, nowMs, CLAIM_LEASE_MS), repaired };
}

/** Without the database nobody knows what was missed: what begins at this very minute is due. */
function ownSlots(scheduledAtMs: number): Slot[] {
  const minuteMs = Math.floor(scheduledAtMs / MINUTE_MS) * MINUTE_MS;
  return slotsAt(scheduledAtMs).filter(({ atMs }) => atMs === minuteMs);
}

/** What `work` gives, or the fault of the database that kept it from that. */
async function orFault<T>(work: () => Promise<T>): Promise<T | StoreFault> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreFault) return error;
    throw error;
  }
}
