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

export interface CutJobs<Job> {
  readonly inPlace: readonly Job[];
  readonly shards: readonly Shard<Job>[];
}

/**
 * Cuts what is due into shards of about equal size. A frequency's jobs are cut apart from the others', and by
 * their places in the list, so that a job moves only when the list changes. Neighbours come into different
 * shards: what stands together in a list often hangs together. What was slow lately begins last, and so keeps
 * nobody waiting.
 */
export function cutShards<Job extends { readonly identity: string; readonly frequency: JobFrequency }>(
  due: readonly Job[],
  { size, inPlace }: ShardRule,
  isSlow: (identity: string) => boolean,
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
    jobs.forEach((job, index) => cut[index % count]?.push(job));
    shards.push(
      ...cut.map((some, index) => ({ name: `${frequency}-${index}`, jobs: slowLast(some, isSlow) })),
    );
  }
  return { inPlace: slowLast(here, isSlow), shards };
}

function slowLast<Job extends { readonly identity: string }>(
  jobs: readonly Job[],
  isSlow: (identity: string) => boolean,
): readonly Job[] {
  const slow = new Set(jobs.filter(({ identity }) => isSlow(identity)));
  return [...jobs.filter((job) => !slow.has(job)), ...slow];
}
