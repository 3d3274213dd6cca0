/** Parts of history for tests of stores. */
import type { Incident, IncidentChange } from "../../src/domain/history/incident.ts";
import type { Lane, OpenedSeries, Series } from "../../src/domain/history/lanes.ts";
import { NO_HISTORY, type HistoryChanges, type Sample } from "../../src/domain/history/ports.ts";
import { defaultGroup, type Showing } from "../../src/domain/showing.ts";
import { packSample, type Reading } from "../../src/domain/history/sample.ts";

export function historyOf(changes: Partial<HistoryChanges>): { readonly history: HistoryChanges } {
  return { history: { ...NO_HISTORY, ...changes } };
}

export function laneOf(id: number, jobs: readonly (string | null)[], changes: Partial<Lane> = {}): Lane {
  return { id, frequency: "MINUTE", jobs, names: 7, ...changes };
}

export function seriesOf(lane: number, position: number, job: string, changes: Partial<Series> = {}): Series {
  return {
    lane,
    position,
    job,
    name: `name of ${job}`,
    frequency: "MINUTE",
    fromMs: 0,
    toMs: null,
    ...changes,
  };
}

/** As a tick opens it. */
export function openedOf(series: Series, showing: Partial<Showing> = {}): OpenedSeries {
  return { ...series, group: defaultGroup(series.job), isPublic: false, ...showing };
}

/** A new lane of these jobs, each at its place from `fromMs` on. */
export function laneWith(
  id: number,
  jobs: readonly string[],
  fromMs: number,
  frequency: Lane["frequency"] = "MINUTE",
): Pick<HistoryChanges, "changed" | "created" | "opened"> {
  return {
    changed: [laneOf(id, jobs, { frequency })],
    created: [{ id, frequency, atMs: fromMs }],
    opened: jobs.map((job, position) => openedOf(seriesOf(id, position, job, { frequency, fromMs }))),
  };
}

export const UP: Reading = { status: "up", latencyMs: 40, maintenance: false };
export const DOWN: Reading = { status: "down", latencyMs: null, maintenance: false };

export function sampleOf(lane: number, atMs: number, ...readings: readonly (Reading | null)[]): Sample {
  return { lane, atMs, data: packSample(readings) };
}

export function failing(job: string, fromMs: number, changes: Partial<IncidentChange> = {}): IncidentChange {
  return {
    job,
    name: `name of ${job}`,
    fromMs,
    reason: "it is gone",
    toldAtMs: null,
    toldBeforeMs: null,
    toldMore: 0,
    failures: 1,
    inMaintenance: false,
    end: null,
    ...changes,
  };
}

export function incidentOf(job: string, fromMs: number, changes: Partial<Incident> = {}): Incident {
  return {
    job,
    name: `name of ${job}`,
    fromMs,
    toMs: null,
    failures: 1,
    recoveredAtMs: null,
    firstReason: "it is gone",
    lastReason: "it is gone",
    told: 0,
    firstToldAtMs: null,
    acceptedAtMs: null,
    ended: null,
    inMaintenance: false,
    ...changes,
  };
}
