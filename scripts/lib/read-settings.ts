import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, TomlError } from "smol-toml";
import { parseEnv } from "node:util";
import { formatProblem, parseSettings, SETTING_NAMES } from "../../src/adapters/settings/parse-settings.ts";
import type { Settings } from "../../src/domain/settings.ts";

export interface ProjectSettings {
  /** Null when they are not valid. */
  readonly settings: Settings | null;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** Cron expressions of wrangler.toml. */
  readonly crons: readonly string[];
  /** The variables as they stand, parsed by nobody. */
  readonly vars: Readonly<Record<string, unknown>>;
  readonly compatibility: { readonly date: string; readonly flags: readonly string[] };
}

/** The Worker's variables as a local run sees them: `[vars]` of wrangler.toml, overridden by .dev.vars. */
export async function readSettings(root: string): Promise<ProjectSettings> {
  const config = await readToml(join(root, "wrangler.toml"));
  if (typeof config === "string") {
    const compatibility = { date: "", flags: [] };
    return { settings: null, problems: [config], warnings: [], crons: [], vars: {}, compatibility };
  }
  const declared = asRecord(config["vars"]);
  const local = await readDevVars(join(root, ".dev.vars"));
  const vars = { ...declared, ...local };
  const parsed = parseSettings(vars);
  return {
    settings: parsed.ok ? parsed.settings : null,
    problems: parsed.ok
      ? []
      : parsed.problems.map(
          (problem) => `${whereOf(problem.name, declared, local)}: ${formatProblem(problem)}`,
        ),
    warnings: [...misspelt(vars), ...(parsed.ok ? placeholders(parsed.settings) : [])],
    crons: texts(asRecord(config["triggers"])["crons"]),
    vars,
    compatibility: {
      date: String(config["compatibility_date"]),
      flags: texts(config["compatibility_flags"]),
    },
  };
}

async function readToml(path: string): Promise<Record<string, unknown> | string> {
  try {
    return parse(await readFile(path, "utf8"));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ""] = error.message.split("\n");
    return `wrangler.toml, line ${error.line}, column ${error.column}: ${first}`;
  }
}

async function readDevVars(path: string): Promise<Record<string, unknown>> {
  try {
    return parseEnv(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
}

function whereOf(name: string, declared: object, local: object): string {
  const [setting = name] = name.split(/[.[]/);
  if (Object.hasOwn(local, setting)) return ".dev.vars";
  return Object.hasOwn(declared, setting) ? "wrangler.toml [vars]" : "wrangler.toml [vars] (missing)";
}

/** A variable that is no setting but reads like one is a slip of the pen; others are the owner's own. */
function misspelt(vars: Record<string, unknown>): string[] {
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

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
