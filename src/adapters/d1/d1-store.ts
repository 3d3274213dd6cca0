import { latestPossible, type Slot } from "../../domain/frequency.ts";
import type { InstanceView, StatusView } from "../../domain/instance-status.ts";
import type { Gap } from "../../domain/ledger.ts";
import type { LoopbackProbe, LoopbackReceipt } from "../../domain/loopback.ts";
import type { Settlement } from "../../domain/message.ts";
import type { OutboxEntry, WaitingRecipient } from "../../domain/outbox.ts";
import type {
  Damage,
  Lease,
  Random,
  RecordPage,
  Report,
  ReportFrom,
  Store,
  TickCommit,
  TickRecord,
  TickView,
} from "../../domain/ports.ts";
import type { ActionRecord, Effect } from "../../domain/owner.ts";
import type { RecipientState } from "../../domain/recipient.ts";
import type { TraceEntry } from "../../domain/trace.ts";
import type { AcceptedMessage } from "../../domain/undelivered.ts";
import { actStatements, IS_DONE, parseAction, READ_ACTIONS, recordIndex } from "./actions.ts";
import { claimStatement, damagedClaims } from "./claims.ts";
import { commitStatements, isConflict } from "./commit.ts";
import { instanceSql, numberOrNull, parseInstance, PROBES, SET_ASIDE, WAITING } from "./instance.ts";
import { LEASE, LEASE_SUSPECT, readLease } from "./lease.ts";
import { parseOutboxEntry, parseWaitingRecipient } from "./message-rows.ts";
import { READ_MESSAGE, READ_OUTBOX, READ_WAITING_RECIPIENTS, settleStatements } from "./outbox.ts";
import { pruneStatements } from "./prune.ts";
import { repairStatements } from "./repairs.ts";
import { asking } from "./retry.ts";
import { type ParseProblem, parseChange, parseGap, parseProbe, parseTick, readable } from "./rows.ts";
import { parseTrace, READ_TRACE } from "./trace.ts";
import { parseView, viewStatements } from "./tick-view.ts";
import { failStatements, FIND_ACCEPTED, parseAccepted } from "./undelivered.ts";

type Row = Record<string, unknown>;

/** The newest decided probe is among these. */
const PROBES_SHOWN = 5;

/**
 * The store on D1. Nearly every method is one round trip. A call may be repeated after an error: what it has
 * done already is recognised, where need be by a mark that all attempts of one call have in common.
 */
export class D1Store implements Store {
  readonly #db: D1Database;
  readonly #random: Random;

  constructor(db: D1Database, random: Random) {
    this.#db = db;
    this.#random = random;
  }

  claim(slots: readonly Slot[], nowMs: number, leaseMs: number): Promise<readonly Slot[]> {
    const mark = this.#random.token();
    return this.#ask(async () => {
      const { results } = await claimStatement(this.#db, slots, nowMs, leaseMs, mark).all<Row>();
      const claimed = new Map(results.map((row) => [row["name"], row["slot"]]));
      return slots.filter((slot) => claimed.get(slot.frequency) === slot.atMs);
    });
  }

  repairClaims(nowMs: number): Promise<readonly Damage[]> {
    // Across attempts: one whose answer was lost may have repaired them.
    let damage: readonly Damage[] = [];
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
    const mark = this.#random.token();
    return this.#ask(async (attempt) => {
      try {
        await this.#db.batch(commitStatements(this.#db, commit, mark));
        return "committed";
      } catch (error) {
        if (!isConflict(error)) throw error;
        // The attempt before may have been done, and only its answer lost.
        const isDone = attempt > 1 && (await this.#bears(commit, mark));
        return isDone ? "committed" : "conflict";
      }
    });
  }

  async #bears({ version, tick }: TickCommit, mark: string): Promise<boolean> {
    const row =
      tick === null
        ? this.#db.prepare(IS_DONE).bind(mark)
        : this.#db.prepare(`SELECT 1 FROM tick WHERE id = ?1 AND mark = ?2`).bind(version + 1, mark);
    return (await row.first()) !== null;
  }

  recentProbes(limit: number): Promise<readonly LoopbackProbe[]> {
    return this.#ask(async () => {
      const { results } = await this.#db.prepare(PROBES).bind(limit).all<Row>();
      return readable(results, parseProbe);
    });
  }

  receiveProbe(token: string, nowMs: number, timeoutMs: number): Promise<LoopbackReceipt> {
    return this.#ask(async (attempt) => {
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
      if (row.returned_at === null) return "too late";
      return attempt > 1 && row.returned_at === nowMs ? "proven" : "already returned";
    });
  }

  leaseMessages(nowMs: number, leaseMs: number, limit: number): Promise<Lease> {
    const mark = this.#random.token();
    const statement = this.#db.prepare(LEASE).bind(nowMs, leaseMs, limit, mark);
    return this.#ask(() => readLease(this.#db, statement, nowMs, mark));
  }

  leaseSuspect(nowMs: number, leaseMs: number): Promise<Lease> {
    const mark = this.#random.token();
    const statement = this.#db.prepare(LEASE_SUSPECT).bind(nowMs, leaseMs, mark);
    return this.#ask(() => readLease(this.#db, statement, nowMs, mark));
  }

  async settleMessages(
    settlements: readonly Settlement[],
    recipients: ReadonlyMap<string, RecipientState> = new Map(),
  ): Promise<void> {
    const statements = settleStatements(this.#db, settlements, recipients);
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
    await this.#ask(() => this.#db.batch(failStatements(this.#db, ...failure)));
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
        this.#db.prepare(PROBES).bind(PROBES_SHOWN),
        this.#db.prepare(WAITING),
        this.#db.prepare(SET_ASIDE),
      ]);
      return {
        lastTickFinishedAtMs: numberOrNull(tick?.results[0]?.["at"]),
        probes: readable(probes?.results, parseProbe),
        oldestWaitingAtMs: numberOrNull(waiting?.results[0]?.["waiting"]),
        oldestRefusedAtMs: numberOrNull(waiting?.results[0]?.["refused"]),
        lastSetAsideAtMs: numberOrNull(aside?.results[0]?.["at"]),
      };
    });
  }

  readInstance(wanted: "all" | "public" = "all"): Promise<InstanceView> {
    return this.#ask(async () => {
      const { results } = await this.#db.prepare(instanceSql(wanted)).bind(PROBES_SHOWN).all<Row>();
      return parseInstance(results);
    });
  }

  readTrace(job: string, limit: number): Promise<readonly TraceEntry[]> {
    return this.#ask(async () => {
      const { results } = await this.#db.prepare(READ_TRACE).bind(job, limit).all<Row>();
      return readable(results, parseTrace);
    });
  }

  readActions(job: string | null, limit: number): Promise<readonly ActionRecord[]> {
    return this.#ask(async () => {
      const { results } = await this.#db.prepare(READ_ACTIONS).bind(job, limit).all<Row>();
      return readable(results, parseAction);
    });
  }

  act(action: ActionRecord, effect: Effect): Promise<boolean> {
    const mark = this.#random.token();
    return this.#ask(async (attempt) => {
      if (attempt > 1 && (await this.#db.prepare(IS_DONE).bind(mark).first()) !== null) return true;
      const results = await this.#db.batch(actStatements(this.#db, action, effect, mark));
      return (results[recordIndex(effect)]?.meta.changes ?? 0) > 0;
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
