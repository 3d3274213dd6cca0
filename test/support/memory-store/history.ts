import { CONNECTIVITY } from "../../../src/execution/connectivity-rules.ts";
import type { JobFrequency } from "../../../src/core/time/frequency.ts";
import { firstPoint } from "../../../src/history/latencies.ts";
import { incidentFromMs, withSummary, type Incident } from "../../../src/history/incident.ts";
import {
  afterPeriod,
  afterDeletion,
  newRetention,
  type RetentionState,
  type RollupPeriod,
  type DeletionBatch,
} from "../../../src/history/retention.ts";
import type { SeriesBlock, OpenedSeries, Series } from "../../../src/history/blocks.ts";
import {
  MAX_SERIES,
  type HistoryChanges,
  type HistoryCompactor,
  type HistorySource,
  type IncidentQuery,
  type JobStatusRow,
  type BlockRecord,
  type Piece,
  type PieceRecord,
  type Span,
} from "../../../src/history/ports.ts";
import { BYTES_PER_SAMPLE } from "../../../src/history/sample.ts";
import type { JobState } from "../../../src/alerting/job-state.ts";
import type { DigestItem } from "../../../src/mail/message.ts";
import { changeIncident, tells } from "./incidents.ts";
import { fromOf, keyOf, newestFirst, sortedSeries, untilOf, within, type BlockData } from "./keys.ts";
import { countsOf, latenciesOf, sliceRollup } from "./rollups.ts";

type Records = Map<number, Map<number, Uint8Array>>;

