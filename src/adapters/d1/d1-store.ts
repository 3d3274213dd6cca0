import { DAY_MS, type Slot } from "../../domain/frequency.ts";
import type { StatusView } from "../../domain/instance-status.ts";
import type { LoopbackProbe, LoopbackReceipt } from "../../domain/loopback.ts";
import type { LeasedMessage, Settlement } from "../../domain/message.ts";
import type { Report, Store, TickCommit, TickView } from "../../domain/ports.ts";
import { commitStatements, isConflict } from "./commit.ts";
import { parseChange, parseMessage, parseProbe, parseSlot, parseState, parseTick } from "./rows.ts";

const PROBES = `
  SELECT p.token, p.message_id, p.sent_at, p.returned_at,
         CASE WHEN m.accepted_at IS NULL THEN m.last_error END AS send_error
  FROM probe AS p LEFT JOIN message AS m ON m.id = p.message_id
  ORDER BY p.sent_at DESC LIMIT ?1`;

/** How long each kind of row is kept, ms. */
const KEEP = { tick: 7 * DAY_MS, change: 365 * DAY_MS, message: 30 * DAY_MS, probe: 90 * DAY_MS };

/** The store on D1. Every public method is one round trip, but for `prune` and a refused `receiveProbe`. */
export class D1Store implements Store {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  async claim(slots: readonly Slot[], nowMs: number, leaseMs: number): Promise<readonly Slot[]> {
    // The condition is what makes a slot run once: of two invocations that race, one updates no row.
    const { results } = await this.#db
      .prepare(
        `UPDATE frequency SET claimed_slot = d.value->>1, claimed_at = ?2 FROM json_each(?1) AS d
         WHERE frequency.name = d.value->>0
           AND (claimed_slot < d.value->>1
                OR (claimed_slot = d.value->>1 AND done_slot < claimed_slot AND claimed_at <= ?2 - ?3))
         RETURNING name, claimed_slot AS slot`,
      )
      .bind(JSON.stringify(slots.map(({ frequency, atMs }) => [frequency, atMs])), nowMs, leaseMs)
      .all();
    const claimed = new Map(results.map(parseSlot));
    return slots.filter((slot) => claimed.get(slot.frequency) === slot.atMs);
  }

