import { HOUR_MS, MINUTE_MS } from "../../../core/time/frequency.ts";
import { SUSPECT_AFTER, type LeasedMessage } from "../../../mail/message.ts";
import { parseMessage, parseRecipients } from "./message-rows.ts";
import { FAIL_UNREADABLE } from "./outbox.ts";
import { ParseProblem, readable } from "../rows.ts";
import type { Lease } from "../../../mail/ports.ts";

type Row = Record<string, unknown>;

/** Bytes of messages that one invocation takes; more would not fit into its memory with all else. */
const MAX_LEASED_BYTES = 8_000_000;

/** No attempt is put off for longer than an hour, ms. A time further ahead was written while a clock was wrong. */
const NEVER_SO_LATE_MS = HOUR_MS + 10 * MINUTE_MS;

const due = (column: string): string => `(${column} <= ?1 OR ${column} > ?1 + ${NEVER_SO_LATE_MS})`;

/** A number that makes sense, whatever is in the row. */
const sane = (column: string): string =>
  `iif(typeof(${column}) = 'integer' AND ${column} BETWEEN 0 AND 1000000, ${column}, 0)`;

/** What every lease changes. Repeated after a lost answer it changes nothing more. */
const TAKE = `
  leased_by = ?4,
  attempts = ${sane("attempts")} + iif(leased_by IS ?4, 0, 1),
  unfinished = ${sane("unfinished")} + iif(leased_by IS ?4, 0, 1)`;

/** With what is known of its recipient, as JSON. */
const GIVE = `RETURNING *, (
  SELECT json_array(iif(json_valid(accepted), json(accepted), '[]'), refusals, next_attempt_at)
  FROM recipient WHERE address = message.recipient AND typeof(accepted) = 'text'
    AND typeof(refusals) = 'integer' AND typeof(next_attempt_at) = 'integer') AS recipient_state`;

/**
 * Takes messages that are due: ?1 now, ?2 for how long, ?3 at most so many, ?4 the requestId of the call.
 *
 * Every recipient gets a share. First comes one message of each, then a second of each, and so on; of one recipient
 * alerts come before other mail, and the newest before what waits behind them. While a recipient refuses mail nothing is
 * taken for them, except messages to itself (priority 0), which have attempts of their own.
 *
 * What it reads is bounded, however much waits: the recipients are found by jumping from one to the next in the index, and of
 * each at most four times its equal share is looked at. (x'ff' sorts above every number and text, so a damaged priority
 * keeps no message back.)
 */
export const LEASE = `
  UPDATE message SET next_attempt_at = ?1 + ?2, ${TAKE}
  WHERE id IN (
  WITH RECURSIVE one(address) AS (
    SELECT min(recipient) FROM message WHERE closed = 0
    UNION ALL
    SELECT (SELECT min(recipient) FROM message WHERE closed = 0 AND recipient > one.address)
    FROM one WHERE one.address IS NOT NULL
  ), queue AS MATERIALIZED (
    SELECT one.address, coalesce(r.refusals > 0, 0) AS refuses, coalesce(${due("r.next_attempt_at")}, 1) AS is_open
    FROM one LEFT JOIN recipient AS r ON r.address = one.address
    WHERE one.address IS NOT NULL
  ), share AS (
    SELECT m.id, m.priority, m.decided_at, queue.refuses,
           octet_length(m.body) + coalesce(octet_length(m.items), 0) AS bytes,
           row_number() OVER (PARTITION BY queue.address, m.priority > 0 ORDER BY m.priority, m.decided_at DESC, m.id) AS place
    FROM queue CROSS JOIN message AS m
    WHERE m.id IN (
      SELECT w.id FROM message AS w
      WHERE w.closed = 0 AND w.recipient = queue.address AND w.priority <= iif(queue.is_open, x'ff', 0)
        AND (${due("w.next_attempt_at")} OR w.leased_by = ?4) AND w.unfinished - (w.leased_by IS ?4) < ${SUSPECT_AFTER}
      ORDER BY w.priority, w.decided_at DESC
      LIMIT (SELECT CAST(min(?3, 1 + 4 * ?3 / max(1, count(*))) AS INTEGER) FROM queue WHERE is_open))
  )
  SELECT id FROM (
    SELECT id, row_number() OVER turn AS turn, sum(bytes) OVER turn AS total FROM share
    WINDOW turn AS (ORDER BY priority > 0, place, priority, refuses, decided_at DESC, id))
  WHERE turn <= ?3 AND (turn = 1 OR total <= ${MAX_LEASED_BYTES}))
  ${GIVE}`;

/** Takes one message that is to be sent alone, with the parameters of `LEASE` but ?3. Its attempts come at growing delays. */
export const LEASE_SUSPECT = `
  UPDATE message SET
    next_attempt_at = ?1 + min(${HOUR_MS}, ?2 * (1 << min(${sane("unfinished")} - ${SUSPECT_AFTER}, 4))), ${TAKE.replaceAll("?4", "?3")}
  WHERE id = (
    SELECT m.id FROM message AS m LEFT JOIN recipient AS r ON r.address = m.recipient
    WHERE m.closed = 0 AND m.unfinished >= ${SUSPECT_AFTER}
      AND (m.leased_by = ?3 OR (${due("m.next_attempt_at")} AND (m.priority = 0 OR coalesce(${due("r.next_attempt_at")}, 1))))
    ORDER BY m.leased_by IS ?3 DESC, m.unfinished, m.decided_at, m.id LIMIT 1)
  ${GIVE}`;

/** What one of these statements takes. What cannot be read cannot be sent, and is given up. */
export async function readLease(
  db: D1Database,
  statement: D1PreparedStatement,
  nowMs: number,
  requestId: string,
): Promise<Lease> {
  const results = (await db.batch<Row>([statement]))[0]?.results ?? [];
  const unreadable = results.filter((row) => parseMessage(row, nowMs) instanceof ParseProblem);
  if (unreadable.length > 0) {
    const ids = JSON.stringify(unreadable.map((row) => row["id"]));
    await db.prepare(FAIL_UNREADABLE).bind(ids, nowMs, requestId).run();
  }
  return {
    messages: readable(results, (row) => parseMessage(row, nowMs)).toSorted(byDecision),
    recipients: parseRecipients(results),
  };
}

function byDecision(a: LeasedMessage, b: LeasedMessage): number {
  return a.decidedAtMs - b.decidedAtMs || (a.id < b.id ? -1 : 1);
}
