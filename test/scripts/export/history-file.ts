/** A state folder as npm start leaves it, with the history that a test puts there. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { onTestFinished } from "vitest";
import { toHex } from "../../../src/storage/d1/bytes.ts";
import { historyRows } from "../../../src/storage/d1/history/commit.ts";
import type { HistoryChanges } from "../../../src/history/ports.ts";
import { NO_HISTORY } from "../../support/fakes/history.ts";
import type { Lines } from "../../../scripts/export/pages.ts";
import type { Database } from "../../../scripts/export/database.ts";
import { projectRoot } from "../../../scripts/lib/project.ts";

export class HistoryFile {
  readonly state = mkdtempSync(join(tmpdir(), "checker-export-"));
  readonly path: string;
  readonly sqlite: DatabaseSync;

  constructor() {
    const folder = join(this.state, "database/v3/d1/any");
    mkdirSync(folder, { recursive: true });
    // The runtime has one of its own there, whose name may come first.
    new DatabaseSync(join(folder, "a-metadata.sqlite")).exec("CREATE TABLE other (id)");
    this.path = join(folder, "checker.sqlite");
    this.sqlite = new DatabaseSync(this.path);
    this.sqlite.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
    const migrations = join(projectRoot, "migrations");
    for (const name of readdirSync(migrations).toSorted((a, b) => (a < b ? -1 : 1))) {
      this.sqlite.exec(readFileSync(join(migrations, name), "utf8"));
    }
    onTestFinished(() => {
      this.sqlite.close();
      rmSync(this.state, { recursive: true, force: true });
    });
  }

  /** As a tick writes it. */
  write(changes: Partial<HistoryChanges>): void {
    for (const [sql, rows] of historyRows({ ...NO_HISTORY, ...changes })) {
      if (rows.length > 0) this.run(sql, JSON.stringify(rows));
    }
  }

  writeRollup(table: "hourly" | "daily", key: number, data: Uint8Array): void {
    this.run(`INSERT INTO ${table} (id, data) VALUES (?, unhex(?))`, key, toHex(data));
  }

  run(sql: string, ...values: readonly SQLInputValue[]): void {
    this.sqlite.prepare(sql).run(...values);
  }

  /** To be read within the test. */
  database(pageLength: number, asked: string[] = []): Database {
    return {
      name: "the test",
      pageLength,
      query: async (sql) => {
        asked.push(sql);
        return this.sqlite.prepare(sql).all();
      },
      close: () => undefined,
    };
  }
}

export async function all(lines: AsyncIterable<Lines>): Promise<Lines> {
  const collected: Lines[number][] = [];
  for await (const some of lines) collected.push(...some);
  return collected;
}
