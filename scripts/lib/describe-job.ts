import { formatUtc } from "../../src/core/text.ts";
import type { JobDefinition } from "../../src/job-loading/job-definition.ts";

/** Lines for a person: what it is and when it tells, under which identity, and when it is under maintenance. */
export function describeJob(job: JobDefinition, nowMs: number): string {
  const { name, jobKey, frequency, policy } = job;
  const { notifyOnFailureEvery: every, numberFailuresBeforeNotification: minimum } = policy;
  const rule = every === "ONSTATECHANGE" ? "once, and the recovery" : every;
  const from = minimum === 1 ? "from the first failure" : `from ${minimum} failures in a row`;
  const lines = [`tells ${rule} ${from}; identity ${jobKey}`, ...maintenanceLines(job, nowMs)];
  return [`${frequency.padEnd(8)}  ${name}`, ...lines.map((line) => `          ${line}`)].join("\n");
}

function maintenanceLines({ maintenance }: JobDefinition, nowMs: number): readonly string[] {
  return maintenance.map(({ next }) => {
    const stretch = next(nowMs);
    if (stretch === null) return "maintenance: over, and none to come of this window";
    const from = stretch.fromMs <= nowMs ? "now" : `next from ${formatUtc(stretch.fromMs)}`;
    return `maintenance: ${from} until ${formatUtc(stretch.untilMs)}`;
  });
}
