import { DAY_MS } from "../../domain/frequency.ts";
import type { Settlement } from "../../domain/message.ts";
import { jsonRows } from "./json-rows.ts";

/** Characters of messages that one invocation takes; more would not fit into its memory with all else. */
const MAX_LEASED_LENGTH = 8_000_000;

/** Nothing waits for as long as a day, so a time further off, or one that is none, would keep it for ever. */
const DUE = `(next_attempt_at <= ?1 OR next_attempt_at > ?1 + ${DAY_MS})`;

/**
 * Takes what waits for everyone for whom something is due, so that it can go out as one mail. What is held
 * for the limit of mails an hour waits for its own time. Probes come first: they are proof of life.
 */
export function leaseStatements(
  db: D1Database,
  nowMs: number,
  leaseMs: number,
  limit: number,
  mark: string,
): [D1PreparedStatement, D1PreparedStatement] {
  return [
    db
      .prepare(
        // When it was decided is asked for again and again: what cannot be a time is made one.
        `UPDATE message SET next_attempt_at = ?1 + ?2, leased_by = ?4,
           decided_at = iif(typeof(decided_at) = 'integer' AND decided_at BETWEEN 0 AND ?1 + ${DAY_MS}, decided_at, ?1)
         WHERE id IN (
           SELECT id FROM (
             SELECT id, row_number() OVER waiting AS place,
                    sum(length(body) + coalesce(length(parts), 0)) OVER waiting AS total
             FROM message
             WHERE closed = 0 AND (
               ${DUE} OR leased_by = ?4
               OR (leased_by IS NULL AND held = 0 AND token IS NULL AND recipient IN (
                     SELECT recipient FROM message WHERE closed = 0 AND token IS NULL AND ${DUE})))
             WINDOW waiting AS (ORDER BY token IS NULL, decided_at, id)
           ) WHERE place <= ?3 AND (place = 1 OR total <= ${MAX_LEASED_LENGTH}))
         RETURNING *`,
      )
      .bind(nowMs, leaseMs, limit, mark),
    db
      .prepare(
        `SELECT address, accepted FROM recipient
         WHERE address IN (SELECT recipient FROM message WHERE closed = 0 AND leased_by = ?1)`,
      )
      .bind(mark),
  ];
}

/** A message that is closed already stays as it is: what became of it is settled once. */
export function settleStatements(
  db: D1Database,
  settlements: readonly Settlement[],
  accepted: ReadonlyMap<string, readonly number[]>,
): D1PreparedStatement[] {
  const messages = jsonRows(settlements.map(settlementColumns)).map((json) =>
    db
      .prepare(
        `UPDATE message SET attempts = d.value->>1, accepted_at = d.value->>2, set_aside_at = d.value->>3,
           next_attempt_at = coalesce(d.value->>4, next_attempt_at),
           last_error_code = iif(d.value->>8, last_error_code, d.value->>5),
           last_error = iif(d.value->>8, last_error, d.value->>6), closed = d.value->>7, held = d.value->>8, mail_id = d.value->>9,
           leased_by = NULL
         FROM json_each(?1) AS d WHERE message.id = d.value->>0 AND message.closed = 0`,
      )
      .bind(json),
  );
  const recipients = jsonRows([...accepted]).map((json) =>
    db
      .prepare(
        `INSERT INTO recipient (address, accepted) SELECT value->>0, value->1 FROM json_each(?1) WHERE true
         ON CONFLICT (address) DO UPDATE SET accepted = excluded.accepted`,
      )
      .bind(json),
  );
  const told = settlements.flatMap((one) => (one.kind === "accepted" ? [[one.id, one.atMs]] : []));
  return [
    ...messages,
    ...recipients,
    ...jsonRows(told).map((json) => db.prepare(ACCEPT_INCIDENTS).bind(json)),
  ];
}

/**
 * When the first mail that told an incident was accepted, as `tells` of src/domain/history/incident.ts. Whatever is in
 * `parts` must not keep a mail from being settled.
 */
const ACCEPT_INCIDENTS = `
  UPDATE incident SET accepted_at = d.value->>1
  FROM json_each(?1) AS d
  JOIN message AS m ON m.id = d.value->>0
  JOIN json_each(iif(json_valid(m.parts), m.parts, '[]')) AS part
  WHERE incident.accepted_at IS NULL AND part.type = 'object'
    AND iif(part.type = 'object', part.value->>'kind', '') IN ('failure', 'flapping')
    AND incident.job = iif(part.type = 'object', part.value->>'job', NULL)
    AND iif(part.type = 'object', part.value->>'atMs', -1) BETWEEN incident.from_at AND coalesce(incident.to_at, 9e15)`;

function settlementColumns(s: Settlement): readonly unknown[] {
  const error = "error" in s ? s.error : null;
  return [
    s.id,
    s.attempts,
    s.kind === "accepted" ? s.atMs : null,
    s.kind === "set aside" ? s.atMs : null,
    s.kind === "retry" ? s.nextAttemptAtMs : s.kind === "held" ? s.untilMs : null,
    error?.code ?? null,
    error?.reason ?? null,
    Number(s.kind !== "retry" && s.kind !== "held"),
    Number(s.kind === "held"),
    s.kind === "accepted" ? s.mailId : null,
  ];
}

/** What was not told yet or not at all, newest first, from after a time and an id on. */
export const READ_OUTBOX = `
  SELECT * FROM (
    SELECT * FROM message WHERE closed = 0 AND token IS NULL
    UNION ALL SELECT * FROM message WHERE set_aside_at IS NOT NULL)
  WHERE ?2 IS NULL OR decided_at < ?2 OR (decided_at = ?2 AND id > ?3)
  ORDER BY decided_at DESC, id LIMIT ?1`;

/** Both must say so: an alert is not to be lost for one column. */
const IS_PROBE = `typeof(token) = 'text' AND expires_at IS NOT NULL`;

/**
 * A row that cannot be read cannot be sent: it is set aside, where its owner sees it. A probe is of no use to
 * anybody and only dropped; that it does not come back is seen soon enough.
 */
export const SET_ASIDE_UNREADABLE = `
  UPDATE message SET closed = 1, set_aside_at = iif(${IS_PROBE}, NULL, ?2), last_error_code = 'E_UNREADABLE',
    last_error = 'the stored message cannot be read', leased_by = NULL
  WHERE closed = 0 AND leased_by = ?3
    AND (typeof(id) <> 'text' OR id IN (SELECT value FROM json_each(?1)))`;
