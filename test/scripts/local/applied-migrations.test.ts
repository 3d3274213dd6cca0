import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { hasAllTables, rememberTables } from "../../../scripts/local/applied-migrations.ts";
import { projectWith } from "../../support/fakes/project.ts";

const CONFIG = { d1_databases: [{ binding: "DB", database_name: "checker", migrations_dir: "tables" }] };
const FILES = {
  "tables/0001_first.sql": "CREATE TABLE job_state (job TEXT)",
  "tables/0002_more.sql": "CREATE TABLE more (a)",
  "tables/notes.txt": "not SQL",
  "node_modules/wrangler/package.json": `{ "version": "4.0.0" }`,
};

/** A project with a database in which wrangler has applied these. */
async function migrated(...names: readonly string[]) {
  const root = await projectWith(FILES);
  const folder = { database: join(root, "state/database") };
  const path = join(folder.database, "v3/d1/objects/0123.sqlite");
  await mkdir(join(path, ".."), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE job_state (job); CREATE TABLE d1_migrations (name)");
  for (const name of names) database.prepare("INSERT INTO d1_migrations VALUES (?)").run(name);
  database.close();
  return { root, folder, path };
}

const ALL = ["0001_first.sql", "0002_more.sql"];

test("tables that wrangler has made need no asking again, until something is another", async () => {
  const { root, folder } = await migrated(...ALL);
  expect(await hasAllTables(root, CONFIG, folder)).toBe(false);
  await rememberTables(root, CONFIG, folder);
  expect(await hasAllTables(root, CONFIG, folder)).toBe(true);

  const other = { d1_databases: [{ ...CONFIG.d1_databases[0], database_name: "another" }] };
  expect(await hasAllTables(root, other, folder)).toBe(false);
  const changes: readonly (readonly [string, string])[] = [
    ["tables/0002_more.sql", "CREATE TABLE more (a, b)"],
    ["tables/0003_new.sql", "CREATE TABLE new (a)"],
    ["node_modules/wrangler/package.json", `{ "version": "4.0.1" }`],
  ];
  for (const [file, text] of changes) {
    await rememberTables(root, CONFIG, folder);
    await writeFile(join(root, file), text);
    expect([file, await hasAllTables(root, CONFIG, folder)]).toEqual([file, false]);
  }
});

test("whatever is remembered, a database that does not list them all has to be asked about", async () => {
  const { root, folder, path } = await migrated(ALL[0] ?? "");
  await rememberTables(root, CONFIG, folder);
  expect(await hasAllTables(root, CONFIG, folder)).toBe(false);

  const whole = await migrated(...ALL);
  await rememberTables(whole.root, CONFIG, whole.folder);
  await copyFile(whole.path, whole.path.replace("0123", "metadata"));
  expect(await hasAllTables(whole.root, CONFIG, whole.folder)).toBe(true);
  await copyFile(whole.path, whole.path.replace("0123", "4567"));
  expect(await hasAllTables(whole.root, CONFIG, whole.folder)).toBe(false);

  await rm(path);
  expect(await hasAllTables(root, CONFIG, folder)).toBe(false);
  await writeFile(path, "no database");
  expect(await hasAllTables(root, CONFIG, folder)).toBe(false);
});
