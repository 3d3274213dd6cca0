import * as v from "valibot";
import { NEWEST_ACTIONS, type AuditRecord, type ManualRun } from "../../../alerting/audit.ts";
import { INSERT_MESSAGES, messageColumns } from "../mail/message-rows.ts";
import { json, ParseProblem, parseRow, time } from "../rows.ts";
import type { StateChange } from "../../../admin/ports.ts";

type Row = Readonly<Record<string, unknown>>;

/** Instead of a job, for all of them: a key that no job has. */
export const ALL_JOBS = "";

/** @param requestId of the call, by which it is known when its answer was lost */
export function actionStatement(db: D1Database, action: AuditRecord, requestId: string): D1PreparedStatement {
  return db.prepare(`${INSERT_ACTION} SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7`).bind(...columns(action, requestId));
}

/** One batch: the effect, its record, and what follows from it. Without an effect there is no record. */
export function actStatements(
  db: D1Database,
  action: AuditRecord,
  effect: StateChange,
  requestId: string,
): D1PreparedStatement[] {
  const record = db
    .prepare(`${INSERT_ACTION} SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE changes() > 0`)
    .bind(...columns(action, requestId));
  const statements = [effectStatement(db, effect, action.atMs), record];
  return effect.kind === "retry message" ? [...statements, openRecipient(db, effect.id)] : statements;
}

/** Somebody who asks for another attempt does not want to wait for the next one. */
function openRecipient(db: D1Database, id: string): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE recipient SET next_attempt_at = 0
       WHERE changes() > 0 AND address = (SELECT recipient FROM message WHERE id = ?1)`,
    )
    .bind(id);
}

export const IS_DONE = `SELECT 1 FROM audit_log WHERE request_id = ?1`;

const INSERT_ACTION = `INSERT INTO audit_log (at, kind, job, name, detail, actor, request_id)`;

function columns(
  { atMs, kind, jobKey, name, detail, by }: AuditRecord,
  requestId: string,
): readonly unknown[] {
  return [atMs, kind, jobKey, name, detail, by, requestId];
}

/** Not those that were given for another failure meanwhile. */
export const FORGET_ACKNOWLEDGEMENTS = `
  DELETE FROM suppression WHERE kind = 'acknowledgement'
    AND (job, first_failure_at) IN (SELECT value->>0, value->>1 FROM json_each(?1))`;

/** Messages that the page of the outbox shows. */
const IN_OUTBOX = `((closed = 0 AND token IS NULL) OR failed_at IS NOT NULL)`;

function effectStatement(db: D1Database, effect: StateChange, nowMs: number): D1PreparedStatement {
  switch (effect.kind) {
    case "silence":
      return db
        .prepare(
          `INSERT INTO suppression (job, kind, until_at, created_at) VALUES (?1, 'silence', ?2, ?3)
           ON CONFLICT (job, kind) DO UPDATE SET until_at = excluded.until_at, created_at = excluded.created_at`,
        )
        .bind(effect.job ?? ALL_JOBS, effect.untilMs, nowMs);
    case "end silence":
      return db
        .prepare(`DELETE FROM suppression WHERE job = ?1 AND kind = 'silence'`)
        .bind(effect.job ?? ALL_JOBS);
    case "acknowledge":
      return db
        .prepare(
          `INSERT INTO suppression (job, kind, first_failure_at, created_at) VALUES (?1, 'acknowledgement', ?2, ?3)
           ON CONFLICT (job, kind) DO UPDATE SET first_failure_at = excluded.first_failure_at, created_at = excluded.created_at
           WHERE suppression.first_failure_at <> excluded.first_failure_at`,
        )
        .bind(effect.job, effect.firstFailureAtMs, nowMs);
    case "mail":
      return db.prepare(INSERT_MESSAGES).bind(JSON.stringify(effect.messages.map(messageColumns)));
    case "retry message":
      return db
        .prepare(
          `UPDATE message SET closed = 0, failed_at = NULL, throttled = 0, attempts = 0, unfinished = 0,
             next_attempt_at = 0, leased_by = NULL
           WHERE id = ?1 AND (failed_at IS NOT NULL OR (closed = 0 AND token IS NULL AND leased_by IS NULL AND (
             next_attempt_at > ?2 OR recipient IN (SELECT address FROM recipient WHERE next_attempt_at > ?2))))`,
        )
        .bind(effect.id, nowMs);
    case "drop message":
      return db.prepare(`DELETE FROM message WHERE id = ?1 AND ${IN_OUTBOX}`).bind(effect.id);
    case "drop messages":
      return db
        .prepare(`DELETE FROM message WHERE recipient = ?1 COLLATE NOCASE AND ${IN_OUTBOX}`)
        .bind(effect.to);
  }
}

/** With a job, or with none. */
export const READ_AUDIT_LOG = `SELECT * FROM audit_log WHERE job IS ?1 ORDER BY id DESC LIMIT ?2`;

const ActionRow = v.object({
  at: time,
  kind: v.picklist([
    "run",
    "acknowledge",
    "silence",
    "end silence",
    "test mail",
    "retry message",
    "drop message",
    "drop messages",
  ]),
  job: v.nullable(v.string()),
  name: v.string(),
  detail: v.string(),
  actor: v.string(),
});

export function parseAction(row: Row): AuditRecord | ParseProblem {
  const r = parseRow(ActionRow, row);
  if (r instanceof ParseProblem) return r;
  return { atMs: r.at, kind: r.kind, jobKey: r.job, name: r.name, detail: r.detail, by: r.actor };
}

/** Of the newest actions those that ran a job, as one value; each is `[job, when]`. */
export const MANUAL_RUNS = `
  SELECT json_group_array(json_array(job, at)) FROM audit_log
  WHERE id > (SELECT max(id) FROM audit_log) - ${NEWEST_ACTIONS} AND kind = 'run' AND typeof(job) = 'text' AND typeof(at) = 'integer'`;

const ManualRunsColumn = v.object({ asked: json(v.array(v.tuple([v.string(), time]))) });

/**
 * What cannot be read overtakes nothing, nor does a run from the future: it would overtake every tick until then.
 *
 * @param latestMs when anything can have run at the latest, Unix ms
 */
export function parseManualRuns(text: unknown, latestMs: number): readonly ManualRun[] {
  const list = parseRow(ManualRunsColumn, { asked: text });
  if (list instanceof ParseProblem) return [];
  return list.asked.map(([job, atMs]) => ({ jobKey: job, atMs })).filter(({ atMs }) => atMs <= latestMs);
}
