import { DAY_MS, FREQUENCIES, HOUR_MS, type JobFrequency } from "../core/time/frequency.ts";
import { ceilTo, decidedUntil, floorTo, slotsWithin } from "./retention.ts";
import { addLatencies, LATEST_POINTS, type LatencyRecords } from "./latencies.ts";
import type { Series } from "./blocks.ts";
import {
  type DayBar,
  type HistoryReader,
  type HistorySource,
  type JobHistorySummary,
  type JobSeries,
  type BlockRecord,
  type PeriodPoint,
  type Piece,
  type PieceRecord,
  type Range,
  type SlotPoint,
  type Span,
} from "./ports.ts";
import {
  addCounts,
  isNothing,
  NO_OUTCOMES,
  rollUpPacked,
  countsAt,
  unpackRollup,
  type OutcomeCounts,
} from "./rollup.ts";
import { sampleAt, packedAt } from "./sample.ts";

const DAYS_OF_BARS = 90;

const RESOLUTIONS: Readonly<
  Record<Range, { readonly days: number; readonly every: Readonly<Record<JobFrequency, JobSeries["every"]>> }>
> = {
  "24 h": { days: 1, every: { MINUTE: "slot", HOUR: "slot", DAY: "slot", DAY_NOON: "slot" } },
  "7 d": { days: 7, every: { MINUTE: "hour", HOUR: "slot", DAY: "slot", DAY_NOON: "slot" } },
  "30 d": { days: 30, every: { MINUTE: "hour", HOUR: "slot", DAY: "slot", DAY_NOON: "slot" } },
  "90 d": { days: 90, every: { MINUTE: "day", HOUR: "day", DAY: "slot", DAY_NOON: "slot" } },
  "1 y": { days: 365, every: { MINUTE: "day", HOUR: "day", DAY: "day", DAY_NOON: "day" } },
};

/** Makes sense of the rows that a database holds. */
export class RecordReader implements HistoryReader {
  readonly #source: HistorySource;

  constructor(source: HistorySource) {
    this.#source = source;
  }

  readJobs(): ReturnType<HistoryReader["readJobs"]> {
    return this.#source.readJobs();
  }

  readIncidents(
    query: Parameters<HistoryReader["readIncidents"]>[0],
  ): ReturnType<HistoryReader["readIncidents"]> {
    return this.#source.readIncidents(query);
  }

  readNewIncidents(
    ...asked: Parameters<HistoryReader["readNewIncidents"]>
  ): ReturnType<HistoryReader["readNewIncidents"]> {
    return this.#source.readNewIncidents(...asked);
  }

  /** In the resolution of the highest frequency that the job had within the range. */
  async readSeries(job: string, range: Range, nowMs: number): Promise<JobSeries> {
    const { days, every: byFrequency } = RESOLUTIONS[range];
    const span = await this.#source.readSpan(job, nowMs - days * DAY_MS);
    const frequencies = new Set(span.series.map(({ frequency }) => frequency));
    const every = byFrequency[FREQUENCIES.find((one) => frequencies.has(one)) ?? "MINUTE"];
    const periodMs = every === "hour" ? HOUR_MS : every === "day" ? DAY_MS : 1;
    const window = { fromMs: floorTo(periodMs, nowMs - days * DAY_MS), toMs: nowMs };
    // A slot that begins at this very moment may have run.
    const pieces = span.series.flatMap((series) => recordsOf(series, span, every, window.fromMs, nowMs + 1));
    const records = await this.#source.readPieces(pieces.map(({ piece }) => piece));
    const sorted = records.toSorted((a, b) => a.atMs - b.atMs || a.piece - b.piece);
    if (every === "slot") return { ...window, every, points: slotPoints(sorted) };
    return { ...window, every, points: periodPoints(pieces, sorted, span, periodMs) };
  }

