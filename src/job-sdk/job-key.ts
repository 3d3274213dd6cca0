import { JobError } from "./job-error.ts";

/** Longest state name, characters. It is a key in the database. */
const MAX_LENGTH = 500;

/**
 * What tells one job from all others: its file's name, plus the arguments that its constructor handed to
 * JobBase as JSON. It does not depend on the class's name at run time, which a minifier changes, nor on
 * the order of jobs, so a job keeps its state across deploys.
 *
 * @throws JobError `E_JOB_ARGUMENT` when the arguments have no JSON or are too long for a key
 */
export function buildJobKey(fileName: string, args: readonly unknown[]): string {
  if (args.length === 0) return fileName;
  let json: string | undefined;
  try {
    // Thousands of jobs are made a minute, nearly all of them from texts, in which there is no order to keep.
    json = args.every(isFlat) ? JSON.stringify(args) : JSON.stringify(args, sortKeys);
  } catch (cause) {
    throw new JobError("E_JOB_ARGUMENT", unusable(fileName, "cannot be written as JSON"), { cause });
  }
  if (args.some((arg) => arg === undefined || typeof arg === "function" || typeof arg === "symbol")) {
    throw new JobError("E_JOB_ARGUMENT", unusable(fileName, "cannot be written as JSON"));
  }
  if (json.length > MAX_LENGTH) {
    throw new JobError("E_JOB_ARGUMENT", unusable(fileName, `is longer than ${MAX_LENGTH} characters`));
  }
  return fileName + json;
}

function isFlat(arg: unknown): boolean {
  return typeof arg === "string" || typeof arg === "number";
}

/** Objects that say the same in another order are the same argument. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function unusable(fileName: string, why: string): string {
  return `an argument that ${fileName} hands to super(config, …) ${why}; pass strings or numbers that tell the job from its siblings`;
}

/** The name that a person reads: `HTTPServerChecker https://example.com`. */
export function displayName(fileName: string, args: readonly unknown[]): string {
  const parts = args.map((arg) => (typeof arg === "string" ? arg : JSON.stringify(arg)));
  return [fileName, ...parts].join(" ");
}
