import type { HistoryDetail } from "../usage/quota.ts";
import { isStable } from "../alerting/churn.ts";
import { openMaintenance, type OpenMaintenance } from "../alerting/maintenance.ts";
import type { Message } from "../mail/message.ts";
import { shouldLog, toDecisionRecord, type DecisionRecord } from "../alerting/decision-log.ts";
import { maintenanceAt } from "../job-sdk/maintenance-windows.ts";
import type { JobDefinition } from "../job-loading/job-definition.ts";
import type { EvaluatedRun } from "../notifications/notifier.ts";

/** Why somebody is told, or is not, of what is worth a record; with the messages that tell it. */
export function decisionsToLog(
  decided: readonly EvaluatedRun[],
  messages: readonly Message[],
  detail: HistoryDetail,
  nowMs: number,
): readonly DecisionRecord[] {
  const worthy = decided.filter(
    ({ before, decision }) =>
      shouldLog(before, decision) &&
      // Of an unsettled job only what it notifies, as long as there are rows for it.
      (isStable(decision.state) || (decision.notification !== null && detail === "all")),
  );
  const notification = new Map<string, string[]>();
  if (worthy.length > 0) {
    for (const { id, items } of messages) {
      for (const { jobKey, kind } of items) {
        if (jobKey === null || kind === "other") continue;
        const ids = notification.get(jobKey);
        if (ids === undefined) notification.set(jobKey, [id]);
        else ids.push(id);
      }
    }
  }
  return worthy.map(({ run, before, decision }) => {
    const { jobKey } = run.definition;
    return toDecisionRecord(jobKey, before, run.outcome, decision, notification.get(jobKey) ?? [], nowMs);
  });
}

/** Of all jobs that there are, whether they ran or not. */
export function ongoingMaintenance(
  jobs: readonly JobDefinition[],
  nowMs: number,
): readonly OpenMaintenance[] {
  return openMaintenance(
    jobs.flatMap(({ jobKey, maintenance }) => {
      const stretch = maintenanceAt(maintenance, nowMs);
      return stretch === null ? [] : [[jobKey, stretch] as const];
    }),
  );
}
