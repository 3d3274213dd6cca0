import type { Settings } from "../core/settings.ts";
import { withTimeout } from "../core/time/timeout.ts";
import { JobBase } from "../job-sdk/job-base.ts";
import { jobConfig, type JobConfig } from "../job-sdk/job-config.ts";
import { JobSpawner, type SubJobs } from "../job-sdk/job-spawner.ts";
import type { SpawnerCache } from "./spawner-cache.ts";

/** A file of jobs/, as the generated registry lists it. */
export interface JobFile {
  /** The file's name without its ending, which is also the name of the class that it exports. */
  readonly name: string;
  /** Evaluates the file. Separate for each, so that one that throws takes no other with it. */
  readonly load: () => Promise<Record<string, unknown>>;
}

export interface OpenedFile {
  readonly instance: JobBase | JobSpawner;
  readonly config: JobConfig;
}

/** A spawner that yields more than this is taken for endless. */
const MAX_SUB_JOBS = 20_000;
/** How long one file may take to be evaluated, and one spawner to yield all its jobs, ms. */
const SPAWN_LIMIT_MS = 10_000;

/**
 * Evaluates the file and makes what it exports.
 *
 * @param shared where a spawner may be taken from that was made before
 * @returns a text when that is no job at all: why
 * @throws what the file or its constructor throws
 */
export async function openJobFile(
  { name, load }: JobFile,
  settings: Settings,
  shared: SpawnerCache | null = null,
): Promise<OpenedFile | string> {
  const evaluated = withTimeout(SPAWN_LIMIT_MS, load(), tooSlow(`jobs/${name} was not evaluated`));
  const exported = (await evaluated)[name];
  if (!isJobClass(exported)) return invalidExportText(name, exported);
  const config = jobConfig(name, settings);
  const make = (): JobBase | JobSpawner => new exported(config);
  return { instance: shared === null ? make() : shared.take(name, make), config };
}

function isJobClass(exported: unknown): exported is new (config: JobConfig) => JobBase | JobSpawner {
  if (typeof exported !== "function") return false;
  const prototype: unknown = exported.prototype;
  return prototype instanceof JobBase || prototype instanceof JobSpawner;
}

function invalidExportText(name: string, exported: unknown): string {
  return typeof exported === "function"
    ? `${name} extends neither JobBase nor JobSpawner`
    : `jobs/${name} exports no class ${name}; name the class like its file`;
}

/**
 * Takes what the file gives as it comes, so that a throw loses none of it.
 *
 * @param take gives true when nothing more is wanted
 * @throws what the spawner or `take` throws
 */
export async function takeJobs(
  { instance, config }: OpenedFile,
  take: (job: unknown) => boolean | undefined | void,
): Promise<void> {
  if (!(instance instanceof JobSpawner)) {
    take(instance);
    return;
  }
  let over = false;
  let taken = 0;
  const next = (job: unknown): boolean => {
    if (++taken > MAX_SUB_JOBS) throw new RangeError(`getSubJobs yielded more than ${MAX_SUB_JOBS} jobs`);
    return over || take(job) === true;
  };
  const spawn = async (): Promise<void> => drain(await instance.getSubJobs(config), next);
  await withTimeout(SPAWN_LIMIT_MS, spawn(), () => {
    over = true;
    return tooSlow("getSubJobs did not end")();
  });
}

function tooSlow(what: string): () => never {
  return () => {
    throw new Error(`${what} within ${SPAWN_LIMIT_MS / 1000} s`);
  };
}

async function drain(subJobs: SubJobs, take: (job: unknown) => boolean): Promise<void> {
  if (Symbol.asyncIterator in subJobs) {
    for await (const job of subJobs) if (take(job)) return;
  } else {
    // No await between the jobs: ten thousand of them would cost as many turns of the event loop.
    for (const job of subJobs) if (take(job)) return;
  }
}
