/** The version before: its tables, what was in them, and the statements that it goes on asking during a deploy. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../../scripts/lib/project.ts";
import { remake } from "../../support/database-template.ts";

const FIRST = "0001_first.sql";
const MIGRATIONS = join(projectRoot, "migrations");

/** Makes the database as step 1 left it, whatever it was before. */
export async function makeStep1(db: D1Database): Promise<void> {
  const fixture = join(projectRoot, "test/fixtures/database/step-1.sql");
  const first = statementsIn(await readFile(join(MIGRATIONS, FIRST), "utf8"));
  const rows = statementsIn(await readFile(fixture, "utf8"));
  await remake(db, { schema: first, tables: [], inserts: rows.map((sql) => db.prepare(sql)) });
}

/** Applies every migration since, in one transaction each. */
export function migrateFromStep1(db: D1Database): Promise<void> {
  return migrate(db, "");
}

/** Applies those migrations since that begin with this number. */
export function migrate(db: D1Database, number: string): Promise<void> {
  return apply(db, (name) => name.startsWith(number));
}

/** Applies all migrations after this number. */
export function migrateAfter(db: D1Database, number: string): Promise<void> {
  return apply(db, (name) => name.slice(0, number.length) > number);
}

async function apply(db: D1Database, isWanted: (name: string) => boolean): Promise<void> {
  const files = (await readdir(MIGRATIONS))
    .filter((name) => name.endsWith(".sql") && name !== FIRST && isWanted(name))
    .toSorted();
  for (const file of files) await runAll(db, statementsIn(await readFile(join(MIGRATIONS, file), "utf8")));
}

async function runAll(db: D1Database, statements: readonly string[]): Promise<void> {
  await db.batch(statements.map((sql) => db.prepare(sql)));
}

/** Statements end with a line here, and comments have lines of their own. */
function statementsIn(text: string): string[] {
  return text
    .replaceAll(/^--.*\n/gm, "")
    .split(/;\n/)
    .map((sql) => sql.trim())
    .filter((sql) => sql !== "");
}
