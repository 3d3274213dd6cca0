/**
 * Writes src/job/registry.generated.ts, the list of files in jobs/ that the bundle imports. It is
 * wrangler's build command, so it runs before every dev, deploy and test; its errors end the build.
 */
import { projectRoot } from "./lib/project.ts";
import { scanJobs } from "./lib/scan-jobs.ts";
import { evaluateJobs } from "./lib/evaluate-jobs.ts";
import { writeRegistry } from "./lib/write-registry.ts";

const { files, problems } = await scanJobs(projectRoot);
if (problems.length === 0) {
  // Other faults of evaluation may come from settings that only the Worker knows; it tells them itself.
  const { flaws } = await evaluateJobs(files);
  problems.push(...flaws.map(({ name, text }) => `jobs/${name}: ${text}`));
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
await writeRegistry(projectRoot, files);
// A job may have left a timer or a connection behind, which would hold up the build.
process.exit(0);
