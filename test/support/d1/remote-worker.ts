/** The Worker's side of `remote-d1.ts`. */

export const SQL_PATH = "/test/sql";

export interface SqlQuery {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** One result for each query, or what D1 threw. */
export type SqlAnswer = { readonly results: readonly D1Result[] } | { readonly error: string };

/** Runs what `remoteD1` asks for, or gives null for any other request. */
export async function answerSql(request: Request, db: D1Database): Promise<Response | null> {
  if (new URL(request.url).pathname !== SQL_PATH) return null;
  const queries = await request.json<readonly SqlQuery[]>();
  const statements = queries.map(({ sql, values }) => db.prepare(sql).bind(...values));
  const [only] = statements;
  try {
    // A statement alone is no batch, as D1 tells them apart.
    const results =
      only === undefined || statements.length > 1 ? await db.batch(statements) : [await only.all()];
    return Response.json({ results } satisfies SqlAnswer);
  } catch (error) {
    return Response.json({
      error: error instanceof Error ? error.message : String(error),
    } satisfies SqlAnswer);
  }
}
