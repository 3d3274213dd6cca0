/** Parts of history for tests of stores. */
import type { Incident, IncidentChange } from "../../../src/history/incident.ts";
import type { SeriesBlock, OpenedSeries, Series } from "../../../src/history/blocks.ts";
import {
  type DayBar,
  type HistoryChanges,
  type HistoryReader,
  type SampleRow,
} from "../../../src/history/ports.ts";
import { defaultGroup, type JobDisplay } from "../../../src/core/job-display.ts";
import { packSamples, type Sample } from "../../../src/history/sample.ts";

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

export function historyOf(changes: Partial<HistoryChanges>): { readonly history: HistoryChanges } {
  return { history: { ...NO_HISTORY, ...changes } };
}

export function laneOf(
  id: number,
  jobs: readonly (string | null)[],
  changes: Partial<SeriesBlock> = {},
): SeriesBlock {
  return { id, frequency: "MINUTE", jobs, names: 7, ...changes };
}

export function seriesOf(
  block: number,
  position: number,
  jobKey: string,
  changes: Partial<Series> = {},
): Series {
  return {
    block,
    position,
    jobKey,
    name: `name of ${jobKey}`,
    frequency: "MINUTE",
    fromMs: 0,
    toMs: null,
    ...changes,
  };
}

/** As a tick opens it. */
export function openedOf(series: Series, showing: Partial<JobDisplay> = {}): OpenedSeries {
  return { ...series, group: defaultGroup(series.jobKey), isPublic: false, ...showing };
}

/** A new lane of these jobs, each at its place from `fromMs` on. */
export function laneWith(
  id: number,
  jobs: readonly string[],
  fromMs: number,
  frequency: SeriesBlock["frequency"] = "MINUTE",
): Pick<HistoryChanges, "changed" | "created" | "opened"> {
  return {
    changed: [laneOf(id, jobs, { frequency })],
    created: [{ id, frequency, atMs: fromMs }],
    opened: jobs.map((job, position) => openedOf(seriesOf(id, position, job, { frequency, fromMs }))),
  };
}

/** Today's counts so far, as the overview shows them. */
export async function readToday(
  reader: HistoryReader,
  job: string,
  nowMs: number,
): Promise<DayBar | undefined> {
  const summaries = await reader.readSummaries(nowMs);
  return summaries.find((card) => card.jobKey === job)?.days.at(-1);
}

export const UP: Sample = { status: "up", latencyMs: 40, maintenance: false };
export const DOWN: Sample = { status: "down", latencyMs: null, maintenance: false };

export function sampleOf(block: number, atMs: number, ...readings: readonly (Sample | null)[]): SampleRow {
  return { block, atMs, data: packSamples(readings) };
}

export function failing(
  jobKey: string,
  fromMs: number,
  changes: Partial<IncidentChange> = {},
): IncidentChange {
  return {
    jobKey,
    name: `name of ${jobKey}`,
    fromMs,
    reason: "it is gone",
    notifiedAtMs: null,
    notifiedBeforeMs: null,
    furtherNotifications: 0,
    failures: 1,
    inMaintenance: false,
    end: null,
    ...changes,
  };
}

export function incidentOf(jobKey: string, fromMs: number, changes: Partial<Incident> = {}): Incident {
  return {
    jobKey,
    name: `name of ${jobKey}`,
    fromMs,
    toMs: null,
    failures: 1,
    recoveredAtMs: null,
    firstReason: "it is gone",
    lastReason: "it is gone",
    notificationCount: 0,
    firstNotifiedAtMs: null,
    acceptedAtMs: null,
    ended: null,
    inMaintenance: false,
    ...changes,
  };
}
