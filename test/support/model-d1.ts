/** D1 on Node's own SQLite: the statements are those that go to production, and each may fail on its way. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { D1Store } from "../../src/adapters/d1/d1-store.ts";
import type { Store } from "../../src/domain/ports.ts";
import { FakeRandom } from "./fakes.ts";
import { LATE } from "./model-calls.ts";
import { ownerOf, type World } from "./model-ports.ts";

const folder = join(import.meta.dirname, "../../migrations");
const MIGRATIONS = readdirSync(folder)
  .toSorted((a, b) => (a < b ? -1 : 1))
  .map((name) => readFileSync(join(folder, name), "utf8"));

/** Source: https://developers.cloudflare.com/d1/platform/limits/ */
const QUERY_LIMIT_MS = 30_000;

/** From the sources of retry.ts, ms. */
const GIVEN_UP_AFTER_MS = 10_000;

interface Result {
  readonly results: unknown[];
}

class Statement {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
  readonly #database: FakeD1;

  constructor(database: FakeD1, sql: string, values: readonly SQLInputValue[] = []) {
    this.#database = database;
    this.sql = sql;
    this.values = values;
  }

  bind(...values: readonly SQLInputValue[]): Statement {
    return new Statement(this.#database, this.sql, values);
  }

  async all(): Promise<Result> {
    const [result] = await this.#database.batch([this]);
    return result ?? { results: [] };
  }

  run(): Promise<Result> {
    return this.all();
  }

  async first(): Promise<unknown> {
    return (await this.all()).results[0] ?? null;
  }
}

/** As much of D1 as D1Store uses. */
class FakeD1 {
  readonly #world: World;
  readonly #sqlite = new DatabaseSync(":memory:");
  readonly #statements = new Map<string, StatementSync>();

  constructor(world: World) {
    this.#world = world;
    for (const migration of MIGRATIONS) this.#sqlite.exec(migration);
  }

  prepare(sql: string): Statement {
    return new Statement(this, sql);
  }

  /** One transaction, one way there and back. */
  batch(statements: readonly Statement[]): Promise<Result[]> {
    const { calls, time, witness } = this.#world;
    const { owner } = time;
    if (owner === undefined) return Promise.resolve(this.#transaction(statements));
    const [first] = statements;
    const commit = first?.sql.startsWith("INSERT INTO shard") ? owner.committing : null;
    const startedMs = time.nowMs;
    return calls.ask({
      port: "store",
      what: `D1: ${first?.sql.trim().slice(0, 24)}`,
      does: () => {
        if (time.nowMs - startedMs >= GIVEN_UP_AFTER_MS) calls.counts.add(LATE);
        const results = this.#transaction(statements);
        if (commit !== null) witness.committed(owner, commit);
        return results;
      },
      fails: () => Promise.reject(new Error("D1_ERROR: Network connection lost.")),
      refuses: () => Promise.reject(new Error("D1_ERROR: the model wants it so")),
      limitMs: QUERY_LIMIT_MS,
    });
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#sqlite.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #transaction(statements: readonly Statement[]): Result[] {
    this.#sqlite.exec("BEGIN");
    try {
      const results = statements.map(({ sql, values }) => ({
        results: this.#prepared(sql).all(...values),
      }));
      this.#sqlite.exec("COMMIT");
      return results;
    } catch (error) {
      this.#sqlite.exec("ROLLBACK");
      throw error;
    }
  }
}

export function hostileD1Store(world: World): Store {
  const store = new D1Store(new FakeD1(world) as unknown as D1Database, new FakeRandom());
  const commit = store.commit.bind(store);
  return Object.assign(store, {
    commit(...args: Parameters<Store["commit"]>) {
      ownerOf(world).committing = args[0];
      return commit(...args);
    },
  });
}
