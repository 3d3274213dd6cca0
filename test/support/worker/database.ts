import { ask } from "./jobs.ts";
import type { Steering } from "./steering.ts";

type Statement = D1PreparedStatement;

const lost = (): Error => new Error("D1_ERROR: Network connection lost.");

/**
 * A D1 that counts what Cloudflare counts, and that fails, does what is asked and loses the answer, or takes the
 * invocation with it where told to.
 */
export class CountingDatabase implements D1Database {
  readonly #inner: D1Database;
  readonly #faults: Steering["faults"];
  readonly #die: () => Promise<never>;
  /** How often each fault has struck. */
  readonly #struck = new Map<Steering["faults"][number], number>();
  readonly #statements = new WeakMap<Statement, { inner: Statement; sql: string }>();
  #rowsWritten = 0;
  #queries = 0;

  constructor(inner: D1Database, faults: Steering["faults"], die: () => Promise<never>) {
    this.#inner = inner;
    this.#faults = faults;
    this.#die = die;
  }

  costs(): { readonly rowsWritten: number; readonly queries: number } {
    return { rowsWritten: this.#rowsWritten, queries: this.#queries };
  }

  prepare(sql: string): Statement {
    return this.#wrap(this.#inner.prepare(sql), sql);
  }

  async batch<T>(statements: Statement[]): Promise<D1Result<T>[]> {
    const known = statements.map((statement) => this.#inside(statement));
    const sqls = known.map(({ sql }) => sql);
    return this.#call(sqls, async () => {
      const results = await this.#inner.batch<T>(known.map(({ inner }) => inner));
      for (const result of results) this.#count(result);
      return results;
    });
  }

  exec(sql: string): Promise<D1ExecResult> {
    return this.#inner.exec(sql);
  }

  withSession(): D1DatabaseSession {
    throw new Error("not used");
  }

  dump(): Promise<ArrayBuffer> {
    throw new Error("not used");
  }

  #wrap(inner: Statement, sql: string): Statement {
    const counted = <R extends D1Result>(run: () => Promise<R>): Promise<R> =>
      this.#call([sql], async () => this.#count(await run()));
    const wrapped = {
      bind: (...values: unknown[]) => this.#wrap(inner.bind(...values), sql),
      run: <T>() => counted(() => inner.run<T>()),
      all: <T>() => counted(() => inner.all<T>()),
      first: async <T>() => (await counted(() => inner.all<T>())).results[0] ?? null,
    } as unknown as Statement;
    this.#statements.set(wrapped, { inner, sql });
    return wrapped;
  }

  #inside(statement: Statement): { inner: Statement; sql: string } {
    const known = this.#statements.get(statement);
    if (known === undefined) throw new Error("a statement of another database");
    return known;
  }

  /** One call of these statements, with the first fault that any of them has. */
  async #call<T>(sqls: readonly string[], run: () => Promise<T>): Promise<T> {
    const fault = this.#faults.find(
      (one) =>
        sqls.some((sql) => sql.trimStart().startsWith(one.sql)) &&
        (this.#struck.get(one) ?? 0) < (one.times ?? Infinity),
    );
    if (fault === undefined) return run();
    this.#struck.set(fault, (this.#struck.get(fault) ?? 0) + 1);
    switch (fault.how) {
      case "die":
        return this.#die();
      case "wait":
        await ask("gate");
        return run();
      case "lose":
        // Also an error is an answer.
        await run().catch(() => undefined);
        throw lost();
      case "fail":
        throw lost();
    }
  }

  #count<R extends D1Result>(result: R): R {
    this.#queries += 1;
    this.#rowsWritten += result.meta.rows_written;
    return result;
  }
}
