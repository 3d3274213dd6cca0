import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const cp = (...args: readonly string[]): Promise<unknown> => promisify(execFile)("cp", args);

const root = join(import.meta.dirname, "../..");

/** What `npm start` needs of the project. Settings and jobs of whoever runs the tests are not among it. */
const COPIED = [
  "package.json",
  "tsconfig.json",
  "wrangler.toml",
  "migrations",
  "public",
  "browser",
  "scripts",
  "src",
];
const SYSTEM_JOBS = ["EmailChecker.ts", "PeerChecker.ts"];
/** What a fresh clone has not. */
const GENERATED = ["src/job-loading/registry.generated.ts", "src/web/pages/assets.generated.ts"];

/**
 * A fresh clone of the project after `npm ci`, with only the system jobs and those of `files`. A test in
 * the project's own folder would run its owner's jobs with its owner's .dev.vars, against real servers.
 *
 * @param files contents by path, relative to the project
 */
export async function copyProject(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "checker-e2e-"));
  // A process of its own is ten times as fast as what node has for it.
  await cp("-a", ...COPIED.map((name) => join(root, name)), copy);
  await mkdir(join(copy, "jobs"));
  await cp("-a", ...SYSTEM_JOBS.map((name) => join(root, "jobs", name)), join(copy, "jobs"));
  for (const name of GENERATED) await rm(join(copy, name), { force: true });
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  for (const [name, content] of Object.entries(files)) await writeFile(join(copy, name), content);
  return copy;
}

export async function removeProject(copy: string): Promise<void> {
  await rm(copy, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
