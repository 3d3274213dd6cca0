import type { HistoryDetail } from "../usage/quota.ts";
import { isStable } from "../alerting/churn.ts";
import { FREQUENCIES, type JobFrequency, type Slot } from "../core/time/frequency.ts";
import { incidentChanges, incidentOfRemoved, type IncidentChange } from "../history/incident.ts";
import {
  firstExpectedSlot,
  assignPositions,
  type SeriesBlock,
  type BlockEvent,
  type PositionAssignment,
} from "../history/blocks.ts";
import type { HistoryChanges, SampleRow } from "../history/ports.ts";
import { packSamples, toSample } from "../history/sample.ts";
import { NEW_JOB, type JobState } from "../alerting/job-state.ts";
import type { EvaluatedRun } from "../notifications/notifier.ts";
import type { TickView } from "./ports.ts";
import type { CheckResults } from "./check-results.ts";

/**
 * What a tick adds to history: places of jobs that are new or gone, a sample for each lane and slot, and what
 * becomes of incidents. A slot that was caught up is recorded at the slot's own time.
 *
 * @param open the slots that this tick finishes
 * @param states every state that was decided, in this tick or without the database before it
 * @param ahead those that were decided without the database
 */
export function recordHistory(
  { jobs, loadErrors }: Pick<CheckResults, "jobs" | "loadErrors">,
  decided: readonly EvaluatedRun[],
  open: readonly Slot[],
  states: ReadonlyMap<string, JobState>,
  uncommitted: ReadonlyMap<string, JobState>,
  view: TickView,
  detail: HistoryDetail,
  nowMs: number,
): HistoryChanges {
  const faulty = new Set(loadErrors.map(({ name }) => name));
  const expectedFrom = (frequency: JobFrequency): number =>
    firstExpectedSlot(frequency, view.lastCompletedSlots, nowMs);
  const known = jobs.map(({ jobKey, name, group, isPublic, frequency }) => {
    return { jobKey, name, group, isPublic, frequency };
  });
  const { blocks, gone, ...places } = assignPositions(
    view.blocks,
    view.newestBlock,
    known,
    faulty,
    expectedFrom,
  );
  return {
    ...places,
    closed: [...places.closed, ...lostBlocks(view, expectedFrom)],
    samples: open.flatMap((slot) => samplesOf(slot, blocks, decided)),
    incidents: incidentsOf(
      jobs,
      decided,
      { opened: places.opened, gone },
      states,
      uncommitted,
      view,
      detail,
      nowMs,
    ),
  };
}

/** Lanes that could not be read: their jobs have new places now. What frequency they were of is not known. */
function lostBlocks(
  { corruptRows }: TickView,
  expectedFrom: (frequency: JobFrequency) => number,
): BlockEvent[] {
  const atMs = Math.max(...FREQUENCIES.map(expectedFrom));
  return corruptRows
    .filter(({ table, key }) => table === "lane" && Number.isSafeInteger(Number(key)))
    .map(({ key }) => ({ id: Number(key), frequency: "MINUTE", atMs }));
}

function samplesOf(
  { frequency, atMs }: Slot,
  blocks: readonly SeriesBlock[],
  decided: readonly EvaluatedRun[],
): SampleRow[] {
  const readings = new Map(
    decided
      .filter(({ run }) => run.definition.frequency === frequency)
      .map(({ run, maintenance }) => [run.definition.jobKey, toSample(run.outcome, maintenance !== null)]),
  );
  return blocks
    .filter((block) => block.frequency === frequency)
    .map(({ id, jobs }) => ({
      block: id,
      atMs,
      data: packSamples(jobs.map((job) => (job === null ? null : readings.get(job)))),
    }))
    .filter(({ data }) => data.length > 0);
}

function incidentsOf(
  jobs: CheckResults["jobs"],
  decided: readonly EvaluatedRun[],
  { opened, gone }: Pick<PositionAssignment, "opened" | "gone">,
  states: ReadonlyMap<string, JobState>,
  uncommitted: ReadonlyMap<string, JobState>,
  view: TickView,
  detail: HistoryDetail,
  nowMs: number,
): IncidentChange[] {
  const told = new Map(
    decided
      .filter(({ decision }) => decision.notification === "failure" || decision.notification === "flapping")
      .map(({ run }) => [run.definition.jobKey, nowMs]),
  );
  const maintained = new Set(
    decided.filter(({ maintenance }) => maintenance !== null).map(({ run }) => run.definition.jobKey),
  );
  const placedBefore = new Set(view.blocks.flatMap((block) => block.jobs));
  const newcomers = new Set(opened.map(({ jobKey }) => jobKey).filter((job) => !placedBefore.has(job)));
  const changes = jobs.flatMap(({ jobKey, name }) => {
    const isNew = newcomers.has(jobKey);
    const before = view.states.get(jobKey) ?? NEW_JOB;
    const after = states.get(jobKey) ?? before;
    if (!isNew && before === after) return [];
    const notifiedAtMs = told.get(jobKey) ?? notifiedWithout(before, uncommitted.get(jobKey));
    const inMaintenance = maintained.has(jobKey);
    const found = incidentChanges({ jobKey, name, before, after, notifiedAtMs, isNew, inMaintenance }, nowMs);
    // It is written when the job has settled, which it does not before there are rows for it again.
    return detail === "none" && !isStable(after) ? [] : found;
  });
  const removed = gone.flatMap((job) => {
    const state = states.get(job) ?? view.states.get(job) ?? NEW_JOB;
    return incidentOfRemoved(job, state, nowMs) ?? [];
  });
  return [...changes, ...removed];
}

/** When a failure was told while the database was away. */
function notifiedWithout(before: JobState, uncommitted: JobState | undefined): number | null {
  const notifiedAtMs = uncommitted?.lastNotifiedAtMs ?? null;
  return notifiedAtMs === before.lastNotifiedAtMs ? null : notifiedAtMs;
}