/** The history of a MemoryStore. */
export class MemoryHistory implements HistoryCompactor, HistorySource {
  readonly #states: Map<string, JobState>;
  readonly #lastCompletedSlots: () => ReadonlyMap<JobFrequency, number>;
  readonly #blocks = new Map<number, SeriesBlock>();
  readonly #kept = new Map<number, RetentionState>();
  /** By lane and position. */
  readonly #series = new Map<string, OpenedSeries>();
  /** By lane and time. */
  readonly #records: Readonly<Record<Piece["records"], Records>> = {
    raw: new Map(),
    hourly: new Map(),
    daily: new Map(),
  };
  readonly #incidents = new Map<string, Incident>();
  #newestBlock = 0;

  /** @param states of the jobs, of which this forgets those of jobs that are long gone */
  constructor(states: Map<string, JobState>, lastCompletedSlots: () => ReadonlyMap<JobFrequency, number>) {
    this.#states = states;
    this.#lastCompletedSlots = lastCompletedSlots;
  }

  get blocks(): readonly SeriesBlock[] {
    return [...this.#blocks.values()];
  }

  get newestBlock(): number {
    return this.#newestBlock;
  }

  add(changes: HistoryChanges): void {
    for (const { block, atMs, data } of changes.samples) this.#put("raw", block, atMs, data);
    for (const block of changes.changed) this.#blocks.set(block.id, block);
    for (const { id, frequency, atMs } of changes.created) {
      this.#kept.set(id, newRetention(id, frequency, atMs));
      this.#newestBlock = Math.max(this.#newestBlock, id);
    }
    for (const { toMs, ...place } of changes.ended) this.#change(place, { toMs });
    for (const one of changes.opened) {
      for (const [key, other] of this.#series) {
        if (other.jobKey === one.jobKey && other.toMs === null)
          this.#series.set(key, { ...other, toMs: Math.max(other.fromMs, one.fromMs) });
      }
      this.#series.set(keyOf(one), one);
    }
    for (const { block, position, name, group, isPublic } of changes.renamed)
      this.#change({ block, position }, { name, group, isPublic });
    for (const { id, atMs } of changes.closed) {
      this.#blocks.delete(id);
      const kept = this.#kept.get(id);
      if (kept !== undefined) this.#kept.set(id, { ...kept, toMs: atMs });
    }
    for (const change of changes.incidents) {
      const key = JSON.stringify([change.fromMs, change.jobKey]);
      this.#incidents.set(key, changeIncident(this.#incidents.get(key), change));
    }
  }

  /** A mail with these parts was accepted. */
  accept(parts: readonly DigestItem[], acceptedAtMs: number): void {
    for (const [key, incident] of this.#incidents) {
      if (incident.acceptedAtMs === null && parts.some((part) => tells(part, incident)))
        this.#incidents.set(key, { ...incident, acceptedAtMs });
    }
  }

  async readRetention(_nowMs: number): ReturnType<HistoryCompactor["readRetention"]> {
    return { kept: [...this.#kept.values()], damaged: [], lastCompletedSlots: this.#lastCompletedSlots() };
  }

  /** What only this process writes is never damaged. */
  async rebuildRetentionOf(_lane: number, _nowMs: number): Promise<void> {}

  async readBlock(block: number): Promise<readonly Series[]> {
    return sortedSeries(this.#series.values(), (one) => one.block === block);
  }

  async readSamples(
    { block, fromMs, toMs }: RollupPeriod,
    first: number,
    count: number,
  ): Promise<readonly Uint8Array[]> {
    return this.#within("raw", block, fromMs, toMs).map(({ data }) =>
      data.subarray(BYTES_PER_SAMPLE * first, BYTES_PER_SAMPLE * (first + count)),
    );
  }

  async writeRollup(period: RollupPeriod, data: Uint8Array): Promise<void> {
    const kept = this.#kept.get(period.block);
    if (kept === undefined || untilOf(kept, period) !== period.fromMs) return;
    this.#put(period.resolution, period.block, period.fromMs, data);
    this.#kept.set(kept.block, afterPeriod(kept, period));
  }

  async deleteBatch(portion: DeletionBatch): Promise<void> {
    const { block, records, fromMs, toMs } = portion;
    const kept = this.#kept.get(block);
    if (kept === undefined || fromOf(kept, portion) !== fromMs) return;
    for (const { atMs } of this.#within(records, block, fromMs, toMs))
      this.#records[records].get(block)?.delete(atMs);
    this.#kept.set(block, afterDeletion(kept, portion));
  }

  async forgetBlock(block: number): Promise<void> {
    this.#kept.delete(block);
    for (const [key, one] of this.#series) if (one.block === block) this.#series.delete(key);
  }

  async forgetJobs(nowMs: number, goneSinceMs: number, endedBeforeMs: number): Promise<void> {
    const placed = new Set(this.blocks.flatMap(({ jobs }) => jobs));
    const recent = new Set(
      [...this.#series.values()]
        .filter(({ toMs }) => toMs === null || toMs >= goneSinceMs)
        .map(({ jobKey }) => jobKey),
    );
    const isGone = (job: string): boolean => !placed.has(job) && !recent.has(job);
    if ([...this.#series.values()].some(({ fromMs }) => fromMs < goneSinceMs)) {
      for (const job of this.#states.keys())
        if (job !== CONNECTIVITY && isGone(job)) this.#states.delete(job);
    }
    for (const [key, incident] of this.#incidents) {
      const { jobKey, toMs } = incident;
      if (toMs === null && isGone(jobKey))
        this.#incidents.set(key, { ...incident, toMs: nowMs, ended: "removed" });
      const state = this.#states.get(jobKey);
      if (toMs === null && state !== undefined && incidentFromMs(state) !== incident.fromMs) {
        const endMs = state.firstFailureAtMs ?? state.sinceMs ?? nowMs;
        this.#incidents.set(key, { ...incident, toMs: endMs, ended: "recovered" });
      }
      if (toMs !== null && toMs < endedBeforeMs) this.#incidents.delete(key);
    }
  }

  async readJobs(): Promise<readonly JobStatusRow[]> {
    const present = [...this.#series.values()].filter(({ toMs }) => toMs === null);
    const byPlace = present.toSorted((a, b) => a.block - b.block || a.position - b.position);
    return byPlace.map(({ jobKey, name, group, isPublic, frequency }) => {
      const state = this.#states.get(jobKey);
      return {
        jobKey,
        name,
        group,
        isPublic,
        frequency,
        status: state?.status ?? null,
        reason: state?.reason ?? "",
        sinceMs: state?.sinceMs ?? null,
      };
    });
  }

  async readSpan(job: string, fromMs: number): Promise<Span> {
    const span = this.#span((one) => one.jobKey === job && (one.toMs === null || one.toMs > fromMs));
    return { ...span, series: span.series.slice(-MAX_SERIES) };
  }

  async readPieces(pieces: readonly Piece[]): Promise<readonly PieceRecord[]> {
    return pieces.flatMap(({ records, block, position, fromMs, toMs }, piece) =>
      this.#within(records, block, fromMs, toMs).map(({ atMs, data }) => ({
        piece,
        atMs,
        data:
          records === "raw"
            ? data.subarray(BYTES_PER_SAMPLE * position, BYTES_PER_SAMPLE * (position + 1))
            : sliceRollup(data, position),
      })),
    );
  }

  async readAll(fromMs: number, nowMs: number): ReturnType<HistorySource["readAll"]> {
    const span = this.#span(({ toMs }) => toMs === null || toMs > fromMs);
    const of = (
      records: Piece["records"],
      stretch: (kept: RetentionState) => readonly [number, number],
      part = countsOf,
    ): BlockRecord[] =>
      [...this.#kept.values()].flatMap((kept) => {
        const [startMs, endMs] = stretch(kept);
        return this.#within(records, kept.block, Math.max(fromMs, startMs), endMs).map(({ atMs, data }) => ({
          block: kept.block,
          atMs,
          data: records === "raw" ? data : part(data),
        }));
      });
    return {
      jobs: await this.readJobs(),
      latencies: {
        hourly: of(
          "hourly",
          ({ frequency, hourlyUntilMs }) => [firstPoint(frequency, nowMs), hourlyUntilMs],
          latenciesOf,
        ),
        raw: of("raw", ({ frequency }) => [
          frequency === "MINUTE" ? Infinity : firstPoint(frequency, nowMs),
          Infinity,
        ]),
      },
      span,
      daily: of("daily", ({ dailyFromMs, dailyUntilMs }) => [dailyFromMs, dailyUntilMs]),
      hourly: of("hourly", ({ dailyUntilMs, hourlyUntilMs }) => [dailyUntilMs, hourlyUntilMs]),
      raw: of("raw", ({ frequency, dailyUntilMs, hourlyUntilMs }) => [
        frequency === "MINUTE" ? Math.max(dailyUntilMs, hourlyUntilMs) : dailyUntilMs,
        Infinity,
      ]),
      rawFromMs: () => 0,
    };
  }

  async readIncidents({
    after,
    limit,
    jobKey,
    publicOnly = false,
  }: IncidentQuery): Promise<readonly Incident[]> {
    return [...this.#incidents.values()]
      .map((one) => withSummary(one, this.#states.get(one.jobKey)))
      .filter((one) => jobKey === null || one.jobKey === jobKey)
      .filter((one) => !publicOnly || this.#isPublic(one.jobKey))
      .toSorted(newestFirst)
      .filter((one) => after === null || newestFirst(one, after) > 0)
      .slice(0, limit);
  }

  async readNewIncidents(
    ...[sinceMs, known]: Parameters<HistorySource["readNewIncidents"]>
  ): Promise<readonly Incident[]> {
    return [...this.#incidents.values()]
      .map((one) => withSummary(one, this.#states.get(one.jobKey)))
      .filter(
        ({ fromMs, jobKey }) =>
          fromMs > sinceMs || known.some((one) => one.fromMs === fromMs && one.jobKey === jobKey),
      );
  }

  #isPublic(job: string): boolean {
    return [...this.#series.values()].some((one) => one.jobKey === job && one.toMs === null && one.isPublic);
  }

  #span(wanted: (series: Series) => boolean): Span {
    return {
      series: sortedSeries(this.#series.values(), wanted),
      kept: new Map(this.#kept),
      lastCompletedSlots: this.#lastCompletedSlots(),
    };
  }

  #change(place: { readonly block: number; readonly position: number }, change: Partial<OpenedSeries>): void {
    const one = this.#series.get(keyOf(place));
    if (one !== undefined) this.#series.set(keyOf(place), { ...one, ...change });
  }

  #put(records: Piece["records"], block: number, atMs: number, data: Uint8Array): void {
    const ofBlock = this.#records[records].get(block) ?? new Map<number, Uint8Array>();
    this.#records[records].set(block, ofBlock.set(atMs, data));
  }

  #within(records: Piece["records"], block: number, fromMs: number, toMs: number): BlockData[] {
    return within(this.#records[records].get(block), fromMs, toMs);
  }
}
