import { parseArgs } from "node:util";
import { plural } from "../src/domain/text.ts";
import { checkProject } from "./lib/check-project.ts";
import { endWith, failUsage, refuseTakenByNpm } from "./lib/cli.ts";
import { describeProjection } from "./lib/describe-projection.ts";
import { describeJob } from "./lib/describe-job.ts";
import { projectRoot } from "./lib/project.ts";

const HELP = `npm run check [-- --deploy]

Checks wrangler.toml (how the Worker is built, its database, its mail, its cron events), the settings there
and in .dev.vars, and the jobs in jobs/. Lists every job with its frequency, its notification rule and its
identity, and what they need of the plan in a day. Runs no job and sends nothing.

  --deploy   check what a deploy takes: wrangler.toml without .dev.vars, and nothing that is good for npm
             start only, such as the example addresses, which reach nobody; notes what of the lists and
             peers a Worker at Cloudflare cannot reach
  --help     show this

Exit status: 0 all is well, 1 something must be mended, 2 wrong use.`;

const options = readOptions();
if (options.help) {
  console.log(HELP);
} else {
  const checked = await checkProject(projectRoot, { deployed: options.deploy });
  const { problems, warnings, jobs, settings } = checked;
  const projection = settings === null ? { lines: [], notes: [] } : describeProjection(jobs, settings);
  const notes = [...checked.notes, ...projection.notes];
  const fatal = options.deploy ? [...problems, ...warnings] : problems;
  for (const job of jobs) console.log(describeJob(job));
  if (jobs.length > 0) console.log("");
  for (const line of projection.lines) console.log(line);
  if (projection.lines.length > 0) console.log("");
  for (const note of options.deploy ? notes : [...warnings, ...notes]) console.log(`note: ${note}`);
  for (const problem of fatal) console.error(`problem: ${problem}`);
  console.log(`${plural(jobs.length, "job")}, ${plural(fatal.length, "problem")}`);
  endWith(fatal.length > 0 ? 1 : 0);
}

function readOptions(): { help: boolean; deploy: boolean } {
  refuseTakenByNpm("check", ["deploy"]);
  try {
    const { values } = parseArgs({ options: { help: { type: "boolean" }, deploy: { type: "boolean" } } });
    return { help: values.help ?? false, deploy: values.deploy ?? false };
  } catch (error) {
    return failUsage(error, "npm run check -- --help");
  }
}
