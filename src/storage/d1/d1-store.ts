import { latestPossible, type Slot } from "../../core/time/frequency.ts";
import type { StatusView } from "../../self-check/instance-status.ts";
import type { LoopbackMail, LoopbackResult } from "../../self-check/loopback.ts";
import type { DeliveryResult } from "../../mail/message.ts";
import type { OutboxEntry, WaitingRecipient } from "../../mail/outbox.ts";
import type { Random } from "../../core/ports.ts";
import type { AuditRecord } from "../../alerting/audit.ts";
import type { RecipientState } from "../../mail/recipient.ts";
import type { DecisionLogEntry } from "../../alerting/decision-log.ts";
import type { AcceptedMessage } from "../../mail/inbound/bounce.ts";
import { actStatements, IS_DONE, parseAction, READ_AUDIT_LOG } from "./admin/audit-log.ts";
import { claimStatement, damagedClaims } from "./tick/claims.ts";
import { commitStatements, isConflict } from "./tick/commit.ts";
import {
  instanceSql,
  numberOrNull,
  parseInstance,
  LOOPBACKS,
  FAILED_MESSAGES,
  WAITING,
} from "./admin/instance.ts";
import { LEASE, LEASE_SUSPECT, readLease } from "./mail/lease.ts";
import { parseOutboxEntry, parseWaitingRecipient } from "./mail/message-rows.ts";
import { READ_MESSAGE, READ_OUTBOX, READ_WAITING_RECIPIENTS, deliveryStatements } from "./mail/outbox.ts";
import { pruneStatements } from "./tick/prune.ts";
import { repairStatements } from "./tick/repairs.ts";
import { asking } from "./retry.ts";
import { type ParseProblem, parseChange, parseGap, parseLoopback, parseTick, readable } from "./rows.ts";
import { parseDecisionLogEntry, READ_DECISION_LOG } from "./admin/decision-log.ts";
import { parseView, viewStatements } from "./tick/tick-view.ts";
import { bounceStatements, FIND_ACCEPTED, parseAccepted } from "./mail/bounces.ts";
import type { Gap } from "../../core/gap.ts";
import type { CorruptRow } from "../../core/corrupt-row.ts";
import type { Lease } from "../../mail/ports.ts";
import type { TickRecord } from "../../scheduling/tick-record.ts";
import type { TickView, TickCommit } from "../../scheduling/ports.ts";
import type { RecordPage, Report, ReportFrom } from "../../status/ports.ts";
import type { Store } from "../store.ts";
import type { InstanceView } from "../../status/instance-view.ts";
import type { StateChange } from "../../admin/ports.ts";

type Row = Record<string, unknown>;

/** The newest decided probe is among these. */
const LOOPBACKS_SHOWN = 5;

/**
 * The store on D1. Nearly every method is one round trip. A call may be repeated after an error: what it has
 * done already is recognised, where need be by a requestId that all attempts of one call have in common.
 */
export class D1Store implements Store {
  readonly #db: D1Database;
  readonly #random: Random;

  constructor(db: D1Database, random: Random) {
    this.#db = db;
    this.#random = random;
  }

