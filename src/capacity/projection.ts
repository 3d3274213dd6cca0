import type { JobFrequency } from "../core/time/frequency.ts";
import { gbSeconds, limitsOf, type Limit } from "../usage/quota.ts";
import { MAX_POSITIONS } from "../history/blocks.ts";
import { MAX_CONNECTIONS, PLAN_LIMITS, RESERVED_REQUESTS, type Plan } from "../core/plan.ts";
import { planShards, hungShards, type ShardRule } from "../core/shard.ts";
import { NO_USAGE, type Usage } from "../usage/usage.ts";
import type { Retention } from "../core/settings.ts";

/** What a day of ticks is expected to use, and of what. */
export interface Projection {
  readonly limit: Limit;
  readonly used: number;
  /** Of the limit, 1 for all of it. */
  readonly share: number;
}

export interface ProjectedJob {
  readonly jobKey: string;
  readonly frequency: JobFrequency;
  /** It asks nothing of the network. */
  readonly isPassive?: boolean;
}

/** How long an answer is taken to take, ms. */
export const ASSUMED_ANSWER_MS = 300;
/** What a tick takes besides, ms: its database and its mail. */
const TICK_OVERHEAD_MS = 500;
/** What a sample and the sum of an hour or a day take in the database for one job, bytes. Measured: docs/explanation/history.md. */
const SAMPLE_BYTES = 4.1;
const SUM_BYTES = 26;
/** Rows that a tick writes when nothing changes: two for what it claims and finishes, its commit, itself. */
const ROWS_A_TICK = 4;
/** Rows that a tick reads besides the states: claims, its predecessor, probes. */
const ROWS_READ_A_TICK = 40;
/** Slots of each frequency in a day. */
const RUNS_A_DAY: Readonly<Record<JobFrequency, number>> = { MINUTE: 1_440, HOUR: 24, DAY: 1, DAY_NOON: 1 };
const ORDER = ["MINUTE", "HOUR", "DAY", "DAY_NOON"] as const;

/**
 * What the jobs as configured need in a quiet day, limit by limit. Every state that changes is one more row
 * written, and every message two.
 */
export function projectDay(
  jobs: readonly ProjectedJob[],
  plan: Plan,
  rule: ShardRule,
  retention: Retention,
): readonly Projection[] {
  const room = PLAN_LIMITS[plan].subrequests - RESERVED_REQUESTS;
  let usage: Usage = NO_USAGE;
  for (const frequency of ORDER) {
    const due = jobs.filter((job) => job.frequency === frequency);
    const { inPlace, shards } = planShards(
      due.filter((job) => job.isPassive !== true),
      rule,
      () => "normal",
    );
    const runs = RUNS_A_DAY[frequency];
    const blocks = Math.ceil(due.length / MAX_POSITIONS);
    const parts = [inPlace.length, ...shards.map((shard) => shard.jobs.length)];
    // What an invocation has no room for, another runs after it.
    const calls = parts.reduce((sum, count) => sum + Math.ceil(count / room), inPlace.length === 0 ? 0 : -1);
    const awakeMs = parts
      .map((count) => Math.ceil(count / MAX_CONNECTIONS) * ASSUMED_ANSWER_MS)
      .reduce((sum, ms) => sum + ms, 0);
    usage = {
      ...usage,
      invocations: usage.invocations + runs * calls,
      // The object that runs the tick waits for its shards.
      durableObjectMs:
        usage.durableObjectMs + runs * (awakeMs + (shards.length === 0 ? 0 : awakeMs / shards.length)),
      // Written once and deleted once.
      rowsWritten: usage.rowsWritten + runs * blocks * 2 + blocks * 2 * (frequency === "MINUTE" ? 25 : 1),
      rowsRead: usage.rowsRead + runs * blocks,
      peakBytes: usage.peakBytes + due.length * bytesOfJob(frequency, retention),
      peakRequests: Math.max(usage.peakRequests, ...parts.map((count) => Math.min(count, room))),
    };
  }
  const total: Usage = {
    ...usage,
    invocations: usage.invocations + RUNS_A_DAY.MINUTE,
    durableObjectMs: usage.durableObjectMs + RUNS_A_DAY.MINUTE * TICK_OVERHEAD_MS,
    rowsWritten: usage.rowsWritten + RUNS_A_DAY.MINUTE * (ROWS_A_TICK + 1),
    rowsRead: usage.rowsRead + RUNS_A_DAY.MINUTE * (ROWS_READ_A_TICK + jobs.length),
    peakQueries: 25,
  };
  return limitsOf(plan).map((limit) => {
    const used = limit.of(total);
    return { limit, used, share: used / limit.most };
  });
}

/** What the history of one job takes when nothing of it is new any more, bytes. */
function bytesOfJob(frequency: JobFrequency, { rawDays, hourlyDays, dailyDays }: Retention): number {
  const hours = frequency === "MINUTE" ? 24 * hourlyDays : 0;
  return rawDays * RUNS_A_DAY[frequency] * SAMPLE_BYTES + (hours + dailyDays) * SUM_BYTES;
}

/** How long a target that hangs is taken to be waited for, ms: the time-out of the checks that ship. */
export const ASSUMED_HANG_MS = 10_000;

/**
 * Durable Object time that a day takes more, GB-s, when so many jobs of every minute hang: that of their shards, and of
 * the tick, which waits for them.
 */
export function hangingGbSeconds(hanging: number, minuteJobs: number, { inPlace }: ShardRule): number {
  const shards = minuteJobs <= inPlace ? [] : hungShards(hanging);
  const rounds = (jobs: number): number => Math.ceil(jobs / MAX_CONNECTIONS);
  const longest = Math.max(...(shards.length === 0 ? [hanging] : shards).map(rounds));
  const all = shards.map(rounds).reduce((sum, count) => sum + count, longest);
  return RUNS_A_DAY.MINUTE * gbSeconds(all * ASSUMED_HANG_MS);
}
