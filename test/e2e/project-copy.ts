import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

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

/**
 * A fresh clone of the project after `npm ci`, with only the system jobs and those of `files`. A test in
 * the project's own folder would run its owner's jobs with its owner's .dev.vars, against real servers.
 *
 * @param files contents by path, relative to the project
 */
export async function copyProject(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "checker-e2e-"));
  for (const name of [...COPIED, "jobs/EmailChecker.ts", "jobs/PeerChecker.ts"]) {
    await cp(join(root, name), join(copy, name), {
      recursive: true,
      filter: (source) => !basename(source).endsWith(".generated.ts"),
    });
  }
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  for (const [name, content] of Object.entries(files)) await writeFile(join(copy, name), content);
  return copy;
}

export async function removeProject(copy: string): Promise<void> {
  await rm(copy, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
