import type { JobFrequency } from "../../src/domain/frequency.ts";
import { isOfFile } from "../../src/domain/history/lanes.ts";
import { argumentsOf, fileOf, findRenames } from "./renames.ts";

/** What a deployed Worker knows of a job that it runs. */
export interface DeployedJob {
  readonly identity: string;
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
    readonly identity: string;
    readonly before: string;
    readonly after: string;
  }[];
  /** Same identity, other frequency: state and history go on. */
  readonly moved: readonly {
    readonly identity: string;
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
  const before = new Map(deployed.map((job) => [job.identity, job]));
  const after = new Map(next.map((job) => [job.identity, job]));
  const gone = deployed.filter(({ identity }) => !after.has(identity));
  const removed = gone.filter(({ identity }) => !isOfFile(identity, faulty));
  const added = next.filter(({ identity }) => !before.has(identity));
  const kept = next.flatMap((job) => {
    const old = before.get(job.identity);
    return old === undefined ? [] : [{ old, job }];
  });
  return {
    added: added.map(plain),
    removed: removed.map(plain),
    renamed: kept
      .filter(({ old, job }) => old.name !== job.name)
      .map(({ old, job }) => ({ identity: job.identity, before: old.name, after: job.name })),
    moved: kept
      .filter(({ old, job }) => old.frequency !== job.frequency)
      .map(({ old, job: { identity, name, frequency } }) => ({
        identity,
        name,
        before: old.frequency,
        after: frequency,
      })),
    likelyRenames: findRenames(
      removed.map((job) => ({
        job: plain(job),
        file: fileOf(job.identity),
        args: argumentsOf(job.identity),
      })),
      added.map((job) => ({ job: plain(job), file: job.file, args: argumentsOf(job.identity) })),
    ).map(([from, to]) => ({ removed: from.job, added: to.job })),
    unclear: gone.filter(({ identity }) => isOfFile(identity, faulty)).map(plain),
  };
}

/** Without what only one side knows. */
function plain({ identity, name, frequency }: DeployedJob): DeployedJob {
  return { identity, name, frequency };
}
