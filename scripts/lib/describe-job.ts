import type { PlannedJob } from "../../src/job/planned-job.ts";

/** Two lines for a person: what it is and when it tells, and under which identity. */
export function describeJob({ name, identity, frequency, policy }: PlannedJob): string {
  const { notifyOnFailureEvery: every, numberFailuresBeforeNotification: minimum } = policy;
  const rule = every === "ONSTATECHANGE" ? "once, and the recovery" : every;
  const from = minimum === 1 ? "from the first failure" : `from ${minimum} failures in a row`;
  return `${frequency.padEnd(8)}  ${name}\n          tells ${rule} ${from}; identity ${identity}`;
}
