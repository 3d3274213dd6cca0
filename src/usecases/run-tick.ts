import { JobFrequency, slotsAt, type Slot } from "../domain/frequency.ts";
import type { LoopbackProbe } from "../domain/loopback.ts";
import type { Message } from "../domain/message.ts";
import type { Clock, Network, Random, Store, TickRecord } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import { loadJobs, type JobFile } from "../job/load-jobs.ts";
import { TickDecider } from "./decide-tick.ts";
import { createProbe } from "./mail-probe.ts";
import { runJobs, type JobRun } from "./run-jobs.ts";

export interface TickDependencies {
  readonly files: readonly JobFile[];
  readonly settings: Settings;
  readonly store: Store;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
}

/** Jobs of one tick must have ended by then, ms; the rest of the invocation's 15 minutes is for mail. */
export const TICK_LIMIT_MS = 240_000;
/** Jobs that tell by themselves must have done so by then, ms from the tick's start. */
const TELL_LIMIT_MS = TICK_LIMIT_MS + 30_000;
/** A claim whose taker has not committed by then is free again, ms. More than a tick can last. */
export const CLAIM_LEASE_MS = TICK_LIMIT_MS + 60_000;
/** Attempts to commit. Each failure means that another invocation committed, so the work is going on. */
const MAX_COMMITS = 8;

/** The tick was taken by another invocation, or all it was for is done. */
export interface NothingDue {
  readonly kind: "nothing due";
}
export interface TickDone {
  readonly kind: "done";
  readonly tick: TickRecord;
}

/**
 * One tick: claims the slots that are due at `scheduledAtMs`, runs their jobs, decides, and commits states
 * and messages in one transaction. Sends nothing: what is committed is sent by deliver-mail.
 */
export async function runTick(
  dependencies: TickDependencies,
  scheduledAtMs: number,
): Promise<NothingDue | TickDone> {
  const { store, clock, settings, files } = dependencies;
  const startedAtMs = clock.nowMs();
  const slots = await store.claim(slotsAt(scheduledAtMs), startedAtMs, CLAIM_LEASE_MS);
  if (slots.length === 0) return { kind: "nothing due" };

  const frequencies = new Set(slots.map((slot) => slot.frequency));
  const { jobs, faults } = await loadJobs(files, settings);
  const due = jobs.filter((job) => frequencies.has(job.frequency));
  const probes: { probe: LoopbackProbe; message: Message }[] = [];
  const runs = await runJobs(due, {
    network: dependencies.network,
    store,
    nowMs: scheduledAtMs,
    elapsedMs: () => clock.nowMs(),
    deadlineMs: startedAtMs + TICK_LIMIT_MS,
    mailProbe: () => probes.push(createProbe(settings, dependencies.random, clock.nowMs())),
  });

  const decider = new TickDecider({
    settings,
    random: dependencies.random,
    nowMs: scheduledAtMs,
    leftMs: () => startedAtMs + TELL_LIMIT_MS - clock.nowMs(),
  });
  for (let attempt = 1; attempt <= MAX_COMMITS; attempt++) {
    const view = await store.readTick();
    const decided = await decider.decide(runs, faults, slots, view);
    const { counted, ...changes } = decided;
    const tick = recordOf(counted, changes.slotsDone, scheduledAtMs, startedAtMs, clock.nowMs());
    const result = await store.commit({
      ...changes,
      version: view.version,
      messages: [...decided.messages, ...probes.map(({ message }) => message)],
      probes: probes.map(({ probe }) => probe),
      tick,
    });
    if (result === "committed") {
      if (frequencies.has(JobFrequency.HOUR)) await store.prune(clock.nowMs());
      return { kind: "done", tick };
    }
  }
  throw new Error(`the tick could not be committed: ${MAX_COMMITS} other commits came between`);
}

function recordOf(
  counted: readonly JobRun[],
  slots: readonly Slot[],
  scheduledAtMs: number,
  startedAtMs: number,
  finishedAtMs: number,
): TickRecord {
  const count = (status: string): number => counted.filter((run) => run.outcome.status === status).length;
  return {
    scheduledAtMs,
    startedAtMs,
    finishedAtMs,
    frequencies: slots.map((slot) => slot.frequency),
    jobs: counted.length,
    up: count("up"),
    down: count("down"),
    inconclusive: count("inconclusive"),
  };
}
