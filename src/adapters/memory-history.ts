import { CONNECTIVITY } from "../domain/connectivity.ts";
import type { JobFrequency } from "../domain/frequency.ts";
import { firstPoint } from "../domain/history/latencies.ts";
import {
  changeIncident,
  incidentFromMs,
  tells,
  withSummary,
  type Incident,
} from "../domain/history/incident.ts";
import {
  afterPeriod,
  afterPortion,
  newKept,
  type Kept,
  type Period,
  type Portion,
} from "../domain/history/kept.ts";
import type { Lane, OpenedSeries, Series } from "../domain/history/lanes.ts";
import {
  MAX_SERIES,
  type HistoryChanges,
  type HistoryKeeper,
  type HistorySource,
  type IncidentQuery,
  type JobOverview,
  type LaneRecord,
  type PieceRecord,
} from "../domain/history/ports.ts";
import { countsOf, latenciesOf, sliceRollup } from "../domain/history/rollup.ts";
import { READING_BYTES } from "../domain/history/sample.ts";
import type { Piece, Span } from "../domain/history/window.ts";
import type { JobState } from "../domain/job-state.ts";
import type { Part } from "../domain/message.ts";
import { fromOf, keyOf, newestFirst, sortedSeries, untilOf, within, type LaneData } from "./memory-keys.ts";

type Records = Map<number, Map<number, Uint8Array>>;

