import { withoutChurnSummary, isStable, type ChurnLimits } from "../alerting/churn.ts";
import { NEW_JOB, onlyCounterChanged, isSameState, type JobState } from "../alerting/job-state.ts";
import type { TickView, TickCommit } from "./ports.ts";

/** Characters of the identities of which counts are kept apart: they stand in one row, of 2 MB at most. */
const MAX_COUNTS_LENGTH = 500_000;

/** Characters of states of unsettled jobs: they stand in the same row. */
const MAX_UNSETTLED_LENGTH = 400_000;

/** The first jobs that become unsettled get the room that is left; the changes of others are listed. */
export function hasRoomFor(churning: ReadonlyMap<string, JobState>): ChurnLimits["hasRoom"] {
  let room = MAX_UNSETTLED_LENGTH - JSON.stringify([...churning]).length;
  return (state) => {
    // Its identity and its counts come on top.
    room -= JSON.stringify(state).length + 400;
    return room >= 0;
  };
}

/** The states that need a row, and what is kept of the others in the one row that every commit writes. */
export function changedStates(
  decided: ReadonlyMap<string, JobState>,
  view: TickView,
  present: ReadonlySet<string>,
): Pick<TickCommit, "states" | "failureCounters" | "churning"> {
  const states = new Map<string, JobState>();
  const failureCounters = new Map(view.failureCounters);
  const churning = new Map(view.churning);
  let room = MAX_COUNTS_LENGTH - [...failureCounters.keys()].reduce((sum, job) => sum + job.length, 0);
  for (const [job, state] of decided) {
    const before = view.states.get(job) ?? NEW_JOB;
    if (isSameState(before, state)) continue;
    if (!isStable(state)) {
      // Once as a row as well, for the case that the other is lost.
      if (!churning.has(job)) states.set(job, state);
      churning.set(job, state);
      failureCounters.delete(job);
      continue;
    }
    churning.delete(job);
    if (
      isStable(before) &&
      onlyCounterChanged(before, state) &&
      (failureCounters.has(job) || job.length <= room)
    ) {
      if (!failureCounters.has(job)) room -= job.length;
      failureCounters.set(job, { failures: state.failures, firstFailureAtMs: state.firstFailureAtMs });
    } else {
      states.set(job, state);
      failureCounters.delete(job);
    }
  }
  // A job that is gone will never settle.
  const placed = new Set(view.blocks.flatMap(({ jobs }) => jobs));
  for (const [job, state] of churning) {
    if (present.has(job) || placed.has(job)) continue;
    churning.delete(job);
    states.set(job, withoutChurnSummary(state));
  }
  return { states, failureCounters, churning };
}
