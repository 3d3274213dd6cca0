import { spawnSync, type SpawnSyncReturns, type StdioOptions } from "node:child_process";
import { parseArgs } from "node:util";
import { checkProject } from "./lib/check-project.ts";
import { endWith, failUsage, refuseTakenByNpm } from "./lib/cli.ts";
import { deploy, type Wrangler } from "./lib/deploy.ts";
import { projectRoot } from "./lib/project.ts";
import { readConfig } from "./lib/read-config.ts";

const HELP = `npm run deploy [-- --dry-run]

Checks the project as npm run check -- --deploy does, and deploys it with wrangler. Where there is a database,
its migrations are applied first, without asking, and then the Worker is deployed, so that new code never
meets old tables. The first deploy creates the database, and its tables are made after it. Where wrangler cannot list the
databases, nothing is deployed.

  --dry-run   check, bundle and validate, and deploy nothing; needs no account
  --help      show this

Exit status: 0 done, 1 something must be mended or wrangler failed, 2 wrong use.`;

/** How long it may take to list the databases, ms: a network that swallows everything must not hold it up. */
const READ_LIMIT_MS = 60_000;

const wrangler: Wrangler = {
  show: (...args) => codeOf(start(args, "inherit")),
  // Where it cannot read from a terminal it asks nothing.
  showUnasked: (...args) => codeOf(start(args, ["ignore", "inherit", "inherit"])),
  read: (...args) => {
    const ended = start(args, ["ignore", "pipe", "pipe"], READ_LIMIT_MS);
    return { code: codeOf(ended), out: ended.stdout, err: ended.stderr };
  },
};

const options = readOptions();
if (options.help) console.log(HELP);
else endWith(await run(options.dryRun));

async function run(dryRun: boolean): Promise<number> {
  const { problems, warnings, notes } = await checkProject(projectRoot, { deployed: true });
  for (const note of notes) console.log(`note: ${note}`);
  const fatal = [...problems, ...warnings];
  for (const problem of fatal) console.error(`problem: ${problem}`);
  const config = await readConfig(projectRoot);
  if (fatal.length > 0 || typeof config === "string") {
    console.error("Nothing was deployed. Mend what is named above, and try again.");
    return 1;
  }
  if (!dryRun) return deploy(wrangler, config, (text) => console.log(text));
  const code = wrangler.show("deploy", "--dry-run");
  console.log(code === 0 ? "Nothing was deployed: this was a dry run." : "Nothing was deployed.");
  return code;
}

function start(args: readonly string[], stdio: StdioOptions, timeout?: number): SpawnSyncReturns<string> {
  return spawnSync("wrangler", args, { cwd: projectRoot, stdio, encoding: "utf8", timeout });
}

function codeOf({ status, error }: SpawnSyncReturns<string>): number {
  if (error !== undefined) console.error(`wrangler could not be run: ${error.message}`);
  return status ?? 1;
}

function readOptions(): { help: boolean; dryRun: boolean } {
  const usage = "npm run deploy -- --help";
  refuseTakenByNpm("deploy", ["dry-run"]);
  try {
    const { values } = parseArgs({ options: { help: { type: "boolean" }, "dry-run": { type: "boolean" } } });
    return { help: values.help ?? false, dryRun: values["dry-run"] ?? false };
  } catch (error) {
    return failUsage(error, usage);
  }
}
