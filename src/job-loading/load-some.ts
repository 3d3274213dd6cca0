import type { Settings } from "../core/settings.ts";
import type { JobRef } from "../core/shard.ts";
import { JobBase } from "../job-sdk/job-base.ts";
import { jobErrorText } from "../job-sdk/job-error.ts";
import { openJobFile, takeJobs, type JobFile, type OpenedFile } from "./job-file.ts";
import { JobSpawner } from "../job-sdk/job-spawner.ts";
import type { SpawnerCache } from "./spawner-cache.ts";
import { defineJob, type JobDefinition } from "./job-definition.ts";

export interface SomeJobs {
  /** In the order in which they were asked for. */
  readonly jobs: readonly JobDefinition[];
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
  shared: SpawnerCache,
): Promise<SomeJobs> {
  const found = new Map<string, JobDefinition>();
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
      for (const { jobKey } of some) if (!found.has(jobKey)) missing.set(jobKey, problem);
    }),
  );
  return { jobs: refs.flatMap(({ jobKey }) => found.get(jobKey) ?? []), missing };
}

interface Sources {
  readonly files: readonly JobFile[];
  readonly settings: Settings;
  readonly shared: SpawnerCache;
}

type Found = Map<string, JobDefinition>;

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
  const wanted = new Map(refs.map(({ jobKey, index }) => [jobKey, index]));
  takeByPlace(opened, wanted, found);
  if (wanted.size > 0) await takeByIndex(opened, wanted, found);
  if (wanted.size > 0) await takeByIdentity(opened, wanted, found);
}

/** From a spawner that can make a single job. */
function takeByPlace({ instance, config }: OpenedFile, wanted: Map<string, number>, found: Found): void {
  if (!(instance instanceof JobSpawner)) return;
  for (const [jobKey, index] of wanted) {
    let job: JobBase | null;
    try {
      job = instance.getSubJob(config, index);
    } catch {
      // A wrong entry stands here now. Looking through the list says so.
      return;
    }
    if (job === null) return;
    keep(job, jobKey, index, wanted, found);
  }
}

/** Asks nothing of the jobs between: there may be ten thousand of them. */
async function takeByIndex(opened: OpenedFile, wanted: Map<string, number>, found: Found): Promise<void> {
  const byIndex = new Map([...wanted].map(([jobKey, index]) => [index, jobKey]));
  const last = Math.max(...byIndex.keys());
  let index = 0;
  await takeJobs(opened, (job) => {
    const jobKey = byIndex.get(index);
    if (jobKey !== undefined) keep(job, jobKey, index, wanted, found);
    return index++ >= last;
  });
}

async function takeByIdentity(opened: OpenedFile, wanted: Map<string, number>, found: Found): Promise<void> {
  let index = 0;
  await takeJobs(opened, (job) => {
    const jobKey = job instanceof JobBase ? job.getStateName() : "";
    if (wanted.has(jobKey)) keep(job, jobKey, index, wanted, found);
    index += 1;
    return wanted.size === 0;
  });
}

function keep(job: unknown, jobKey: string, index: number, wanted: Map<string, number>, found: Found): void {
  if (!(job instanceof JobBase) || job.getStateName() !== jobKey) return;
  found.set(jobKey, defineJob(job, index));
  wanted.delete(jobKey);
}
