/**
 * A job that hangs until its time limit keeps its shard awake, and its tick waiting. So jobs that hang are run in shards
 * of their own, as many in a tick as there is time for, and the others in the next tick: a run that is postponed has no
 * outcome. Near the limit of Durable Object time, jobs that have hung for long are checked less often.
 */
import { MINUTE_MS } from "./frequency.ts";
import type { OutcomeStatus } from "./outcome.ts";
import type { Turn } from "./shard.ts";

/** A run that takes longer than this holds up others, ms. */
const SLOW_MS = 2_000;
/** A job that hung in so many runs in a row is checked less often where that saves what is nearly used up. */
const LONG_HUNG_RUNS = 10;

/** How a job ran lately, and when it had better begin. */
export interface Pace {
  readonly turn: Turn;
  /** Runs in a row that hung. */
  readonly hungRuns: number;
  /** Time that a run of it needs, ms; 0 where it does not hang. */
  readonly needsMs: number;
  /** Ticks in a row in which there was no time for it. */
  readonly waited: number;
}

export const USUAL_PACE: Pace = { turn: "as listed", hungRuns: 0, needsMs: 0, waited: 0 };

export interface RunSeen {
  readonly status: OutcomeStatus;
  readonly latencyMs: number | null;
  /** Of its first look at its target, ms. */
  readonly tookMs: number;
  /** False where the tick's time was over before its turn came, or before its own time was. */
  readonly hadTime: boolean;
}

export function paceAfter(before: Pace, { status, latencyMs, tookMs, hadTime }: RunSeen): Pace {
  const { hungRuns, waited } = before;
  if (!hadTime) return { ...before, turn: hungRuns === 0 ? "first" : "postponed", waited: waited + 1 };
  if (status === "up") return { ...USUAL_PACE, turn: (latencyMs ?? 0) < SLOW_MS ? "as listed" : "last" };
  if (tookMs < SLOW_MS) return { ...USUAL_PACE, turn: "last" };
  return { turn: "hung", hungRuns: hungRuns + 1, needsMs: tookMs, waited: 0 };
}

/** @param everyMinutes at which jobs are checked that have hung for long */
export function isCheckedLess({ hungRuns }: Pace, everyMinutes: number): boolean {
  return everyMinutes > 1 && hungRuns >= LONG_HUNG_RUNS;
}

/** All that are checked less often are checked in the same minutes: what waits for one may wait for others as well. */
export function isSkipped(pace: Pace, everyMinutes: number, nowMs: number): boolean {
  if (!isCheckedLess(pace, everyMinutes) || pace.turn === "postponed") return false;
  return Math.floor(nowMs / MINUTE_MS) % everyMinutes !== 0;
}
