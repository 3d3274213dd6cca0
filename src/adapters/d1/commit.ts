import type { JobState } from "../../domain/job-state.ts";
import type { TickCommit } from "../../domain/ports.ts";

/**
 * The statements of a commit, for one batch, which D1 runs as one transaction. Many rows travel as one
 * JSON parameter: a statement takes 100 parameters at most, and each statement counts as a query.
 */
export function commitStatements(db: D1Database, commit: TickCommit): D1PreparedStatement[] {
  const { tick } = commit;
  const statements = [
    // First, so that nothing else of a refused commit is even tried.
    db
      .prepare(`UPDATE shard SET version = CASE WHEN version = ?1 THEN version + 1 END WHERE id = 'main'`)
      .bind(commit.version),
  ];
  const add = (sql: string, rows: readonly unknown[]): void => {
    if (rows.length > 0) statements.push(db.prepare(sql).bind(JSON.stringify(rows)));
  };
  add(UPSERT_STATES, [...commit.states].map(stateColumns));
  add(
    `INSERT INTO status_change (job, name, status_from, status_to, reason, at)
     SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(?1)`,
    commit.changes.map((c) => [c.job, c.name, c.from, c.to, c.reason, c.atMs]),
  );
  add(
    `INSERT INTO message (id, recipient, subject, body, job, token, decided_at, expires_at,
                          attempts, next_attempt_at, closed)
     SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7,
            0, 0, 0 FROM json_each(?1)`,
    commit.messages.map((m) => [m.id, m.to, m.subject, m.body, m.job, m.token, m.decidedAtMs, m.expiresAtMs]),
  );
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
    `UPDATE frequency SET done_slot = d.value->>1 FROM json_each(?1) AS d WHERE frequency.name = d.value->>0`,
    commit.slotsDone.map(({ frequency, atMs }) => [frequency, atMs]),
  );
  statements.push(
    db
      .prepare(
        `INSERT INTO tick (scheduled_at, started_at, finished_at, frequencies, jobs, up, down, inconclusive)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
      )
      .bind(
        tick.scheduledAtMs,
        tick.startedAtMs,
        tick.finishedAtMs,
        tick.frequencies.join(" "),
        tick.jobs,
        tick.up,
        tick.down,
        tick.inconclusive,
      ),
  );
  return statements;
}

// SQLite needs the WHERE to tell the upsert's ON from a join's.
const UPSERT_STATES = `
  INSERT INTO job_state (job, succeeding, failures, first_failure_at, last_notify_at, told_condition,
                         status, reason, since, inconclusive_runs, inconclusive_told)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5,
         value->>6, value->>7, value->>8, value->>9, value->>10 FROM json_each(?1) WHERE true
  ON CONFLICT (job) DO UPDATE SET
    succeeding = excluded.succeeding, failures = excluded.failures,
    first_failure_at = excluded.first_failure_at, last_notify_at = excluded.last_notify_at,
    told_condition = excluded.told_condition, status = excluded.status, reason = excluded.reason,
    since = excluded.since, inconclusive_runs = excluded.inconclusive_runs,
    inconclusive_told = excluded.inconclusive_told`;

function stateColumns([job, s]: readonly [string, JobState]): readonly unknown[] {
  return [
    job,
    Number(s.succeeding),
    s.failures,
    s.firstFailureAtMs,
    s.lastNotifyAtMs,
    s.toldCondition,
    s.status,
    s.reason,
    s.sinceMs,
    s.inconclusiveRuns,
    Number(s.inconclusiveTold),
  ];
}

/** Whether D1 undid a commit because its view was old. The error carries no code but SQLite's in its text. */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && /NOT NULL constraint failed: shard\.version/.test(error.message);
}
