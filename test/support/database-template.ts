/** A database as it once was, to make it so again: far quicker than to migrate it anew. */

/** The statements that make it, in their order. */
export type DatabaseTemplate = readonly D1PreparedStatement[];

interface SchemaEntry {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

/** Tables of SQLite and of D1 itself are left alone. */
const OWN = "name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'";

/** @param db of small tables, without BLOBs */
export async function templateOf(db: D1Database): Promise<DatabaseTemplate> {
  const { results: schema } = await db
    .prepare(`SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND ${OWN} ORDER BY rowid`)
    .all<SchemaEntry>();
  const tables = schema.filter(({ type }) => type === "table");
  const rows = await db.batch<Record<string, unknown>>(
    tables.map(({ name }) => db.prepare(`SELECT * FROM "${name}"`)),
  );
  const inserts = tables.flatMap(({ name }, index) =>
    (rows[index]?.results ?? []).map((row) => {
      const values = Object.values(row);
      return db.prepare(`INSERT INTO "${name}" VALUES (${values.map(() => "?").join(", ")})`).bind(...values);
    }),
  );
  const others = schema.filter(({ type }) => type !== "table");
  return [
    ...tables.map(({ sql }) => db.prepare(sql)),
    ...inserts,
    ...others.map(({ sql }) => db.prepare(sql)),
  ];
}

/** Drops all tables that there are, and makes those of the template: none for an empty one. */
export async function remake(db: D1Database, template: DatabaseTemplate): Promise<void> {
  const { results } = await db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND ${OWN}`)
    .all<{ name: string }>();
  const drops = results.map(({ name }) => db.prepare(`DROP TABLE "${name}"`));
  if (drops.length + template.length > 0) await db.batch([...drops, ...template]);
}
