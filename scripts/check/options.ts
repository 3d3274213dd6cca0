import { parseOptions } from "../lib/cli.ts";
import { DEFAULT_STATE } from "../local/options.ts";

export const HELP = `npm run check [-- --deploy] [--diff [--local]] [--json]

Checks wrangler.toml (how the Worker is built, its database, its mail, its cron events), the settings there
and in .dev.vars, and the jobs in jobs/. Lists every job with its frequency, its notification rule and its
identity, and what they need of the plan in a day. Runs no job and sends nothing.

  --deploy     check what a deploy takes: wrangler.toml without .dev.vars, and nothing that is good for npm
               start only, such as the example addresses, which reach nobody; notes what of the lists and
               peers a Worker at Cloudflare cannot reach
  --diff       tell which jobs the next deploy adds, removes, renames or moves to another frequency; asks the
               deployed Worker's database through wrangler, and takes the settings as a deploy does
  --local      with --diff: ask the database of npm start instead, and take the settings as npm start does
  --state DIR  with --local: the folder of npm start; ${DEFAULT_STATE} unless given
  --json       print all of it as one JSON document, described in docs/reference/commands.md
  --help       show this

Exit status: 0 all is well, whatever --diff tells, 1 something must be mended or cannot be read, 2 wrong use.`;

export interface CheckOptions {
  readonly help: boolean;
  readonly deploy: boolean;
  readonly json: boolean;
  /** Whose jobs to compare with: null for none. */
  readonly diff: DiffOption | null;
}

export type DiffOption =
  | { readonly from: "cloudflare" }
  /** Folder as given, relative to the project's. */
  | { readonly from: "local"; readonly state: string };

export const OPTIONS = {
  deploy: { type: "boolean", default: false },
  diff: { type: "boolean", default: false },
  local: { type: "boolean", default: false },
  state: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/**
 * @param args what follows the script's name
 * @throws Error that says what is wrong
 */
export function parseCheckOptions(args: readonly string[]): CheckOptions {
  const { help, deploy, json, diff, local, state } = parseOptions(args, OPTIONS);
  if (local && !diff) throw new Error("--local says whose jobs to compare with: give --diff with it");
  if (state !== undefined && !local)
    throw new Error("--state is the folder of npm start: give --diff --local with it");
  if (state?.trim() === "") throw new Error("--state is empty");
  if (!diff) return { help, deploy, json, diff: null };
  return {
    help,
    deploy,
    json,
    diff: local ? { from: "local", state: state ?? DEFAULT_STATE } : { from: "cloudflare" },
  };
}
