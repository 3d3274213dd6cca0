import { FREQUENCIES, type JobFrequency } from "./frequency.ts";

/** What another machine needs to make the same job. */
export interface JobRef {
  readonly identity: string;
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
const TURNS = ["first", "as listed", "last"] as const;
export type Turn = (typeof TURNS)[number];

export interface CutJobs<Job> {
  readonly inPlace: readonly Job[];
  readonly shards: readonly Shard<Job>[];
}

/**
 * Cuts what is due into shards of about equal size. A frequency's jobs are cut apart from the others', and by
 * their places in the list, so that a job moves only when the list changes. Neighbours come into different
 * shards: what stands together in a list often hangs together. What was slow lately begins last, and so keeps
 * nobody waiting; what did not get its turn the last time begins first.
 */
export function cutShards<Job extends { readonly identity: string; readonly frequency: JobFrequency }>(
  due: readonly Job[],
  { size, inPlace }: ShardRule,
  turnOf: (identity: string) => Turn,
): CutJobs<Job> {
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
    jobs.forEach((job, index) => cut[shardOf(index, count)]?.push(job));
    shards.push(...cut.map((some, index) => ({ name: `${frequency}-${index}`, jobs: inTurn(some, turnOf) })));
  }
  return { inPlace: inTurn(here, turnOf), shards };
}

/**
 * Which of `count` shards the job in this place of the list belongs to. Like dealing cards, but each round begins
 * one further on: what recurs in a list every so many entries does not come into one shard together.
 */
export function shardOf(index: number, count: number): number {
  return (index + Math.floor(index / count)) % count;
}

function inTurn<Job extends { readonly identity: string }>(
  jobs: readonly Job[],
  turnOf: (identity: string) => Turn,
): readonly Job[] {
  const byTurn = Map.groupBy(jobs, ({ identity }) => turnOf(identity));
  return TURNS.flatMap((turn) => byTurn.get(turn) ?? []);
}