  async readSummaries(nowMs: number): Promise<readonly JobHistorySummary[]> {
    const fromMs = floorTo(DAY_MS, nowMs) - (DAYS_OF_BARS - 1) * DAY_MS;
    const { jobs, span, daily, hourly, raw, rawFromMs, latencies } = await this.#source.readAll(
      fromMs,
      nowMs,
    );
    const latenciesOf = latencyRecords(raw, latencies);
    const byLane = {
      daily: Map.groupBy(daily, ({ block }) => block),
      hourly: Map.groupBy(hourly, ({ block }) => block),
      raw: new Map(
        [...Map.groupBy(raw, ({ block }) => block)].map(([block, own]) => [
          block,
          Map.groupBy(own, ({ atMs }) => floorTo(DAY_MS, atMs)),
        ]),
      ),
    };
    const seriesOf = Map.groupBy(span.series, ({ jobKey }) => jobKey);
    return jobs.map((overview) => {
      const series = seriesOf.get(overview.jobKey) ?? [];
      const days = new Map<number, OutcomeCounts>();
      const add = (atMs: number, tally: OutcomeCounts): void => {
        const dayMs = floorTo(DAY_MS, atMs);
        if (dayMs >= fromMs) days.set(dayMs, addCounts(days.get(dayMs) ?? NO_OUTCOMES, tally));
      };
      for (const one of series)
        addSeries(one, span, byLane, Math.max(fromMs, rawFromMs(one.frequency)), nowMs, add);
      const latenciesMs = Array.from({ length: LATEST_POINTS }, (): number | null => null);
      for (const { block, position, frequency } of series) {
        if (frequency !== overview.frequency) continue;
        addLatencies(latenciesMs, latenciesOf(block, frequency), position, frequency, nowMs);
      }
      return { ...overview, days: barsOf(days, fromMs), latenciesMs };
    });
  }
}

/** Slots in which a series owes a run, of those that are decided. */
export function expectedRuns(
  { frequency, fromMs, toMs }: Series,
  { lastCompletedSlots }: Pick<Span, "lastCompletedSlots">,
  startMs: number,
  endMs: number,
): number {
  const untilMs = Math.min(endMs, toMs ?? Infinity, decidedUntil(frequency, lastCompletedSlots));
  return slotsWithin(frequency, Math.max(startMs, fromMs), untilMs);
}

interface SeriesPiece {
  readonly piece: Piece;
  readonly series: Series;
}

/** Rollups as far as there are any, and samples from then on. */
function recordsOf(
  series: Series,
  { kept }: Span,
  every: JobSeries["every"],
  fromMs: number,
  toMs: number,
): SeriesPiece[] {
  const ofBlock = kept.get(series.block);
  if (ofBlock === undefined) return [];
  const { block, position } = series;
  const endMs = Math.min(toMs, series.toMs ?? Infinity);
  const records =
    every === "day" ? "daily" : every === "hour" && series.frequency === "MINUTE" ? "hourly" : "raw";
  const untilMs =
    records === "raw" ? fromMs : records === "daily" ? ofBlock.dailyUntilMs : ofBlock.hourlyUntilMs;
  const startMs = Math.max(fromMs, series.fromMs);
  const pieces: Piece[] = [
    { block, position, records, fromMs, toMs: Math.min(untilMs, endMs) },
    { block, position, records: "raw", fromMs: Math.max(startMs, untilMs), toMs: endMs },
  ];
  return pieces.filter((one) => one.fromMs < one.toMs).map((piece) => ({ piece, series }));
}

function slotPoints(records: readonly PieceRecord[]): SlotPoint[] {
  return records.flatMap(({ atMs, data }) => {
    const reading = sampleAt(data, 0);
    return reading === null ? [] : [{ atMs, ...reading }];
  });
}

