import { readdir } from "node:fs/promises";
import { join, parse } from "node:path";
import { bundleFaults, exportsOf } from "./bundle-jobs.ts";
import { errorCode } from "./read-config.ts";

export interface FoundJob {
  /** The file's name without its ending: the class's name and the first part of every identity. */
  readonly name: string;
  /** With its ending. */
  readonly file: string;
  readonly path: string;
}

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
}

const ENDINGS = new Set([".ts", ".mts", ".js", ".mjs"]);

/** The files of jobs/. Folders inside jobs/ are not looked into: helpers of jobs live there. */
export async function scanJobs(root: string): Promise<ScannedJobs> {
  let found: readonly FoundJob[];
  try {
    found = await findJobs(join(root, "jobs"));
  } catch (error) {
    const problem = `jobs/ is no folder that can be read (${errorCode(error)}), so there is nothing to run. Hint: get it back with git checkout jobs`;
    return { files: [], broken: [], problems: [problem] };
  }
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
  return { files, broken, problems: broken.map(({ problem }) => problem) };
}

async function findJobs(folder: string): Promise<readonly FoundJob[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && ENDINGS.has(parse(entry.name).ext) && !entry.name.endsWith(".d.ts"))
    .map((entry) => ({ name: parse(entry.name).name, file: entry.name, path: join(folder, entry.name) }))
    .toSorted((a, b) => (a.file < b.file ? -1 : 1));
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
