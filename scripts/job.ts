import { parseArgs } from "node:util";
import { checkProject, faultLines } from "./lib/check-project.ts";
import { chooseJobs } from "./lib/choose-jobs.ts";
import { endWith, failUsage } from "./lib/cli.ts";
import { projectRoot } from "./lib/project.ts";
import { readSettings } from "./lib/read-settings.ts";
import { writeRegistry } from "./lib/write-registry.ts";
import { oneLine } from "../src/core/text.ts";
import { formatReport } from "./runner/print.ts";
import type { RunReport, RunRequest } from "./runner/report.ts";

const HELP = `npm run job -- NAME

Runs one job once, in the real runtime, and prints its outcome and what it would tell. Sends nothing and
remembers nothing. NAME is a file of jobs/, or the name or the identity of a job as npm run check lists
them, or any part of these; all jobs that match are run. What is wrong with other files is printed, and
keeps no job from running.

  --help   show this

Exit status: 0 every job that matches was up, 1 one was down or inconclusive or could not be made, or the
settings are wrong, 2 wrong use, or nothing matches. What is wrong with other files does not change it.`;

const { help, name } = readOptions();
if (help) console.log(HELP);
else endWith(await run(name));

async function run(wanted: string): Promise<number> {
  const checked = await checkProject(projectRoot);
  const { settings } = checked;
  const { jobs, files, broken } = chooseJobs(wanted, checked);
  const runnable = settings !== null && (jobs.length > 0 || files.length > 0);
  // The Worker evaluates what is wanted once more: its word counts, as it alone has all variables.
  const retold = new Set(runnable ? files.map((file) => file.name) : []);
  const passed = new Set(checked.faults.filter(({ name }) => retold.has(name)).flatMap(faultLines));
  tell(checked.problems.filter((problem) => !passed.has(problem)));
  if (settings === null) return 1;
  if (!runnable) {
    if (broken.length > 0) return 1;
    const there = checked.jobs.length === 0 ? "There are none." : "There are:";
    console.error(`No job matches ${JSON.stringify(wanted)}. ${there}`);
    for (const job of checked.jobs) console.error(`  ${job.name}`);
    return 2;
  }
  // Not by the build command, which refuses the whole project for one wrong file.
  await writeRegistry(projectRoot, checked.files);
  const report = await ask({
    jobKeys: jobs.map((job) => job.jobKey),
    files: files.map(({ name }) => name),
  });
  if (report === null) return 1;
  for (const job of report.jobs) console.log(formatReport(job, settings.serverName));
  tell(report.faults.flatMap(faultLines));
  if (report.probes > 0) console.log(`      would mail a probe to ${settings.mailLoopbackTo}`);
  const whole = report.faults.length === 0 && broken.length === 0;
  if (report.jobs.length === 0 && whole) {
    for (const { file } of files) console.error(`jobs/${file} makes no job: its list is empty.`);
    return 2;
  }
  return whole && report.jobs.every((job) => job.outcome.status === "up") ? 0 : 1;
}

async function ask(request: RunRequest): Promise<RunReport | null> {
  // Imported only here: it brings wrangler, which takes longer to load than all else.
  const { RunFailure, runInWorker } = await import("./runner/run-in-worker.ts");
  try {
    return await runInWorker(projectRoot, await readSettings(projectRoot), request);
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    tell([error.message]);
    return null;
  }
}

function tell(problems: readonly string[]): void {
  for (const problem of problems) console.error(`problem: ${oneLine(problem, Infinity)}`);
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
    if (only === undefined || only.trim() === "" || positionals.length > 1)
      throw new Error("Give the name of one job.");
    return { help: false, name: only };
  } catch (error) {
    return failUsage(error, usage);
  }
}
