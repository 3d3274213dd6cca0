import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { openCheckerDatabase } from "../local/database-file.ts";
import { ExportFailure, NoDatabase, type Database } from "./database.ts";
import type { Row } from "./lines.ts";

/** The running instance writes for milliseconds at a time. */
const BUSY_LIMIT_MS = 10_000;

/**
 * The database of `npm start`, which may be running: nothing is written, and no page keeps a lock for the next.
 *
 * @param state folder, absolute
 * @param shown the folder as the person gave it
 */
export function openLocalDatabase(state: string, shown: string): Database {
  const start = shown === ".checker" ? "npm start" : `npm start -- --state ${shown}`;
  if (!existsSync(state)) {
    throw new NoDatabase(`There is no folder ${shown}: run ${start} first, or give --state DIR or --remote.`);
  }
  const database = reading(() =>
    openCheckerDatabase(join(state, "database"), { readOnly: true, timeout: BUSY_LIMIT_MS }),
  );
  if (database === null) {
    throw new NoDatabase(
      `There is no database of Checker in ${shown}: run ${start} first, or give --remote.`,
    );
  }
  return {
    name: shown,
    pageLength: 256_000,
    async query(sql) {
      // Whoever reads the output has gone, perhaps; without a pause nobody would notice.
      await setImmediate();
      return reading(() => rowsOf(database, sql));
    },
    close: () => database.close(),
  };
}

function rowsOf(database: DatabaseSync, sql: string): readonly Row[] {
  const statement = database.prepare(sql);
  // A damaged number that is too large for JavaScript would throw otherwise; as it is, its row counts as damaged.
  statement.setReadBigInts(true);
  return statement
    .all()
    .map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plain(value)])));
}

function plain(value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function reading<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (thrown) {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ExportFailure(`The database cannot be read: ${text}.`, { cause: thrown });
  }
}
