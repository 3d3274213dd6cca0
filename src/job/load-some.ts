import type { Settings } from "../domain/settings.ts";
import type { JobRef } from "../domain/shard.ts";
import { JobBase } from "./job-base.ts";
import { jobErrorText } from "./job-error.ts";
import { openJobFile, takeJobs, type JobFile, type OpenedFile } from "./job-file.ts";
import { JobSpawner } from "./job-spawner.ts";
import type { SharedSpawners } from "./tick-spawners.ts";
import { planJob, type PlannedJob } from "./planned-job.ts";

export interface SomeJobs {
  /** In the order in which they were asked for. */
  readonly jobs: readonly PlannedJob[];
  /** Those that could not be made, by identity: why not. */
  readonly missing: ReadonlyMap<string, string>;
}

/**
 * Makes those jobs alone that a shard is to run. Each is looked for in its place first; only where another
 * stands there, because the spawner gave another list, is the whole list looked through.
 */
export async function loadSome(
  files: readonly JobFile[],
  settings: Settings,
  refs: readonly JobRef[],
  shared: SharedSpawners,
): Promise<SomeJobs> {
  const found = new Map<string, PlannedJob>();
  const missing = new Map<string, string>();
  const byFile = new Map<string, JobRef[]>();
  for (const ref of refs) {
    const some = byFile.get(ref.file);
    if (some === undefined) byFile.set(ref.file, [ref]);
    else some.push(ref);
  }
  await Promise.all(
    [...byFile].map(async ([name, some]) => {
      let problem = "its file does not give it any more";
      try {
        await findIn(name, { files, settings, shared }, some, found);
      } catch (error) {
        problem = jobErrorText(error);
      }
      for (const { identity } of some) if (!found.has(identity)) missing.set(identity, problem);
    }),
  );
  return { jobs: refs.flatMap(({ identity }) => found.get(identity) ?? []), missing };
}

interface Sources {
  readonly files: readonly JobFile[];
  readonly settings: Settings;
  readonly shared: SharedSpawners;
}

type Found = Map<string, PlannedJob>;

async function findIn(
  name: string,
  { files, settings, shared }: Sources,
  refs: readonly JobRef[],
  found: Found,
): Promise<void> {
  const file = files.find((one) => one.name === name);
  if (file === undefined) return;
  const opened = await openJobFile(file, settings, shared);
  if (typeof opened === "string") throw new Error(opened);
  const wanted = new Map(refs.map(({ identity, index }) => [identity, index]));
  takeByPlace(opened, wanted, found);
  if (wanted.size > 0) await takeByIndex(opened, wanted, found);
  if (wanted.size > 0) await takeByIdentity(opened, wanted, found);
}

/** From a spawner that can make a single job. */
function takeByPlace({ instance, config }: OpenedFile, wanted: Map<string, number>, found: Found): void {
  if (!(instance instanceof JobSpawner)) return;
  for (const [identity, index] of wanted) {
    let job: JobBase | null;
    try {
      job = instance.getSubJob(config, index);
    } catch {
      // A wrong entry stands here now. Looking through the list says so.
      return;
    }
    if (job === null) return;
    keep(job, identity, index, wanted, found);
  }
}

/** Asks nothing of the jobs between: there may be ten thousand of them. */
async function takeByIndex(opened: OpenedFile, wanted: Map<string, number>, found: Found): Promise<void> {
  const byIndex = new Map([...wanted].map(([identity, index]) => [index, identity]));
  const last = Math.max(...byIndex.keys());
  let index = 0;
  await takeJobs(opened, (job) => {
    const identity = byIndex.get(index);
    if (identity !== undefined) keep(job, identity, index, wanted, found);
    return index++ >= last;
  });
}

async function takeByIdentity(opened: OpenedFile, wanted: Map<string, number>, found: Found): Promise<void> {
  let index = 0;
  await takeJobs(opened, (job) => {
    const identity = job instanceof JobBase ? job.getStateName() : "";
    if (wanted.has(identity)) keep(job, identity, index, wanted, found);
    index += 1;
    return wanted.size === 0;
  });
}

function keep(
  job: unknown,
  identity: string,
  index: number,
  wanted: Map<string, number>,
  found: Found,
): void {
  if (!(job instanceof JobBase) || job.getStateName() !== identity) return;
  found.set(identity, planJob(job, index));
  wanted.delete(identity);
}
