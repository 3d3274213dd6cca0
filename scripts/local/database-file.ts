import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";

/**
 * Opens Checker's database among those that the runtime keeps in a folder; one of the files is its own list of
 * them. Null where none is Checker's.
 *
 * @throws what SQLite says of a file that it cannot read
 */
export function openCheckerDatabase(folder: string, options: DatabaseSyncOptions): DatabaseSync | null {
  for (const file of globSync("v3/d1/*/*.sqlite", { cwd: folder })) {
    const database = new DatabaseSync(join(folder, file), options);
    if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'job_state'").get() !== undefined)
      return database;
    database.close();
  }
  return null;
}
