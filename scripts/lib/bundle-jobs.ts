import { join } from "node:path";
import { build, type BuildFailure, type BuildOptions, type Message } from "esbuild";
import { evaluableModules, namedModules } from "./runtime-modules.ts";
import type { FoundJob } from "./found-job.ts";

const LOAD_JOBS = join(import.meta.dirname, "../../src/job-loading/load-jobs.ts");

/** What wrangler tells esbuild, as far as it decides whether a file can be bundled. */
const LIKE_WRANGLER = {
  bundle: true,
  format: "esm",
  target: "es2024",
  conditions: ["workerd", "worker", "browser"],
  loader: {
    ".js": "jsx",
    ".mjs": "jsx",
    ".cjs": "jsx",
    ".html": "text",
    ".sql": "text",
    ".bin": "binary",
    ".wasm": "binary",
  },
  write: false,
  outdir: "unused",
  logLevel: "silent",
} as const satisfies BuildOptions;

/** The names that a file exports, looking at nothing that it imports; or why it does not compile. */
export async function exportsOf(root: string, path: string): Promise<string[] | string> {
  try {
    const { metafile } = await build({
      ...LIKE_WRANGLER,
      absWorkingDir: root,
      entryPoints: [path],
      packages: "external",
      external: ["*"],
      metafile: true,
    });
    return Object.values(metafile.outputs)[0]?.exports ?? [];
  } catch (error) {
    return failureText(error, root, path);
  }
}

/** Why a Worker cannot be bundled from these files, by path: what they import is looked at, too. */
export async function bundleFaults(
  root: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const faultOf = (entryPoints: readonly string[]): Promise<unknown> =>
    build({
      ...LIKE_WRANGLER,
      absWorkingDir: root,
      entryPoints: [...entryPoints],
      plugins: [namedModules],
    }).then(
      () => null,
      (error: unknown) => error,
    );
  const faults = new Map<string, string>();
  // One by one they cost more, as each takes in all of Checker: only to find which of them it is.
  if (paths.length === 0 || (await faultOf(paths)) === null) return faults;
  await Promise.all(
    paths.map(async (path) => {
      const fault = await faultOf([path]);
      if (fault !== null) faults.set(path, failureText(fault, root, path));
    }),
  );
  return faults;
}

/**
 * One module for Node with all these files and `loadJobs`, as source. Like in the Worker, each file is
 * evaluated by a function of its own, and all share one Checker.
 */
export async function bundleForNode(root: string, jobs: readonly FoundJob[]): Promise<string> {
  const files = jobs.map(
    ({ name, path }) => `{ name: ${JSON.stringify(name)}, load: () => import(${JSON.stringify(path)}) }`,
  );
  const { outputFiles } = await build({
    ...LIKE_WRANGLER,
    absWorkingDir: root,
    stdin: {
      contents: `export { loadJobs } from ${JSON.stringify(LOAD_JOBS)};\nexport const files = [${files.join(", ")}];\n`,
      resolveDir: root,
    },
    plugins: [evaluableModules],
    keepNames: true,
    sourcemap: "inline",
    // Its paths are relative to the folder of the output, which is never written there.
    sourceRoot: `${join(root, LIKE_WRANGLER.outdir)}/`,
  });
  return outputFiles[0]?.text ?? "";
}

function failureText(error: unknown, root: string, path: string): string {
  const [first] = (error as Partial<BuildFailure>).errors ?? [];
  if (first === undefined) return String(error);
  const { location, text } = first;
  if (location === null) return text;
  const place = `line ${location.line}, column ${location.column + 1}`;
  const where = join(root, location.file) === path ? place : `${location.file}, ${place}`;
  return `${where}: ${text}${remedy(first)}`;
}

function remedy({ text }: Message): string {
  const [, wanted] = /^Could not resolve "(.+)"$/.exec(text) ?? [];
  if (wanted === undefined) return "";
  if (/^[\w@]/.test(wanted)) return `; is that package installed? npm install ${wanted}`;
  return "; there is no such file";
}
