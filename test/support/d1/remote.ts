/**
 * The D1 of a Worker under test, for the test itself. wrangler's own stand-in for a binding asks the Worker once for
 * every `prepare` and `bind`, and blocks meanwhile; here they stay in the test, and a batch is one request.
 */
import { SQL_PATH, type SqlAnswer, type SqlQuery } from "./remote-worker.ts";

/** Hands a body to the Worker at a path of its own, and gives what it answers. */
export type Ask = (path: string, body: string) => Promise<string>;

/** As much of D1 as is used. The Worker must answer with `answerSql`. */
export function remoteD1(ask: Ask): D1Database {
  const send = async <T>(statements: readonly Statement[]): Promise<D1Result<T>[]> => {
    const queries = statements.map(({ sql, values }): SqlQuery => ({ sql, values }));
    const answer = JSON.parse(await ask(SQL_PATH, JSON.stringify(queries))) as SqlAnswer;
    if ("error" in answer) throw new Error(answer.error);
    return answer.results as D1Result<T>[];
  };
  const db = {
    prepare: (sql: string) => new Statement(send, sql),
    batch: (statements: Statement[]) => send(statements),
  };
  return db as unknown as D1Database;
}

class Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly #send: (statements: readonly Statement[]) => Promise<D1Result[]>;

  constructor(
    send: (statements: readonly Statement[]) => Promise<D1Result[]>,
    sql: string,
    values: readonly unknown[] = [],
  ) {
    this.#send = send;
    this.sql = sql;
    this.values = values;
  }

  bind(...values: readonly unknown[]): Statement {
    for (const value of values) {
      // What JSON would change on the way.
      if (value === null || typeof value === "string" || typeof value === "boolean") continue;
      if (typeof value === "number" && Number.isFinite(value)) continue;
      throw new Error(`D1_TYPE_ERROR: a ${typeof value} that JSON does not keep`);
    }
    return new Statement(this.#send, this.sql, values);
  }

  async all(): Promise<D1Result> {
    const [result] = await this.#send([this]);
    if (result === undefined) throw new Error("D1 gave no result");
    return result;
  }

  run(): Promise<D1Result> {
    return this.all();
  }

  async first(): Promise<unknown> {
    return (await this.all()).results[0] ?? null;
  }
}
