import { parseArgs } from "node:util";
import { checkProject } from "./lib/check-project.ts";
import { failUsage } from "./lib/cli.ts";
import { projectRoot } from "./lib/project.ts";
import { scanJobs } from "./lib/scan-jobs.ts";
import { writeRegistry } from "./lib/write-registry.ts";
import { runInWorker } from "./runner/run-in-worker.ts";
import { formatReport } from "./runner/print.ts";

const HELP = `npm run job -- NAME

Runs one job once, in the real runtime, and prints its outcome and what it would tell. Sends nothing and
remembers nothing. NAME is a job's file, or any part of a name or identity as npm run check lists them;
all jobs that match are run.

  --help   show this

Exit status: 0 every job was up, 1 one was down or inconclusive or could not be made, 2 wrong use.`;

const { help, name } = readOptions();
if (help) console.log(HELP);
else process.exitCode = await run(name);

async function run(wanted: string): Promise<number> {
  const { jobs, problems, settings } = await checkProject(projectRoot);
  for (const problem of problems) console.error(`problem: ${problem}`);
  if (settings === null) return 1;
  const exact = jobs.filter((job) => job.identity === wanted || job.name === wanted);
  const needle = wanted.toLowerCase();
  const part = jobs.filter((job) => `${job.name}\n${job.identity}`.toLowerCase().includes(needle));
  const chosen = exact.length > 0 ? exact : part;
  if (chosen.length === 0) {
    console.error(`No job matches ${JSON.stringify(wanted)}. There are:`);
    for (const job of jobs) console.error(`  ${job.name}`);
    return 2;
  }
  // Not by the build command, which refuses a whole project for one pair of twins.
  await writeRegistry(projectRoot, (await scanJobs(projectRoot)).files);
  const report = await runInWorker(
    projectRoot,
    chosen.map((job) => job.identity),
  );
  for (const job of report.jobs) console.log(formatReport(job, settings.serverName));
  const known = problems.join("\n");
  for (const { name, text } of report.faults) {
    if (!known.includes(text.split("\n")[0] ?? "")) console.error(`problem: jobs/${name}: ${text}`);
  }
  if (report.probes > 0) console.log(`      would mail a probe to ${settings.mailLoopbackTo}`);
  return report.jobs.every((job) => job.outcome.status === "up") && report.faults.length === 0 ? 0 : 1;
}

function readOptions(): { help: boolean; name: string } {
  const usage = "npm run job -- --help";
  try {
    const { values, positionals } = parseArgs({
      options: { help: { type: "boolean" } },
      allowPositionals: true,
    });
    const [only] = positionals;
    if (values.help === true) return { help: true, name: "" };
    if (only === undefined || positionals.length > 1) throw new Error("Give the name of one job.");
    return { help: false, name: only };
  } catch (error) {
    return failUsage(error, usage);
  }
}
