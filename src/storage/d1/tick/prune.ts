import { DAY_MS, HOUR_MS, latestPossible } from "../../../core/time/frequency.ts";
import { GIVE_UP_AFTER_MS, GIVEN_UP, MIN_ATTEMPTS } from "../../../mail/message.ts";

/** How long each kind of row is kept, ms. */
const KEEP = {
  tick: 7 * DAY_MS,
  change: 365 * DAY_MS,
  gap: 730 * DAY_MS,
  message: 30 * DAY_MS,
  loopback: 90 * DAY_MS,
  recipient: DAY_MS,
  decision: 365 * DAY_MS,
  action: 365 * DAY_MS,
};

/** The hour of the day, UTC, in which decisions are looked through: no index tells which are old. */
const DECISIONS_AT_HOUR = 4;

/**
 * Deletes what nobody will ask for again and what was written while a clock was ahead, and mends what nobody else would
 * come upon.
 */
export function pruneStatements(db: D1Database, nowMs: number): D1PreparedStatement[] {
  // The newest tick and change stay: ids are given out anew from an empty table, and readers go on from an id.
  const before = (sql: string, keepMs: number): D1PreparedStatement => db.prepare(sql).bind(nowMs - keepMs);
  const latestMs = latestPossible(nowMs);
  const outside = (sql: string, keepMs: number): D1PreparedStatement =>
    db.prepare(sql).bind(nowMs - keepMs, latestMs);
  return [
    outside(
      `DELETE FROM tick WHERE id IN (SELECT id FROM tick WHERE started_at NOT BETWEEN ?1 AND ?2
         AND id < (SELECT max(id) FROM tick) ORDER BY id LIMIT 500)`,
      KEEP.tick,
    ),
    before(
      `DELETE FROM status_change WHERE id IN (SELECT id FROM status_change
         WHERE at < ?1 AND id < (SELECT max(id) FROM status_change) ORDER BY id LIMIT 500)`,
      KEEP.change,
    ),
    // Hours that have not been are no gap.
    outside(
      `DELETE FROM gap WHERE to_slot > ?2 OR (to_slot < ?1 AND id < (SELECT max(id) FROM gap))`,
      KEEP.gap,
    ),
    // Nobody was mailed for so long that no limit asks for it.
    before(
      `DELETE FROM recipient WHERE (refusals = 0 OR next_attempt_at < ?1) AND coalesce(
         iif(json_valid(accepted) AND typeof(accepted) = 'text', json_extract(accepted, '$[#-1]'), 0), 0) < ?1`,
      KEEP.recipient,
    ),
    before(`DELETE FROM message WHERE closed = 1 AND decided_at < ?1`, KEEP.message),
    // Those in times to come would keep new ones from being mailed.
    outside(
      `DELETE FROM loopback WHERE sent_at NOT BETWEEN ?1 AND ?2 OR typeof(sent_at) <> 'integer'`,
      KEEP.loopback,
    ),
    ...mendMessages(db, nowMs),
    before(`DELETE FROM audit_log WHERE at < ?1`, KEEP.action),
    // What is over says nothing, and of an acknowledgement nobody knows when it is.
    db
      .prepare(
        `DELETE FROM suppression WHERE until_at < ?1 OR created_at NOT BETWEEN ?1 - ${KEEP.action} AND ?2`,
      )
      .bind(nowMs, latestMs),
    ...(Math.floor((nowMs % DAY_MS) / HOUR_MS) === DECISIONS_AT_HOUR
      ? [
          outside(
            `DELETE FROM decision WHERE (job, at) IN (
               SELECT job, at FROM decision WHERE at NOT BETWEEN ?1 AND ?2 LIMIT 5000)`,
            KEEP.decision,
          ),
        ]
      : []),
  ];
}

const IS_DECIDED = `typeof(decided_at) = 'integer' AND decided_at BETWEEN 0 AND ?2`;

/** An alert that is closed and was neither accepted nor set aside was not told: it is open again. */
function mendMessages(db: D1Database, nowMs: number): D1PreparedStatement[] {
  return [
    db.prepare(
      `UPDATE message SET closed = 0, throttled = 0, next_attempt_at = 0, leased_by = NULL
       WHERE closed <> 0 AND token IS NULL AND accepted_at IS NULL AND failed_at IS NULL`,
    ),
    // What was refused for days is given up, though only the newest of it was tried.
    db
      .prepare(
        `UPDATE message SET closed = 1, failed_at = ?1, leased_by = NULL,
           last_error_code = coalesce(last_error_code, ?3), last_error = coalesce(last_error, ?4)
         WHERE closed = 0 AND token IS NULL AND decided_at < ?2
           AND recipient IN (SELECT address FROM recipient WHERE refusals >= ${MIN_ATTEMPTS})`,
      )
      .bind(nowMs, nowMs - GIVE_UP_AFTER_MS, GIVEN_UP.code, GIVEN_UP.reason),
    // Its place in the queue must be one, and it is given up by its age.
    db
      .prepare(
        `UPDATE message SET decided_at = iif(${IS_DECIDED}, decided_at, ?1), priority = iif(typeof(priority) = 'integer', priority, 1)
         WHERE closed = 0 AND NOT (${IS_DECIDED} AND typeof(priority) = 'integer')`,
      )
      .bind(nowMs, latestPossible(nowMs)),
    // A time that is none would be shown for ever.
    db
      .prepare(
        `UPDATE message SET closed = 1, failed_at = ?1
         WHERE failed_at IS NOT NULL AND (typeof(failed_at) <> 'integer' OR failed_at > ?2)`,
      )
      .bind(nowMs, latestPossible(nowMs)),
  ];
}
