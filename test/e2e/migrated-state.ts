/** A state folder as the first `npm start` makes it, made once for all tests: wrangler takes seconds for it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { projectRoot } from "../../scripts/lib/project.ts";
import { readConfig } from "../../scripts/lib/read-config.ts";
import { rememberTables } from "../../scripts/local/applied-migrations.ts";
import { openStateFolder } from "../../scripts/local/state-folder.ts";
import { createWrangler } from "../../scripts/local/wrangler.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Its path. */
    migratedState: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const root = await mkdtemp(join(tmpdir(), "checker-state-"));
  const folder = await openStateFolder(join(root, "state"));
  const output: string[] = [];
  const migration = createWrangler(projectRoot, folder).migrate((line) => output.push(line));
  if ((await migration.exited) !== 0) throw new Error(output.join("\n"));
  const config = await readConfig(projectRoot);
  if (typeof config === "string") throw new Error(config);
  await rememberTables(projectRoot, config, folder);
  folder.release();
  project.provide("migratedState", folder.path);
  return () => rm(root, { recursive: true, force: true });
}
