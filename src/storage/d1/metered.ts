/** Told of each query what D1 counts, and how many bytes the database holds after it. */
export type OnQueries = (queries: number, rowsRead: number, rowsWritten: number, bytes: number) => void;

/** The database, with what it costs counted. Only of what is used of it here. */
export function meteredDatabase(inner: D1Database, onQueries: OnQueries): D1Database {
  const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const count = (results: readonly D1Result[]): void => {
    let read = 0;
    let written = 0;
    let bytes = 0;
    for (const { meta } of results) {
      read += meta.rows_read || 0;
      written += meta.rows_written || 0;
      bytes = Math.max(bytes, meta.size_after || 0);
    }
    onQueries(results.length, read, written, bytes);
  };
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const counted = async <R extends D1Result>(asking: Promise<R>): Promise<R> => {
      const result = await asking;
      count([result]);
      return result;
    };
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      run: <T>() => counted(statement.run<T>()),
      all: <T>() => counted(statement.all<T>()),
      first: async <T>() => (await counted(statement.all<T>())).results[0] ?? null,
    } as unknown as D1PreparedStatement;
    originals.set(wrapped, statement);
    return wrapped;
  };
  return {
    prepare: (sql: string) => wrap(inner.prepare(sql)),
    batch: async <T>(statements: D1PreparedStatement[]) => {
      const results = await inner.batch<T>(statements.map((one) => originals.get(one) ?? one));
      count(results);
      return results;
    },
  } as unknown as D1Database;
}
