import { formatProblem, parseSettings } from "../../src/platform/settings/parse-settings.ts";
import type { SettingProblem, Settings } from "../../src/core/settings.ts";
import { DEV_VARS, NO_DEV_VARS, readDevVars, strayNames } from "./dev-vars.ts";
import { checkToken, unknownNames } from "./check-names.ts";
import { findMisplaced, isNoConsequence } from "./misplaced-settings.ts";
import { asRecord, readConfig, texts, type Config } from "./read-config.ts";

export interface ProjectSettings {
  /** Null when they are not valid. */
  readonly settings: Settings | null;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
  /** Cron expressions of wrangler.toml. */
  readonly crons: readonly string[];
  /** The variables as they stand, parsed by nobody. */
  readonly vars: Readonly<Record<string, unknown>>;
  /** The date is empty where there is none. */
  readonly compatibility: { readonly date: string; readonly flags: readonly string[] };
  /** wrangler.toml, or null where it cannot be read. */
  readonly config: Config | null;
}

/**
 * The Worker's variables: `[vars]` of wrangler.toml, which in a local run .dev.vars overrides.
 *
 * @param options.deployed as they are deployed, without .dev.vars
 */
export async function readSettings(
  root: string,
  { deployed = false }: { readonly deployed?: boolean } = {},
): Promise<ProjectSettings> {
  const [config, local] = await Promise.all([readConfig(root), deployed ? NO_DEV_VARS : readDevVars(root)]);
  const known = typeof config === "string" ? {} : config;
  const declared = asRecord(known["vars"]);
  const vars = { ...declared, ...(typeof local === "string" ? {} : local.vars) };
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
    return { settings: null, problems, warnings: [], notes: [], ...rest };
  }
  const parsed = parseSettings(vars);
  const misplaced = findMisplaced(known, vars);
  const token = checkToken(vars["ADMIN_TOKEN"], local);
  return {
    settings: parsed.ok ? parsed.settings : null,
    problems: [
      ...local.problems,
      ...misplaced.map(({ text }) => text),
      ...(parsed.ok
        ? []
        : parsed.problems.filter(isNoConsequence(misplaced)).map((problem) => tell(problem, local.vars))),
      ...token.problems,
    ],
    warnings: [
      ...unknownNames(vars, local, await strayNames(root, local)),
      ...token.warnings,
      ...(parsed.ok ? placeholders(parsed.settings) : []),
    ],
    notes: parsed.ok ? otherPaths(parsed.settings) : [],
    ...rest,
  };
}

/** How a list is written in .dev.vars, which knows only texts. The hints show it as in wrangler.toml. */
const JSON_LISTS: Readonly<Record<string, string>> = {
  ALERT_CONTACT: `["ops@example.com", "me@example.com"]`,
  PEERS: `[{"url": "https://checker.example.org/status", "admin": "admin@example.org"}]`,
};

function tell(problem: SettingProblem, local: Config): string {
  const [setting = problem.name] = problem.name.split(/[.[]/);
  const text = formatProblem(problem);
  if (Object.hasOwn(local, setting))
    return `${DEV_VARS}: ${text}${listRemedy(setting, String(local[setting]))}`;
  return `wrangler.toml [vars]: ${text}`;
}

/** @param value as it stands in .dev.vars */
function listRemedy(setting: string, value: string): string {
  const example = JSON_LISTS[setting];
  if (example === undefined) return "";
  // Who wrote one address wants to hear of no list.
  if (setting === "ALERT_CONTACT" && !value.trim().startsWith("[")) return "";
  return `; in ${DEV_VARS} a list is JSON on one line: ${setting}='${example}'`;
}

/** Addresses such as the example ships with reach nobody. */
export function isPlaceholder(address: string): boolean {
  return /@(.+\.)?example\.(com|org|net)$/i.test(address);
}

function placeholders({ alertContacts, mailFrom }: Settings): string[] {
  const named = [
    ...alertContacts.map((address) => ["ALERT_CONTACT", address] as const),
    ["MAIL_FROM", mailFrom] as const,
  ];
  return named
    .filter(([, address]) => isPlaceholder(address))
    .map(
      ([name, address]) => `${name} is still the example ${address}: good for npm start, but reaches nobody.`,
    );
}

/** A peer is asked at the address as it stands. One behind a proxy may answer at another path. */
function otherPaths({ peers }: Settings): string[] {
  return peers
    .filter(({ url }) => !new URL(url).pathname.endsWith("/status"))
    .map(
      ({ url }) =>
        `PEERS: ${url} does not end in /status, where a Checker answers its peers. Hint: unless that is meant, url = ${JSON.stringify(withStatus(url))}`,
    );
}

function withStatus(text: string): string {
  const url = new URL(text);
  url.pathname = `${url.pathname.replace(/\/+$/, "").replace(/\/status$/, "")}/status`;
  return url.href;
}
