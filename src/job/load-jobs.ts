import type { Settings } from "../domain/settings.ts";
import type { JobFault } from "../domain/ports.ts";
import { withinLimit } from "../timing/time-limit.ts";
import { JobBase } from "./job-base.ts";
import { jobConfig, type JobConfig } from "./job-config.ts";
import { jobErrorText } from "./job-error.ts";
import { DISTINGUISH_THEM, JobSpawner, type SubJobs } from "./job-spawner.ts";
import { planJob, type PlannedJob } from "./planned-job.ts";

/** A file of jobs/, as the generated registry lists it. */
export interface JobFile {
  /** The file's name without its ending, which is also the name of the class that it exports. */
  readonly name: string;
  /** Evaluates the file. Separate for each, so that one that throws takes no other with it. */
  readonly load: () => Promise<Record<string, unknown>>;
}

export interface LoadedJobs {
  readonly jobs: readonly PlannedJob[];
  readonly faults: readonly JobFault[];
  /**
   * Those of the faults that are flaws of the files themselves, whatever the settings and the network: a
   * class that is no job, two jobs with one identity. The build refuses them.
   */
  readonly flaws: readonly JobFault[];
}

/** A spawner that yields more than this is taken for endless. */
const MAX_SUB_JOBS = 20_000;
/** Of a list in which everything is wrong, the first few say it. */
const MAX_PROBLEMS = 10;
/** How long one file may take to be evaluated, and one spawner to yield all its jobs, ms. */
const SPAWN_LIMIT_MS = 10_000;

/** Every job of this instance. What cannot be made is a fault, and harms nothing else. */
export async function loadJobs(files: readonly JobFile[], settings: Settings): Promise<LoadedJobs> {
  const jobs: PlannedJob[] = [];
  const faults: JobFault[] = [];
  const flaws: JobFault[] = [];
  const owners = new Map<string, string>();
  const results = await Promise.all(files.map((file) => loadFile(file, settings)));
  for (const { name, made, problems, misfit, distinguishThem } of results) {
    faults.push(...problems.map((text) => ({ name, text })));
    if (misfit !== null) flaws.push({ name, text: misfit });
    for (const job of made) {
      const { identity } = job;
      const owner = owners.get(identity);
      if (owner === undefined) {
        owners.set(identity, name);
        jobs.push(job);
      } else {
        const remedy = owner === name ? distinguishThem : DISTINGUISH_THEM;
        flaws.push({ name, text: duplicateText(identity, owner, name, remedy) });
      }
    }
  }
  return { jobs, faults: mergeFaults([...faults, ...flaws]), flaws };
}

function duplicateText(identity: string, first: string, second: string, remedy: string): string {
  const where = first === second ? `twice in ${first}` : `in ${first} and in ${second}`;
  return `two jobs have the identity ${identity}, ${where}; only the first runs. ${remedy}`;
}

/** One fault a file: the admin is told once, with all that is wrong. */
function mergeFaults(faults: readonly JobFault[]): JobFault[] {
  const merged = new Map<string, string>();
  for (const { name, text } of faults) {
    const before = merged.get(name);
    merged.set(name, before === undefined ? text : `${before}\n${text}`);
  }
  return [...merged].map(([name, text]) => ({ name, text }));
}

interface LoadedFile {
  readonly name: string;
  readonly made: readonly PlannedJob[];
  readonly problems: readonly string[];
  /** Why what the file exports is no job at all, or null. */
  readonly misfit: string | null;
  /** What to do when two of its jobs have one identity. */
  readonly distinguishThem: string;
}

async function loadFile(file: JobFile, settings: Settings): Promise<LoadedFile> {
  const { name } = file;
  const made: PlannedJob[] = [];
  const problems: string[] = [];
  let distinguishThem = DISTINGUISH_THEM;
  try {
    const evaluated = withinLimit(SPAWN_LIMIT_MS, file.load(), tooSlow(`jobs/${name} was not evaluated`));
    const exported = (await evaluated)[name];
    if (!isJobClass(exported))
      return { name, made, problems, misfit: misfitText(name, exported), distinguishThem };
    const config = jobConfig(name, settings);
    const instance = new exported(config);
    let taken = 0;
    const take = (job: unknown): void => {
      if (++taken > MAX_SUB_JOBS) throw new RangeError(`getSubJobs yielded more than ${MAX_SUB_JOBS} jobs`);
      takeJob(job, made, problems);
    };
    if (instance instanceof JobSpawner) {
      ({ distinguishThem } = instance);
      await collect(instance, config, take);
    } else take(instance);
  } catch (error) {
    problems.push(jobErrorText(error));
  }
  return { name, made, problems, misfit: null, distinguishThem };
}

function isJobClass(exported: unknown): exported is new (config: JobConfig) => JobBase | JobSpawner {
  if (typeof exported !== "function") return false;
  const prototype: unknown = exported.prototype;
  return prototype instanceof JobBase || prototype instanceof JobSpawner;
}

function misfitText(name: string, exported: unknown): string {
  return typeof exported === "function"
    ? `${name} extends neither JobBase nor JobSpawner`
    : `jobs/${name} exports no class ${name}; name the class like its file`;
}

/** A job that answers nonsense about itself is left out; its siblings are not. */
function takeJob(job: unknown, made: PlannedJob[], problems: string[]): void {
  if (!(job instanceof JobBase)) throw new TypeError("getSubJobs yielded something that is not a job");
  try {
    made.push(planJob(job));
  } catch (error) {
    if (problems.length < MAX_PROBLEMS) problems.push(jobErrorText(error));
  }
}

/** Takes what the spawner yields as it comes, so that a throw loses none of it. */
async function collect(spawner: JobSpawner, config: JobConfig, take: (job: unknown) => void): Promise<void> {
  let over = false;
  const spawn = async (): Promise<void> => drain(await spawner.getSubJobs(config), take, () => over);
  await withinLimit(SPAWN_LIMIT_MS, spawn(), () => {
    over = true;
    return tooSlow("getSubJobs did not end")();
  });
}

function tooSlow(what: string): () => never {
  return () => {
    throw new Error(`${what} within ${SPAWN_LIMIT_MS / 1000} s`);
  };
}

async function drain(subJobs: SubJobs, take: (job: unknown) => void, over: () => boolean): Promise<void> {
  if (Symbol.asyncIterator in subJobs) {
    for await (const job of subJobs) {
      if (over()) return;
      take(job);
    }
  } else {
    // No await between the jobs: ten thousand of them would cost as many turns of the event loop.
    for (const job of subJobs) take(job);
  }
}
