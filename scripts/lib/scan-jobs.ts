import { readdir } from "node:fs/promises";
import { join, parse } from "node:path";
import { build, type BuildFailure } from "esbuild";

export interface FoundJob {
  /** The file's name without its ending: the class's name and the first part of every identity. */
  readonly name: string;
  /** With its ending. */
  readonly file: string;
  readonly path: string;
}

const ENDINGS = new Set([".ts", ".mts", ".js", ".mjs"]);

/**
 * The files of jobs/ and what is wrong with them, each problem as one text that names file and remedy.
 * Folders inside jobs/ are not looked into: helpers of jobs live there.
 */
export async function scanJobs(root: string): Promise<{ files: FoundJob[]; problems: string[] }> {
  const folder = join(root, "jobs");
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && ENDINGS.has(parse(entry.name).ext) && !entry.name.endsWith(".d.ts"))
    .map((entry) => ({ name: parse(entry.name).name, file: entry.name, path: join(folder, entry.name) }))
    .toSorted((a, b) => (a.file < b.file ? -1 : 1));
  const results = await Promise.all(files.map(problemsOf));
  return { files, problems: [...twins(files), ...results.flat()] };
}

/** Two files of one name would be two jobs with one identity. */
function twins(files: readonly FoundJob[]): string[] {
  return files
    .filter((file, i) => files.findIndex((other) => other.name === file.name) < i)
    .map(({ name, file }) => `jobs/${file}: there is another file named ${name}; rename one and its class.`);
}

async function problemsOf({ name, file, path }: FoundJob): Promise<string[]> {
  const where = `jobs/${file}`;
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) {
    return [`${where}: ${name} cannot be the name of a class; rename the file like the class in it.`];
  }
  const exported = await exportsOf(path);
  if (!Array.isArray(exported)) return [`${where} does not compile: ${exported}`];
  if (exported.includes(name)) return [];
  return [
    exported.length === 0
      ? `${where} exports no job. Export a class ${name} that extends JobBase or JobSpawner, or move a helper into a folder inside jobs/.`
      : `${where} exports ${exported.join(", ")} but no class ${name}. Name the class like its file.`,
  ];
}

/** The names that a file exports, or why it does not compile. */
async function exportsOf(path: string): Promise<string[] | string> {
  try {
    const { metafile } = await build({
      entryPoints: [path],
      bundle: true,
      // Only the file itself is compiled here: what it imports is wrangler's to bundle.
      packages: "external",
      external: ["*"],
      format: "esm",
      metafile: true,
      write: false,
      outdir: "unused",
      logLevel: "silent",
    });
    return Object.values(metafile.outputs)[0]?.exports ?? [];
  } catch (error) {
    return failureText(error);
  }
}

function failureText(error: unknown): string {
  const failure = error as Partial<BuildFailure>;
  const first = failure.errors?.[0];
  if (first === undefined) return String(error);
  const { location } = first;
  return location === null
    ? first.text
    : `line ${location.line}, column ${location.column + 1}: ${first.text}`;
}
