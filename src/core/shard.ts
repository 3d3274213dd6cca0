import { FREQUENCIES, type JobFrequency } from "./time/frequency.ts";
import { MAX_CONNECTIONS } from "./plan.ts";

/** What another machine needs to make the same job. */
export interface JobRef {
  readonly jobKey: string;
  /** Its file in jobs/, without the ending. */
  readonly file: string;
  /** Its place among the jobs of its file. */
  readonly index: number;
}

/** Jobs that one invocation runs, with its own connections and its own limits. */
export interface Shard<Job> {
  /** Names the Durable Object that runs it. */
  readonly name: string;
  /** In the order in which they are to begin. */
  readonly jobs: readonly Job[];
}

export interface ShardRule {
  /** Most jobs of one shard. */
  readonly size: number;
  /** As many jobs of one frequency, or fewer, are run where the tick is. */
  readonly inPlace: number;
}

/** When a job begins among others of its shard. */
const START_PRIORITIES = ["early", "normal", "late", "postponed", "hung"] as const;
export type StartPriority = (typeof START_PRIORITIES)[number];

export interface ShardPlan<Job> {
  readonly inPlace: readonly Job[];
  readonly shards: readonly Shard<Job>[];
}

/**
 * Cuts what is due into shards of about equal size. A frequency's jobs are cut apart from the others', and by
 * their places in the list, so that a job moves only when the list changes. Neighbours come into different
 * shards: what stands together in a list often hangs together. What was slow lately begins last, and so keeps
 * nobody waiting; what did not get its turn the last time begins first. What hangs comes into shards of its own,
 * that which has waited for most ticks first.
 */
export function planShards<Job extends { readonly jobKey: string; readonly frequency: JobFrequency }>(
  due: readonly Job[],
  { size, inPlace }: ShardRule,
  startPriorityOf: (jobKey: string) => StartPriority,
  waitedOf: (jobKey: string) => number = () => 0,
): ShardPlan<Job> {
  const here: Job[] = [];
  const shards: Shard<Job>[] = [];
  for (const frequency of FREQUENCIES) {
    const jobs = due.filter((job) => job.frequency === frequency);
    if (jobs.length <= inPlace) {
      here.push(...jobs);
      continue;
    }
    const count = Math.ceil(jobs.length / size);
    const cut = Array.from({ length: count }, (): Job[] => []);
    const hung: Job[] = [];
    jobs.forEach((job, index) => {
      const turn = startPriorityOf(job.jobKey);
      (turn === "hung" || turn === "postponed" ? hung : cut[shardOf(index, count)])?.push(job);
    });
    const named = [
      ...cut.map((some, index) => ({
        name: `${frequency}-${index}`,
        jobs: byStartPriority(some, startPriorityOf),
      })),
      ...spreadHung(hung.toSorted((a, b) => waitedOf(b.jobKey) - waitedOf(a.jobKey))).map((some, index) => ({
        name: `${frequency}-HUNG-${index}`,
        jobs: some,
      })),
    ];
    shards.push(...named.filter((shard) => shard.jobs.length > 0));
  }
  return { inPlace: byStartPriority(here, startPriorityOf), shards };
}

/** Jobs that hang, at once in how many rounds of one shard at most: four of ten seconds fit into a minute. */
const MAX_ROUNDS = 4;
/** Shards of a single round while they are enough. */
const FEW_SHARDS = 10;

/** How many jobs the shards run of so many that hang. Few are all run at once, so that the tick need not wait for long. */
export function hungShards(hanging: number): readonly number[] {
  const rounds = Math.min(MAX_ROUNDS, Math.ceil(hanging / (MAX_CONNECTIONS * FEW_SHARDS)));
  const count = Math.ceil(hanging / (MAX_CONNECTIONS * Math.max(1, rounds)));
  return Array.from({ length: count }, (_, shard) => Math.ceil((hanging - shard) / count));
}

/** The first of the list first in every shard. */
function spreadHung<Job>(hung: readonly Job[]): readonly (readonly Job[])[] {
  const { length } = hungShards(hung.length);
  return Array.from({ length }, (_, shard) => hung.filter((_job, index) => index % length === shard));
}

/**
 * Which of `count` shards the job in this place of the list belongs to. Like dealing cards, but each round begins
 * one further on: what recurs in a list every so many entries does not come into one shard together.
 */
export function shardOf(index: number, count: number): number {
  return (index + Math.floor(index / count)) % count;
}

function byStartPriority<Job extends { readonly jobKey: string }>(
  jobs: readonly Job[],
  startPriorityOf: (jobKey: string) => StartPriority,
): readonly Job[] {
  const byTurn = Map.groupBy(jobs, ({ jobKey }) => startPriorityOf(jobKey));
  return START_PRIORITIES.flatMap((turn) => byTurn.get(turn) ?? []);
}
