import { plural } from "../../src/core/text.ts";
import type { DeployedJobs } from "./deployed-jobs.ts";
import type { JobChanges, LikelyRename } from "./job-changes.ts";
import type { DiffOption } from "./options.ts";
import { argumentsOf, fileOf } from "./renames.ts";

/** Jobs that one note names. */
const MAX_NAMES = 10;

/** What --diff found, for a person. */
export interface DescribedChanges {
  readonly lines: readonly string[];
  readonly notes: readonly string[];
  /** That it could not be read, with the remedy. */
  readonly problem: string | null;
}

/** @param changes of no meaning where nothing was read */
export function describeChanges(
  option: DiffOption,
  deployed: DeployedJobs,
  changes: JobChanges,
): DescribedChanges {
  const isLocal = option.from === "local";
  switch (deployed.state) {
    case "unreadable":
      return { lines: [], notes: [], problem: unreadableText(option, deployed.why) };
    case "noDatabase":
      return told(
        isLocal
          ? `Nothing ran in ${option.state} yet: the first npm start begins with all jobs that are listed.`
          : "Nothing is deployed yet, as there is no database: the first deploy begins with all jobs that are listed.",
      );
    case "noTable":
      return told(
        isLocal
          ? `What ran in ${option.state} has no table of jobs yet: the next npm start makes it. What changes is not known.`
          : "The deployed database has no table of jobs yet: npm run deploy makes it. What changes is not known.",
      );
    case "read": {
      const count = `${isLocal ? `in ${option.state}` : "deployed"}: ${deployed.jobs.length}`;
      const rows = rowsOf(changes);
      const what = isLocal ? "The next npm start" : "The next deploy";
      const lines =
        deployed.jobs.length === 0
          ? [
              `${isLocal ? `In ${option.state}` : "At Cloudflare"} no job was recorded yet: all that are listed are new.`,
            ]
          : rows.length === 0
            ? [`${what} changes no job (${count}).`]
            : [`${what} changes these jobs (${count}):`, ...rows];
      return { lines, notes: notesOf(changes, deployed.damaged), problem: null };
    }
  }
}

function told(line: string): DescribedChanges {
  return { lines: [line], notes: [], problem: null };
}

function unreadableText(option: DiffOption, why: string): string {
  return option.from === "local"
    ? `--diff: what ran in ${option.state} cannot be read: ${why}. Hint: end npm start and try again; without ${option.state} Checker begins anew`
    : `--diff: what is deployed cannot be read: ${why}. Hint: npx wrangler login, and a network; npm run check -- --diff --local compares with npm start instead`;
}

function rowsOf({ added, removed, renamed, moved }: JobChanges): string[] {
  return [
    ...added.map(({ name, frequency }) => `  added    ${frequency.padEnd(8)}  ${name}`),
    ...removed.map(({ name, frequency }) => `  removed  ${frequency.padEnd(8)}  ${name}`),
    ...renamed.map(({ before, after }) => `  renamed  ${before} → ${after}`),
    ...moved.map(({ name, before, after }) => `  moved    ${name}: ${before} → ${after}`),
  ];
}

function notesOf({ likelyRenames, unclear }: JobChanges, damaged: number): string[] {
  const names = unclear.slice(0, MAX_NAMES).map(({ name }) => name);
  const more = unclear.length > names.length ? `, and ${unclear.length - names.length} more` : "";
  return [
    ...likelyRenames.map(renameText),
    ...(unclear.length === 0
      ? []
      : [
          `what becomes of ${names.join(", ")}${more} is not known, as their files make no jobs, or not all. Hint: mend what is named as a problem first`,
        ]),
    ...(damaged === 0 ? [] : [`left out as damaged: ${plural(damaged, "row")} of the table of jobs`]),
  ];
}

function renameText({ removed, added }: LikelyRename): string {
  const [argument, ...others] = parseArguments(removed.jobKey);
  const inList =
    typeof argument === "string" && others.length === 0 && fileOf(removed.jobKey) === fileOf(added.jobKey)
      ? `an entry of a list takes name: ${JSON.stringify(argument)}, a class of your own `
      : "its class takes ";
  return `${removed.name} seems to become ${added.name}, but under another identity (${removed.jobKey} before, ${added.jobKey} now), so it is another job: its history begins anew, and an outage that goes on is told anew. Hint: to let it go on as the same, ${inList}a getStateName() that returns its identity of before`;
}

/** Empty for an identity that was not made from arguments. */
function parseArguments(jobKey: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(argumentsOf(jobKey));
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
