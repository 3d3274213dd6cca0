import type { HistoryDetail } from "../domain/budget.ts";
import { isSettled } from "../domain/churn.ts";
import { FREQUENCIES, type JobFrequency, type Slot } from "../domain/frequency.ts";
import { incidentChanges, incidentOfRemoved, type IncidentChange } from "../domain/history/incident.ts";
import { firstOwed, placeJobs, type Lane, type LaneEvent, type Placement } from "../domain/history/lanes.ts";
import type { HistoryChanges, Sample } from "../domain/history/ports.ts";
import { packSample, readingOf } from "../domain/history/sample.ts";
import { NEW_JOB, type JobState } from "../domain/job-state.ts";
import type { TickView } from "../domain/ports.ts";
import type { TickFindings } from "./decide-tick.ts";
import type { DecidedRun } from "./teller.ts";

/**
 * What a tick adds to history: places of jobs that are new or gone, a sample for each lane and slot, and what
 * becomes of incidents. A slot that was caught up is recorded at the slot's own time.
 *
 * @param open the slots that this tick finishes
 * @param states every state that was decided, in this tick or without the database before it
 * @param ahead those that were decided without the database
 */
export function recordHistory(
  { jobs, faults }: Pick<TickFindings, "jobs" | "faults">,
  decided: readonly DecidedRun[],
  open: readonly Slot[],
  states: ReadonlyMap<string, JobState>,
  ahead: ReadonlyMap<string, JobState>,
  view: TickView,
  detail: HistoryDetail,
  nowMs: number,
): HistoryChanges {
  const faulty = new Set(faults.map(({ name }) => name));
  const owedFrom = (frequency: JobFrequency): number => firstOwed(frequency, view.doneSlots, nowMs);
  const known = jobs.map(({ identity, name, group, isPublic, frequency }) => {
    return { identity, name, group, isPublic, frequency };
  });
  const { lanes, gone, ...places } = placeJobs(view.lanes, view.newestLane, known, faulty, owedFrom);
  return {
    ...places,
    closed: [...places.closed, ...lostLanes(view, owedFrom)],
    samples: open.flatMap((slot) => samplesOf(slot, lanes, decided)),
    incidents: incidentsOf(
      jobs,
      decided,
      { opened: places.opened, gone },
      states,
      ahead,
      view,
      detail,
      nowMs,
    ),
  };
}

/** Lanes that could not be read: their jobs have new places now. What frequency they were of is not known. */
function lostLanes({ damage }: TickView, owedFrom: (frequency: JobFrequency) => number): LaneEvent[] {
  const atMs = Math.max(...FREQUENCIES.map(owedFrom));
  return damage
    .filter(({ table, key }) => table === "lane" && Number.isSafeInteger(Number(key)))
    .map(({ key }) => ({ id: Number(key), frequency: "MINUTE", atMs }));
}

function samplesOf(
  { frequency, atMs }: Slot,
  lanes: readonly Lane[],
  decided: readonly DecidedRun[],
): Sample[] {
  const readings = new Map(
    decided
      .filter(({ run }) => run.planned.frequency === frequency)
      .map(({ run, maintenance }) => [run.planned.identity, readingOf(run.outcome, maintenance !== null)]),
  );
  return lanes
    .filter((lane) => lane.frequency === frequency)
    .map(({ id, jobs }) => ({
      lane: id,
      atMs,
      data: packSample(jobs.map((job) => (job === null ? null : readings.get(job)))),
    }))
    .filter(({ data }) => data.length > 0);
}

function incidentsOf(
  jobs: TickFindings["jobs"],
  decided: readonly DecidedRun[],
  { opened, gone }: Pick<Placement, "opened" | "gone">,
  states: ReadonlyMap<string, JobState>,
  ahead: ReadonlyMap<string, JobState>,
  view: TickView,
  detail: HistoryDetail,
  nowMs: number,
): IncidentChange[] {
  const told = new Map(
    decided
      .filter(({ decision }) => decision.notice === "failure" || decision.notice === "flapping")
      .map(({ run }) => [run.planned.identity, nowMs]),
  );
  const maintained = new Set(
    decided.filter(({ maintenance }) => maintenance !== null).map(({ run }) => run.planned.identity),
  );
  const placedBefore = new Set(view.lanes.flatMap((lane) => lane.jobs));
  const newcomers = new Set(opened.map(({ job }) => job).filter((job) => !placedBefore.has(job)));
  const changes = jobs.flatMap(({ identity: job, name }) => {
    const isNew = newcomers.has(job);
    const before = view.states.get(job) ?? NEW_JOB;
    const after = states.get(job) ?? before;
    if (!isNew && before === after) return [];
    const toldAtMs = told.get(job) ?? toldWithout(before, ahead.get(job));
    const inMaintenance = maintained.has(job);
    const found = incidentChanges({ job, name, before, after, toldAtMs, isNew, inMaintenance }, nowMs);
    // It is written when the job has settled, which it does not before there are rows for it again.
    return detail === "none" && !isSettled(after) ? [] : found;
  });
  const removed = gone.flatMap((job) => {
    const state = states.get(job) ?? view.states.get(job) ?? NEW_JOB;
    return incidentOfRemoved(job, state, nowMs) ?? [];
  });
  return [...changes, ...removed];
}

/** When a failure was told while the database was away. */
function toldWithout(before: JobState, ahead: JobState | undefined): number | null {
  const toldAtMs = ahead?.lastNotifyAtMs ?? null;
  return toldAtMs === before.lastNotifyAtMs ? null : toldAtMs;
}
