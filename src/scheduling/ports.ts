/** What a tick needs from the database. Adapters implement these. */
import type { JobFrequency, Slot } from "../core/time/frequency.ts";
import type { SeriesBlock } from "../history/blocks.ts";
import type { Suppressions, Acknowledgement } from "../alerting/suppression.ts";
import type { ManualRun, AuditRecord } from "../alerting/audit.ts";
import type { FailureCounters, JobState } from "../alerting/job-state.ts";
import type { UndeliveredNotification } from "../alerting/undelivered.ts";
import type { DayUsage } from "../usage/usage.ts";
import type { CorruptRow } from "../core/corrupt-row.ts";
import type { JobLoadError, NotifiedLoadError } from "../job-loading/load-error.ts";
import type { OpenMaintenance } from "../alerting/maintenance.ts";
import type { DecisionRecord } from "../alerting/decision-log.ts";
import type { HistoryChanges } from "../history/ports.ts";
import type { LoopbackMail } from "../self-check/loopback.ts";
import type { Message } from "../mail/message.ts";
import type { ReportedFailure } from "../heartbeats/ping.ts";
import type { Gap } from "../core/gap.ts";
import type { StatusChange, TickRecord } from "./tick-record.ts";

/** What a tick decides from, read in one moment. */
export interface TickView {
  /** Counts commits. A commit made from an older view is refused. */
  readonly version: number;
  readonly states: ReadonlyMap<string, JobState>;
  /** Those of the states whose count of failures is kept apart. It is in them already. */
  readonly failureCounters: FailureCounters;
  /** Those of the states that are of unsettled jobs. They are in `states` already. */
  readonly churning: ReadonlyMap<string, JobState>;
  /** Newest slot of each frequency whose outcomes are committed, Unix ms. */
  readonly lastCompletedSlots: ReadonlyMap<JobFrequency, number>;
  /** Faults that have been told and not gone since: one of each file, as it is shown. */
  readonly loadErrors: readonly JobLoadError[];
  /** All texts of those, each by itself. */
  readonly notifiedLoadErrors: readonly NotifiedLoadError[];
  /** What was used up to the newest tick; null where none says. */
  readonly usage: DayUsage | null;
  /** Where the jobs have their places in history. */
  readonly blocks: readonly SeriesBlock[];
  /** The highest id that any lane ever had; 0 before the first. */
  readonly newestBlock: number;
  /** What the owner has said about notices. */
  readonly suppressions: Suppressions;
  /** The newest runs that the owner asked for: what a tick saw before them is no news. */
  readonly manualRuns: readonly ManualRun[];
  /** Recipients for whom so many mails of jobs wait that no more are kept. */
  readonly crowded: readonly string[];
  /** Last notifications of jobs that reached nobody. */
  readonly undelivered: readonly UndeliveredNotification[];
  /** Rows that could not be read, and were left out of this view. */
  readonly corruptRows: readonly CorruptRow[];
}

/** All that a tick changes. It is written whole or not at all. */
export interface TickCommit {
  readonly version: number;
  readonly states: ReadonlyMap<string, JobState>;
  /** All that are kept apart from now on. */
  readonly failureCounters: FailureCounters;
  /** States of all unsettled jobs, none of them in `states` unless it is so from now on. */
  readonly churning: ReadonlyMap<string, JobState>;
  readonly changes: readonly StatusChange[];
  readonly messages: readonly Message[];
  readonly loopbacks: readonly LoopbackMail[];
  readonly newLoadErrors: readonly JobLoadError[];
  readonly resolvedLoadErrors: readonly string[];
  /** Notices that are new or have changed. */
  readonly notifiedLoadErrors: readonly NotifiedLoadError[];
  /** Notices of faults that are resolved. */
  readonly resolvedNotifiedErrors: readonly JobLoadError[];
  readonly completedSlots: readonly Slot[];
  readonly gaps: readonly Gap[];
  readonly history: HistoryChanges;
  /** Rows to delete, so that they are written anew. */
  readonly repaired: readonly CorruptRow[];
  /** Why somebody is told, or is not. */
  readonly decisions: readonly DecisionRecord[];
  /** To be forgotten: their failures are over. */
  readonly resolvedAcknowledgements: readonly Acknowledgement[];
  /** All that goes on. */
  readonly maintenance: readonly OpenMaintenance[];
  /** Failures of heartbeats that this commit reports. */
  readonly reportedFailures: readonly ReportedFailure[];
  /** Null for a run that the owner asked for, which is no tick: it proves nothing of the next. */
  readonly tick: TickRecord | null;
  /** Null where there is no tick. */
  readonly usage: DayUsage | null;
  /** What the owner did that led to it; null for nothing. */
  readonly action: AuditRecord | null;
}

/** Every method may reject with a DatabaseError, and may be called again then: nothing is done twice. */
export interface TickStore {
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
  repairClaims(nowMs: number): Promise<readonly CorruptRow[]>;
  /** @param nowMs as for `repairClaims` */
  readTick(nowMs: number): Promise<TickView>;
  /** `conflict`: another commit came between; read again and decide again. */
  commit(commit: TickCommit): Promise<"committed" | "conflict">;
  /** Deletes what nobody will ask for again: old ticks, changes, delivered messages and probes. */
  prune(nowMs: number): Promise<void>;
}
