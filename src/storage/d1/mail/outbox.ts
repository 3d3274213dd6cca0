import type { DeliveryResult } from "../../../mail/message.ts";
import { MAX_WAITING_MAILS } from "../../../mail/outbox.ts";
import type { RecipientState } from "../../../mail/recipient.ts";
import { jsonRows } from "../json-rows.ts";

/** A message that is closed already stays as it is: what became of it is settled once. */
export function deliveryStatements(
  db: D1Database,
  settlements: readonly DeliveryResult[],
  recipients: ReadonlyMap<string, RecipientState>,
): D1PreparedStatement[] {
  const messages = jsonRows(settlements.map(deliveryColumns)).map((json) =>
    db
      .prepare(
        `UPDATE message SET attempts = d.value->>1, unfinished = d.value->>10, accepted_at = d.value->>2, failed_at = d.value->>3,
           next_attempt_at = coalesce(d.value->>4, next_attempt_at),
           last_error_code = iif(d.value->>11, last_error_code, d.value->>5),
           last_error = iif(d.value->>11, last_error, d.value->>6), closed = d.value->>7, throttled = d.value->>8, mail_id = d.value->>9,
           leased_by = NULL
         FROM json_each(?1) AS d WHERE message.id = d.value->>0 AND message.closed = 0`,
      )
      .bind(json),
  );
  const standing = jsonRows([...recipients].map(recipientColumns)).map((json) =>
    db
      .prepare(
        `INSERT INTO recipient (address, accepted, refusals, next_attempt_at)
         SELECT value->>0, value->1, value->>2, value->>3 FROM json_each(?1) WHERE true
         ON CONFLICT (address) DO UPDATE SET accepted = excluded.accepted, refusals = excluded.refusals,
           next_attempt_at = excluded.next_attempt_at`,
      )
      .bind(json),
  );
  const told = settlements.flatMap((one) => (one.kind === "accepted" ? [[one.id, one.atMs]] : []));
  return [...messages, ...standing, ...jsonRows(told).map((json) => db.prepare(ACCEPT_INCIDENTS).bind(json))];
}

/**
 * Notes on each incident when its first mail was accepted: the first with a part about a failure or flapping of its job
 * from its time. Whatever `parts` contains, it must not keep a mail from being settled.
 */
const ACCEPT_INCIDENTS = `
  UPDATE incident SET accepted_at = d.value->>1
  FROM json_each(?1) AS d
  JOIN message AS m ON m.id = d.value->>0
  JOIN json_each(iif(json_valid(m.items), m.items, '[]')) AS item
  WHERE incident.accepted_at IS NULL AND item.type = 'object'
    AND iif(item.type = 'object', item.value->>'kind', '') IN ('failure', 'flapping')
    AND incident.job = iif(item.type = 'object', item.value->>'jobKey', NULL)
    AND iif(item.type = 'object', item.value->>'atMs', -1) BETWEEN incident.from_at AND coalesce(incident.to_at, 9e15)`;

function deliveryColumns(s: DeliveryResult): readonly unknown[] {
  const error = "error" in s ? s.error : null;
  return [
    s.id,
    s.attempts,
    s.kind === "accepted" ? s.atMs : null,
    s.kind === "failed" ? s.atMs : null,
    nextAttemptOf(s),
    error?.code ?? null,
    error?.reason ?? null,
    Number(!["retry", "throttled", "returned"].includes(s.kind)),
    Number(s.kind === "throttled"),
    s.kind === "accepted" ? s.mailId : null,
    "unfinished" in s ? s.unfinished : 0,
    // Not tried, so what the mail service said last is still the newest.
    Number("unfinished" in s),
  ];
}

function nextAttemptOf(s: DeliveryResult): number | null {
  if (s.kind === "retry") return s.nextAttemptAtMs;
  if (s.kind === "throttled") return s.untilMs;
  return s.kind === "returned" ? 0 : null;
}

function recipientColumns([to, state]: readonly [string, RecipientState]): readonly unknown[] {
  return [to, state.acceptedAtMs, state.refusals, state.nextAttemptAtMs];
}

/** What was not told yet or not at all, newest first, from after a time and an id on. */
export const READ_OUTBOX = `
  SELECT m.*, r.next_attempt_at AS recipient_next_attempt_at FROM (
    SELECT * FROM message WHERE closed = 0 AND token IS NULL
    UNION ALL SELECT * FROM message WHERE failed_at IS NOT NULL) AS m
  LEFT JOIN recipient AS r ON r.address = m.recipient
  WHERE ?2 IS NULL OR m.decided_at < ?2 OR (m.decided_at = ?2 AND m.id > ?3)
  ORDER BY m.decided_at DESC, m.id LIMIT ?1`;

export const READ_MESSAGE = `
  SELECT m.*, r.next_attempt_at AS recipient_next_attempt_at
  FROM message AS m LEFT JOIN recipient AS r ON r.address = m.recipient
  WHERE m.id = ?1 AND ((m.closed = 0 AND m.token IS NULL) OR m.failed_at IS NOT NULL)`;

/** By jumping from one to the next in the index, as `LEASE` does. */
export const READ_WAITING_RECIPIENTS = `
  WITH RECURSIVE one(address) AS (
    SELECT min(recipient) FROM message WHERE closed = 0 AND priority > 0
    UNION ALL
    SELECT (SELECT min(recipient) FROM message WHERE closed = 0 AND priority > 0 AND recipient > one.address)
    FROM one WHERE one.address IS NOT NULL)
  SELECT one.address, coalesce(r.refusals, 0) AS refusals, coalesce(r.next_attempt_at, 0) AS next_attempt_at
  FROM one LEFT JOIN recipient AS r ON r.address = one.address
  WHERE typeof(one.address) = 'text' LIMIT ?1`;

/** Of the recipients of mails that jobs ask for, those for whom as many wait as are kept; each costs a bounded number of rows. */
export const CROWDED = `
  WITH RECURSIVE one(address) AS (
    SELECT min(recipient) FROM message WHERE closed = 0
    UNION ALL
    SELECT (SELECT min(recipient) FROM message WHERE closed = 0 AND recipient > one.address)
    FROM one WHERE one.address IS NOT NULL)
  SELECT json_group_array(address) FROM one
  WHERE typeof(address) = 'text' AND ${MAX_WAITING_MAILS} <= (
    SELECT count(*) FROM (
      SELECT 1 FROM message WHERE closed = 0 AND recipient = one.address AND priority = 2 LIMIT ${MAX_WAITING_MAILS}))`;

/** Both must say so: an alert is not to be lost for one column. */
const IS_PROBE = `typeof(token) = 'text' AND expires_at IS NOT NULL`;

/**
 * A row that cannot be read cannot be sent: it is set aside, where its owner sees it. A probe is of no use to
 * anybody and only dropped; that it does not come back is seen soon enough.
 */
export const FAIL_UNREADABLE = `
  UPDATE message SET closed = 1, failed_at = iif(${IS_PROBE}, NULL, ?2), last_error_code = 'E_UNREADABLE',
    last_error = 'the stored message cannot be read', leased_by = NULL
  WHERE closed = 0 AND leased_by = ?3
    AND (typeof(id) <> 'text' OR id IN (SELECT value FROM json_each(?1)))`;
