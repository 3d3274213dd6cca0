import { DAY_MS } from "../core/time/frequency.ts";

/** What was used of the platform, in all invocations of a tick or of a day. */
export interface Usage {
  /** Invocations of Durable Objects: of the one that runs the tick, and of those that run shards. */
  readonly invocations: number;
  /** Requests and connections to the outside. */
  readonly requests: number;
  /** Most of them in one invocation. */
  readonly peakRequests: number;
  /** Most of them that were open at once in one invocation. */
  readonly peakConnections: number;
  /** Queries of D1. */
  readonly queries: number;
  /** Most of them in one invocation. */
  readonly peakQueries: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  /** Most that the database held, bytes, as D1 says with each answer. */
  readonly peakBytes: number;
  /** Time that Durable Objects were awake, ms. */
  readonly durableObjectMs: number;
}

export const NO_USAGE: Usage = {
  invocations: 0,
  requests: 0,
  peakRequests: 0,
  peakConnections: 0,
  queries: 0,
  peakQueries: 0,
  rowsRead: 0,
  rowsWritten: 0,
  peakBytes: 0,
  durableObjectMs: 0,
};

export const USAGE_KEYS = Object.keys(NO_USAGE) as readonly (keyof Usage)[];

/** Sums, but of peaks the higher. */
export function addUsage(a: Usage, b: Usage): Usage {
  const sum = { ...NO_USAGE } as Record<keyof Usage, number>;
  for (const key of USAGE_KEYS) {
    sum[key] = key.startsWith("peak") ? Math.max(a[key], b[key]) : a[key] + b[key];
  }
  return sum;
}

/** What one tick used, and the day up to it. A day ends when the limits of the plan do, at midnight UTC. */
export interface DayUsage {
  /** Days since 1970. */
  readonly day: number;
  /** What was recorded by the newest tick alone. */
  readonly tick: Usage;
  readonly sum: Usage;
  /** Limits of which the admin was told today. */
  readonly told: readonly string[];
}

export function addToDay(before: DayUsage | null, nowMs: number, tick: Usage): DayUsage {
  const day = Math.floor(nowMs / DAY_MS);
  return before?.day === day
    ? { ...before, tick, sum: addUsage(before.sum, tick) }
    : { day, tick, sum: tick, told: [] };
}
