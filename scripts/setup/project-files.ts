/** The files that setup reads and writes. */
import { chmod, mkdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DEV_VARS, readDevVars } from "../lib/dev-vars.ts";
import { CONFIG_FILE, errorCode, readConfig } from "../lib/read-config.ts";
import { readText } from "../lib/read-text.ts";
import { DEFAULT_STATE } from "../local/options.ts";
import { editDevVars } from "./edit-dev-vars.ts";
import { EditFailure, editToml, type Edit } from "./edit-toml.ts";
import type { Present } from "./questions.ts";
import { SECRETS } from "./secrets.ts";

/** A file could not be read or written. The message is for the person in front of the terminal. */
export class SetupFailure extends Error {
  override readonly name = "SetupFailure";
  readonly code = "SETUP_FAILED";
}

/** Which questions were answered, as an answer may be what was there anyway. Lost, it costs a question. */
const MEMORY = join(DEFAULT_STATE, "setup.json");

/** @throws SetupFailure */
export async function readPresent(root: string): Promise<Present> {
  const [config, local] = await Promise.all([readConfig(root), readDevVars(root)]);
  for (const read of [config, local]) if (typeof read === "string") throw new SetupFailure(read);
  const vars = typeof local === "string" ? {} : local.vars;
  return {
    config: typeof config === "string" ? {} : config,
    secrets: Object.fromEntries(
      [...SECRETS.keys()].flatMap((name) => {
        const secret = vars[name];
        return typeof secret === "string" && secret !== "" ? [[name, secret]] : [];
      }),
    ),
    answered: new Set(await readAnswered(root)),
  };
}

/** @throws SetupFailure, and then nothing was written */
export async function writeConfig(root: string, edits: readonly Edit[]): Promise<void> {
  await changing(CONFIG_FILE, async () => {
    const path = join(root, CONFIG_FILE);
    // Read anew: it may have been edited since the question was asked.
    const text = await readText(path);
    const edited = editToml(text, edits);
    if (edited !== text) await writeWhole(path, edited);
  });
}

/** @throws SetupFailure, and then nothing was written */
export async function writeSecrets(root: string, secrets: ReadonlyMap<string, string>): Promise<void> {
  if (secrets.size === 0) return;
  await changing(DEV_VARS, async () => {
    const path = join(root, DEV_VARS);
    const text = await readText(path).catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return "";
      throw error;
    });
    let edited = text;
    for (const [name, secret] of secrets) edited = editDevVars(edited, name, secret);
    await writeWhole(path, edited, 0o600);
  });
}

export async function rememberAnswered(root: string, answered: ReadonlySet<string>): Promise<void> {
  try {
    await mkdir(join(root, DEFAULT_STATE), { recursive: true });
    await writeWhole(join(root, MEMORY), `${JSON.stringify({ answered: [...answered] })}\n`);
  } catch {
    // The next run asks once more.
  }
}

async function readAnswered(root: string): Promise<readonly string[]> {
  try {
    const { answered } = JSON.parse(await readText(join(root, MEMORY))) as { answered?: unknown };
    return Array.isArray(answered) ? answered.filter((name) => typeof name === "string") : [];
  } catch {
    return [];
  }
}

async function changing(file: string, change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (cause) {
    const why =
      cause instanceof EditFailure
        ? cause.message
        : `${errorCode(cause)}. Hint: it must be a file that you may write`;
    throw new SetupFailure(`${file} was not changed: ${why}`, { cause });
  }
}

/**
 * Beside the file first, so that it is never half: a rename is whole or not at all.
 *
 * @param mode of a file that is not there yet
 */
async function writeWhole(path: string, text: string, mode = 0o644): Promise<void> {
  // What a link names is to change, and not the link.
  const target = await realpath(path).catch(() => path);
  const own = await stat(target).then(
    (file) => file.mode & 0o777,
    () => mode,
  );
  const part = `${target}.${process.pid}.part`;
  try {
    await writeFile(part, text, { mode: own, flag: "wx" });
    await chmod(part, own);
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
