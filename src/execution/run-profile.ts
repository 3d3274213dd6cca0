/**
 * A job that hangs until its time limit keeps its shard awake, and its tick waiting. So jobs that hang are run in shards
 * of their own, as many in a tick as there is time for, and the others in the next tick: a run that is postponed has no
 * outcome. Near the limit of Durable Object time, jobs that have hung for long are checked less often.
 */
import { MINUTE_MS } from "../core/time/frequency.ts";
import type { OutcomeStatus } from "../core/outcome.ts";
import type { StartPriority } from "../core/shard.ts";

/** A run that takes longer than this holds up others, ms. */
const SLOW_MS = 2_000;
/** A job that hung in so many runs in a row is checked less often where that saves what is nearly used up. */
const LONG_HUNG_RUNS = 10;

/** How a job ran lately, and when it had better begin. */
export interface RunProfile {
  readonly startPriority: StartPriority;
  /** Runs in a row that hung. */
  readonly hungRuns: number;
  /** Time that a run of it needs, ms; 0 where it does not hang. */
  readonly needsMs: number;
  /** Ticks in a row in which there was no time for it. */
  readonly waited: number;
}

export const NORMAL_PROFILE: RunProfile = { startPriority: "normal", hungRuns: 0, needsMs: 0, waited: 0 };

export interface ObservedRun {
  readonly status: OutcomeStatus;
  readonly latencyMs: number | null;
  /** Of its first look at its target, ms. */
  readonly durationMs: number;
  /** False where the tick's time was over before its turn came, or before its own time was. */
  readonly hadEnoughTime: boolean;
}

export function profileAfter(
  before: RunProfile,
  { status, latencyMs, durationMs, hadEnoughTime }: ObservedRun,
): RunProfile {
  const { hungRuns, waited } = before;
  if (!hadEnoughTime)
    return { ...before, startPriority: hungRuns === 0 ? "early" : "postponed", waited: waited + 1 };
  if (status === "up")
    return { ...NORMAL_PROFILE, startPriority: (latencyMs ?? 0) < SLOW_MS ? "normal" : "late" };
  if (durationMs < SLOW_MS) return { ...NORMAL_PROFILE, startPriority: "late" };
  return { startPriority: "hung", hungRuns: hungRuns + 1, needsMs: durationMs, waited: 0 };
}

/** @param everyMinutes at which jobs are checked that have hung for long */
export function isCheckedLessOften({ hungRuns }: RunProfile, everyMinutes: number): boolean {
  return everyMinutes > 1 && hungRuns >= LONG_HUNG_RUNS;
}

/** All that are checked less often are checked in the same minutes: what waits for one may wait for others as well. */
export function isSkipped(pace: RunProfile, everyMinutes: number, nowMs: number): boolean {
  if (!isCheckedLessOften(pace, everyMinutes) || pace.startPriority === "postponed") return false;
  return Math.floor(nowMs / MINUTE_MS) % everyMinutes !== 0;
}
