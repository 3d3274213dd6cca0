import { hungEveryMinutes } from "../usage/quota.ts";
import { JobFrequency, MINUTE_MS, slotsAt, tickTime, type Slot } from "../core/time/frequency.ts";
import { DatabaseError } from "../core/database-error.ts";
import type { DueTimes } from "../execution/run-due.ts";
import { addToDay, NO_USAGE } from "../usage/usage.ts";
import type { JobDefinition } from "../job-loading/job-definition.ts";
import { TickEvaluator } from "./evaluate-tick.ts";
import { runChecks, type CheckDependencies } from "./run-checks.ts";
import type { JobRun } from "../execution/run-jobs.ts";
import { commitTick } from "./commit-tick.ts";
import { alertWithoutDatabase } from "./alert-without-database.ts";
import type { CorruptRow } from "../core/corrupt-row.ts";
import type { Mailer } from "../mail/ports.ts";
import type { TickRecord } from "./tick-record.ts";
import type { TickStore } from "./ports.ts";

export interface TickDependencies extends CheckDependencies {
  readonly mailer: Mailer;
}

/** Jobs of one tick must have ended by then, ms; the rest of the invocation's 15 minutes is for mail. */
const TICK_LIMIT_MS = 240_000;
/** Those of every minute by then, ms: before the next tick there must be time to ask the references, and to commit. */
const MINUTE_LIMIT_MS = 45_000;
/** Jobs that tell by themselves must have done so so long afterwards, ms. */
const NOTIFY_MS = 30_000;
const MINUTE_NOTIFY_MS = 12_000;
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
  readonly fault: DatabaseError;
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
  const claimed = await orDatabaseError(() => claim(store, wanted, startedAtMs));
  const slots = claimed instanceof DatabaseError ? ownSlots(scheduledAtMs) : claimed.slots;
  if (slots.length === 0) return { kind: "nothing due" };

  const tickId = dependencies.shards === null ? "" : random.token();
  const { usage } = dependencies.memory;
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
  const isDue = ({ frequency }: JobDefinition): boolean => frequencies.has(frequency);
  const { checkResults, probes } = await runChecks(dependencies, isDue, times);
  const context = {
    tickId,
    settings,
    nowMs: scheduledAtMs,
    leftMs: () => notifyDeadlineMs(checkResults.runs, times) - clock.nowMs(),
  };
  const decider = new TickEvaluator(context, random, dependencies.shards);
  const recorded = await orDatabaseError(async () => {
    // What another invocation took meanwhile is counted by it, and not here. Only what ran is taken: a slot that
    // is to be caught up would be done without its jobs.
    const mine = claimed instanceof DatabaseError ? await claim(store, slots, clock.nowMs()) : claimed;
    return commitTick(
      dependencies,
      decider,
      { ...checkResults, repaired: [...mine.repaired, ...checkResults.repaired] },
      probes,
      mine.slots,
      {
        scheduledAtMs,
        startedAtMs,
      },
    );
  });
  if (!(recorded instanceof DatabaseError)) {
    if (recorded.frequencies.includes(JobFrequency.HOUR)) await store.prune(clock.nowMs());
    return { kind: "done", tick: recorded };
  }
  await alertWithoutDatabase(dependencies, decider, checkResults.runs, scheduledAtMs, recorded);
  return { kind: "not recorded", fault: recorded };
}

function notifyDeadlineMs(
  runs: readonly JobRun[],
  { deadlineMs, minuteDeadlineMs }: Pick<DueTimes, "deadlineMs" | "minuteDeadlineMs">,
): number {
  return runs.every(({ definition }) => definition.frequency === JobFrequency.MINUTE)
    ? minuteDeadlineMs + MINUTE_NOTIFY_MS
    : deadlineMs + NOTIFY_MS;
}

interface Claimed {
  readonly slots: readonly Slot[];
  readonly repaired: readonly CorruptRow[];
}

async function claim(store: TickStore, wanted: readonly Slot[], nowMs: number): Promise<Claimed> {
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
async function orDatabaseError<T>(work: () => Promise<T>): Promise<T | DatabaseError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DatabaseError) return error;
    throw error;
  }
}
