/** `npm run check`. Its parts are in scripts/check/ and scripts/lib/. */
import { plural } from "../src/core/text.ts";
import { readDeployedJobs, type DeployedJobs } from "./check/deployed-jobs.ts";
import { describeChanges, type DescribedChanges } from "./check/describe-changes.ts";
import { checkDocument, type Diff } from "./check/document.ts";
import { compareJobs } from "./check/job-changes.ts";
import { HELP, OPTIONS, parseCheckOptions, type CheckOptions, type DiffOption } from "./check/options.ts";
import { checkProject, type CheckedProject } from "./lib/check-project.ts";
import { endWith, failUsage, refuseTakenByNpm } from "./lib/cli.ts";
import { describeProjection } from "./lib/describe-projection.ts";
import { describeJob } from "./lib/describe-job.ts";
import { projectRoot } from "./lib/project.ts";

const options = readOptions();
if (options.help) console.log(HELP);
else endWith(await run(options));

function readOptions(): CheckOptions {
  refuseTakenByNpm("check", Object.keys(OPTIONS));
  try {
    return parseCheckOptions(process.argv.slice(2));
  } catch (error) {
    return failUsage(error, "npm run check -- --help");
  }
}

async function run({ deploy, json, diff: option }: CheckOptions): Promise<number> {
  const print = json ? reserveOutput() : (text: string) => console.log(text);
  // The next deploy has the jobs that wrangler.toml makes; .dev.vars may make others.
  const deployed = deploy || option?.from === "cloudflare";
  const nowMs = Date.now();
  const checked = await checkProject(projectRoot, { deployed, nowMs });
  const { problems, warnings, jobs, settings } = checked;
  const projection = settings === null ? { lines: [], notes: [] } : describeProjection(jobs, settings);
  const compared = option === null ? null : await compare(checked, option);
  const notes = [...checked.notes, ...projection.notes, ...(compared?.told.notes ?? [])];
  const failure = compared?.told.problem ?? null;
  const fatal = [...problems, ...(deploy ? warnings : []), ...(failure === null ? [] : [failure])];
  const ok = fatal.length === 0;
  if (json) {
    const document = checkDocument(checked, { ok, deploy, notes, diff: compared?.diff ?? null, nowMs });
    print(JSON.stringify(document, null, 2));
    return ok ? 0 : 1;
  }
  const described = jobs.map((job) => describeJob(job, nowMs));
  for (const lines of [described, projection.lines, compared?.told.lines ?? []]) {
    for (const line of lines) print(line);
    if (lines.length > 0) print("");
  }
  for (const note of deploy ? notes : [...warnings, ...notes]) print(`note: ${note}`);
  for (const problem of fatal) console.error(`problem: ${problem}`);
  print(`${plural(jobs.length, "job")}, ${plural(fatal.length, "problem")}`);
  return ok ? 0 : 1;
}

async function compare(
  checked: CheckedProject,
  option: DiffOption,
): Promise<{ readonly diff: Diff; readonly told: DescribedChanges }> {
  const deployed = await readDeployedJobs(projectRoot, checked.config, option);
  // Without settings no file makes what it makes at Cloudflare, PeerChecker for one.
  const failed = checked.settings === null ? checked.files : [...checked.broken, ...checked.faults];
  const faulty = new Set([...failed, ...checked.broken].map(({ name }) => name));
  const changes = compareJobs(jobsOf(deployed), checked.jobs, faulty);
  const told = describeChanges(option, deployed, changes);
  const isKnown = deployed.state === "read" || deployed.state === "noDatabase";
  const { state } = deployed;
  return {
    told,
    diff: { from: option.from, state, problem: told.problem, changes: isKnown ? changes : null },
  };
}

function jobsOf(deployed: DeployedJobs) {
  return deployed.state === "read" ? deployed.jobs : [];
}

/** Keeps standard output for the document: job files are evaluated in this process, and may print. */
function reserveOutput(): (text: string) => void {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  // A reader such as head may go away before the end.
  process.stdout.on("error", () => undefined);
  return (text) => {
    write(`${text}\n`);
  };
}
