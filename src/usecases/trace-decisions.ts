import type { HistoryDetail } from "../domain/budget.ts";
import { isSettled } from "../domain/churn.ts";
import { openMaintenance, type OpenMaintenance } from "../domain/maintenance.ts";
import type { Message } from "../domain/message.ts";
import { isWorthARecord, recordOf, type DecisionRecord } from "../domain/trace.ts";
import { maintenanceAt } from "../job/maintenance.ts";
import type { PlannedJob } from "../job/planned-job.ts";
import type { DecidedRun } from "./teller.ts";

/** Why somebody is told, or is not, of what is worth a record; with the messages that tell it. */
export function decisionsOf(
  decided: readonly DecidedRun[],
  messages: readonly Message[],
  detail: HistoryDetail,
  nowMs: number,
): readonly DecisionRecord[] {
  const worthy = decided.filter(
    ({ before, decision }) =>
      isWorthARecord(before, decision) &&
      // Of an unsettled job only what it notifies, as long as there are rows for it.
      (isSettled(decision.state) || (decision.notice !== null && detail === "all")),
  );
  const telling = new Map<string, string[]>();
  if (worthy.length > 0) {
    for (const { id, parts } of messages) {
      for (const { job, kind } of parts) {
        if (job === null || kind === "other") continue;
        const ids = telling.get(job);
        if (ids === undefined) telling.set(job, [id]);
        else ids.push(id);
      }
    }
  }
  return worthy.map(({ run, before, decision }) => {
    const { identity } = run.planned;
    return recordOf(identity, before, run.outcome, decision, telling.get(identity) ?? [], nowMs);
  });
}

/** Of all jobs that there are, whether they ran or not. */
export function maintenanceOf(jobs: readonly PlannedJob[], nowMs: number): readonly OpenMaintenance[] {
  return openMaintenance(
    jobs.flatMap(({ identity, maintenance }) => {
      const stretch = maintenanceAt(maintenance, nowMs);
      return stretch === null ? [] : [[identity, stretch] as const];
    }),
  );
}
