/** A D1 that counts what Cloudflare counts. */

export interface Counts {
  queries: number;
  rowsRead: number;
  rowsWritten: number;
}

export function countedD1(inner: D1Database): { readonly db: D1Database; readonly counts: Counts } {
  const counts: Counts = { queries: 0, rowsRead: 0, rowsWritten: 0 };
  const add = <T extends { readonly meta: { rows_read?: number; rows_written?: number } }>(result: T): T => {
    counts.queries += 1;
    counts.rowsRead += result.meta.rows_read ?? 0;
    counts.rowsWritten += result.meta.rows_written ?? 0;
    return result;
  };
  const inside = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: async () => add(await statement.all()),
      run: async () => add(await statement.run()),
    } as unknown as D1PreparedStatement;
    inside.set(wrapped, statement);
    return wrapped;
  };
  const db = {
    prepare: (sql: string) => wrap(inner.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) =>
      (await inner.batch(statements.map((one) => inside.get(one) ?? one))).map(add),
  } as unknown as D1Database;
  return { db, counts };
}
