import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { SETTING_NAMES } from "../../src/platform/settings/parse-settings.ts";
import { oneLine } from "../../src/core/text.ts";
import { errorCode, type Config } from "./read-config.ts";
import { readText } from "./read-text.ts";

export const DEV_VARS = ".dev.vars";

/** Variables that Checker itself reads. All others are the owner's own. */
export const KNOWN_NAMES: readonly string[] = [
  ...SETTING_NAMES,
  "ADMIN_TOKEN",
  "PING_SECRET",
  "PING_SECRET_PREVIOUS",
  "DEAD_MAN_URL",
];

/** .dev.vars, which sets variables in local runs only. */
export interface DevVars {
  readonly vars: Config;
  /** Where each stands, counted from 1; the last place of one that stands there twice, as that one counts. */
  readonly lineOf: ReadonlyMap<string, number>;
  /** A text for each line that sets nothing. */
  readonly problems: readonly string[];
}

export const NO_DEV_VARS: DevVars = { vars: {}, lineOf: new Map(), problems: [] };

/** The variables of .dev.vars, none where there is no such file, or why it cannot be read. */
export async function readDevVars(root: string): Promise<DevVars | string> {
  try {
    const text = await readText(join(root, DEV_VARS));
    return { vars: parseEnv(text), ...scanLines(text) };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return NO_DEV_VARS;
    return `${DEV_VARS} cannot be read (${errorCode(error)}). Hint: it must be a file that you may read, with a line NAME=value for each variable; without it wrangler.toml alone counts`;
  }
}

/** Walks the lines as Node's parser does, which passes over what it does not understand and says nothing. */
function scanLines(text: string): Omit<DevVars, "vars"> {
  const lineOf = new Map<string, number>();
  const problems: string[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  for (let at = 0; at < lines.length; at++) {
    const line = (lines[at] ?? "").trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, name = "", value = ""] = /^(?:export\s+)?([^=]*)=(.*)$/.exec(line) ?? [];
    if (name.trim() === "") problems.push(strangeLine(line, at + 1));
    else lineOf.set(name.trim(), at + 1);
    // A value in quotes may go on over several lines. One whose quotes do not end is one line.
    const quote = /^\s*(["'`])/.exec(value)?.[1];
    if (quote === undefined || value.trim().slice(1).includes(quote)) continue;
    const end = lines.findIndex((later, index) => index > at && later.includes(quote));
    if (end !== -1) at = end;
  }
  return { lineOf, problems };
}

/** Shows of the line what can be no secret: a setting and its value, or the name of another variable. */
function strangeLine(line: string, number: number): string {
  const where = `${DEV_VARS}, line ${number}`;
  if (line.includes("=")) return `${where}: nothing stands before the "=". Hint: write NAME=value`;
  const [, name = "", value = ""] = /^(?:export\s+)?(\w+)\s*:?\s*(.*)$/.exec(line) ?? [];
  const isSetting = SETTING_NAMES.includes(name);
  if (!KNOWN_NAMES.includes(name)) {
    return `${where} has no "=" and sets nothing; it is not shown here, as it may hold a secret. Hint: write NAME=value, or put # before it`;
  }
  // A peer's address may hold a password.
  const shown = isSetting && !value.includes("@") ? oneLine(value, 80) : value === "" ? "" : "…";
  return `${where}: ${`${name} ${shown}`.trim()} has no "=" and sets nothing. Hint: write ${name}=${isSetting && shown !== "…" && shown !== "" ? shown : "value"}`;
}

/** Names in .dev.vars that are neither settings nor spoken of in jobs/, where jobs of one's own take theirs from. */
export async function strayNames(root: string, { lineOf }: DevVars): Promise<string[]> {
  const names = [...lineOf.keys()].filter((name) => !KNOWN_NAMES.includes(name));
  if (names.length === 0) return [];
  const jobs = await textsOf(join(root, "jobs"));
  return names.filter((name) => !jobs.some((text) => text.includes(name)));
}

async function textsOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map((entry) => readText(join(entry.parentPath, entry.name)).catch(() => "")));
}
