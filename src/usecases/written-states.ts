import { asSettled, isSettled, type ChurnLimits } from "../domain/churn.ts";
import { NEW_JOB, onlyCounts, sameState, type JobState } from "../domain/job-state.ts";
import type { TickCommit, TickView } from "../domain/ports.ts";

/** Characters of the identities of which counts are kept apart: they stand in one row, of 2 MB at most. */
const MAX_COUNTS_LENGTH = 500_000;

/** Characters of states of unsettled jobs: they stand in the same row. */
const MAX_UNSETTLED_LENGTH = 400_000;

/** The first jobs that become unsettled get the room that is left; the changes of others are listed. */
export function roomFor(unsettled: ReadonlyMap<string, JobState>): ChurnLimits["hasRoom"] {
  let room = MAX_UNSETTLED_LENGTH - JSON.stringify([...unsettled]).length;
  return (state) => {
    // Its identity and its counts come on top.
    room -= JSON.stringify(state).length + 400;
    return room >= 0;
  };
}

/** The states that need a row, and what is kept of the others in the one row that every commit writes. */
export function written(
  decided: ReadonlyMap<string, JobState>,
  view: TickView,
  present: ReadonlySet<string>,
): Pick<TickCommit, "states" | "counts" | "unsettled"> {
  const states = new Map<string, JobState>();
  const counts = new Map(view.counts);
  const unsettled = new Map(view.unsettled);
  let room = MAX_COUNTS_LENGTH - [...counts.keys()].reduce((sum, job) => sum + job.length, 0);
  for (const [job, state] of decided) {
    const before = view.states.get(job) ?? NEW_JOB;
    if (sameState(before, state)) continue;
    if (!isSettled(state)) {
      // Once as a row as well, for the case that the other is lost.
      if (!unsettled.has(job)) states.set(job, state);
      unsettled.set(job, state);
      counts.delete(job);
      continue;
    }
    unsettled.delete(job);
    if (isSettled(before) && onlyCounts(before, state) && (counts.has(job) || job.length <= room)) {
      if (!counts.has(job)) room -= job.length;
      counts.set(job, { failures: state.failures, firstFailureAtMs: state.firstFailureAtMs });
    } else {
      states.set(job, state);
      counts.delete(job);
    }
  }
  // A job that is gone will never settle.
  const placed = new Set(view.lanes.flatMap(({ jobs }) => jobs));
  for (const [job, state] of unsettled) {
    if (present.has(job) || placed.has(job)) continue;
    unsettled.delete(job);
    states.set(job, asSettled(state));
  }
  return { states, counts, unsettled };
}
