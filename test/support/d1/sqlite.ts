/** D1 on Node's own SQLite, for tests that ask thousands of times: the statements are those of production. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

const folder = join(import.meta.dirname, "../../../migrations");
const MIGRATIONS = readdirSync(folder)
  .toSorted((a, b) => (a < b ? -1 : 1))
  .map((name) => readFileSync(join(folder, name), "utf8"));

export interface Result {
  readonly results: unknown[];
  readonly meta: { readonly changes: number };
}

export class Statement {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
  readonly #database: SqliteD1;

  constructor(database: SqliteD1, sql: string, values: readonly SQLInputValue[] = []) {
    this.#database = database;
    this.sql = sql;
    this.values = values;
  }

  bind(...values: readonly SQLInputValue[]): Statement {
    return new Statement(this.#database, this.sql, values);
  }

  async all(): Promise<Result> {
    const [result] = await this.#database.batch([this]);
    return result ?? { results: [], meta: { changes: 0 } };
  }

  run(): Promise<Result> {
    return this.all();
  }

  async first(): Promise<unknown> {
    return (await this.all()).results[0] ?? null;
  }
}

/** As much of D1 as is used. */
export class SqliteD1 {
  readonly #sqlite = new DatabaseSync(":memory:");
  readonly #statements = new Map<string, StatementSync>();

  constructor() {
    for (const migration of MIGRATIONS) this.#sqlite.exec(migration);
  }

  prepare(sql: string): Statement {
    return new Statement(this, sql);
  }

  /** One transaction. */
  async batch(statements: readonly Statement[]): Promise<Result[]> {
    return this.transact(statements);
  }

  protected transact(statements: readonly Statement[]): Result[] {
    this.#sqlite.exec("BEGIN");
    try {
      const results = statements.map(({ sql, values }) => this.#run(sql, values));
      this.#sqlite.exec("COMMIT");
      return results;
    } catch (error) {
      this.#sqlite.exec("ROLLBACK");
      throw error;
    }
  }

  #run(sql: string, values: readonly SQLInputValue[]): Result {
    const results = this.#prepared(sql).all(...values);
    const changes = this.#prepared("SELECT changes() AS changes").get()?.["changes"];
    return { results, meta: { changes: Number(changes) } };
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#sqlite.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}

export function sqliteD1(): D1Database {
  return new SqliteD1() as unknown as D1Database;
}
