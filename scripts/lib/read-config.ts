import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse, TomlError } from "smol-toml";
import { SETTING_NAMES } from "../../src/platform/settings/parse-settings.ts";
import { oneLine } from "../../src/core/text.ts";
import { readText } from "./read-text.ts";

/** wrangler.toml as it stands, or a table in it. */
export type Config = Readonly<Record<string, unknown>>;

export const CONFIG_FILE = "wrangler.toml";
/** Files that wrangler reads instead of wrangler.toml, from the project's folder or from any above it. */
const RIVALS = ["wrangler.json", "wrangler.jsonc"];

/** The project's wrangler.toml, or why it cannot be read: one text, with the remedy. */
export async function readConfig(root: string): Promise<Config | string> {
  const rival = await findRival(root);
  if (rival !== null) {
    return `${rival}: wrangler reads this file and takes no notice of ${CONFIG_FILE}, where Checker's settings stand. Hint: move what you need of it into ${CONFIG_FILE}, and remove or rename it`;
  }
  let text = "";
  try {
    text = await readText(join(root, CONFIG_FILE));
    return parse(text);
  } catch (error) {
    return unreadable(error, text);
  }
}

/** @param text of the file, empty where there is none */
function unreadable(error: unknown, text: string): string {
  if (error instanceof TomlError) {
    const [first = ""] = error.message.split("\n");
    const hint = quotesHint(text.split("\n")[error.line - 1] ?? "");
    return `${CONFIG_FILE}, line ${error.line}, column ${error.column}: ${first}${hint}`;
  }
  if (errorCode(error) === "ENOENT") {
    return `${CONFIG_FILE} is missing: it holds the settings and says how the Worker is built. Hint: get it back with git checkout ${CONFIG_FILE}`;
  }
  return `${CONFIG_FILE} cannot be read (${errorCode(error)}). Hint: it must be a file that you may read`;
}

/** For a line such as `SERVER_NAME = checker`. A value that may be a secret is not shown. */
function quotesHint(line: string): string {
  const [, name = "", value = ""] = /^\s*([\w-]+)\s*=\s*([^\s"'[{#][^"'#]*)/.exec(line) ?? [];
  if (value === "") return "";
  const written = value.trim();
  if (/^(true|false)$/i.test(written)) return `. Hint: ${name} = ${written.toLowerCase()}`;
  // A peer's address may hold a password.
  const shown = SETTING_NAMES.includes(name) && !/\/\/.*@/.test(written) ? oneLine(written, 80) : "…";
  return `. Hint: a text stands in quotes: ${name} = "${shown}"`;
}

/** The system's name for what went wrong, such as ENOENT. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

async function findRival(root: string): Promise<string | null> {
  for (let folder = root; ; folder = dirname(folder)) {
    for (const name of RIVALS) {
      const path = join(folder, name);
      if (await exists(path)) return folder === root ? name : path;
    }
    if (folder === dirname(folder)) return null;
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

export function asRecord(value: unknown): Config {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** The tables of a list such as `[[d1_databases]]`. */
export function asRecords(value: unknown): readonly Config[] {
  return Array.isArray(value) ? value.map(asRecord) : [];
}

export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** What wrangler takes where the binding of a database names none. */
export const DEFAULT_MIGRATIONS = "migrations";

/** The binding of Checker's database. */
export function databaseOf(config: Config): Config | undefined {
  return asRecords(config["d1_databases"]).find(({ binding }) => binding === "DB");
}
