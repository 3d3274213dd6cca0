import { readdir } from "node:fs/promises";
import { join, parse } from "node:path";
import { bundleFaults, exportsOf } from "./bundle-jobs.ts";
import type { FoundJob } from "./found-job.ts";
import { errorCode } from "./read-config.ts";

/** A file of jobs/ that no Worker can be built with. */
export interface BrokenJob extends FoundJob {
  /** One text that names file and remedy. */
  readonly problem: string;
}

export interface ScannedJobs {
  /** Those that a Worker can be built with. */
  readonly files: readonly FoundJob[];
  readonly broken: readonly BrokenJob[];
  /** All that keeps the build from going on: those of the broken files, or of the folder itself. */
  readonly problems: readonly string[];
  /** Files that look like jobs, and are none to the build. */
  readonly notes: readonly string[];
}

const ENDINGS: ReadonlySet<string> = new Set([".ts", ".mts", ".js", ".mjs"]);
/** Endings of programs that are no jobs; those of the original Checker were .py. */
const OTHER_ENDINGS: ReadonlySet<string> = new Set([".tsx", ".cts", ".jsx", ".cjs", ".py"]);

/** The files of jobs/. Folders inside jobs/ are not looked into: helpers of jobs live there. */
export async function scanJobs(root: string): Promise<ScannedJobs> {
  const folder = join(root, "jobs");
  let names: readonly string[];
  try {
    names = await namesIn(folder);
  } catch (error) {
    const problem = `jobs/ is no folder that can be read (${errorCode(error)}), so there is nothing to run. Hint: get it back with git checkout jobs`;
    return { files: [], broken: [], problems: [problem], notes: [] };
  }
  const found = names
    .filter((file) => ENDINGS.has(parse(file).ext) && !file.endsWith(".d.ts"))
    .map((file) => ({ name: parse(file).name, file, path: join(folder, file) }));
  const first = await Promise.all(found.map((job) => ownFault(root, job, found)));
  const sound = found.filter((_job, index) => first[index] === null);
  const second = await bundleFaults(
    root,
    sound.map(({ path }) => path),
  );
  const files: FoundJob[] = [];
  const broken: BrokenJob[] = [];
  for (const [index, job] of found.entries()) {
    const imports = second.get(job.path);
    const problem =
      first[index] ?? (imports === undefined ? null : `jobs/${job.file} does not compile: ${imports}`);
    if (problem === null) files.push(job);
    else broken.push({ ...job, problem });
  }
  const notes = names.filter((file) => OTHER_ENDINGS.has(parse(file).ext)).map(strangeText);
  return { files, broken, problems: broken.map(({ problem }) => problem), notes };
}

/** Names of the files in a folder, in order. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .toSorted((a, b) => (a < b ? -1 : 1));
}

function strangeText(file: string): string {
  return `jobs/${file} is not run: a job's file ends in .ts, .mts, .js or .mjs. Rename it, or move a helper into a folder inside jobs/.`;
}

/** What is wrong with a file by itself, whatever it imports; null when it holds a class of its name. */
async function ownFault(root: string, job: FoundJob, all: readonly FoundJob[]): Promise<string | null> {
  const { name, file, path } = job;
  const where = `jobs/${file}`;
  // Two files of one name would be two jobs with one identity.
  if (all.find((other) => other.name === name) !== job) {
    return `${where}: there is another file named ${name}; rename one and its class.`;
  }
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) {
    return `${where}: ${name} cannot be the name of a class; rename the file like the class in it.`;
  }
  const exported = await exportsOf(root, path);
  if (!Array.isArray(exported)) return `${where} does not compile: ${exported}`;
  if (exported.includes(name)) return null;
  return exported.length === 0
    ? `${where} exports no job. Export a class ${name} that extends JobBase or JobSpawner, or move a helper into a folder inside jobs/.`
    : `${where} exports ${exported.join(", ")} but no class ${name}. Name the class like its file.`;
}
