/** What the use cases need of the world. Adapters implement these; tests bring their own. */
import type { JobFrequency, Slot } from "./frequency.ts";
import type { Lane } from "./history/lanes.ts";
import type { Acknowledgement, OwnersWord } from "./hush.ts";
import type { OpenMaintenance } from "./maintenance.ts";
import type { ActionRecord, AskedRun, Effect } from "./owner.ts";
import type { DecisionRecord, TraceEntry } from "./trace.ts";
import type { HistoryChanges } from "./history/ports.ts";
import type { FailureCounts, JobState } from "./job-state.ts";
import type { Gap } from "./ledger.ts";
import type { LoopbackProbe, LoopbackReceipt } from "./loopback.ts";
import type { Delivery, LeasedMessage, Mail, Message, Settlement } from "./message.ts";
import type { OutboxEntry, WaitingRecipient } from "./outbox.ts";
import type { RecipientState } from "./recipient.ts";
import type { OutcomeStatus } from "./outcome.ts";
import type { SeenFailure } from "./ping.ts";
import type { InstanceView, StatusView } from "./instance-status.ts";
import type { Unreached } from "./unreached.ts";
import type { UndeliveredStore } from "./undelivered.ts";
import type { DayUsage } from "./usage.ts";

export interface Clock {
  /** Unix time, ms. On Workers it stands still between I/O. */
  nowMs(): number;
}

export interface Random {
  /** From 0 up to 1. */
  number(): number;
  /** An unguessable token of 32 hexadecimal digits. */
  token(): string;
}

export interface Mailer {
  /** Never throws: a refusal is data. */
  send(mail: Mail): Promise<Delivery>;
}

/** A socket as `connect()` of Workers gives it. */
export interface Socket {
  readonly opened: Promise<unknown>;
  readonly closed: Promise<void>;
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  close(): Promise<void>;
}

/** The outside world as a probe may use it. */
export interface Network {
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** An IPv6 address stands without brackets. May throw at once for an address that is none. */
  connect(address: { readonly hostname: string; readonly port: number }): Socket;
}

/** A job's status changed, as kept for people to read. */
export interface StatusChange {
  readonly job: string;
  readonly name: string;
  readonly from: OutcomeStatus | null;
  readonly to: OutcomeStatus;
  readonly reason: string;
  readonly atMs: number;
}

/** A job file that could not be loaded, or a spawner or an entry of it that could not be made. */
export interface JobFault {
  readonly name: string;
  readonly text: string;
}

/** That the admin was notified of a fault. */
export interface FaultNotice extends JobFault {
  /** Since when no tick has seen it, Unix ms; null while ticks do. */
  readonly absentSinceMs: number | null;
}

/** One tick, as the ledger keeps it. Times are Unix ms. */
export interface TickRecord {
  readonly scheduledAtMs: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly frequencies: readonly JobFrequency[];
  /** Those whose slot is older than the tick: no event had come for them. */
  readonly caughtUp: readonly JobFrequency[];
  readonly jobs: number;
  readonly up: number;
  readonly down: number;
  readonly inconclusive: number;
}

/** What a tick decides from, read in one moment. */
export interface TickView {
  /** Counts commits. A commit made from an older view is refused. */
  readonly version: number;
  readonly states: ReadonlyMap<string, JobState>;
  /** Those of the states whose count of failures is kept apart. It is in them already. */
  readonly counts: FailureCounts;
  /** Those of the states that are of unsettled jobs. They are in `states` already. */
  readonly unsettled: ReadonlyMap<string, JobState>;
  /** Newest slot of each frequency whose outcomes are committed, Unix ms. */
  readonly doneSlots: ReadonlyMap<JobFrequency, number>;
  /** Faults that have been told and not gone since: one of each file, as it is shown. */
  readonly faults: readonly JobFault[];
  /** All texts of those, each by itself. */
  readonly faultNotices: readonly FaultNotice[];
  /** What was used up to the newest tick; null where none says. */
  readonly usage: DayUsage | null;
  /** Where the jobs have their places in history. */
  readonly lanes: readonly Lane[];
  /** The highest id that any lane ever had; 0 before the first. */
  readonly newestLane: number;
  /** What the owner has said about notices. */
  readonly word: OwnersWord;
  /** The newest runs that the owner asked for: what a tick saw before them is no news. */
  readonly asked: readonly AskedRun[];
  /** Recipients for whom so many mails of jobs wait that no more are kept. */
  readonly crowded: readonly string[];
  /** Last notifications of jobs that reached nobody. */
  readonly unreached: readonly Unreached[];
  /** Rows that could not be read, and were left out of this view. */
  readonly damage: readonly Damage[];
}

/** A row that does not say what such a row can say, whoever wrote it. */
export interface Damage {
  /** Its table. */
  readonly table: string;
  /** What names the row: a job, a frequency. */
  readonly key: string;
  readonly problem: string;
}

