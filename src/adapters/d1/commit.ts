import type { TickCommit, TickRecord } from "../../domain/ports.ts";
import { actionStatement, FORGET_ACKNOWLEDGEMENTS } from "./actions.ts";
import { decisionColumns, INSERT_DECISIONS } from "./trace.ts";
import { historyRows } from "./history-commit.ts";
import { FORGET_FAILURES } from "./ping-store.ts";
import { jsonRows } from "./json-rows.ts";
import { INSERT_MESSAGES, messageColumns } from "./message-rows.ts";
import { repairStatements } from "./repairs.ts";
import { stateColumns } from "./state-rows.ts";
import { unsettledText } from "./unsettled.ts";

/**
 * The statements of a commit, for one batch, which D1 runs as one transaction.
 *
 * @param mark of the call: a commit whose answer was lost is recognised by it
 */
export function commitStatements(db: D1Database, commit: TickCommit, mark: string): D1PreparedStatement[] {
  const { tick } = commit;
  const versionIsDamaged = commit.repaired.some(({ table }) => table === "shard");
  const statements = [
    // First, so that nothing else of a refused commit is even tried.
    db
      .prepare(
        `INSERT INTO shard (id, version, counts, maintenance, unsettled) VALUES ('main', ?1 + 1, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET
           version = CASE WHEN version = ?1 OR ?2 THEN ?1 + 1 END, counts = excluded.counts,
           maintenance = excluded.maintenance, unsettled = excluded.unsettled`,
      )
      .bind(
        commit.version,
        Number(versionIsDamaged),
        countsText(commit),
        maintenanceText(commit),
        unsettledText(commit),
      ),
  ];
  const add = (sql: string, rows: readonly unknown[]): void => {
    for (const json of jsonRows(rows)) statements.push(db.prepare(sql).bind(json));
  };
  statements.push(...repairStatements(db, commit.repaired));
  // Before all else: where the version was damaged, it is the tick's id that tells a second commit, and the same
  // one that comes again.
  if (tick !== null) statements.push(tickStatement(db, commit, tick, mark));
  if (commit.action !== null) statements.push(actionStatement(db, commit.action, mark));
  add(UPSERT_STATES, [...commit.states].map(stateColumns));
  add(
    `INSERT INTO status_change (job, name, status_from, status_to, reason, at)
     SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(?1)`,
    commit.changes.map((c) => [c.job, c.name, c.from, c.to, c.reason, c.atMs]),
  );
  add(
    FORGET_ACKNOWLEDGEMENTS,
    commit.outlived.map(({ job, firstFailureAtMs }) => [job, firstFailureAtMs]),
  );
  add(
    FORGET_FAILURES,
    commit.failuresSeen.map(({ id, atMs }) => [id, atMs]),
  );
  add(INSERT_DECISIONS, commit.decisions.map(decisionColumns));
  add(INSERT_MESSAGES, commit.messages.map(messageColumns));
  add(
    `INSERT INTO probe (token, message_id, sent_at)
     SELECT value->>0, value->>1, value->>2 FROM json_each(?1)`,
    commit.probes.map((p) => [p.token, p.messageId, p.sentAtMs]),
  );
  add(
    `INSERT INTO job_fault (name, text) SELECT value->>0, value->>1 FROM json_each(?1) WHERE true
     ON CONFLICT (name) DO UPDATE SET text = excluded.text`,
    commit.faultsTold.map(({ name, text }) => [name, text]),
  );
  add(`DELETE FROM job_fault WHERE name IN (SELECT value FROM json_each(?1))`, commit.faultsGone);
  add(
    `INSERT INTO fault_notice (name, text, absent_since)
     SELECT value->>0, value->>1, value->>2 FROM json_each(?1) WHERE true
     ON CONFLICT (name, text) DO UPDATE SET absent_since = excluded.absent_since`,
    commit.faultNotices.map(({ name, text, absentSinceMs }) => [name, text, absentSinceMs]),
  );
  add(
    `DELETE FROM fault_notice WHERE (name, text) IN (SELECT value->>0, value->>1 FROM json_each(?1))`,
    commit.noticesGone.map(({ name, text }) => [name, text]),
  );
  add(
    `INSERT INTO frequency (name, claimed_slot, claimed_at, done_slot)
     SELECT value->>0, value->>1, value->>2, value->>1 FROM json_each(?1) WHERE true
     ON CONFLICT (name) DO UPDATE SET
       done_slot = excluded.done_slot, claimed_slot = max(claimed_slot, excluded.done_slot)`,
    commit.slotsDone.map(({ frequency, atMs }) => [frequency, atMs, tick?.startedAtMs ?? atMs]),
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
  mark: string,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO tick (id, scheduled_at, started_at, finished_at, frequencies, caught_up,
                         jobs, up, down, inconclusive, mark, usage)
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
      mark,
      JSON.stringify(usage),
    );
}

function countsText({ counts }: TickCommit): string {
  return JSON.stringify(
    [...counts].map(([job, { failures, firstFailureAtMs }]) => [job, failures, firstFailureAtMs]),
  );
}

/** Null where there is none, as it mostly is. */
function maintenanceText({ maintenance }: TickCommit): string | null {
  if (maintenance.length === 0) return null;
  return JSON.stringify(maintenance.map(({ fromMs, untilMs, jobs }) => [fromMs, untilMs, jobs]));
}

// SQLite needs the WHERE to tell the upsert's ON from a join's.
const UPSERT_STATES = `
  INSERT INTO job_state (job, succeeding, failures, first_failure_at, last_notify_at, told_condition,
                         status, reason, since, inconclusive_runs, inconclusive_told, changes, flapping_since,
                         held, churn)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5,
         value->>6, value->>7, value->>8, value->>9, value->>10, value->11, value->>12, value->>13, value->>14
  FROM json_each(?1) WHERE true
  ON CONFLICT (job) DO UPDATE SET
    succeeding = excluded.succeeding, failures = excluded.failures,
    first_failure_at = excluded.first_failure_at, last_notify_at = excluded.last_notify_at,
    told_condition = excluded.told_condition, status = excluded.status, reason = excluded.reason,
    since = excluded.since, inconclusive_runs = excluded.inconclusive_runs,
    inconclusive_told = excluded.inconclusive_told, changes = excluded.changes,
    flapping_since = excluded.flapping_since, held = excluded.held, churn = excluded.churn`;

/**
 * Whether D1 undid a commit because its view was old: of two commits with one number the second finds the
 * version changed, or, where that was damaged, the tick's id taken. The error carries no code but SQLite's.
 */
export function isConflict(error: unknown): boolean {
  return (
    error instanceof Error &&
    /NOT NULL constraint failed: shard\.version|UNIQUE constraint failed: tick\.id/.test(error.message)
  );
}
