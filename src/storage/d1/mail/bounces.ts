import * as v from "valibot";
import type { MailError, Message } from "../../../mail/message.ts";
import type { AcceptedMessage } from "../../../mail/inbound/bounce.ts";
import { INSERT_MESSAGES, messageColumns } from "./message-rows.ts";
import { parseRow, ParseProblem, time } from "../rows.ts";

/** By the index on `mail_id`. A digest is many messages. */
export const FIND_ACCEPTED = `
  SELECT id, recipient, subject, accepted_at FROM message
  WHERE mail_id IN (SELECT value FROM json_each(?1)) AND token IS NULL AND accepted_at > ?2
  LIMIT 1000`;

const AcceptedRow = v.object({
  id: v.string(),
  recipient: v.string(),
  subject: v.string(),
  accepted_at: time,
});

export function parseAccepted(row: Readonly<Record<string, unknown>>): AcceptedMessage | ParseProblem {
  const r = parseRow(AcceptedRow, row);
  if (r instanceof ParseProblem) return r;
  return { id: r.id, to: r.recipient, subject: r.subject, acceptedAtMs: r.accepted_at };
}

/** For one batch: without a message that fails there is nobody to notify. */
export function bounceStatements(
  db: D1Database,
  ids: readonly string[],
  { code, reason }: MailError,
  nowMs: number,
  notifications: readonly Message[],
): [D1PreparedStatement, D1PreparedStatement] {
  return [
    db
      .prepare(
        `UPDATE message SET closed = 1, throttled = 0, accepted_at = NULL, failed_at = ?2, last_error_code = ?3,
           last_error = ?4, leased_by = NULL
         WHERE id IN (SELECT value FROM json_each(?1)) AND accepted_at IS NOT NULL`,
      )
      .bind(JSON.stringify(ids), nowMs, code, reason),
    db
      .prepare(`${INSERT_MESSAGES} WHERE changes() > 0`)
      .bind(JSON.stringify(notifications.map(messageColumns))),
  ];
}
