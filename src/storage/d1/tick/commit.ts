import { actionStatement, FORGET_ACKNOWLEDGEMENTS } from "../admin/audit-log.ts";
import { decisionColumns, INSERT_DECISIONS } from "../admin/decision-log.ts";
import { historyRows } from "../history/commit.ts";
import { FORGET_FAILURES } from "../heartbeats/ping-store.ts";
import { jsonRows } from "../json-rows.ts";
import { INSERT_MESSAGES, messageColumns } from "../mail/message-rows.ts";
import { repairStatements } from "./repairs.ts";
import { stateColumns } from "./state-rows.ts";
import { churningText } from "./churning.ts";
import type { TickRecord } from "../../../scheduling/tick-record.ts";
import type { TickCommit } from "../../../scheduling/ports.ts";

/**
 * The statements of a commit, for one batch, which D1 runs as one transaction.
 *
 * @param requestId of the call: a commit whose answer was lost is recognised by it
 */
export function commitStatements(
  db: D1Database,
  commit: TickCommit,
  requestId: string,
): D1PreparedStatement[] {
  const { tick } = commit;
  const versionIsDamaged = commit.repaired.some(({ table }) => table === "instance");
  const statements = [
    // First, so that nothing else of a refused commit is even tried.
    db
      .prepare(
        `INSERT INTO instance (id, version, failure_counters, maintenance, churning) VALUES ('main', ?1 + 1, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET
           version = CASE WHEN version = ?1 OR ?2 THEN ?1 + 1 END, failure_counters = excluded.failure_counters,
           maintenance = excluded.maintenance, churning = excluded.churning`,
      )
      .bind(
        commit.version,
        Number(versionIsDamaged),
        countsText(commit),
        maintenanceText(commit),
        churningText(commit),
      ),
  ];
  const add = (sql: string, rows: readonly unknown[]): void => {
    for (const json of jsonRows(rows)) statements.push(db.prepare(sql).bind(json));
  };
  statements.push(...repairStatements(db, commit.repaired));
  // Before all else: where the version was damaged, it is the tick's id that tells a second commit, and the same
  // one that comes again.
  if (tick !== null) statements.push(tickStatement(db, commit, tick, requestId));
  if (commit.action !== null) statements.push(actionStatement(db, commit.action, requestId));
  add(UPSERT_STATES, [...commit.states].map(stateColumns));
  add(
    `INSERT INTO status_change (job, name, status_from, status_to, reason, at)
     SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(?1)`,
    commit.changes.map((c) => [c.jobKey, c.name, c.from, c.to, c.reason, c.atMs]),
  );
  add(
    FORGET_ACKNOWLEDGEMENTS,
    commit.resolvedAcknowledgements.map(({ jobKey, firstFailureAtMs }) => [jobKey, firstFailureAtMs]),
  );
  add(
    FORGET_FAILURES,
    commit.reportedFailures.map(({ id, atMs }) => [id, atMs]),
  );
  add(INSERT_DECISIONS, commit.decisions.map(decisionColumns));
  add(INSERT_MESSAGES, commit.messages.map(messageColumns));
  add(
    `INSERT INTO loopback (token, message_id, sent_at)
     SELECT value->>0, value->>1, value->>2 FROM json_each(?1)`,
    commit.loopbacks.map((p) => [p.token, p.messageId, p.sentAtMs]),
  );
  add(
    `INSERT INTO load_error (name, message) SELECT value->>0, value->>1 FROM json_each(?1) WHERE true
     ON CONFLICT (name) DO UPDATE SET message = excluded.message`,
    commit.newLoadErrors.map(({ name, message }) => [name, message]),
  );
  add(`DELETE FROM load_error WHERE name IN (SELECT value FROM json_each(?1))`, commit.resolvedLoadErrors);
  add(
    `INSERT INTO notified_load_error (name, message, absent_since)
     SELECT value->>0, value->>1, value->>2 FROM json_each(?1) WHERE true
     ON CONFLICT (name, message) DO UPDATE SET absent_since = excluded.absent_since`,
    commit.notifiedLoadErrors.map(({ name, message, absentSinceMs }) => [name, message, absentSinceMs]),
  );
  add(
    `DELETE FROM notified_load_error WHERE (name, message) IN (SELECT value->>0, value->>1 FROM json_each(?1))`,
    commit.resolvedNotifiedErrors.map(({ name, message }) => [name, message]),
  );
  add(
    `INSERT INTO frequency (name, claimed_slot, claimed_at, completed_slot)
     SELECT value->>0, value->>1, value->>2, value->>1 FROM json_each(?1) WHERE true
     ON CONFLICT (name) DO UPDATE SET
       completed_slot = excluded.completed_slot, claimed_slot = max(claimed_slot, excluded.completed_slot)`,
    commit.completedSlots.map(({ frequency, atMs }) => [frequency, atMs, tick?.startedAtMs ?? atMs]),
  );
  add(
    `INSERT INTO gap (frequency, from_slot, to_slot, slots, recorded_at)
     SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?1)`,
    commit.gaps.map((g) => [g.frequency, g.fromMs, g.toMs, g.slots, tick?.finishedAtMs ?? g.toMs]),
  );
  for (const [sql, rows] of historyRows(commit.history)) add(sql, rows);
  return statements;
}

