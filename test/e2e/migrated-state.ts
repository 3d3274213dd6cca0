/** A state folder as the first `npm start` makes it, made once for all tests: wrangler takes seconds for it. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { projectRoot } from "../../scripts/lib/project.ts";
import { readConfig } from "../../scripts/lib/read-config.ts";
import { rememberTables } from "../../scripts/local/applied-migrations.ts";
import { wranglerEnvironment } from "../../scripts/local/wrangler.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Its path. */
    migratedState: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "checker-state-"));
  const wrangler = join(projectRoot, "node_modules/wrangler/bin/wrangler.js");
  const persistTo = `--persist-to=${join(folder, "state/database")}`;
  await promisify(execFile)(
    process.execPath,
    [wrangler, "d1", "migrations", "apply", "DB", "--local", persistTo],
    { cwd: projectRoot, env: wranglerEnvironment(projectRoot, { scratch: folder }, process.env) },
  );
  const config = await readConfig(projectRoot);
  if (typeof config === "string") throw new Error(config);
  await rememberTables(projectRoot, config, { database: join(folder, "state/database") });
  project.provide("migratedState", join(folder, "state"));
  return () => rm(folder, { recursive: true, force: true });
}
