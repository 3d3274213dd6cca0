import { FREQUENCIES, JobFrequency } from "../core/time/frequency.ts";
import { REPEAT_AFTER_MS, type NotificationPolicy } from "../alerting/policy.ts";
import { oneLine } from "../core/text.ts";
import type { JobRef } from "../core/shard.ts";
import type { JobDisplay } from "../core/job-display.ts";
import { JobBase, type RetryPolicy } from "../job-sdk/job-base.ts";
import { JobError } from "../job-sdk/job-error.ts";
import { parseMaintenance, type MaintenanceSchedule } from "../job-sdk/maintenance-windows.ts";

/** A job with its own answers about itself, asked once and found sound. */
export interface JobDefinition extends JobRef, JobDisplay {
  readonly job: JobBase;
  readonly frequency: JobFrequency;
  readonly policy: NotificationPolicy;
  readonly timeLimitMs: number;
  readonly retryPolicy: RetryPolicy;
  /** Its times of maintenance. */
  readonly maintenance: readonly MaintenanceSchedule[];
  readonly isPassive: boolean;
}

/** A job of every minute has no more, ms: the next minute's tick follows. */
const MAX_MINUTE_LIMIT_MS = 40_000;

/**
 * Asks the job what the tick needs to know. These methods are the author's: they may throw, or return
 * what no tick can use.
 *
 * @param index its place among the jobs of its file
 * @throws JobError `E_JOB_ANSWER`, or what a method throws
 */
export function defineJob(job: JobBase, index = 0): JobDefinition {
  const jobKey = job.getStateName();
  const name = oneLine(job.getName(), 300);
  const frequency = job.executeEvery();
  const policy: NotificationPolicy = {
    notifyOnFailureEvery: job.notifyOnFailureEvery(),
    numberFailuresBeforeNotification: job.numberFailuresBeforeNotification(),
  };
  const timeLimitMs = job.timeLimitMs();
  const wrong = (method: string, value: unknown, remedy: string): JobError =>
    new JobError("E_JOB_ANSWER", `${method}() of ${name || "a job"} returned ${String(value)}; ${remedy}`);

  if (typeof jobKey !== "string" || jobKey === "" || jobKey.length > 600) {
    throw wrong("getStateName", jobKey, "return a text of 1 to 600 characters");
  }
  // The database would give it back as another one, and no state would ever be found.
  if (!jobKey.isWellFormed()) {
    throw wrong("getStateName", JSON.stringify(jobKey), "return a text without half surrogate pairs");
  }
  if (!FREQUENCIES.includes(frequency)) {
    throw wrong("executeEvery", frequency, "return a member of JobFrequency");
  }
  if (!Object.hasOwn(REPEAT_AFTER_MS, policy.notifyOnFailureEvery)) {
    const remedy = "return a member of JobFailureNotificationFrequency";
    throw wrong("notifyOnFailureEvery", policy.notifyOnFailureEvery, remedy);
  }
  const minimum = policy.numberFailuresBeforeNotification;
  if (!Number.isInteger(minimum) || minimum < 1) {
    const remedy = "return a member of JobFailureCountMinimumBeforeNotification";
    throw wrong("numberFailuresBeforeNotification", minimum, remedy);
  }
  if (typeof timeLimitMs !== "number" || !(timeLimitMs >= 1 && timeLimitMs <= 240_000)) {
    throw wrong("timeLimitMs", timeLimitMs, "return milliseconds from 1 to 240000");
  }
  const retryPolicy = job.confirmFailure();
  if (!isRetryPolicy(retryPolicy)) {
    const remedy = "return { retries, delayMs }: 0 to 5 retries, with delays of 0 to 30000 milliseconds";
    throw wrong("confirmFailure", JSON.stringify(retryPolicy), remedy);
  }
  const { retries, delayMs } = retryPolicy;
  const isPublic: unknown = job.isPublic();
  // What is meant for its owner alone must not be shown for a slip, nor hidden for one.
  if (typeof isPublic !== "boolean") throw wrong("isPublic", isPublic, "return true or false");
  const group: unknown = job.getGroup();
  if (typeof group !== "string" || oneLine(group) === "") {
    throw wrong("getGroup", group, "return a text, the heading under which the job is shown");
  }
  return {
    job,
    jobKey,
    file: JobBase.fileOf(job),
    index,
    name,
    group: oneLine(group, 100),
    isPublic,
    frequency,
    policy,
    timeLimitMs: frequency === JobFrequency.MINUTE ? Math.min(timeLimitMs, MAX_MINUTE_LIMIT_MS) : timeLimitMs,
    retryPolicy: { retries, delayMs },
    maintenance: parseMaintenance(job.maintenance(), name || "a job"),
    isPassive: job.isPassive,
  };
}

function isRetryPolicy(value: unknown): value is RetryPolicy {
  if (typeof value !== "object" || value === null) return false;
  const { retries, delayMs } = value as Partial<RetryPolicy>;
  return (
    Number.isInteger(retries) &&
    Number(retries) >= 0 &&
    Number(retries) <= 5 &&
    typeof delayMs === "number" &&
    delayMs >= 0 &&
    delayMs <= 30_000
  );
}
