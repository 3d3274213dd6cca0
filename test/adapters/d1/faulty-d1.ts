/** A D1 that loses the connection where a test says. */

/** Before D1 has seen the call, or after it has done what was asked, so that only the answer is lost. */
export type Fault = "before" | "after";

export interface FaultyD1 {
  readonly db: D1Database;
  /** How often it was asked. A batch is one call. */
  readonly calls: () => number;
}

/** @param fault of the call of this number, from 0 on */
export function faultyD1(inner: D1Database, fault: (call: number) => Fault | null): FaultyD1 {
  let calls = 0;
  const inside = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

  async function ask<T>(work: () => Promise<T>): Promise<T> {
    const now = fault(calls++);
    const lost = new Error("D1_ERROR: Network connection lost.");
    if (now === "before") throw lost;
    if (now === null) return work();
    // Also an error is an answer.
    await work().catch(() => undefined);
    throw lost;
  }

  function wrap(statement: D1PreparedStatement): D1PreparedStatement {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: () => ask(() => statement.all()),
      run: () => ask(() => statement.run()),
      first: () => ask(() => statement.first()),
    } as unknown as D1PreparedStatement;
    inside.set(wrapped, statement);
    return wrapped;
  }

  const db = {
    prepare: (sql: string) => wrap(inner.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) =>
      ask(() => inner.batch(statements.map((statement) => inside.get(statement) ?? statement))),
  } as unknown as D1Database;
  return { db, calls: () => calls };
}
