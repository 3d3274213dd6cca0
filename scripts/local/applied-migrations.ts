import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { databaseOf, DEFAULT_MIGRATIONS, type Config } from "../lib/read-config.ts";
import { databaseFiles, openCheckerDatabase } from "./database-file.ts";
import type { StateFolder } from "./state-folder.ts";

/** Beside the database, and gone with it. */
const STAMP = "migrations.json";

/** Of which migrations the tables are, and of what else it depends that wrangler would find the same database. */
interface Stamp {
  readonly names: readonly string[];
  /** Of the migrations, the binding and wrangler itself. */
  readonly digest: string;
}

/**
 * Whether the local database has all its tables, so that wrangler need not be asked: that takes it four seconds. In any
 * doubt it has not.
 */
export async function hasAllTables(
  root: string,
  config: Config,
  { database: folder }: Pick<StateFolder, "database">,
): Promise<boolean> {
  try {
    const wanted = await stampOf(root, config);
    if ((await readFile(join(folder, STAMP), "utf8")) !== JSON.stringify(wanted)) return false;
    // Of several nobody here knows which wrangler takes.
    if (databaseFiles(folder).length !== 1) return false;
    const database = openCheckerDatabase(folder, { readOnly: true });
    try {
      const rows = database?.prepare("SELECT name FROM d1_migrations").all() ?? [];
      const applied = new Set(rows.map(({ name }) => name));
      return wanted.names.every((name) => applied.has(name));
    } finally {
      database?.close();
    }
  } catch {
    // Whatever it is, wrangler says it better.
    return false;
  }
}

/** After wrangler has applied all. */
export async function rememberTables(
  root: string,
  config: Config,
  { database: folder }: Pick<StateFolder, "database">,
): Promise<void> {
  await writeFile(join(folder, STAMP), JSON.stringify(await stampOf(root, config)));
}

async function stampOf(root: string, config: Config): Promise<Stamp> {
  const binding = databaseOf(config);
  const named = binding?.["migrations_dir"];
  const folder = typeof named === "string" ? named : DEFAULT_MIGRATIONS;
  const files = (await readdir(join(root, folder))).filter((name) => name.endsWith(".sql")).toSorted();
  const texts = await Promise.all(files.map((name) => readFile(join(root, folder, name), "utf8")));
  const { version } = createRequire(join(root, "package.json"))("wrangler/package.json") as {
    readonly version: string;
  };
  const all = JSON.stringify([version, binding, files, texts]);
  return { names: files, digest: createHash("sha256").update(all).digest("hex") };
}
