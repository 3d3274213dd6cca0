import { MINUTE_MS } from "../../../core/time/frequency.ts";
import { MAX_BLOCK } from "../history/keys.ts";
import { jsonRows } from "../json-rows.ts";
import { MAX_COUNT } from "../rows.ts";
import type { CorruptRow } from "../../../core/corrupt-row.ts";

/**
 * The latest time that a ping can have which a tick of this scheduled time reads, Unix ms: a tick starts up to two
 * minutes late, lives for up to fifteen, and finds what came meanwhile.
 */
export function latestAt(scheduledAtMs: number): number {
  return scheduledAtMs + 20 * MINUTE_MS;
}

/**
 * How a row that cannot be read is taken away, so that it is written anew. `shard` has none: a commit sets its
 * one row. A key that is no text never comes back as it was, so all such rows go together.
 */
const REPAIRS: Readonly<Record<string, string>> = {
  job_state: `DELETE FROM job_state WHERE typeof(job) <> 'text' OR job IN (SELECT value FROM json_each(?1))`,
  frequency: `DELETE FROM frequency WHERE typeof(name) <> 'text' OR name IN (SELECT value FROM json_each(?1))`,
  load_error: `DELETE FROM load_error WHERE typeof(name) <> 'text' OR name IN (SELECT value FROM json_each(?1))`,
  notified_load_error: `DELETE FROM notified_load_error WHERE typeof(name) <> 'text' OR name IN (SELECT value FROM json_each(?1))`,
  loopback: `DELETE FROM loopback WHERE typeof(token) <> 'text' OR token IN (SELECT value FROM json_each(?1))`,
  // Its key is a number whatever is written there. Its jobs have places in another lane from then on.
  block: `DELETE FROM block WHERE id NOT BETWEEN 1 AND ${MAX_BLOCK} OR id IN (SELECT CAST(value AS INTEGER) FROM json_each(?1))`,
  tick: `DELETE FROM tick WHERE id > ${MAX_COUNT} OR id IN (SELECT CAST(value AS INTEGER) FROM json_each(?1))`,
};

export function repairStatements(db: D1Database, damage: readonly CorruptRow[]): D1PreparedStatement[] {
  return Object.entries(REPAIRS).flatMap(([table, sql]) => {
    const keys = damage.filter((one) => one.table === table).map(({ key }) => key);
    return jsonRows(keys).map((json) => db.prepare(sql).bind(json));
  });
}
