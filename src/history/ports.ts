/** What history needs of the database, and what others may ask of it. */
import type { JobFrequency } from "../core/time/frequency.ts";
import type { OutcomeStatus } from "../core/outcome.ts";
import type { JobDisplay } from "../core/job-display.ts";
import type { Incident, IncidentChange } from "./incident.ts";
import type { RetentionState, RollupPeriod, DeletionBatch, Records } from "./retention.ts";
import type { BlockPosition, PositionChanges, Series } from "./blocks.ts";
import type { Rollup, OutcomeCounts } from "./rollup.ts";
import type { Sample } from "./sample.ts";

/** Outcomes of one lane and slot. */
export interface SampleRow {
  readonly block: number;
  /** The slot's own time, Unix ms. */
  readonly atMs: number;
  /** As `packSample` makes it. */
  readonly data: Uint8Array;
}

/** What a tick adds to history; part of its commit. */
export interface HistoryChanges extends PositionChanges {
  readonly samples: readonly SampleRow[];
  readonly incidents: readonly IncidentChange[];
}

/** What keeps the records small. Every method may be called again: what was done is not done twice. */
export interface HistoryCompactor {
  /** What is kept of every lane, of which lanes that note is missing or damaged, and the newest finished slots. */
  readRetention(nowMs: number): Promise<
    Pick<Span, "lastCompletedSlots"> & {
      readonly kept: readonly RetentionState[];
      readonly damaged: readonly number[];
    }
  >;
  /** Writes anew what is kept of a lane. */
  rebuildRetentionOf(block: number, nowMs: number): Promise<void>;
  /** Every series of a lane. */
  readBlock(block: number): Promise<readonly Series[]>;
  /** The samples of a period, of `count` positions from `first` on. */
  readSamples(period: RollupPeriod, first: number, count: number): Promise<readonly Uint8Array[]>;
  /** Writes the rollup of the next period, unless somebody has. */
  writeRollup(period: RollupPeriod, data: Uint8Array): Promise<void>;
  deleteBatch(portion: DeletionBatch): Promise<void>;
  /** Forgets a lane of which nothing is left. */
  forgetBlock(block: number): Promise<void>;
  /**
   * Forgets the states of jobs that have been gone since `goneSinceMs`, ends incidents of jobs that are gone or whose
   * state knows nothing of them, and forgets incidents that ended before `endedBeforeMs`.
   */
  forgetJobs(nowMs: number, goneSinceMs: number, endedBeforeMs: number): Promise<void>;
}

/** Where a job was, what is kept of its lanes, and what is decided. */
export interface Span {
  readonly series: readonly Series[];
  /** By lane. */
  readonly kept: ReadonlyMap<number, RetentionState>;
  /** Newest finished slot of each frequency, Unix ms. */
  readonly lastCompletedSlots: ReadonlyMap<JobFrequency, number>;
}

interface Window {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

/** Records of one kind of one place, of a stretch of time. */
export interface Piece extends BlockPosition, Window {
  readonly records: Records;
}

/** A record of a piece, by its number in the list that was asked for. */
export interface PieceRecord {
  readonly piece: number;
  readonly atMs: number;
  /** Of its position alone: a reading, or its counts and latencies of a rollup. */
  readonly data: Uint8Array;
}

/** Records of whole lanes. */
export interface BlockRecord {
  readonly block: number;
  readonly atMs: number;
  /** A sample, or the counts of a rollup. */
  readonly data: Uint8Array;
}

/** Places of one job that are looked back on. */
export const MAX_SERIES = 100;

/** Rows as they are stored, for a HistoryReader to make sense of. */
export interface HistorySource {
  /** In the order of their places. */
  readJobs(): Promise<readonly JobStatusRow[]>;
  /** Series of the job that reach beyond `fromMs`, oldest first, of these at most the newest MAX_SERIES. */
  readSpan(job: string, fromMs: number): Promise<Span>;
  readPieces(pieces: readonly Piece[]): Promise<readonly PieceRecord[]>;
  /** Of all jobs: how they are, the counts of days from `fromMs` on, what is newer than these, and the latest latencies. */
  readAll(
    fromMs: number,
    nowMs: number,
  ): Promise<{
    /** In the order of their places. */
    readonly jobs: readonly JobStatusRow[];
    readonly span: Span;
    readonly daily: readonly BlockRecord[];
    readonly hourly: readonly BlockRecord[];
    readonly raw: readonly BlockRecord[];
    /** Latencies of hours, and samples of lanes that are none of minutes, from `firstPoint` on. */
    readonly latencies: { readonly hourly: readonly BlockRecord[]; readonly raw: readonly BlockRecord[] };
    /** By frequency: older samples were not read, whether they are rolled up or not. */
    readonly rawFromMs: (frequency: JobFrequency) => number;
  }>;
  /** Newest first. */
  readIncidents(query: IncidentQuery): Promise<readonly Incident[]>;
  readNewIncidents: HistoryReader["readNewIncidents"];
}

/** A job that exists, and how it is. */
export interface JobStatusRow extends JobDisplay {
  readonly jobKey: string;
  readonly frequency: JobFrequency;
  /** Null before its first run. */
  readonly status: OutcomeStatus | null;
  readonly reason: string;
  readonly sinceMs: number | null;
}

export interface IncidentQuery {
  /** Where the last page ended; null for the first. */
  readonly after: Pick<Incident, "fromMs" | "jobKey"> | null;
  readonly limit: number;
  /** Of this job alone; null for all. */
  readonly jobKey: string | null;
  /** Of jobs that are there and public alone. Default: of all. */
  readonly publicOnly?: boolean;
}

export type Range = "24 h" | "7 d" | "30 d" | "90 d" | "1 y";

export interface SlotPoint extends Sample {
  readonly atMs: number;
}

export interface PeriodPoint extends Rollup {
  readonly atMs: number;
}

/** One job over time, oldest first. What has no record has no point. */
export type JobSeries = Window &
  (
    | { readonly every: "slot"; readonly points: readonly SlotPoint[] }
    | { readonly every: "hour" | "day"; readonly points: readonly PeriodPoint[] }
  );

export interface DayBar extends OutcomeCounts {
  readonly atMs: number;
}

/** How a job is, and how it was. */
export interface JobHistorySummary extends JobStatusRow {
  /** 90 days, oldest first, the last is today so far. */
  readonly days: readonly DayBar[];
  /** 24 points, oldest first: medians of hours of a job that runs every minute, of any other the last runs; ms or null. */
  readonly latenciesMs: readonly (number | null)[];
}

export type { Incident };

/** The past, as it is shown. Each call takes a bounded number of queries and rows. */
export interface HistoryReader {
  readJobs(): Promise<readonly JobStatusRow[]>;
  readSeries(job: string, range: Range, nowMs: number): Promise<JobSeries>;
  /** Every job, in the order of their places. */
  readSummaries(nowMs: number): Promise<readonly JobHistorySummary[]>;
  readIncidents(query: IncidentQuery): Promise<readonly Incident[]>;
  /** Those that began after `sinceMs`, and as they are now those that are `known`. */
  readNewIncidents(
    sinceMs: number,
    known: readonly Pick<Incident, "fromMs" | "jobKey">[],
  ): Promise<readonly Incident[]>;
}
