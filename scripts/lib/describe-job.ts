import { formatUtc } from "../../src/domain/text.ts";
import type { PlannedJob } from "../../src/job/planned-job.ts";

/** Lines for a person: what it is and when it tells, under which identity, and when it is under maintenance. */
export function describeJob(job: PlannedJob, nowMs: number): string {
  const { name, identity, frequency, policy } = job;
  const { notifyOnFailureEvery: every, numberFailuresBeforeNotification: minimum } = policy;
  const rule = every === "ONSTATECHANGE" ? "once, and the recovery" : every;
  const from = minimum === 1 ? "from the first failure" : `from ${minimum} failures in a row`;
  const lines = [`tells ${rule} ${from}; identity ${identity}`, ...maintenanceLines(job, nowMs)];
  return [`${frequency.padEnd(8)}  ${name}`, ...lines.map((line) => `          ${line}`)].join("\n");
}

function maintenanceLines({ maintenance }: PlannedJob, nowMs: number): readonly string[] {
  return maintenance.map(({ next }) => {
    const stretch = next(nowMs);
    if (stretch === null) return "maintenance: over, and none to come of this window";
    const from = stretch.fromMs <= nowMs ? "now" : `next from ${formatUtc(stretch.fromMs)}`;
    return `maintenance: ${from} until ${formatUtc(stretch.untilMs)}`;
  });
}
