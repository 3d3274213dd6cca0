import { stat } from "node:fs/promises";
import { join } from "node:path";
import { findings, mergeFindings, type Findings } from "./findings.ts";
import { CONFIG_FILE, asRecord, texts, type Config } from "./read-config.ts";

const ENTRY = "src/index.ts";
const GENERATE = "node scripts/generate-jobs.ts";
const BUILD = `build = { command = "${GENERATE}", watch_dir = "jobs" }`;
const PUBLIC_FETCH = "global_fetch_strictly_public";
/** From this compatibility date on a Worker has Node's modules, of which reading certificates needs one. */
const NODE_MODULES_SINCE = "2026-08-04";
const NODE_MODULES = "nodejs_compat";

/**
 * How the Worker is built and what it may use, as far as wrangler would take it and Checker would not run.
 * Sections `[env.…]` are not looked at.
 *
 * @param nowMs Cloudflare takes no compatibility date that is still to come
 */
export async function checkConfig(config: Config, root: string, nowMs: number): Promise<Findings> {
  return mergeFindings([
    await checkMain(config["main"], root),
    checkBuild(asRecord(config["build"])["command"]),
    checkDate(config["compatibility_date"], texts(config["compatibility_flags"]), nowMs),
    checkFlags(config["compatibility_flags"]),
  ]);
}

async function checkMain(main: unknown, root: string): Promise<Findings> {
  const hint = `Hint: main = "${ENTRY}"`;
  if (main === undefined) {
    return findings({
      problems: [`${CONFIG_FILE}: main is missing, so there is nothing to deploy. ${hint}`],
    });
  }
  const value = `${CONFIG_FILE}: main = ${JSON.stringify(main)}`;
  const path = typeof main === "string" ? join(root, main) : "";
  const isFile = await stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
  if (!isFile) return findings({ problems: [`${value} is no file of this project. ${hint}`] });
  if (path === join(root, ENTRY)) return findings({});
  return findings({
    warnings: [
      `${value} is not Checker's own entry: nothing is checked unless it hands on all events. ${hint}`,
    ],
  });
}

function checkBuild(command: unknown): Findings {
  const where = `${CONFIG_FILE} [build]`;
  if (command === undefined || command === "") {
    return findings({
      problems: [
        `${where}: command is missing, so the files in jobs/ do not get into the Worker. Hint: ${BUILD}`,
      ],
    });
  }
  const value = `${where}: command = ${JSON.stringify(command)}`;
  if (typeof command !== "string") return findings({ problems: [`${value} is not a text. Hint: ${BUILD}`] });
  if (command.includes("generate-jobs") || command.includes("npm run jobs")) return findings({});
  return findings({
    warnings: [
      `${value} does not seem to list the jobs: unless it runs ${GENERATE}, new files in jobs/ do not get into the Worker. Hint: ${BUILD}`,
    ],
  });
}

function checkDate(date: unknown, flags: readonly string[], nowMs: number): Findings {
  const today = new Date(nowMs).toISOString().slice(0, 10);
  const hint = `Hint: compatibility_date = "${NODE_MODULES_SINCE}", or a later day that has come`;
  const tell = (text: string): string => `${CONFIG_FILE}: compatibility_date ${text}. ${hint}`;
  const problem = (text: string): Findings => findings({ problems: [tell(text)] });
  if (date === undefined) return problem("is missing, and Cloudflare takes no Worker without one");
  if (date instanceof Date) return problem("is not a text: its quotes are missing");
  const value = `= ${JSON.stringify(date)}`;
  if (typeof date !== "string" || !isDate(date))
    return problem(`${value} is not a date such as "2026-11-17"`);
  // Only a deploy minds: this machine's clock may be wrong, and wrangler comes with a date of its own.
  if (date > today) {
    return findings({
      warnings: [tell(`${value} is still to come; Cloudflare takes none after today, ${today}`)],
    });
  }
  if (date < NODE_MODULES_SINCE && !flags.includes(NODE_MODULES)) {
    return problem(`${value} is before Workers had node:crypto, without which this one does not start`);
  }
  return findings({});
}

function isDate(text: string): boolean {
  const parsed = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? text : Number.NaN);
  // A day that its month does not have becomes one of the next month.
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
}

function checkFlags(flags: unknown): Findings {
  const value = flags === undefined ? "" : ` = ${JSON.stringify(flags)}`;
  if (flags !== undefined && !(Array.isArray(flags) && flags.every((flag) => typeof flag === "string"))) {
    return findings({
      problems: [
        `${CONFIG_FILE}: compatibility_flags${value} is not a list of texts. Hint: compatibility_flags = ["${PUBLIC_FETCH}"]`,
      ],
    });
  }
  const list = texts(flags);
  if (list.includes(PUBLIC_FETCH)) return findings({});
  return findings({
    warnings: [
      `${CONFIG_FILE}: compatibility_flags${value} lacks ${PUBLIC_FETCH}: hosts in your own zone are then not asked the way the public asks them, and are reported wrongly. Hint: compatibility_flags = ${JSON.stringify([...list, PUBLIC_FETCH])}`,
    ],
  });
}
