import type { Settings } from "../domain/settings.ts";
import type { JobFault } from "../domain/ports.ts";
import { JobBase } from "./job-base.ts";
import { jobErrorText } from "./job-error.ts";
import { openJobFile, takeJobs, type JobFile } from "./job-file.ts";
import { DISTINGUISH_THEM, JobSpawner } from "./job-spawner.ts";
import { planJob, type PlannedJob } from "./planned-job.ts";

export interface LoadedJobs {
  readonly jobs: readonly PlannedJob[];
  readonly faults: readonly JobFault[];
  /**
   * Those of the faults that are flaws of the files themselves, whatever the settings and the network: a
   * class that is no job, two jobs with one identity. The build refuses them.
   */
  readonly flaws: readonly JobFault[];
}

/** Of a list in which everything is wrong, the first few say it. */
const MAX_PROBLEMS = 10;

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

/**
 * One fault a file: the admin is told once, with all that is wrong. Its text is compared with what the database gives
 * back, so it is well-formed.
 */
function mergeFaults(faults: readonly JobFault[]): JobFault[] {
  const merged = new Map<string, string>();
  for (const { name, text } of faults) {
    const before = merged.get(name);
    merged.set(name, before === undefined ? text : `${before}\n${text}`);
  }
  return [...merged].map(([name, text]) => ({ name, text: text.toWellFormed() }));
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
    const opened = await openJobFile(file, settings);
    if (typeof opened === "string") return { name, made, problems, misfit: opened, distinguishThem };
    if (opened.instance instanceof JobSpawner) ({ distinguishThem } = opened.instance);
    let taken = 0;
    await takeJobs(opened, (job) => {
      takeJob(job, taken++, made, problems);
    });
  } catch (error) {
    problems.push(jobErrorText(error));
  }
  return { name, made, problems, misfit: null, distinguishThem };
}

/** A job that answers nonsense about itself is left out; its siblings are not. */
function takeJob(job: unknown, index: number, made: PlannedJob[], problems: string[]): void {
  if (!(job instanceof JobBase)) throw new TypeError("getSubJobs yielded something that is not a job");
  try {
    made.push(planJob(job, index));
  } catch (error) {
    if (problems.length < MAX_PROBLEMS) problems.push(jobErrorText(error));
  }
}
