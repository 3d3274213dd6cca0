import type { JobFrequency } from "../../src/core/time/frequency.ts";
import { belongsToFile } from "../../src/history/blocks.ts";
import { argumentsOf, fileOf, findRenames } from "./renames.ts";

/** What a deployed Worker knows of a job that it runs. */
export interface DeployedJob {
  readonly jobKey: string;
  readonly name: string;
  readonly frequency: JobFrequency;
}

/** A job of jobs/ as it stands. */
export interface NextJob extends DeployedJob {
  /** Its file, without the ending. */
  readonly file: string;
}

/** What a deploy changes. In each list the order is that of the jobs. */
export interface JobChanges {
  readonly added: readonly DeployedJob[];
  /** With their state and history. */
  readonly removed: readonly DeployedJob[];
  /** Same identity, other name: state and history go on. */
  readonly renamed: readonly {
    readonly jobKey: string;
    readonly before: string;
    readonly after: string;
  }[];
  /** Same identity, other frequency: state and history go on. */
  readonly moved: readonly {
    readonly jobKey: string;
    readonly name: string;
    readonly before: JobFrequency;
    readonly after: JobFrequency;
  }[];
  /** Removed and added, and probably the same to its owner. */
  readonly likelyRenames: readonly LikelyRename[];
  /** Deployed jobs of files that make no jobs, or not all, here: what becomes of these is not known. */
  readonly unclear: readonly DeployedJob[];
}

export interface LikelyRename {
  readonly removed: DeployedJob;
  readonly added: DeployedJob;
}

/**
 * @param faulty files of jobs/, without their endings, that make no jobs here, or not all of theirs
 */
export function compareJobs(
  deployed: readonly DeployedJob[],
  next: readonly NextJob[],
  faulty: ReadonlySet<string>,
): JobChanges {
  const before = new Map(deployed.map((job) => [job.jobKey, job]));
  const after = new Map(next.map((job) => [job.jobKey, job]));
  const gone = deployed.filter(({ jobKey }) => !after.has(jobKey));
  const removed = gone.filter(({ jobKey }) => !belongsToFile(jobKey, faulty));
  const added = next.filter(({ jobKey }) => !before.has(jobKey));
  const kept = next.flatMap((job) => {
    const old = before.get(job.jobKey);
    return old === undefined ? [] : [{ old, job }];
  });
  return {
    added: added.map(plain),
    removed: removed.map(plain),
    renamed: kept
      .filter(({ old, job }) => old.name !== job.name)
      .map(({ old, job }) => ({ jobKey: job.jobKey, before: old.name, after: job.name })),
    moved: kept
      .filter(({ old, job }) => old.frequency !== job.frequency)
      .map(({ old, job: { jobKey, name, frequency } }) => ({
        jobKey,
        name,
        before: old.frequency,
        after: frequency,
      })),
    likelyRenames: findRenames(
      removed.map((job) => ({
        job: plain(job),
        file: fileOf(job.jobKey),
        args: argumentsOf(job.jobKey),
      })),
      added.map((job) => ({ job: plain(job), file: job.file, args: argumentsOf(job.jobKey) })),
    ).map(([from, to]) => ({ removed: from.job, added: to.job })),
    unclear: gone.filter(({ jobKey }) => belongsToFile(jobKey, faulty)).map(plain),
  };
}

/** Without what only one side knows. */
function plain({ jobKey, name, frequency }: DeployedJob): DeployedJob {
  return { jobKey, name, frequency };
}
