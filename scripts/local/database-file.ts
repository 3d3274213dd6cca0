import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";

/** The runtime's own list of its databases. */
const LIST = "metadata.sqlite";

/** The databases that the runtime keeps in a folder, relative to it. */
export function databaseFiles(folder: string): readonly string[] {
  return globSync("v3/d1/*/*.sqlite", { cwd: folder }).filter((file) => basename(file) !== LIST);
}

/**
 * Opens Checker's database among those that the runtime keeps in a folder. Null where none is Checker's.
 *
 * @throws what SQLite says of a file that it cannot read
 */
export function openCheckerDatabase(folder: string, options: DatabaseSyncOptions): DatabaseSync | null {
  for (const file of databaseFiles(folder)) {
    const database = new DatabaseSync(join(folder, file), options);
    if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'job_state'").get() !== undefined)
      return database;
    database.close();
  }
  return null;
}
