import { JobFrequency, MINUTE_MS, slotsAt, tickTime, type Slot } from "../domain/frequency.ts";
import type { Clock, Damage, Mailer, Network, Random, Store, TickRecord } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import { StoreFault } from "../domain/store-fault.ts";
import type { JobFile } from "../job/job-file.ts";
import { loadJobs } from "../job/load-jobs.ts";
import { judgeConnectivity, type AskReference } from "./connectivity.ts";
import { TickDecider, type TickFindings } from "./decide-tick.ts";
import type { LastKnown } from "./last-known.ts";
import { createProbe, type MailedProbes } from "./mail-probe.ts";
import type { Meter } from "./meter.ts";
import { recordTick } from "./record-tick.ts";
import { runDue, type DueTimes } from "./run-due.ts";
import type { Shards } from "./shard-task.ts";
import { tellWithoutStore } from "./tell-without-store.ts";

export interface TickDependencies {
  readonly files: readonly JobFile[];
  readonly settings: Settings;
  readonly store: Store;
  readonly network: Network;
  readonly askReference: AskReference;
  readonly mailer: Mailer;
  readonly clock: Clock;
  readonly random: Random;
  /** Outlives the tick, where the runtime lets it. */
  readonly lastKnown: LastKnown;
  /** Counts what this invocation uses. */
  readonly meter: Meter;
  /** Runs what is too much for one invocation; null where all is run in place. */
  readonly shards: Shards | null;
}

/** Jobs of one tick must have ended by then, ms; the rest of the invocation's 15 minutes is for mail. */
export const TICK_LIMIT_MS = 240_000;
/** Jobs that tell by themselves must have done so by then, ms from the tick's start. */
const TELL_LIMIT_MS = TICK_LIMIT_MS + 30_000;
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
  const claimed = await orFault(() => claim(store, wanted, scheduledAtMs, startedAtMs));
  const slots = claimed instanceof StoreFault ? ownSlots(scheduledAtMs) : claimed.slots;
  if (slots.length === 0) return { kind: "nothing due" };

  const repaired = claimed instanceof StoreFault ? [] : claimed.repaired;
  const tickId = dependencies.shards === null ? "" : random.token();
  const times = { tickId, nowMs: scheduledAtMs, deadlineMs: startedAtMs + TICK_LIMIT_MS };
  const { findings, probes } = await findOut(dependencies, slots, times, repaired);
  const context = {
    tickId,
    settings,
    nowMs: scheduledAtMs,
    leftMs: () => startedAtMs + TELL_LIMIT_MS - clock.nowMs(),
  };
  const decider = new TickDecider(context, random, dependencies.shards);
  const recorded = await orFault(async () => {
    // What another invocation took meanwhile is counted by it, and not here. Only what ran is taken: a slot that
    // is to be caught up would be done without its jobs.
    const mine =
      claimed instanceof StoreFault ? await claim(store, slots, scheduledAtMs, startedAtMs) : claimed;
    return recordTick(dependencies, decider, { ...findings, repaired: mine.repaired }, probes, mine.slots, {
      scheduledAtMs,
      startedAtMs,
    });
  });
  if (!(recorded instanceof StoreFault)) {
    if (recorded.frequencies.includes(JobFrequency.HOUR)) await store.prune(clock.nowMs());
    return { kind: "done", tick: recorded };
  }
  await tellWithoutStore(dependencies, decider, findings.runs, scheduledAtMs, recorded);
  return { kind: "not recorded", fault: recorded };
}

interface Claimed {
  readonly slots: readonly Slot[];
  readonly repaired: readonly Damage[];
}

async function claim(
  store: Store,
  wanted: readonly Slot[],
  scheduledAtMs: number,
  nowMs: number,
): Promise<Claimed> {
  const slots = await store.claim(wanted, nowMs, CLAIM_LEASE_MS);
  if (slots.length > 0) return { slots, repaired: [] };
  // Nearly always the event came twice. It may also be that a damaged row keeps everybody out, for ever.
  const repaired = await store.repairClaims(scheduledAtMs);
  return repaired.length === 0
    ? { slots, repaired }
    : { slots: await store.claim(wanted, nowMs, CLAIM_LEASE_MS), repaired };
}

/** Without the database nobody knows what was missed: what begins at this very minute is due. */
function ownSlots(scheduledAtMs: number): Slot[] {
  const minuteMs = Math.floor(scheduledAtMs / MINUTE_MS) * MINUTE_MS;
  return slotsAt(scheduledAtMs).filter(({ atMs }) => atMs === minuteMs);
}

async function findOut(
  dependencies: TickDependencies,
  slots: readonly Slot[],
  times: DueTimes,
  repaired: readonly Damage[],
): Promise<{ readonly findings: Omit<TickFindings, "news">; readonly probes: MailedProbes }> {
  const { settings, files, clock, random, askReference, lastKnown } = dependencies;
  const frequencies = new Set(slots.map((slot) => slot.frequency));
  const { jobs, faults } = await loadJobs(files, settings);
  const due = jobs.filter((job) => frequencies.has(job.frequency));
  const seen = await runDue(due, times, dependencies);
  lastKnown.unrecorded.add(seen.usage);
  const mailed = Array.from({ length: seen.probes }, () => createProbe(settings, random, clock.nowMs()));
  const { runs, connectivity } = await judgeConnectivity(seen.runs, settings.referenceTargets, askReference);
  return {
    findings: { jobs, runs, faults, connectivity, repaired },
    probes: {
      probes: mailed.map(({ probe }) => probe),
      messages: mailed.map(({ message }) => message),
    },
  };
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