  claim(slots: readonly Slot[], nowMs: number, leaseMs: number): Promise<readonly Slot[]> {
    const requestId = this.#random.token();
    return this.#ask(async () => {
      const { results } = await claimStatement(this.#db, slots, nowMs, leaseMs, requestId).all<Row>();
      const claimed = new Map(results.map((row) => [row["name"], row["slot"]]));
      return slots.filter((slot) => claimed.get(slot.frequency) === slot.atMs);
    });
  }

  repairClaims(nowMs: number): Promise<readonly CorruptRow[]> {
    // Across attempts: one whose answer was lost may have repaired them.
    let damage: readonly CorruptRow[] = [];
    return this.#ask(async () => {
      const { results } = await this.#db.prepare(`SELECT * FROM frequency`).all<Row>();
      const found = damagedClaims(results, latestPossible(nowMs));
      if (found.length === 0) return damage;
      damage = found;
      await this.#db.batch(repairStatements(this.#db, found));
      return damage;
    });
  }

  readTick(nowMs: number): Promise<TickView> {
    return this.#ask(async () => parseView(await this.#db.batch<Row>(viewStatements(this.#db)), nowMs));
  }

  commit(commit: TickCommit): Promise<"committed" | "conflict"> {
    const requestId = this.#random.token();
    return this.#ask(async (attempt) => {
      try {
        await this.#db.batch(commitStatements(this.#db, commit, requestId));
        return "committed";
      } catch (error) {
        if (!isConflict(error)) throw error;
        // The attempt before may have been done, and only its answer lost.
        const isDone = attempt > 1 && (await this.#bears(commit, requestId));
        return isDone ? "committed" : "conflict";
      }
    });
  }

  async #bears({ version, tick }: TickCommit, requestId: string): Promise<boolean> {
    const row =
      tick === null
        ? this.#db.prepare(IS_DONE).bind(requestId)
        : this.#db
            .prepare(`SELECT 1 FROM tick WHERE id = ?1 AND request_id = ?2`)
            .bind(version + 1, requestId);
    return (await row.first()) !== null;
  }

  recentLoopbacks(limit: number): Promise<readonly LoopbackMail[]> {
    return this.#ask(async () => {
      const { results } = await this.#db.prepare(LOOPBACKS).bind(limit).all<Row>();
      return readable(results, parseLoopback);
    });
  }

  receiveLoopback(token: string, nowMs: number, timeoutMs: number): Promise<LoopbackResult> {
    return this.#ask(async (attempt) => {
      const { meta } = await this.#db
        .prepare(
          `UPDATE loopback SET returned_at = ?2 WHERE token = ?1 AND returned_at IS NULL AND sent_at > ?2 - ?3`,
        )
        .bind(token, nowMs, timeoutMs)
        .run();
      if (meta.changes > 0) return "proven";
      const row = await this.#db
        .prepare(`SELECT returned_at FROM loopback WHERE token = ?1`)
        .bind(token)
        .first<{ returned_at: number | null }>();
      if (row === null) return "unknown";
      if (row.returned_at === null) return "too late";
      return attempt > 1 && row.returned_at === nowMs ? "proven" : "already returned";
    });
  }

  leaseMessages(nowMs: number, leaseMs: number, limit: number): Promise<Lease> {
    const requestId = this.#random.token();
    const statement = this.#db.prepare(LEASE).bind(nowMs, leaseMs, limit, requestId);
    return this.#ask(() => readLease(this.#db, statement, nowMs, requestId));
  }

  leaseSuspect(nowMs: number, leaseMs: number): Promise<Lease> {
    const requestId = this.#random.token();
    const statement = this.#db.prepare(LEASE_SUSPECT).bind(nowMs, leaseMs, requestId);
    return this.#ask(() => readLease(this.#db, statement, nowMs, requestId));
  }

  async recordDeliveries(
    settlements: readonly DeliveryResult[],
    recipients: ReadonlyMap<string, RecipientState> = new Map(),
  ): Promise<void> {
    const statements = deliveryStatements(this.#db, settlements, recipients);
    if (statements.length === 0) return;
    await this.#ask(() => this.#db.batch(statements));
  }

  findAccepted(mailIds: readonly string[], sinceMs: number): Promise<readonly AcceptedMessage[]> {
    return this.#ask(async () => {
      const query = this.#db.prepare(FIND_ACCEPTED).bind(JSON.stringify(mailIds), sinceMs);
      return readable((await query.all<Row>()).results, parseAccepted);
    });
  }

  async failAccepted(...failure: Parameters<Store["failAccepted"]>): Promise<void> {
    await this.#ask(() => this.#db.batch(bounceStatements(this.#db, ...failure)));
  }

  readOutbox(...[limit, after]: Parameters<Store["readOutbox"]>): Promise<readonly OutboxEntry[]> {
    return this.#ask(async () => {
      const { results } = await this.#db
        .prepare(READ_OUTBOX)
        .bind(limit, after?.decidedAtMs ?? null, after?.id ?? null)
        .all<Row>();
      return results.map(parseOutboxEntry);
    });
  }

  readMessage(id: string): Promise<OutboxEntry | null> {
    return this.#ask(async () => {
      const row = await this.#db.prepare(READ_MESSAGE).bind(id).first<Row>();
      return row === null ? null : parseOutboxEntry(row);
    });
  }

  readWaitingRecipients(limit: number): Promise<readonly WaitingRecipient[]> {
    return this.#ask(async () => {
      const { results } = await this.#db.prepare(READ_WAITING_RECIPIENTS).bind(limit).all<Row>();
      return readable(results, parseWaitingRecipient);
    });
  }

  readStatus(): Promise<StatusView> {
    return this.#ask(async () => {
      const [tick, probes, waiting, aside] = await this.#db.batch<Row>([
        this.#db.prepare(`SELECT finished_at AS at FROM tick ORDER BY id DESC LIMIT 1`),
        this.#db.prepare(LOOPBACKS).bind(LOOPBACKS_SHOWN),
        this.#db.prepare(WAITING),
        this.#db.prepare(FAILED_MESSAGES),
      ]);
      return {
        lastTickFinishedAtMs: numberOrNull(tick?.results[0]?.["at"]),
        loopbacks: readable(probes?.results, parseLoopback),
        oldestWaitingAtMs: numberOrNull(waiting?.results[0]?.["waiting"]),
        oldestRefusedAtMs: numberOrNull(waiting?.results[0]?.["refused"]),
        lastFailedAtMs: numberOrNull(aside?.results[0]?.["at"]),
      };
    });
  }

  readInstance(wanted: "all" | "public" = "all"): Promise<InstanceView> {
    return this.#ask(async () => {
      const { results } = await this.#db.prepare(instanceSql(wanted)).bind(LOOPBACKS_SHOWN).all<Row>();
      return parseInstance(results);
    });
  }

  readDecisionLog(job: string, limit: number): Promise<readonly DecisionLogEntry[]> {
    return this.#ask(async () => {
      const { results } = await this.#db.prepare(READ_DECISION_LOG).bind(job, limit).all<Row>();
      return readable(results, parseDecisionLogEntry);
    });
  }

  readAuditLog(job: string | null, limit: number): Promise<readonly AuditRecord[]> {
    return this.#ask(async () => {
      const { results } = await this.#db.prepare(READ_AUDIT_LOG).bind(job, limit).all<Row>();
      return readable(results, parseAction);
    });
  }

  act(action: AuditRecord, effect: StateChange): Promise<boolean> {
    const requestId = this.#random.token();
    return this.#ask(async (attempt) => {
      if (attempt > 1 && (await this.#db.prepare(IS_DONE).bind(requestId).first()) !== null) return true;
      const [, record] = await this.#db.batch(actStatements(this.#db, action, effect, requestId));
      return (record?.meta.changes ?? 0) > 0;
    });
  }

  async prune(nowMs: number): Promise<void> {
    await this.#ask(() => this.#db.batch(pruneStatements(this.#db, nowMs)));
  }

  recentTicks(limit: number, before: number | null): Promise<RecordPage<TickRecord>> {
    return this.#recent("tick", limit, before, parseTick);
  }

  recentGaps(limit: number, before: number | null): Promise<RecordPage<Gap>> {
    return this.#recent("gap", limit, before, parseGap);
  }

  #recent<T extends object>(
    table: "tick" | "gap",
    limit: number,
    before: number | null,
    parse: (row: Row) => (T & { readonly id: number }) | ParseProblem,
  ): Promise<RecordPage<T>> {
    return this.#ask(async () => {
      const sql = `SELECT * FROM ${table} WHERE id < ?2 ORDER BY id DESC LIMIT ?1`;
      const { results } = await this.#db
        .prepare(sql)
        .bind(limit + 1, before ?? Number.MAX_SAFE_INTEGER)
        .all<Row>();
      const last = results.length > limit ? results[limit - 1] : undefined;
      return { records: readable(results.slice(0, limit), parse), before: numberOrNull(last?.["id"]) };
    });
  }

  readReport(from: ReportFrom): Promise<Report> {
    return this.#ask(async () => {
      const [ticks, changes, gaps] = await this.#db.batch<Row>([
        this.#db.prepare(`SELECT * FROM tick WHERE id > ?1 ORDER BY id LIMIT 100`).bind(from.tick),
        this.#db.prepare(`SELECT * FROM status_change WHERE id > ?1 ORDER BY id LIMIT 100`).bind(from.change),
        this.#db.prepare(`SELECT * FROM gap WHERE id > ?1 ORDER BY id LIMIT 100`).bind(from.gap),
      ]);
      return {
        ticks: readable(ticks?.results, parseTick),
        changes: readable(changes?.results, parseChange),
        gaps: readable(gaps?.results, parseGap),
      };
    });
  }

  #ask<T>(work: (attempt: number) => Promise<T>): Promise<T> {
    return asking(work, () => this.#random.number());
  }
}
