import { join } from "node:path";
import type { FoundJob } from "./found-job.ts";
import { writeChanged } from "./write-changed.ts";

/**
 * Lists the job files for the bundle. Each is imported by a function of its own, so that a file that
 * throws when it is evaluated is one fault and not a Worker that does not start.
 */
export async function writeRegistry(root: string, files: readonly FoundJob[]): Promise<void> {
  await writeChanged(join(root, "src/job-loading/registry.generated.ts"), registryText(files));
}

export function registryText(files: readonly FoundJob[]): string {
  const entries = files.map(
    ({ name, file }) =>
      `  { name: ${JSON.stringify(name)}, load: () => import(${JSON.stringify(`../../jobs/${file}`)}) },\n`,
  );
  return [
    "// Made by scripts/generate-jobs.ts from the files in jobs/. Do not edit, do not commit.\n",
    `import type { JobFile } from "./job-file.ts";\n\n`,
    "export const jobFiles: readonly JobFile[] = [\n",
    ...entries,
    "];\n",
  ].join("");
}