function tickStatement(
  db: D1Database,
  { version, usage }: TickCommit,
  tick: TickRecord,
  requestId: string,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO tick (id, scheduled_at, started_at, finished_at, frequencies, caught_up,
                         jobs, up, down, inconclusive, request_id, usage)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
    )
    .bind(
      version + 1,
      tick.scheduledAtMs,
      tick.startedAtMs,
      tick.finishedAtMs,
      tick.frequencies.join(" "),
      tick.caughtUp.join(" "),
      tick.jobs,
      tick.up,
      tick.down,
      tick.inconclusive,
      requestId,
      JSON.stringify(usage),
    );
}

function countsText({ failureCounters }: TickCommit): string {
  return JSON.stringify(
    [...failureCounters].map(([job, { failures, firstFailureAtMs }]) => [job, failures, firstFailureAtMs]),
  );
}

/** Null where there is none, as it mostly is. */
function maintenanceText({ maintenance }: TickCommit): string | null {
  if (maintenance.length === 0) return null;
  return JSON.stringify(maintenance.map(({ fromMs, untilMs, jobs }) => [fromMs, untilMs, jobs]));
}

// SQLite needs the WHERE to tell the upsert's ON from a join's.
const UPSERT_STATES = `
  INSERT INTO job_state (job, succeeding, failures, first_failure_at, last_notified_at, last_notified_failure_kind,
                         status, reason, since, inconclusive_runs, inconclusive_notified, changes, flapping_since,
                         suppressed, churn)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5,
         value->>6, value->>7, value->>8, value->>9, value->>10, value->11, value->>12, value->>13, value->>14
  FROM json_each(?1) WHERE true
  ON CONFLICT (job) DO UPDATE SET
    succeeding = excluded.succeeding, failures = excluded.failures,
    first_failure_at = excluded.first_failure_at, last_notified_at = excluded.last_notified_at,
    last_notified_failure_kind = excluded.last_notified_failure_kind, status = excluded.status, reason = excluded.reason,
    since = excluded.since, inconclusive_runs = excluded.inconclusive_runs,
    inconclusive_notified = excluded.inconclusive_notified, changes = excluded.changes,
    flapping_since = excluded.flapping_since, suppressed = excluded.suppressed, churn = excluded.churn`;

/**
 * Whether D1 undid a commit because its view was old: of two commits with one number the second finds the
 * version changed, or, where that was damaged, the tick's id taken. The error carries no code but SQLite's.
 */
export function isConflict(error: unknown): boolean {
  return (
    error instanceof Error &&
    /NOT NULL constraint failed: instance\.version|UNIQUE constraint failed: tick\.id/.test(error.message)
  );
}
