/**
 * Writes src/job-loading/registry.generated.ts, the list of files in jobs/ that the bundle imports, and the list of files that
 * the pages load. It is wrangler's build command, so it runs before every dev, deploy and test; its errors end the build.
 */
import { projectRoot } from "./lib/project.ts";
import { scanJobs } from "./lib/scan-jobs.ts";
import { evaluateJobs } from "./lib/evaluate-jobs.ts";
import { writeAssets } from "./lib/write-assets.ts";
import { writeRegistry } from "./lib/write-registry.ts";

const { files, problems } = await scanJobs(projectRoot);
// Before the jobs, which may leave behind what ends this process.
await writeAssets(projectRoot);
// Other faults of evaluation may come from settings that only the Worker knows; it tells them itself.
const { buildErrors } = await evaluateJobs(projectRoot, files);
const all = [...problems, ...buildErrors.map(({ name, message }) => `jobs/${name}: ${message}`)];
for (const problem of all) console.error(problem);
if (all.length === 0) await writeRegistry(projectRoot, files);
// A job may have left a timer or a connection behind, which would hold up the build.
process.exit(all.length > 0 ? 1 : 0);