/** The history of a MemoryStore. */
export class MemoryHistory implements HistoryKeeper, HistorySource {
  readonly #states: Map<string, JobState>;
  readonly #doneSlots: () => ReadonlyMap<JobFrequency, number>;
  readonly #lanes = new Map<number, Lane>();
  readonly #kept = new Map<number, Kept>();
  /** By lane and position. */
  readonly #series = new Map<string, OpenedSeries>();
  /** By lane and time. */
  readonly #records: Readonly<Record<Piece["records"], Records>> = {
    raw: new Map(),
    hourly: new Map(),
    daily: new Map(),
  };
  readonly #incidents = new Map<string, Incident>();
  #newestLane = 0;

  /** @param states of the jobs, of which this forgets those of jobs that are long gone */
  constructor(states: Map<string, JobState>, doneSlots: () => ReadonlyMap<JobFrequency, number>) {
    this.#states = states;
    this.#doneSlots = doneSlots;
  }

  get lanes(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  get newestLane(): number {
    return this.#newestLane;
  }

  add(changes: HistoryChanges): void {
    for (const { lane, atMs, data } of changes.samples) this.#put("raw", lane, atMs, data);
    for (const lane of changes.changed) this.#lanes.set(lane.id, lane);
    for (const { id, frequency, atMs } of changes.created) {
      this.#kept.set(id, newKept(id, frequency, atMs));
      this.#newestLane = Math.max(this.#newestLane, id);
    }
    for (const { toMs, ...place } of changes.ended) this.#change(place, { toMs });
    for (const one of changes.opened) {
      for (const [key, other] of this.#series) {
        if (other.job === one.job && other.toMs === null)
          this.#series.set(key, { ...other, toMs: Math.max(other.fromMs, one.fromMs) });
      }
      this.#series.set(keyOf(one), one);
    }
    for (const { lane, position, name, group, isPublic } of changes.renamed)
      this.#change({ lane, position }, { name, group, isPublic });
    for (const { id, atMs } of changes.closed) {
      this.#lanes.delete(id);
      const kept = this.#kept.get(id);
      if (kept !== undefined) this.#kept.set(id, { ...kept, toMs: atMs });
    }
    for (const change of changes.incidents) {
      const key = JSON.stringify([change.fromMs, change.job]);
      this.#incidents.set(key, changeIncident(this.#incidents.get(key), change));
    }
  }

  /** A mail with these parts was accepted. */
  accept(parts: readonly Part[], acceptedAtMs: number): void {
    for (const [key, incident] of this.#incidents) {
      if (incident.acceptedAtMs === null && parts.some((part) => tells(part, incident)))
        this.#incidents.set(key, { ...incident, acceptedAtMs });
    }
  }

  async readKept(_nowMs: number): ReturnType<HistoryKeeper["readKept"]> {
    return { kept: [...this.#kept.values()], damaged: [], doneSlots: this.#doneSlots() };
  }

  /** What only this process writes is never damaged. */
  async mendKept(_lane: number, _nowMs: number): Promise<void> {}

  async readLane(lane: number): Promise<readonly Series[]> {
    return this.#sorted((one) => one.lane === lane);
  }

  async readSamples(
    { lane, fromMs, toMs }: Period,
    first: number,
    count: number,
  ): Promise<readonly Uint8Array[]> {
    return this.#within("raw", lane, fromMs, toMs).map(({ data }) =>
      data.subarray(READING_BYTES * first, READING_BYTES * (first + count)),
    );
  }

  async writeRollup(period: Period, data: Uint8Array): Promise<void> {
    const kept = this.#kept.get(period.lane);
    if (kept === undefined || untilOf(kept, period) !== period.fromMs) return;
    this.#put(period.resolution, period.lane, period.fromMs, data);
    this.#kept.set(kept.lane, afterPeriod(kept, period));
  }

  async deletePortion(portion: Portion): Promise<void> {
    const { lane, records, fromMs, toMs } = portion;
    const kept = this.#kept.get(lane);
    if (kept === undefined || fromOf(kept, portion) !== fromMs) return;
    for (const { atMs } of this.#within(records, lane, fromMs, toMs))
      this.#records[records].get(lane)?.delete(atMs);
    this.#kept.set(lane, afterPortion(kept, portion));
  }

  async forgetLane(lane: number): Promise<void> {
    this.#kept.delete(lane);
    for (const [key, one] of this.#series) if (one.lane === lane) this.#series.delete(key);
  }

  async forgetJobs(nowMs: number, goneSinceMs: number, endedBeforeMs: number): Promise<void> {
    const placed = new Set(this.lanes.flatMap(({ jobs }) => jobs));
    const recent = new Set(
      [...this.#series.values()]
        .filter(({ toMs }) => toMs === null || toMs >= goneSinceMs)
        .map(({ job }) => job),
    );
    const isGone = (job: string): boolean => !placed.has(job) && !recent.has(job);
    if ([...this.#series.values()].some(({ fromMs }) => fromMs < goneSinceMs)) {
      for (const job of this.#states.keys())
        if (job !== CONNECTIVITY && isGone(job)) this.#states.delete(job);
    }
    for (const [key, incident] of this.#incidents) {
      const { job, toMs } = incident;
      if (toMs === null && isGone(job))
        this.#incidents.set(key, { ...incident, toMs: nowMs, ended: "removed" });
      const state = this.#states.get(job);
      if (toMs === null && state !== undefined && incidentFromMs(state) !== incident.fromMs) {
        const endMs = state.firstFailureAtMs ?? state.sinceMs ?? nowMs;
        this.#incidents.set(key, { ...incident, toMs: endMs, ended: "recovered" });
      }
      if (toMs !== null && toMs < endedBeforeMs) this.#incidents.delete(key);
    }
  }

  async readJobs(): Promise<readonly JobOverview[]> {
    const present = [...this.#series.values()].filter(({ toMs }) => toMs === null);
    const byPlace = present.toSorted((a, b) => a.lane - b.lane || a.position - b.position);
    return byPlace.map(({ job, name, group, isPublic, frequency }) => {
      const state = this.#states.get(job);
      return {
        job,
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
    const span = this.#span((one) => one.job === job && (one.toMs === null || one.toMs > fromMs));
    return { ...span, series: span.series.slice(-MAX_SERIES) };
  }

  async readPieces(pieces: readonly Piece[]): Promise<readonly PieceRecord[]> {
    return pieces.flatMap(({ records, lane, position, fromMs, toMs }, piece) =>
      this.#within(records, lane, fromMs, toMs).map(({ atMs, data }) => ({
        piece,
        atMs,
        data:
          records === "raw"
            ? data.subarray(READING_BYTES * position, READING_BYTES * (position + 1))
            : sliceRollup(data, position),
      })),
    );
  }

  async readAll(fromMs: number, nowMs: number): ReturnType<HistorySource["readAll"]> {
    const span = this.#span(({ toMs }) => toMs === null || toMs > fromMs);
    const of = (
      records: Piece["records"],
      stretch: (kept: Kept) => readonly [number, number],
      part = countsOf,
    ): LaneRecord[] =>
      [...this.#kept.values()].flatMap((kept) => {
        const [startMs, endMs] = stretch(kept);
        return this.#within(records, kept.lane, Math.max(fromMs, startMs), endMs).map(({ atMs, data }) => ({
          lane: kept.lane,
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
    job,
    publicOnly = false,
  }: IncidentQuery): Promise<readonly Incident[]> {
    return [...this.#incidents.values()]
      .map((one) => withSummary(one, this.#states.get(one.job)))
      .filter((one) => job === null || one.job === job)
      .filter((one) => !publicOnly || this.#isPublic(one.job))
      .toSorted(newestFirst)
      .filter((one) => after === null || newestFirst(one, after) > 0)
      .slice(0, limit);
  }

  async readNewIncidents(
    ...[sinceMs, known]: Parameters<HistorySource["readNewIncidents"]>
  ): Promise<readonly Incident[]> {
    return [...this.#incidents.values()]
      .map((one) => withSummary(one, this.#states.get(one.job)))
      .filter(
        ({ fromMs, job }) =>
          fromMs > sinceMs || known.some((one) => one.fromMs === fromMs && one.job === job),
      );
  }

  #isPublic(job: string): boolean {
    return [...this.#series.values()].some((one) => one.job === job && one.toMs === null && one.isPublic);
  }

  #span(wanted: (series: Series) => boolean): Span {
    return { series: this.#sorted(wanted), kept: new Map(this.#kept), doneSlots: this.#doneSlots() };
  }

  #sorted(wanted: (series: Series) => boolean): readonly Series[] {
    return sortedSeries(this.#series.values(), wanted);
  }

  #change(place: { readonly lane: number; readonly position: number }, change: Partial<OpenedSeries>): void {
    const one = this.#series.get(keyOf(place));
    if (one !== undefined) this.#series.set(keyOf(place), { ...one, ...change });
  }

  #put(records: Piece["records"], lane: number, atMs: number, data: Uint8Array): void {
    const ofLane = this.#records[records].get(lane) ?? new Map<number, Uint8Array>();
    this.#records[records].set(lane, ofLane.set(atMs, data));
  }

  #within(records: Piece["records"], lane: number, fromMs: number, toMs: number): LaneData[] {
    return within(this.#records[records].get(lane), fromMs, toMs);
  }
}
