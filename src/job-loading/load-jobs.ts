import type { Settings } from "../core/settings.ts";
import { JobBase } from "../job-sdk/job-base.ts";
import { jobErrorText } from "../job-sdk/job-error.ts";
import { openJobFile, takeJobs, type JobFile } from "./job-file.ts";
import { DUPLICATE_HINT, JobSpawner } from "../job-sdk/job-spawner.ts";
import { defineJob, type JobDefinition } from "./job-definition.ts";
import type { JobLoadError } from "./load-error.ts";

export interface LoadedJobs {
  readonly jobs: readonly JobDefinition[];
  readonly loadErrors: readonly JobLoadError[];
  /**
   * Those of the faults that are flaws of the files themselves, whatever the settings and the network: a
   * class that is no job, two jobs with one identity. The build refuses them.
   */
  readonly buildErrors: readonly JobLoadError[];
}

/** Of a list in which everything is wrong, the first few say it. */
const MAX_PROBLEMS = 10;

/** Every job of this instance. What cannot be made is a fault, and harms nothing else. */
export async function loadJobs(files: readonly JobFile[], settings: Settings): Promise<LoadedJobs> {
  const jobs: JobDefinition[] = [];
  const faults: JobLoadError[] = [];
  const buildErrors: JobLoadError[] = [];
  const owners = new Map<string, string>();
  const results = await Promise.all(files.map((file) => loadFile(file, settings)));
  for (const { name, made, problems, invalidExport, duplicateHint } of results) {
    faults.push(...problems.map((message) => ({ name, message })));
    if (invalidExport !== null) buildErrors.push({ name, message: invalidExport });
    for (const job of made) {
      const { jobKey } = job;
      const owner = owners.get(jobKey);
      if (owner === undefined) {
        owners.set(jobKey, name);
        jobs.push(job);
      } else {
        const remedy = owner === name ? duplicateHint : DUPLICATE_HINT;
        buildErrors.push({ name, message: duplicateText(jobKey, owner, name, remedy) });
      }
    }
  }
  return { jobs, loadErrors: mergeLoadErrors([...faults, ...buildErrors]), buildErrors };
}

function duplicateText(jobKey: string, first: string, second: string, remedy: string): string {
  const where = first === second ? `twice in ${first}` : `in ${first} and in ${second}`;
  return `two jobs have the identity ${jobKey}, ${where}; only the first runs. ${remedy}`;
}

/**
 * One fault a file: the admin is told once, with all that is wrong. Its text is compared with what the database gives
 * back, so it is well-formed.
 */
function mergeLoadErrors(faults: readonly JobLoadError[]): JobLoadError[] {
  const merged = new Map<string, string>();
  for (const { name, message } of faults) {
    const before = merged.get(name);
    merged.set(name, before === undefined ? message : `${before}\n${message}`);
  }
  return [...merged].map(([name, text]) => ({ name, message: text.toWellFormed() }));
}

interface LoadedFile {
  readonly name: string;
  readonly made: readonly JobDefinition[];
  readonly problems: readonly string[];
  /** Why what the file exports is no job at all, or null. */
  readonly invalidExport: string | null;
  /** What to do when two of its jobs have one identity. */
  readonly duplicateHint: string;
}

async function loadFile(file: JobFile, settings: Settings): Promise<LoadedFile> {
  const { name } = file;
  const made: JobDefinition[] = [];
  const problems: string[] = [];
  let duplicateHint = DUPLICATE_HINT;
  try {
    const opened = await openJobFile(file, settings);
    if (typeof opened === "string") return { name, made, problems, invalidExport: opened, duplicateHint };
    if (opened.instance instanceof JobSpawner) ({ duplicateHint } = opened.instance);
    let taken = 0;
    await takeJobs(opened, (job) => {
      takeJob(job, taken++, made, problems);
    });
  } catch (error) {
    problems.push(jobErrorText(error));
  }
  return { name, made, problems, invalidExport: null, duplicateHint };
}

/** A job that answers nonsense about itself is left out; its siblings are not. */
function takeJob(job: unknown, index: number, made: JobDefinition[], problems: string[]): void {
  if (!(job instanceof JobBase)) throw new TypeError("getSubJobs yielded something that is not a job");
  try {
    made.push(defineJob(job, index));
  } catch (error) {
    if (problems.length < MAX_PROBLEMS) problems.push(jobErrorText(error));
  }
}