/** A job that moved to another lane has two points of that period. */
function periodPoints(
  pieces: readonly SeriesPiece[],
  records: readonly PieceRecord[],
  span: Span,
  periodMs: number,
): PeriodPoint[] {
  const byPiece = Map.groupBy(records, ({ piece }) => piece);
  const points = pieces.flatMap(({ piece, series }, index): PeriodPoint[] => {
    const own = byPiece.get(index) ?? [];
    if (piece.records !== "raw") return own.map(({ atMs, data }) => ({ atMs, ...unpackRollup(data) }));
    const byPeriod = Map.groupBy(own, ({ atMs }) => floorTo(periodMs, atMs));
    const periods: PeriodPoint[] = [];
    for (let atMs = floorTo(periodMs, piece.fromMs); atMs < piece.toMs; atMs += periodMs) {
      const words = (byPeriod.get(atMs) ?? []).map(({ data }) => packedAt(data, 0));
      const [startMs, endMs] = [Math.max(atMs, piece.fromMs), Math.min(atMs + periodMs, piece.toMs)];
      periods.push({ atMs, ...rollUpPacked(words, expectedRuns(series, span, startMs, endMs)) });
    }
    return periods;
  });
  return points.filter((point) => !isNothing(point)).toSorted((a, b) => a.atMs - b.atMs);
}

function barsOf(days: ReadonlyMap<number, OutcomeCounts>, fromMs: number): DayBar[] {
  return Array.from({ length: DAYS_OF_BARS }, (_, index) => {
    const atMs = fromMs + index * DAY_MS;
    return { atMs, ...(days.get(atMs) ?? NO_OUTCOMES) };
  });
}

/** Samples of minutes come with what is not rolled up, others with the latencies. */
function latencyRecords(
  raw: readonly BlockRecord[],
  latencies: { readonly hourly: readonly BlockRecord[]; readonly raw: readonly BlockRecord[] },
): (block: number, frequency: JobFrequency) => LatencyRecords {
  const hourlyOf = Map.groupBy(latencies.hourly, ({ block }) => block);
  const samplesOf = {
    minutes: Map.groupBy(raw, ({ block }) => block),
    others: Map.groupBy(latencies.raw, ({ block }) => block),
  };
  const made = new Map<number, LatencyRecords>();
  return (block, frequency) => {
    const before = made.get(block);
    if (before !== undefined) return before;
    const isMinute = frequency === "MINUTE";
    const samples = (isMinute ? samplesOf.minutes : samplesOf.others).get(block) ?? [];
    const byPoint = Map.groupBy(samples, ({ atMs }) => (isMinute ? floorTo(HOUR_MS, atMs) : atMs));
    const records = { hourly: hourlyOf.get(block) ?? [], raw: byPoint };
    made.set(block, records);
    return records;
  };
}

interface RecordsByLane {
  readonly daily: ReadonlyMap<number, readonly BlockRecord[]>;
  readonly hourly: ReadonlyMap<number, readonly BlockRecord[]>;
  /** And by day. */
  readonly raw: ReadonlyMap<number, ReadonlyMap<number, readonly BlockRecord[]>>;
}

function addSeries(
  series: Series,
  span: Span,
  { daily, hourly, raw }: RecordsByLane,
  readFromMs: number,
  nowMs: number,
  add: (atMs: number, tally: OutcomeCounts) => void,
): void {
  const { block, position, frequency } = series;
  const kept = span.kept.get(block);
  if (kept === undefined) return;
  for (const { atMs, data } of daily.get(block) ?? []) add(atMs, countsAt(data, position));
  for (const { atMs, data } of hourly.get(block) ?? []) add(atMs, countsAt(data, position));
  const newFromMs = Math.max(kept.dailyUntilMs, frequency === "MINUTE" ? kept.hourlyUntilMs : 0);
  // Where rolling up has fallen far behind, a day of which only a part was read is left out.
  const rawFromMs = newFromMs >= readFromMs ? newFromMs : ceilTo(DAY_MS, readFromMs);
  for (let dayMs = floorTo(DAY_MS, rawFromMs); dayMs <= nowMs; dayMs += DAY_MS) {
    const own = (raw.get(block)?.get(dayMs) ?? []).map(({ data }) => packedAt(data, position));
    const owed = expectedRuns(series, span, Math.max(dayMs, rawFromMs), dayMs + DAY_MS);
    add(dayMs, rollUpPacked(own, owed));
  }
}
