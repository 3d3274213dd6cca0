import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../domain/frequency.ts";

/** How long each kind of row is kept, ms. */
const KEEP = {
  tick: 7 * DAY_MS,
  change: 365 * DAY_MS,
  gap: 730 * DAY_MS,
  message: 30 * DAY_MS,
  probe: 90 * DAY_MS,
  recipient: DAY_MS,
  decision: 365 * DAY_MS,
  action: 365 * DAY_MS,
};

/** The hour of the day, UTC, in which decisions are looked through: no index tells which are old. */
const DECISIONS_AT_HOUR = 4;

/** Clocks of two machines differ by less, ms. */
const CLOCK_SKEW_MS = 5 * MINUTE_MS;

/** Deletes what nobody will ask for again, and mends what nobody else would come upon. */
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
    // Nobody was mailed for so long that no limit asks for it.
    before(
      `DELETE FROM recipient WHERE coalesce(
         iif(json_valid(accepted) AND typeof(accepted) = 'text', json_extract(accepted, '$[#-1]'), 0), 0) < ?1`,
      KEEP.recipient,
    ),
    before(`DELETE FROM message WHERE closed = 1 AND decided_at < ?1`, KEEP.message),
    // Those in times to come would keep new ones from being mailed.
    db
      .prepare(`DELETE FROM probe WHERE sent_at < ?1 OR sent_at > ?2 OR typeof(sent_at) <> 'integer'`)
      .bind(nowMs - KEEP.probe, nowMs + CLOCK_SKEW_MS),
    ...mendMessages(db, nowMs),
    before(`DELETE FROM action WHERE at < ?1`, KEEP.action),
    // What is over says nothing, and of an acknowledgement nobody knows when it is.
    db.prepare(`DELETE FROM hush WHERE until_at < ?1 OR said_at < ?1 - ${KEEP.action}`).bind(nowMs),
    ...(Math.floor((nowMs % DAY_MS) / HOUR_MS) === DECISIONS_AT_HOUR
      ? [
          before(
            `DELETE FROM decision WHERE (job, at) IN (SELECT job, at FROM decision WHERE at < ?1 LIMIT 5000)`,
            KEEP.decision,
          ),
        ]
      : []),
  ];
}

/** An alert that is closed and was neither accepted nor set aside was not told: it is open again. */
function mendMessages(db: D1Database, nowMs: number): D1PreparedStatement[] {
  return [
    db.prepare(
      `UPDATE message SET closed = 0, held = 0, next_attempt_at = 0, leased_by = NULL
       WHERE closed <> 0 AND token IS NULL AND accepted_at IS NULL AND set_aside_at IS NULL`,
    ),
    // A time that is none would be shown for ever.
    db
      .prepare(
        `UPDATE message SET closed = 1, set_aside_at = ?1
         WHERE set_aside_at IS NOT NULL AND (typeof(set_aside_at) <> 'integer' OR set_aside_at > ?1 + ${DAY_MS})`,
      )
      .bind(nowMs),
  ];
}
