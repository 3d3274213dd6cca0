/** What pages and the API need from the database. Adapters implement these. */
import type { AuditRecord } from "../alerting/audit.ts";
import type { DecisionLogEntry } from "../alerting/decision-log.ts";
import type { OutboxEntry } from "../mail/outbox.ts";
import type { WaitingRecipient } from "../mail/outbox.ts";
import type { InstanceView } from "./instance-view.ts";
import type { Gap } from "../core/gap.ts";
import type { StatusChange, TickRecord } from "../scheduling/tick-record.ts";

/** A page of records, newest first. */
export interface RecordPage<T> {
  readonly records: readonly (T & { readonly id: number })[];
  /** Before which id the next page begins; null on the last. Records that cannot be read do not end the list. */
  readonly before: number | null;
}

/** What an instance did lately, for its owner. */
export interface Report {
  readonly ticks: readonly (TickRecord & { readonly id: number })[];
  readonly changes: readonly (StatusChange & { readonly id: number })[];
  readonly gaps: readonly (Gap & { readonly id: number })[];
}

/** Ids after which a report begins, exclusive. */
export interface ReportFrom {
  readonly tick: number;
  readonly change: number;
  readonly gap: number;
}

/** Every method may reject with a DatabaseError, and may be called again then: nothing is done twice. */
export interface InstanceReader {
  /** @param wanted `public`: without what only the owner sees, so that it takes the same few rows however much waits */
  readInstance(wanted?: "all" | "public"): Promise<InstanceView>;
  /** Why a job was told or was not, newest first, at most `limit`. */
  readDecisionLog(job: string, limit: number): Promise<readonly DecisionLogEntry[]>;
  /** What the owner did, newest first, at most `limit`: with a job, or with none. */
  readAuditLog(job: string | null, limit: number): Promise<readonly AuditRecord[]>;
  /**
   * Messages that wait, are held or were set aside, newest first, at most `limit`.
   *
   * @param after the last of the page before
   */
  readOutbox(
    limit: number,
    after?: Pick<OutboxEntry, "decidedAtMs" | "id"> | null,
  ): Promise<readonly OutboxEntry[]>;
  /** For whom messages wait, in the order of their addresses, at most `limit`. */
  readWaitingRecipients(limit: number): Promise<readonly WaitingRecipient[]>;
  /** At most `limit` whole ticks whose ids are below `before`, where it is given. */
  recentTicks(limit: number, before: number | null): Promise<RecordPage<TickRecord>>;
  /** The same of gaps. */
  recentGaps(limit: number, before: number | null): Promise<RecordPage<Gap>>;
  /** Ticks, changes and gaps with ids above those given, oldest first, at most 100 of each. */
  readReport(from: ReportFrom): Promise<Report>;
}
