import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { formatProblem, parseSettings, SETTING_NAMES } from "../../src/adapters/settings/parse-settings.ts";
import type { SettingProblem, Settings } from "../../src/domain/settings.ts";
import { asRecord, errorCode, readConfig, texts, type Config } from "./read-config.ts";

export interface ProjectSettings {
  /** Null when they are not valid. */
  readonly settings: Settings | null;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** Cron expressions of wrangler.toml. */
  readonly crons: readonly string[];
  /** The variables as they stand, parsed by nobody. */
  readonly vars: Readonly<Record<string, unknown>>;
  /** The date is empty where there is none. */
  readonly compatibility: { readonly date: string; readonly flags: readonly string[] };
  /** wrangler.toml, or null where it cannot be read. */
  readonly config: Config | null;
}

const DEV_VARS = ".dev.vars";

/**
 * The Worker's variables: `[vars]` of wrangler.toml, which in a local run .dev.vars overrides.
 *
 * @param options.deployed as they are deployed, without .dev.vars
 */
export async function readSettings(
  root: string,
  { deployed = false }: { readonly deployed?: boolean } = {},
): Promise<ProjectSettings> {
  const [config, local] = await Promise.all([readConfig(root), deployed ? {} : readDevVars(root)]);
  const known = typeof config === "string" ? {} : config;
  const declared = asRecord(known["vars"]);
  const vars = { ...declared, ...(typeof local === "string" ? {} : local) };
  const rest = {
    crons: texts(asRecord(known["triggers"])["crons"]),
    vars,
    compatibility: {
      date: typeof known["compatibility_date"] === "string" ? known["compatibility_date"] : "",
      flags: texts(known["compatibility_flags"]),
    },
    config: typeof config === "string" ? null : config,
  };
  if (typeof config === "string" || typeof local === "string") {
    // What can be read is not judged: variables of the other file would be called missing or wrong.
    const problems = [config, local].filter((one) => typeof one === "string");
    return { settings: null, problems, warnings: [], ...rest };
  }
  const parsed = parseSettings(vars);
  return {
    settings: parsed.ok ? parsed.settings : null,
    problems: parsed.ok ? [] : parsed.problems.map((problem) => tell(problem, declared, local)),
    warnings: [...misspelt(vars), ...(parsed.ok ? placeholders(parsed.settings) : [])],
    ...rest,
  };
}

/** The variables of .dev.vars, none where there is no such file, or why it cannot be read. */
async function readDevVars(root: string): Promise<Config | string> {
  try {
    return parseEnv(await readFile(join(root, DEV_VARS), "utf8"));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return {};
    return `${DEV_VARS} cannot be read (${errorCode(error)}). Hint: it must be a file that you may read, with a line NAME=value for each variable; without it wrangler.toml alone counts`;
  }
}

/** How a list is written in .dev.vars, which knows only texts. The hints show it as in wrangler.toml. */
const JSON_LISTS: Readonly<Record<string, string>> = {
  ALERT_CONTACT: `["ops@example.com", "me@example.com"]`,
  PEERS: `[{"url": "https://checker.example.org/status", "admin": "admin@example.org"}]`,
};

function tell(problem: SettingProblem, declared: Config, local: Config): string {
  const [setting = problem.name] = problem.name.split(/[.[]/);
  const text = formatProblem(problem);
  if (Object.hasOwn(local, setting))
    return `${DEV_VARS}: ${text}${listRemedy(setting, String(local[setting]))}`;
  const missing = Object.hasOwn(declared, setting) ? "" : " (missing)";
  return `wrangler.toml [vars]${missing}: ${text}`;
}

/** @param value as it stands in .dev.vars */
function listRemedy(setting: string, value: string): string {
  const example = JSON_LISTS[setting];
  if (example === undefined) return "";
  // Who wrote one address wants to hear of no list.
  if (setting === "ALERT_CONTACT" && !value.trim().startsWith("[")) return "";
  return `; in ${DEV_VARS} a list is JSON on one line: ${setting}='${example}'`;
}

/** A variable that is no setting but reads like one is a slip of the pen; others are the owner's own. */
function misspelt(vars: Config): string[] {
  return Object.keys(vars).flatMap((name) => {
    if (SETTING_NAMES.includes(name) || name === "ADMIN_TOKEN") return [];
    const meant = SETTING_NAMES.find((setting) => distance(name.toUpperCase(), setting) <= 2);
    return meant === undefined ? [] : [`${name} is not a setting of Checker. Did you mean ${meant}?`];
  });
}

/** Edit distance (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Addresses that the example ships with reach nobody. */
function placeholders({ alertContacts, mailFrom }: Settings): string[] {
  const named = [
    ...alertContacts.map((address) => ["ALERT_CONTACT", address] as const),
    ["MAIL_FROM", mailFrom] as const,
  ];
  return named
    .filter(([, address]) => /@(.+\.)?example\.(com|org|net)$/i.test(address))
    .map(
      ([name, address]) => `${name} is still the example ${address}: good for npm start, but reaches nobody.`,
    );
}
