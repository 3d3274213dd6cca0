/** What history needs of the database, and what others may ask of it. */
import type { JobFrequency } from "../frequency.ts";
import type { OutcomeStatus } from "../outcome.ts";
import type { Showing } from "../showing.ts";
import type { Incident, IncidentChange } from "./incident.ts";
import type { Kept, Period, Portion } from "./kept.ts";
import type { PlaceChanges, Series } from "./lanes.ts";
import type { Latency, Rollup, Tally } from "./rollup.ts";
import type { Reading } from "./sample.ts";
import type { Piece, Span, Window } from "./window.ts";

/** Outcomes of one lane and slot. */
export interface Sample {
  readonly lane: number;
  /** The slot's own time, Unix ms. */
  readonly atMs: number;
  /** As `packSample` makes it. */
  readonly data: Uint8Array;
}

/** What a tick adds to history; part of its commit. */
export interface HistoryChanges extends PlaceChanges {
  readonly samples: readonly Sample[];
  readonly incidents: readonly IncidentChange[];
}

export const NO_HISTORY: HistoryChanges = {
  changed: [],
  created: [],
  closed: [],
  opened: [],
  ended: [],
  renamed: [],
  samples: [],
  incidents: [],
};

/** What keeps the records small. Every method may be called again: what was done is not done twice. */
export interface HistoryKeeper {
  /** What is kept of every lane, of which lanes that note is missing or damaged, and the newest finished slots. */
  readKept(
    nowMs: number,
  ): Promise<
    Pick<Span, "doneSlots"> & { readonly kept: readonly Kept[]; readonly damaged: readonly number[] }
  >;
  /** Writes anew what is kept of a lane. */
  mendKept(lane: number, nowMs: number): Promise<void>;
  /** Every series of a lane. */
  readLane(lane: number): Promise<readonly Series[]>;
  /** The samples of a period, of `count` positions from `first` on. */
  readSamples(period: Period, first: number, count: number): Promise<readonly Uint8Array[]>;
  /** Writes the rollup of the next period, unless somebody has. */
  writeRollup(period: Period, data: Uint8Array): Promise<void>;
  deletePortion(portion: Portion): Promise<void>;
  /** Forgets a lane of which nothing is left. */
  forgetLane(lane: number): Promise<void>;
  /**
   * Forgets the states of jobs that have been gone since `goneSinceMs`, ends incidents of jobs that are gone or whose
   * state knows nothing of them, and forgets incidents that ended before `endedBeforeMs`.
   */
  forgetJobs(nowMs: number, goneSinceMs: number, endedBeforeMs: number): Promise<void>;
}

/** A record of a piece, by its number in the list that was asked for. */
export interface PieceRecord {
  readonly piece: number;
  readonly atMs: number;
  /** Of its position alone: a reading, or a rollup as of `sliceRollup`. */
  readonly data: Uint8Array;
}

/** Records of whole lanes. */
export interface LaneRecord {
  readonly lane: number;
  readonly atMs: number;
  /** A sample, or the counts of a rollup. */
  readonly data: Uint8Array;
}

/** Places of one job that are looked back on. */
export const MAX_SERIES = 100;

/** Rows as they are stored, for a HistoryReader to make sense of. */
export interface HistorySource {
  /** In the order of their places. */
  readJobs(): Promise<readonly JobOverview[]>;
  /** Series of the job that reach beyond `fromMs`, oldest first, of these at most the newest MAX_SERIES. */
  readSpan(job: string, fromMs: number): Promise<Span>;
  readPieces(pieces: readonly Piece[]): Promise<readonly PieceRecord[]>;
  /** Of all jobs: how they are, the counts of days from `fromMs` on, what is newer than these, and the latest latencies. */
  readAll(
    fromMs: number,
    nowMs: number,
  ): Promise<{
    /** In the order of their places. */
    readonly jobs: readonly JobOverview[];
    readonly span: Span;
    readonly daily: readonly LaneRecord[];
    readonly hourly: readonly LaneRecord[];
    readonly raw: readonly LaneRecord[];
    /** Latencies of hours, and samples of lanes that are none of minutes, from `firstPoint` on. */
    readonly latencies: { readonly hourly: readonly LaneRecord[]; readonly raw: readonly LaneRecord[] };
    /** By frequency: older samples were not read, whether they are rolled up or not. */
    readonly rawFromMs: (frequency: JobFrequency) => number;
  }>;
  /** Newest first. */
  readIncidents(query: IncidentQuery): Promise<readonly Incident[]>;
  readNewIncidents: HistoryReader["readNewIncidents"];
}

/** A job that exists, and how it is. */
export interface JobOverview extends Showing {
  readonly job: string;
  readonly frequency: JobFrequency;
  /** Null before its first run. */
  readonly status: OutcomeStatus | null;
  readonly reason: string;
  readonly sinceMs: number | null;
}

export interface IncidentQuery {
  /** Where the last page ended; null for the first. */
  readonly after: Pick<Incident, "fromMs" | "job"> | null;
  readonly limit: number;
  /** Of this job alone; null for all. */
  readonly job: string | null;
  /** Of jobs that are there and public alone. Default: of all. */
  readonly publicOnly?: boolean;
}

export type Range = "24 h" | "7 d" | "30 d" | "90 d" | "1 y";

export interface SlotPoint extends Reading {
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

export interface DayBar extends Tally {
  readonly atMs: number;
}

/** How a job is, and how it was. */
export interface JobCard extends JobOverview {
  /** 90 days, oldest first, the last is today so far. */
  readonly days: readonly DayBar[];
  /** 24 points, oldest first: medians of hours of a job that runs every minute, of any other the last runs; ms or null. */
  readonly latenciesMs: readonly (number | null)[];
}

export interface Uptime extends Tally {
  /** For which window this is exact: that which was asked for, or what of it the kept records allow. */
  readonly window: Window;
  /** From 0 to 1; null where neither up nor down was seen. */
  readonly uptime: number | null;
  /** From 0 to 1; null where no run was owed. */
  readonly coverage: number | null;
}

export type { Incident, Latency, Rollup, Tally };

/** The past, as it is shown. Each call takes a bounded number of queries and rows. */
export interface HistoryReader {
  readJobs(): Promise<readonly JobOverview[]>;
  readSeries(job: string, range: Range, nowMs: number): Promise<JobSeries>;
  /** Every job, in the order of their places. */
  readCards(nowMs: number): Promise<readonly JobCard[]>;
  readIncidents(query: IncidentQuery): Promise<readonly Incident[]>;
  /** Those that began after `sinceMs`, and as they are now those that are `known`. */
  readNewIncidents(
    sinceMs: number,
    known: readonly Pick<Incident, "fromMs" | "job">[],
  ): Promise<readonly Incident[]>;
  readUptime(job: string, fromMs: number, toMs: number): Promise<Uptime>;
}
