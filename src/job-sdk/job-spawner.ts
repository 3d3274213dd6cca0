import type { JobBase } from "./job-base.ts";
import type { JobConfig } from "./job-config.ts";

export type SubJobs = Iterable<JobBase> | AsyncIterable<JobBase>;

/** For whoever writes the class of a job. */
export const DUPLICATE_HINT = "Pass something that distinguishes them to super(config, …), such as a name.";

/**
 * Runs the same logic for many targets: yields one job for each. Every job passes to JobBase's
 * constructor what distinguishes it, and so keeps a state of its own. Put it in jobs/, in a file of the
 * same name.
 */
export abstract class JobSpawner {
  protected readonly config: JobConfig;
  /** What the owner is told to do when two of the jobs have one identity. A sentence. */
  readonly duplicateHint: string = DUPLICATE_HINT;

  constructor(config: JobConfig) {
    this.config = config;
  }

  /**
   * The jobs of this tick: an array or a generator, now or as a promise. Called once a tick. What it
   * yields before it throws is run; the throw is told to the admin once.
   */
  abstract getSubJobs(config: JobConfig): SubJobs | Promise<SubJobs>;

  /**
   * The job that `getSubJobs` yields in this place, for a spawner that can make one without the others; null
   * when it cannot. With thousands of jobs it saves each shard making those of all others.
   */
  getSubJob(_config: JobConfig, _index: number): JobBase | null {
    return null;
  }
}