  async readTick(): Promise<TickView> {
    const [shard, states, done, faults] = await this.#db.batch<Record<string, unknown>>([
      this.#db.prepare(`SELECT version FROM shard WHERE id = 'main'`),
      this.#db.prepare(`SELECT * FROM job_state`),
      this.#db.prepare(`SELECT name, done_slot AS slot FROM frequency`),
      this.#db.prepare(`SELECT name, text FROM job_fault`),
    ]);
    return {
      version: Number(shard?.results[0]?.["version"]),
      states: new Map(states?.results.map(parseState)),
      doneSlots: new Map(done?.results.map(parseSlot)),
      faults: (faults?.results ?? []).map((row) => ({
        name: String(row["name"]),
        text: String(row["text"]),
      })),
    };
  }

  async commit(commit: TickCommit): Promise<"committed" | "conflict"> {
    try {
      await this.#db.batch(commitStatements(this.#db, commit));
      return "committed";
    } catch (error) {
      if (isConflict(error)) return "conflict";
      throw error;
    }
  }

  async recentProbes(limit: number): Promise<readonly LoopbackProbe[]> {
    const { results } = await this.#db.prepare(PROBES).bind(limit).all();
    return results.map(parseProbe);
  }

  async receiveProbe(token: string, nowMs: number, timeoutMs: number): Promise<LoopbackReceipt> {
    const { meta } = await this.#db
      .prepare(
        `UPDATE probe SET returned_at = ?2 WHERE token = ?1 AND returned_at IS NULL AND sent_at > ?2 - ?3`,
      )
      .bind(token, nowMs, timeoutMs)
      .run();
    if (meta.changes > 0) return "proven";
    const row = await this.#db
      .prepare(`SELECT returned_at FROM probe WHERE token = ?1`)
      .bind(token)
      .first<{ returned_at: number | null }>();
    if (row === null) return "unknown";
    return row.returned_at === null ? "too late" : "already returned";
  }

  async leaseMessages(nowMs: number, leaseMs: number, limit: number): Promise<readonly LeasedMessage[]> {
    const { results } = await this.#db
      .prepare(
        `UPDATE message SET next_attempt_at = ?1 + ?2
         WHERE id IN (SELECT id FROM message WHERE closed = 0 AND next_attempt_at <= ?1
                      ORDER BY decided_at LIMIT ?3)
         RETURNING id, recipient, subject, body, job, token, decided_at, expires_at, attempts`,
      )
      .bind(nowMs, leaseMs, limit)
      .all();
    return results.map(parseMessage).toSorted((a, b) => a.decidedAtMs - b.decidedAtMs);
  }

  async settleMessages(settlements: readonly Settlement[]): Promise<void> {
    const rows = settlements.map((s) => [
      s.id,
      s.kind === "accepted" ? s.atMs : null,
      s.kind === "set aside" ? s.atMs : null,
      s.kind === "retry" ? s.nextAttemptAtMs : null,
      s.kind === "accepted" ? null : s.error,
      s.kind === "retry" ? 0 : 1,
    ]);
    await this.#db
      .prepare(
        `UPDATE message SET attempts = attempts + 1, accepted_at = d.value->>1, set_aside_at = d.value->>2,
           next_attempt_at = coalesce(d.value->>3, next_attempt_at), last_error = d.value->>4,
           closed = d.value->>5
         FROM json_each(?1) AS d WHERE message.id = d.value->>0 AND message.closed = 0`,
      )
      .bind(JSON.stringify(rows))
      .run();
  }

  async readStatus(): Promise<StatusView> {
    const [tick, probes, waiting, aside] = await this.#db.batch<Record<string, unknown>>([
      this.#db.prepare(`SELECT finished_at AS at FROM tick ORDER BY id DESC LIMIT 1`),
      this.#db.prepare(PROBES).bind(5),
      this.#db.prepare(
        `SELECT min(decided_at) AS waiting, min(decided_at) FILTER (WHERE attempts > 0) AS refused
         FROM message WHERE closed = 0 AND token IS NULL`,
      ),
      this.#db.prepare(`SELECT max(set_aside_at) AS at FROM message WHERE set_aside_at IS NOT NULL`),
    ]);
    return {
      lastTickFinishedAtMs: numberOrNull(tick?.results[0]?.["at"]),
      probes: (probes?.results ?? []).map(parseProbe),
      oldestWaitingAtMs: numberOrNull(waiting?.results[0]?.["waiting"]),
      oldestRefusedAtMs: numberOrNull(waiting?.results[0]?.["refused"]),
      lastSetAsideAtMs: numberOrNull(aside?.results[0]?.["at"]),
    };
  }

  async prune(nowMs: number): Promise<void> {
    // The newest change stays: ids are given out anew from an empty table, and readers go on from an id.
    const before = (sql: string, ms: number): D1PreparedStatement => this.#db.prepare(sql).bind(nowMs - ms);
    await this.#db.batch([
      before(
        `DELETE FROM tick WHERE id IN (SELECT id FROM tick WHERE started_at < ?1 ORDER BY id LIMIT 500)`,
        KEEP.tick,
      ),
      before(
        `DELETE FROM status_change WHERE id IN (SELECT id FROM status_change
           WHERE at < ?1 AND id < (SELECT max(id) FROM status_change) ORDER BY id LIMIT 500)`,
        KEEP.change,
      ),
      before(`DELETE FROM message WHERE closed = 1 AND decided_at < ?1`, KEEP.message),
      before(`DELETE FROM probe WHERE sent_at < ?1`, KEEP.probe),
    ]);
  }

  async readReport(afterTickId: number, afterChangeId: number): Promise<Report> {
    const [ticks, changes] = await this.#db.batch([
      this.#db.prepare(`SELECT * FROM tick WHERE id > ?1 ORDER BY id LIMIT 100`).bind(afterTickId),
      this.#db.prepare(`SELECT * FROM status_change WHERE id > ?1 ORDER BY id LIMIT 100`).bind(afterChangeId),
    ]);
    return {
      ticks: (ticks?.results ?? []).map(parseTick),
      changes: (changes?.results ?? []).map(parseChange),
    };
  }
}

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
