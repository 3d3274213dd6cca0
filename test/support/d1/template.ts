/** A database as it once was, to make it so again: far quicker than to migrate it anew. */

export interface DatabaseTemplate {
  /** The statements that made what it has, in their order. */
  readonly schema: readonly string[];
  readonly tables: readonly string[];
  /** Its rows, in their order. */
  readonly inserts: readonly D1PreparedStatement[];
}

export const EMPTY: DatabaseTemplate = { schema: [], tables: [], inserts: [] };

interface SchemaEntry {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

/** Tables of SQLite and of D1 itself are left alone. */
const OWN = "name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'";

/** @param db of small tables, without BLOBs */
export async function templateOf(db: D1Database): Promise<DatabaseTemplate> {
  const entries = await schemaOf(db);
  const tables = tablesOf(entries);
  const rows = await db.batch<Record<string, unknown>>(
    tables.map((name) => db.prepare(`SELECT * FROM "${name}"`)),
  );
  const inserts = tables.flatMap((name, index) =>
    (rows[index]?.results ?? []).map((row) => {
      const values = Object.values(row);
      return db.prepare(`INSERT INTO "${name}" VALUES (${values.map(() => "?").join(", ")})`).bind(...values);
    }),
  );
  return { schema: entries.map(({ sql }) => sql), tables, inserts };
}

/** Empties what there is, and makes it what the template is. Tables that are as they should be stay: that is quicker. */
export async function remake(db: D1Database, { schema, tables, inserts }: DatabaseTemplate): Promise<void> {
  const entries = await schemaOf(db);
  const isSame = entries.length === schema.length && entries.every(({ sql }, index) => sql === schema[index]);
  const changes = isSame
    ? tables.map((name) => `DELETE FROM "${name}"`)
    : [...tablesOf(entries).map((name) => `DROP TABLE "${name}"`), ...schema];
  const statements = [...changes.map((sql) => db.prepare(sql)), ...inserts];
  if (statements.length > 0) await db.batch(statements);
}

/** Tables before what belongs to them. */
async function schemaOf(db: D1Database): Promise<readonly SchemaEntry[]> {
  const { results } = await db
    .prepare(
      `SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND ${OWN}
       ORDER BY type <> 'table', type, name`,
    )
    .all<SchemaEntry>();
  return results;
}

function tablesOf(entries: readonly SchemaEntry[]): readonly string[] {
  return entries.flatMap(({ type, name }) => (type === "table" ? [name] : []));
}
