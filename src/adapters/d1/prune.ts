import { DAY_MS } from "../../domain/frequency.ts";

/** How long each kind of row is kept, ms. */
const KEEP = {
  tick: 7 * DAY_MS,
  change: 365 * DAY_MS,
  gap: 730 * DAY_MS,
  message: 30 * DAY_MS,
  probe: 90 * DAY_MS,
};

/** Deletes what nobody will ask for again, and times that cannot be. */
export function pruneStatements(db: D1Database, nowMs: number): D1PreparedStatement[] {
  // The newest tick and change stay: ids are given out anew from an empty table, and readers go on from an id.
  const before = (sql: string, keepMs: number): D1PreparedStatement => db.prepare(sql).bind(nowMs - keepMs);
  return [
    before(
      `DELETE FROM tick WHERE id IN (SELECT id FROM tick WHERE started_at < ?1
         AND id < (SELECT max(id) FROM tick) ORDER BY id LIMIT 500)`,
      KEEP.tick,
    ),
    before(
      `DELETE FROM status_change WHERE id IN (SELECT id FROM status_change
         WHERE at < ?1 AND id < (SELECT max(id) FROM status_change) ORDER BY id LIMIT 500)`,
      KEEP.change,
    ),
    before(`DELETE FROM gap WHERE to_slot < ?1 AND id < (SELECT max(id) FROM gap)`, KEEP.gap),
    before(`DELETE FROM message WHERE closed = 1 AND decided_at < ?1`, KEEP.message),
    before(`DELETE FROM probe WHERE sent_at < ?1`, KEEP.probe),
    db.prepare(`DELETE FROM probe WHERE typeof(sent_at) <> 'integer' OR sent_at > ?1`).bind(nowMs + DAY_MS),
  ];
}
