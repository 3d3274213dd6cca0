import * as v from "valibot";
import type { DecisionReason } from "../../../alerting/evaluate.ts";
import type { DecisionRecord, DecisionLogEntry } from "../../../alerting/decision-log.ts";
import { count, flag, json, ParseProblem, parseRow, status, time } from "../rows.ts";

type Row = Readonly<Record<string, unknown>>;

/** A tick that is decided anew, after a commit whose answer was lost, says the same. */
export const INSERT_DECISIONS = `
  INSERT INTO decision (job, at, status_from, status, reason, failures, decision_reason, notification, suppressed_by, messages)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, value->9
  FROM json_each(?1) WHERE true
  ON CONFLICT (job, at) DO UPDATE SET
    status_from = excluded.status_from, status = excluded.status, reason = excluded.reason,
    failures = excluded.failures, decision_reason = excluded.decision_reason, notification = excluded.notification, suppressed_by = excluded.suppressed_by,
    messages = excluded.messages`;

export function decisionColumns(d: DecisionRecord): readonly unknown[] {
  return [
    d.jobKey,
    d.atMs,
    d.from,
    d.status,
    d.reason,
    d.failures,
    d.decisionReason,
    d.notification,
    d.suppressedBy,
    d.messages,
  ];
}

/** JSON holds no blob: what is one would end the query. */
const plain = (column: string): string => `iif(typeof(${column}) = 'blob', NULL, ${column})`;

/** With what became of the messages, as long as they are kept. */
export const READ_DECISION_LOG = `
  SELECT d.*, (
    SELECT json_group_array(json_array(m.recipient, ${["accepted_at", "failed_at", "throttled"].map((name) => plain(`m.${name}`)).join(", ")}))
    FROM json_each(iif(json_valid(d.messages), d.messages, '[]')) AS one JOIN message AS m ON m.id = one.value
    WHERE typeof(m.recipient) = 'text'
  ) AS mails
  FROM decision AS d WHERE d.job = ?1 ORDER BY d.at DESC LIMIT ?2`;

const DecisionLogRow = v.object({
  job: v.string(),
  at: time,
  status_from: v.nullable(status),
  status,
  reason: v.string(),
  failures: count,
  // Of another version of the Worker, perhaps: it is shown as it stands.
  decision_reason: v.string(),
  notification: v.nullable(v.picklist(["failure", "recovery", "inconclusive", "flapping"])),
  suppressed_by: v.nullable(v.picklist(["maintenance", "silence", "acknowledgement"])),
  mails: json(v.array(v.tuple([v.string(), v.nullable(time), v.nullable(time), v.fallback(flag, false)]))),
});

export function parseDecisionLogEntry(row: Row): DecisionLogEntry | ParseProblem {
  const r = parseRow(DecisionLogRow, row);
  if (r instanceof ParseProblem) return r;
  return {
    jobKey: r.job,
    atMs: r.at,
    from: r.status_from,
    status: r.status,
    reason: r.reason,
    failures: r.failures,
    decisionReason: r.decision_reason as DecisionReason,
    notification: r.notification,
    suppressedBy: r.suppressed_by,
    mails: r.mails.map(([to, acceptedAtMs, failedAtMs, isHeld]) => {
      return { to, acceptedAtMs, failedAtMs, isThrottled: isHeld };
    }),
  };
}