/** All that a tick changes. It is written whole or not at all. */
export interface TickCommit {
  readonly version: number;
  readonly states: ReadonlyMap<string, JobState>;
  /** All that are kept apart from now on. */
  readonly counts: FailureCounts;
  /** States of all unsettled jobs, none of them in `states` unless it is so from now on. */
  readonly unsettled: ReadonlyMap<string, JobState>;
  readonly changes: readonly StatusChange[];
  readonly messages: readonly Message[];
  readonly probes: readonly LoopbackProbe[];
  readonly faultsTold: readonly JobFault[];
  readonly faultsGone: readonly string[];
  /** Notices that are new or have changed. */
  readonly faultNotices: readonly FaultNotice[];
  /** Notices of faults that are resolved. */
  readonly noticesGone: readonly JobFault[];
  readonly slotsDone: readonly Slot[];
  readonly gaps: readonly Gap[];
  readonly history: HistoryChanges;
  /** Rows to delete, so that they are written anew. */
  readonly repaired: readonly Damage[];
  /** Why somebody is told, or is not. */
  readonly decisions: readonly DecisionRecord[];
  /** To be forgotten: their failures are over. */
  readonly outlived: readonly Acknowledgement[];
  /** All that goes on. */
  readonly maintenance: readonly OpenMaintenance[];
  /** Failures of heartbeats that this commit reports. */
  readonly failuresSeen: readonly SeenFailure[];
  /** Null for a run that the owner asked for, which is no tick: it proves nothing of the next. */
  readonly tick: TickRecord | null;
  /** Null where there is no tick. */
  readonly usage: DayUsage | null;
  /** What the owner did that led to it; null for nothing. */
  readonly action: ActionRecord | null;
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

/** A page of records, newest first. */
export interface RecordPage<T> {
  readonly records: readonly (T & { readonly id: number })[];
  /** Before which id the next page begins; null on the last. Records that cannot be read do not end the list. */
  readonly before: number | null;
}

/** Messages that one invocation may send now, and what it must know of their recipients. */
export interface Lease {
  readonly messages: readonly LeasedMessage[];
  /** Those of which something is remembered, by address. */
  readonly recipients: ReadonlyMap<string, RecipientState>;
}

/** Every method may reject with a StoreFault, and may be called again then: what was done is not done twice. */
export interface Store extends UndeliveredStore {
  /**
   * Takes those of `slots` that no invocation has taken, or whose taker died: a claim older than
   * `leaseMs` whose outcomes were never committed. Slots not newer than the last taken are refused.
   */
  claim(slots: readonly Slot[], nowMs: number, leaseMs: number): Promise<readonly Slot[]>;
  /**
   * Makes claims that nobody could ever take again as new, and tells which those were.
   *
   * @param nowMs by our own clock, Unix ms: nothing recorded can be much later
   */
  repairClaims(nowMs: number): Promise<readonly Damage[]>;
  /** @param nowMs as for `repairClaims` */
  readTick(nowMs: number): Promise<TickView>;
  /** `conflict`: another commit came between; read again and decide again. */
  commit(commit: TickCommit): Promise<"committed" | "conflict">;
  /** The newest `limit` probes, newest first. */
  recentProbes(limit: number): Promise<readonly LoopbackProbe[]>;
  /** Marks the probe as returned, once only and not after `timeoutMs`. */
  receiveProbe(token: string, nowMs: number, timeoutMs: number): Promise<LoopbackReceipt>;
  /**
   * Takes at most `limit` messages that are due, a share for every recipient: alerts before other mail, the newest before
   * older ones, and nothing for recipients whose next attempt is not due. Nobody else gets them for `leaseMs`. It counts as
   * an attempt; messages whose attempts ended twice without a result are left to `leaseSuspect`.
   */
  leaseMessages(nowMs: number, leaseMs: number, limit: number): Promise<Lease>;
  /** Takes one of those messages, or none. */
  leaseSuspect(nowMs: number, leaseMs: number): Promise<Lease>;
  /** @param recipients what to remember of them from now on, by address; only those that changed */
  settleMessages(
    settlements: readonly Settlement[],
    recipients?: ReadonlyMap<string, RecipientState>,
  ): Promise<void>;
  /**
   * Messages that wait, are held or were set aside, newest first, at most `limit`.
   *
   * @param after the last of the page before
   */
  readOutbox(
    limit: number,
    after?: Pick<OutboxEntry, "decidedAtMs" | "id"> | null,
  ): Promise<readonly OutboxEntry[]>;
  /** One of those messages; null where there is none with this id. */
  readMessage(id: string): Promise<OutboxEntry | null>;
  /** For whom messages wait, in the order of their addresses, at most `limit`. */
  readWaitingRecipients(limit: number): Promise<readonly WaitingRecipient[]>;
  readStatus(): Promise<StatusView>;
  /** @param wanted `public`: without what only the owner sees, so that it takes the same few rows however much waits */
  readInstance(wanted?: "all" | "public"): Promise<InstanceView>;
  /** Why a job was told or was not, newest first, at most `limit`. */
  readTrace(job: string, limit: number): Promise<readonly TraceEntry[]>;
  /** What the owner did, newest first, at most `limit`: with a job, or with none. */
  readActions(job: string | null, limit: number): Promise<readonly ActionRecord[]>;
  /** Does it and records it, both or neither. False where there was nothing to do, and nothing is recorded. */
  act(action: ActionRecord, effect: Effect): Promise<boolean>;
  /** Deletes what nobody will ask for again: old ticks, changes, delivered messages and probes. */
  prune(nowMs: number): Promise<void>;
  /** At most `limit` whole ticks whose ids are below `before`, where it is given. */
  recentTicks(limit: number, before: number | null): Promise<RecordPage<TickRecord>>;
  /** The same of gaps. */
  recentGaps(limit: number, before: number | null): Promise<RecordPage<Gap>>;
  /** Ticks, changes and gaps with ids above those given, oldest first, at most 100 of each. */
  readReport(from: ReportFrom): Promise<Report>;
}
